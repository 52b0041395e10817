//! Saying yes, no or never mind: once, again, again but otherwise, and about an order of one's own.

use entity::{PartnerId, Role};
use ordergate::{
    graphql::id::Id,
    viewer::{Scope, Viewer},
};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
        rows::rows_of,
    },
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

/// A seller that approves, and a customer below a partner that approves as well.
struct Shop {
    app: TestApp,
    api: Api,
    world: World,
    partner_approver: Viewer,
}

impl Shop {
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let mut world = given::world(&app).await;
        let api = Api::of(&app);
        let partner = json!({ "partnerNumber": "R-1", "name": "R", "approvalRequired": true });
        let partner = api.done(&world.admin, "createPartner", partner, "partner { id }").await;
        let partner = partner["partner"]["id"].as_str().unwrap();
        let moved = json!({ "id": Id(world.customer_id).to_string(), "partnerId": partner });
        api.done(&world.admin, "updateCustomer", moved, "").await;
        let Id(own) = Id::<PartnerId>::read(partner).unwrap();
        world.customer.scope = Scope::Customer { own: world.customer_id, partner: Some(own) };
        let scope = Scope::Partner { own, partners: vec![own] };
        let partner_approver = viewer(world.tenant_id, Role::Approver, scope);
        Self { app, api, world, partner_approver }
    }

    fn lines(&self, quantity: i32) -> Value {
        json!([{ "offerId": Id(self.world.instant_offer).to_string(), "quantity": quantity }])
    }

    /// Runs a mutation that must succeed and gives the order in its payload.
    async fn run(&self, viewer: &Viewer, mutation: &str, input: Value) -> Value {
        self.api.done(viewer, mutation, input, ORDER).await["order"].take()
    }

    async fn draft(&self) -> Value {
        let input = json!({ "lines": self.lines(3) });
        self.run(&self.world.customer, "createOrder", input).await
    }

    async fn pending(&self) -> Value {
        let input = json!({ "lines": self.lines(3), "submit": true });
        self.run(&self.world.customer, "createOrder", input).await
    }

    /// The references on an order and on all that came of it.
    async fn references(&self, order: &Value) -> Vec<String> {
        let document = "query Run($id: ID!) { order(id: $id) { externalReference
            subscriptions { externalReference invoiceLines { nodes { externalReference } } }
            licenses { externalReference } } }";
        let found = self.api.read(&self.world.admin, document, json!({ "id": order["id"] })).await;
        let order = &found["order"];
        let subscription = &order["subscriptions"][0];
        [order, subscription, &order["licenses"][0], &subscription["invoiceLines"]["nodes"][0]]
            .map(|document| document["externalReference"].as_str().unwrap().to_owned())
            .to_vec()
    }

    async fn actions(&self, viewer: &Viewer, order: &Value) -> Value {
        let document = "query Run($id: ID!) { order(id: $id) { availableActions } }";
        let found = self.api.read(viewer, document, json!({ "id": order["id"] })).await;
        found["order"]["availableActions"].clone()
    }

    /// Asserts that somebody may not say yes or no, and is not offered to.
    async fn may_not_decide(&self, viewer: &Viewer, order: &Value) {
        assert_eq!(self.actions(viewer, order).await, json!(["CANCEL"]));
        for (mutation, input) in decisions(order) {
            let refused = self.api.refused(viewer, mutation, input).await;
            assert_eq!(refused["code"], "OWN_ORDER", "{mutation}");
        }
    }

    async fn may_decide(&self, viewer: &Viewer, order: &Value) {
        let actions = self.actions(viewer, order).await;
        let actions = actions.as_array().unwrap();
        assert!(actions.contains(&json!("APPROVE")) && actions.contains(&json!("REJECT")));
        self.run(viewer, "approveOrder", json!({ "id": order["id"] })).await;
    }
}

fn decisions(order: &Value) -> [(&'static str, Value); 2] {
    [
        ("approveOrder", json!({ "id": order["id"] })),
        ("rejectOrder", json!({ "id": order["id"], "reason": "No" })),
    ]
}

/// APG-13.
async fn the_last_reference_given_is_on_every_document(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.pending().await;
    let yes = |reference: &str| json!({ "id": order["id"], "externalReference": reference });
    shop.run(&shop.partner_approver, "approveOrder", yes("CRM-A")).await;
    let approved = shop.run(&shop.world.approver(), "approveOrder", yes("CRM-B")).await;
    assert_eq!(approved["status"], "APPROVED");
    shop.app.run_jobs().await;
    assert_eq!(shop.references(&order).await, ["CRM-B"; 4]);
}

async fn an_approver_who_gives_no_reference_leaves_the_one_before(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.pending().await;
    let yes = json!({ "id": order["id"], "externalReference": "CRM-A" });
    shop.run(&shop.partner_approver, "approveOrder", yes).await;
    shop.run(&shop.world.approver(), "approveOrder", json!({ "id": order["id"] })).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.references(&order).await, ["CRM-A"; 4]);
}

