//! Everybody who must agree to an order, and what becomes of one that is not agreed to.

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::Role;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::viewer,
        rows::rows_of,
        shop::{Shop, statuses},
    },
};

on_both_databases!(
    every_level_must_say_yes,
    one_no_is_a_no_to_the_whole_order,
    nobody_decides_who_placed_the_order_or_is_not_asked,
    the_same_answer_again_changes_nothing_and_the_opposite_comes_too_late,
    the_approval_switch_changes_no_order_that_was_placed,
    an_approval_that_nobody_gives_lapses,
    a_rejection_says_why_in_1_to_256_characters,
    a_rejected_order_ends_its_subscriptions_and_is_never_invoiced,
);

/// A seller, with the approvers of the customer's own partner, of the one above it, and of the seller.
async fn three_levels(database: Database) -> (Shop, [Viewer; 3]) {
    let mut shop = Shop::open(database).await;
    let [distributor, reseller] = shop.put_below(["R-1", "R-2"]).await;
    let seller = shop.world.approver();
    (shop, [reseller, distributor, seller])
}

/// APX-19: distributor and reseller, as well as the seller, agree; in whichever order.
async fn every_level_must_say_yes(database: Database) {
    let (shop, [reseller, distributor, seller]) = three_levels(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    assert_eq!(levels(&order), [(false, "PENDING"), (false, "PENDING"), (true, "PENDING")]);
    for (approver, status) in
        [(&seller, "PENDING_APPROVAL"), (&reseller, "PENDING_APPROVAL"), (&distributor, "APPROVED")]
    {
        let approved = shop.run(approver, "approveOrder", json!({ "id": order["id"] })).await;
        assert_eq!(approved["status"], status);
    }
    let order = shop.order(&order).await;
    assert_eq!(levels(&order), [(false, "APPROVED"), (false, "APPROVED"), (true, "APPROVED")]);
    let asked = ["CREATE", "SUBMIT", "REQUIRE_APPROVAL"];
    let answered = ["APPROVE_STEP", "APPROVE_STEP", "APPROVE_LAST_STEP"];
    assert_eq!(shop.triggers(&order).await, [asked, answered].concat());
}

/// APX-19.
async fn one_no_is_a_no_to_the_whole_order(database: Database) {
    let (shop, [reseller, distributor, seller]) = three_levels(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let id = json!({ "id": order["id"] });
    shop.run(&reseller, "approveOrder", id.clone()).await;
    let no = json!({ "id": order["id"], "reason": "No credit" });
    let rejected = shop.run(&distributor, "rejectOrder", no).await;
    assert_eq!(rejected["status"], "REJECTED");
    assert_eq!(levels(&rejected), [(false, "APPROVED"), (false, "REJECTED"), (true, "VOID")]);
    let late = shop.api.refused(&seller, "approveOrder", id).await;
    assert_eq!(late["code"], "ORDER_NOT_PENDING_APPROVAL");
    assert_eq!(late["currentStatus"], "REJECTED");
}

/// APX-28.
async fn nobody_decides_who_placed_the_order_or_is_not_asked(database: Database) {
    let (shop, [reseller, ..]) = three_levels(database).await;
    let admin = shop.world.admin.clone();
    let order = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "submit": true,
        "lines": [shop.instant(3)],
    });
    let order = shop.run(&admin, "createOrder", order).await;
    let id = json!({ "id": order["id"] });
    let no = json!({ "id": order["id"], "reason": "No" });
    assert_eq!(shop.api.refused(&admin, "approveOrder", id.clone()).await["code"], "OWN_ORDER");
    assert_eq!(shop.api.refused(&admin, "rejectOrder", no).await["code"], "OWN_ORDER");

    let unasked = shop.api.done(
        &admin,
        "createPartner",
        json!({ "partnerNumber": "R-3", "name": "Quiet", "approvalRequired": false }),
        "partner { id }",
    );
    let Id(above) = Id::read(unasked.await["partner"]["id"].as_str().unwrap()).unwrap();
    let partners = match &reseller.scope {
        Scope::Partner { partners, .. } => [&[above], partners.as_slice()].concat(),
        Scope::Tenant | Scope::Customer { .. } => panic!("the reseller is a partner"),
    };
    let stranger =
        viewer(shop.world.tenant_id, Role::Approver, Scope::Partner { own: above, partners });
    let refused = shop.api.refused(&stranger, "approveOrder", id).await;
    assert_eq!(refused["code"], "NOT_AN_APPROVER");
    assert_eq!(shop.order(&order).await["version"], order["version"]);
}

