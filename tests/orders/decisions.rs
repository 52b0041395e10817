//! Saying yes, no or never mind: once, again, again but otherwise, and about an order of one's own.

use domain::viewer::{Scope, Viewer};
use entity::Role;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{database::Database, given::viewer, rows::rows_of, shop::Shop},
};

on_both_databases!(
    the_last_reference_given_is_on_every_document,
    an_approver_who_gives_no_reference_leaves_the_one_before,
    a_decision_that_comes_again_otherwise_is_refused,
    a_decision_that_comes_again_may_expect_the_version_it_was_taken_on_or_the_one_there_is,
    whoever_changed_the_lines_does_not_decide,
    whoever_submitted_does_not_decide,
    whoever_changed_only_what_is_written_on_an_order_decides,
);

const ORDER: &str = "order { id status version reason externalReference availableActions }";

/// A seller that approves, and a customer below a partner that approves as well; with the partner's approver.
async fn open(database: Database) -> (Shop, Viewer) {
    let mut shop = Shop::open(database).await;
    let [partner_approver] = shop.put_below(["R-1"]).await;
    (shop, partner_approver)
}

/// Runs a mutation that must succeed and gives the order in its payload, with what the viewer may do next.
async fn run(shop: &Shop, viewer: &Viewer, mutation: &str, input: Value) -> Value {
    shop.api.done(viewer, mutation, input, ORDER).await["order"].take()
}

async fn draft(shop: &Shop) -> Value {
    run(shop, &shop.world.customer, "createOrder", json!({ "lines": [shop.instant(3)] })).await
}

async fn pending(shop: &Shop) -> Value {
    let input = json!({ "lines": [shop.instant(3)], "submit": true });
    run(shop, &shop.world.customer, "createOrder", input).await
}

/// The references on an order and on all that came of it.
async fn references(shop: &Shop, order: &Value) -> Vec<String> {
    let document = "query Run($id: ID!) { order(id: $id) { externalReference
        subscriptions { externalReference invoiceLines { nodes { externalReference } } }
        licenses { externalReference } } }";
    let found = shop.api.read(&shop.world.admin, document, json!({ "id": order["id"] })).await;
    let order = &found["order"];
    let subscription = &order["subscriptions"][0];
    [order, subscription, &order["licenses"][0], &subscription["invoiceLines"]["nodes"][0]]
        .map(|document| document["externalReference"].as_str().unwrap().to_owned())
        .to_vec()
}

async fn actions(shop: &Shop, viewer: &Viewer, order: &Value) -> Value {
    let document = "query Run($id: ID!) { order(id: $id) { availableActions } }";
    let found = shop.api.read(viewer, document, json!({ "id": order["id"] })).await;
    found["order"]["availableActions"].clone()
}

/// Asserts that somebody may not say yes or no, and is not offered to.
async fn may_not_decide(shop: &Shop, viewer: &Viewer, order: &Value) {
    assert_eq!(actions(shop, viewer, order).await, json!(["CANCEL"]));
    for (mutation, input) in decisions(order) {
        let refused = shop.api.refused(viewer, mutation, input).await;
        assert_eq!(refused["code"], "OWN_ORDER", "{mutation}");
    }
}

async fn may_decide(shop: &Shop, viewer: &Viewer, order: &Value) {
    let actions = actions(shop, viewer, order).await;
    let actions = actions.as_array().unwrap();
    assert!(actions.contains(&json!("APPROVE")) && actions.contains(&json!("REJECT")));
    run(shop, viewer, "approveOrder", json!({ "id": order["id"] })).await;
}