/// APX-29.
async fn a_decision_that_comes_again_otherwise_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let approver = shop.world.approver();
    let customer = shop.world.customer.clone();
    let [wanted, rejected, cancelled] =
        [shop.pending().await, shop.pending().await, shop.pending().await];
    let yes = |reference: Option<&str>| match reference {
        Some(reference) => json!({ "id": wanted["id"], "externalReference": reference }),
        None => json!({ "id": wanted["id"] }),
    };
    let no = |reason: &str| json!({ "id": rejected["id"], "reason": reason });
    let never_mind = |reason: Option<&str>| json!({ "id": cancelled["id"], "reason": reason });

    shop.run(&shop.partner_approver, "approveOrder", yes(Some("CRM-A"))).await;
    let done = [
        (&approver, "approveOrder", yes(Some("CRM-B"))),
        (&approver, "rejectOrder", no("No credit")),
        (&customer, "cancelOrder", never_mind(Some("Too dear"))),
    ];
    let mut answers = Vec::new();
    for (viewer, mutation, input) in &done {
        answers.push(shop.run(viewer, mutation, input.clone()).await);
    }
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    for ((viewer, mutation, input), answer) in done.iter().zip(&answers) {
        assert_eq!(&shop.run(viewer, mutation, input.clone()).await, answer, "{mutation}");
    }
    // What says nothing else takes nothing back; and the first approver's own answer is what it was.
    shop.run(&approver, "approveOrder", yes(None)).await;
    shop.run(&shop.partner_approver, "approveOrder", yes(Some("CRM-A"))).await;
    shop.run(&customer, "cancelOrder", never_mind(None)).await;

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
            &shop.partner_approver,
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
    let shop = Shop::open(database).await;
    let approver = shop.world.approver();
    let customer = shop.world.customer.clone();
    let [wanted, rejected, cancelled] =
        [shop.pending().await, shop.pending().await, shop.pending().await];
    // One level is still to answer, and then the order moves on.
    shop.run(&approver, "approveOrder", json!({ "id": wanted["id"] })).await;
    let partners = (&shop.partner_approver, "approveOrder", json!({ "id": wanted["id"] }), 4);
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
        let decided = shop.run(viewer, mutation, expecting(taken_on)).await;
        assert_eq!(decided["version"], taken_on + 1, "{mutation}");
        shop.app.run_jobs().await;
        let now = shop.run(viewer, mutation, expecting(taken_on)).await;
        let version = now["version"].as_i64().unwrap();
        assert_eq!(shop.run(viewer, mutation, expecting(version)).await, now, "{mutation}");
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
    let shop = Shop::open(database).await;
    let admin = shop.world.admin.clone();
    let draft = shop.draft().await;
    let changed = json!({ "id": draft["id"], "lines": shop.lines(500) });
    shop.run(&admin, "updateOrder", changed).await;
    // Changed once more by somebody else, it is still the work of both.
    let colleague = viewer(shop.world.tenant_id, Role::Admin, Scope::Tenant);
    let changed = json!({ "id": draft["id"], "lines": shop.lines(4) });
    shop.run(&colleague, "updateOrder", changed).await;
    let order = shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    shop.may_not_decide(&admin, &order).await;
    shop.may_not_decide(&colleague, &order).await;
    shop.may_decide(&shop.world.approver(), &order).await;
}

/// APX-28.
async fn whoever_submitted_does_not_decide(database: Database) {
    let shop = Shop::open(database).await;
    let admin = shop.world.admin.clone();
    let draft = shop.draft().await;
    let order = shop.run(&admin, "submitOrder", json!({ "id": draft["id"] })).await;
    shop.may_not_decide(&admin, &order).await;
    shop.may_decide(&shop.partner_approver, &order).await;
    shop.may_decide(&shop.world.approver(), &order).await;
}

async fn whoever_changed_only_what_is_written_on_an_order_decides(database: Database) {
    let shop = Shop::open(database).await;
    let admin = shop.world.admin.clone();
    let draft = shop.draft().await;
    let changed = json!({ "id": draft["id"], "poNumber": "PO-1", "reference": "R" });
    shop.run(&admin, "updateOrder", changed).await;
    let order = shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    shop.may_decide(&admin, &order).await;
}