/// APX-29.
async fn the_same_answer_again_changes_nothing_and_the_opposite_comes_too_late(database: Database) {
    let (shop, [reseller, distributor, seller]) = three_levels(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let yes = json!({ "id": order["id"] });
    let no = json!({ "id": order["id"], "reason": "No credit" });
    shop.run(&reseller, "approveOrder", yes.clone()).await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    shop.run(&reseller, "approveOrder", yes.clone()).await;
    let colleague = Viewer { subject: "user:colleague".to_owned(), ..reseller.clone() };
    for (approver, mutation, input) in
        [(&reseller, "rejectOrder", &no), (&colleague, "approveOrder", &yes)]
    {
        let late = shop.api.refused(approver, mutation, input.clone()).await;
        assert_eq!(
            (&late["code"], &late["currentStatus"]),
            (&json!("ALREADY_DECIDED"), &json!("PENDING_APPROVAL"))
        );
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    shop.run(&distributor, "approveOrder", yes.clone()).await;
    let approved = shop.run(&seller, "approveOrder", yes.clone()).await;
    let again = shop.run(&seller, "approveOrder", yes).await;
    assert_eq!(again, approved);
    let late = shop.api.refused(&seller, "rejectOrder", no).await;
    assert_eq!(
        (&late["code"], &late["currentStatus"]),
        (&json!("ORDER_NOT_PENDING_APPROVAL"), &json!("APPROVED"))
    );
    assert_eq!(late["currentVersion"], approved["version"]);
}

/// APX-01, APX-02, APX-03.
async fn the_approval_switch_changes_no_order_that_was_placed(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let free = shop.place(&[shop.instant(3)]).await;
    assert_eq!(free["status"], "APPROVED");
    assert_eq!(shop.triggers(&free).await, ["CREATE", "SUBMIT", "WAIVE_APPROVAL"]);
    shop.settings(json!({ "approvalRequired": true })).await;
    assert_eq!(shop.order(&free).await, free);
    let asked = shop.place(&[shop.instant(3)]).await;
    assert_eq!(asked["status"], "PENDING_APPROVAL");
    shop.settings(json!({ "approvalRequired": false })).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&asked).await, asked);
    assert_eq!(shop.carry_out(&asked).await["status"], "COMPLETED");
}

async fn an_approval_that_nobody_gives_lapses(database: Database) {
    let shop = Shop::open(database).await;
    shop.settings(json!({ "approvalLapseDays": 3 })).await;
    let order = shop.place(&[shop.instant(3)]).await;
    shop.app.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, order);
    shop.app.advance(TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    let lapsed = shop.order(&order).await;
    assert_eq!(lapsed["status"], "CANCELLED");
    assert_eq!(lapsed["subscriptions"][0]["status"], "TERMINATED");
    assert_eq!(shop.triggers(&order).await.last().unwrap(), "LET_APPROVAL_LAPSE");
    let yes = json!({ "id": order["id"] });
    let late = shop.api.refused(&shop.world.approver(), "approveOrder", yes).await;
    assert_eq!(
        (&late["code"], &late["currentStatus"]),
        (&json!("ORDER_NOT_PENDING_APPROVAL"), &json!("CANCELLED"))
    );
}

/// APX-27.
async fn a_rejection_says_why_in_1_to_256_characters(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let approver = shop.world.approver();
    for reason in [String::new(), "  ".to_owned(), "é".repeat(257)] {
        let no = json!({ "id": order["id"], "reason": reason });
        let refused = shop.api.refused(&approver, "rejectOrder", no).await;
        assert_eq!(
            (&refused["code"], &refused["field"][0]),
            (&json!("VALIDATION_FAILED"), &json!("reason"))
        );
    }
    let reason = "é".repeat(256);
    let no = json!({ "id": order["id"], "reason": reason });
    let rejected = shop.run(&approver, "rejectOrder", no).await;
    assert_eq!(rejected["reason"], reason);
    let answer = &rejected["approvals"][0];
    assert_eq!(answer["reason"], reason);
    assert_eq!(answer["decidedBy"], approver.subject);
}

/// APX-30, APX-11.
async fn a_rejected_order_ends_its_subscriptions_and_is_never_invoiced(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3), shop.manual()]).await;
    assert_eq!(statuses(&order["subscriptions"]), ["PENDING", "PENDING"]);
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, order, "nothing happens before approval");
    let no = json!({ "id": order["id"], "reason": "No credit" });
    let rejected = shop.run(&shop.world.approver(), "rejectOrder", no).await;
    assert_eq!(statuses(&rejected["subscriptions"]), ["TERMINATED", "TERMINATED"]);
    assert_eq!(statuses(&rejected["lines"]), ["REJECTED", "REJECTED"]);
    assert_eq!(rejected["subscriptions"][0]["reason"], "No credit");
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, rejected);
    assert_eq!(shop.invoices().await, Vec::<Value>::new());
}

fn levels(order: &Value) -> Vec<(bool, &str)> {
    let approvals = order["approvals"].as_array().unwrap();
    approvals
        .iter()
        .map(|answer| (answer["bySeller"] == true, answer["decision"].as_str().unwrap()))
        .collect()
}