fn decisions(order: &Value) -> [(&'static str, Value); 2] {
    [
        ("approveOrder", json!({ "id": order["id"] })),
        ("rejectOrder", json!({ "id": order["id"], "reason": "No" })),
    ]
}

/// APG-13.
async fn the_last_reference_given_is_on_every_document(database: Database) {
    let (shop, partner_approver) = open(database).await;
    let order = pending(&shop).await;
    let yes = |reference: &str| json!({ "id": order["id"], "externalReference": reference });
    run(&shop, &partner_approver, "approveOrder", yes("CRM-A")).await;
    let approved = run(&shop, &shop.world.approver(), "approveOrder", yes("CRM-B")).await;
    assert_eq!(approved["status"], "APPROVED");
    shop.app.run_jobs().await;
    assert_eq!(references(&shop, &order).await, ["CRM-B"; 4]);
}

async fn an_approver_who_gives_no_reference_leaves_the_one_before(database: Database) {
    let (shop, partner_approver) = open(database).await;
    let order = pending(&shop).await;
    let yes = json!({ "id": order["id"], "externalReference": "CRM-A" });
    run(&shop, &partner_approver, "approveOrder", yes).await;
    run(&shop, &shop.world.approver(), "approveOrder", json!({ "id": order["id"] })).await;
    shop.app.run_jobs().await;
    assert_eq!(references(&shop, &order).await, ["CRM-A"; 4]);
}

/// APX-29.
async fn a_decision_that_comes_again_otherwise_is_refused(database: Database) {
    let (shop, partner_approver) = open(database).await;
    let approver = shop.world.approver();
    let customer = shop.world.customer.clone();
    let [wanted, rejected, cancelled] =
        [pending(&shop).await, pending(&shop).await, pending(&shop).await];
    let yes = |reference: Option<&str>| match reference {
        Some(reference) => json!({ "id": wanted["id"], "externalReference": reference }),
        None => json!({ "id": wanted["id"] }),
    };
    let no = |reason: &str| json!({ "id": rejected["id"], "reason": reason });
    let never_mind = |reason: Option<&str>| json!({ "id": cancelled["id"], "reason": reason });

    run(&shop, &partner_approver, "approveOrder", yes(Some("CRM-A"))).await;
    let done = [
        (&approver, "approveOrder", yes(Some("CRM-B"))),
        (&approver, "rejectOrder", no("No credit")),
        (&customer, "cancelOrder", never_mind(Some("Too dear"))),
    ];
    let mut answers = Vec::new();
    for (viewer, mutation, input) in &done {
        answers.push(run(&shop, viewer, mutation, input.clone()).await);
    }
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    for ((viewer, mutation, input), answer) in done.iter().zip(&answers) {
        assert_eq!(&run(&shop, viewer, mutation, input.clone()).await, answer, "{mutation}");
    }
    // What says nothing else takes nothing back; and the first approver's own answer is what it was.
    run(&shop, &approver, "approveOrder", yes(None)).await;
    run(&shop, &partner_approver, "approveOrder", yes(Some("CRM-A"))).await;
    run(&shop, &customer, "cancelOrder", never_mind(None)).await;

    for (viewer, mutation, input, code, field, status) in [
        (
            &approver,
            "approveOrder",
            yes(Some("CRM-C")),
            "ALREADY_DECIDED",
            "externalReference",
            "APPROVED",
        ),
        (
            &partner_approver,
            "approveOrder",
            yes(Some("CRM-C")),
            "ALREADY_DECIDED",
            "externalReference",
            "APPROVED",
        ),
        (&approver, "rejectOrder", no("No trust"), "ALREADY_DECIDED", "reason", "REJECTED"),
        (
            &customer,
            "cancelOrder",
            never_mind(Some("Too late")),
            "ORDER_STATUS_CONFLICT",
            "reason",
            "CANCELLED",
        ),
    ] {
        let refused = shop.api.refused(viewer, mutation, input).await;
        assert_eq!(
            (&refused["code"], &refused["field"], &refused["currentStatus"]),
            (&json!(code), &json!([field]), &json!(status)),
            "{mutation}"
        );
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);
}

async fn a_decision_that_comes_again_may_expect_the_version_it_was_taken_on_or_the_one_there_is(
    database: Database,
) {
    let (shop, partner_approver) = open(database).await;
    let approver = shop.world.approver();
    let customer = shop.world.customer.clone();
    let [wanted, rejected, cancelled] =
        [pending(&shop).await, pending(&shop).await, pending(&shop).await];
    // One level is still to answer, and then the order moves on.
    run(&shop, &approver, "approveOrder", json!({ "id": wanted["id"] })).await;
    let partners = (&partner_approver, "approveOrder", json!({ "id": wanted["id"] }), 4);
    let decisions = [
        partners,
        (&approver, "rejectOrder", json!({ "id": rejected["id"], "reason": "No" }), 3),
        (&customer, "cancelOrder", json!({ "id": cancelled["id"] }), 3),
    ];
    for (viewer, mutation, input, taken_on) in decisions {
        let expecting = |version: i64| {
            let mut input = input.clone();
            input["expectedVersion"] = json!(version);
            input
        };
        let wrong = shop.api.refused(viewer, mutation, expecting(taken_on - 1)).await;
        assert_eq!(wrong["code"], "VERSION_CONFLICT", "{mutation}");
        let decided = run(&shop, viewer, mutation, expecting(taken_on)).await;
        assert_eq!(decided["version"], taken_on + 1, "{mutation}");
        shop.app.run_jobs().await;
        let now = run(&shop, viewer, mutation, expecting(taken_on)).await;
        let version = now["version"].as_i64().unwrap();
        assert_eq!(run(&shop, viewer, mutation, expecting(version)).await, now, "{mutation}");
        for wrong in [taken_on - 1, version + 1] {
            let refused = shop.api.refused(viewer, mutation, expecting(wrong)).await;
            assert_eq!(
                (&refused["code"], &refused["field"], &refused["currentVersion"]),
                (&json!("VERSION_CONFLICT"), &json!(["expectedVersion"]), &now["version"]),
                "{mutation} {wrong}"
            );
        }
    }
}

/// APX-28.
async fn whoever_changed_the_lines_does_not_decide(database: Database) {
    let (shop, _) = open(database).await;
    let admin = shop.world.admin.clone();
    let draft = draft(&shop).await;
    let changed = json!({ "id": draft["id"], "lines": [shop.instant(500)] });
    run(&shop, &admin, "updateOrder", changed).await;
    // Changed once more by somebody else, it is still the work of both.
    let colleague = viewer(shop.world.tenant_id, Role::Admin, Scope::Tenant);
    let changed = json!({ "id": draft["id"], "lines": [shop.instant(4)] });
    run(&shop, &colleague, "updateOrder", changed).await;
    let order = run(&shop, &shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    may_not_decide(&shop, &admin, &order).await;
    may_not_decide(&shop, &colleague, &order).await;
    may_decide(&shop, &shop.world.approver(), &order).await;
}

/// APX-28.
async fn whoever_submitted_does_not_decide(database: Database) {
    let (shop, partner_approver) = open(database).await;
    let admin = shop.world.admin.clone();
    let draft = draft(&shop).await;
    let order = run(&shop, &admin, "submitOrder", json!({ "id": draft["id"] })).await;
    may_not_decide(&shop, &admin, &order).await;
    may_decide(&shop, &partner_approver, &order).await;
    may_decide(&shop, &shop.world.approver(), &order).await;
}

async fn whoever_changed_only_what_is_written_on_an_order_decides(database: Database) {
    let (shop, _) = open(database).await;
    let admin = shop.world.admin.clone();
    let draft = draft(&shop).await;
    let changed = json!({ "id": draft["id"], "poNumber": "PO-1", "reference": "R" });
    run(&shop, &admin, "updateOrder", changed).await;
    let order = run(&shop, &shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    may_decide(&shop, &admin, &order).await;
}
