//! What previews say of the answers that an order would need, and what they keep to the seller.

use domain::viewer::Viewer;
use entity::Role;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{database::Database, given::viewer, rows::rows_of, shop::Shop},
};

on_both_databases!(
    a_preview_of_a_change_says_whose_answers_its_order_needs,
    nobody_but_the_seller_tries_out_what_a_customer_owes_or_has_bought,
);

impl Shop {
    /// What a preview of a change says of answers.
    async fn previewed_change(
        &self,
        viewer: &Viewer,
        subscription: &Value,
        change: &Value,
    ) -> Value {
        let document = "query ($input: PreviewSubscriptionChangeInput!) {
            previewSubscriptionChange(input: $input) {
                approvals { bySeller rules approversNeeded lapseAfterHours } userErrors { message } } }";
        let mut input = change.clone();
        input["id"] = subscription.clone();
        let read = self.api.read(viewer, document, json!({ "input": input })).await;
        assert_eq!(read["previewSubscriptionChange"]["userErrors"], json!([]), "{change}");
        read["previewSubscriptionChange"]["approvals"].clone()
    }
}

/// APX-20.
async fn a_preview_of_a_change_says_whose_answers_its_order_needs(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = &shop.world.admin;
    let products = "query { products(first: 9) { nodes { id code } } }";
    let products = shop.api.read(admin, products, json!({})).await;
    let products = products["products"]["nodes"].as_array().unwrap();
    let instant = products.iter().find(|product| product["code"] == "INSTANT").unwrap();
    let offer = json!({
        "productId": instant["id"], "code": "INSTANT-2", "name": "Mail Plus", "billing": "RECURRING",
        "billingPeriod": "MONTHLY",
        "prices": [{ "currency": "EUR", "unitAmount": "9000", "taxBasisPoints": 2500 }],
    });
    let offer =
        shop.api.done(admin, "createOffer", offer, "offer { id }").await["offer"]["id"].take();
    let bought = shop.place(&[shop.instant(3)]).await;
    shop.app.run_jobs().await;
    let subscription = &bought["subscriptions"][0]["id"];
    for rule in [
        json!({ "name": "Changes", "action": "CHANGE", "approversNeeded": 2, "lapseAfterHours": 6 }),
        json!({ "name": "Ends", "action": "CANCEL" }),
        json!({ "name": "Large", "currency": "EUR", "minimumAmount": 20_000 }),
    ] {
        shop.rule(admin, rule).await;
    }
    let level = |rules: &[&str], people: i32, hours: Option<i32>| {
        json!([{
            "bySeller": true, "rules": rules, "approversNeeded": people, "lapseAfterHours": hours,
        }])
    };
    let changes = level(&["Changes"], 2, Some(6));
    for (change, mutation, asked) in [
        (json!({ "quantity": 4 }), "changeSubscription", changes.clone()),
        (
            json!({ "quantity": 200 }),
            "changeSubscription",
            level(&["Changes", "Large"], 2, Some(6)),
        ),
        (
            json!({ "offerId": offer }),
            "changeSubscription",
            level(&["Changes", "Large"], 2, Some(6)),
        ),
        (json!({ "autoRenew": false, "when": "ON_RENEWAL" }), "setAutoRenew", changes),
        (json!({ "action": "SUSPEND" }), "suspendSubscription", json!([])),
        (
            json!({ "action": "CANCEL", "when": "ON_RENEWAL" }),
            "cancelSubscription",
            level(&["Ends"], 1, None),
        ),
    ] {
        let rows = rows_of(&shop.app, shop.world.tenant_id).await;
        assert_eq!(shop.previewed_change(admin, subscription, &change).await, asked, "{change}");
        // Whoever buys learns who must answer, and not why.
        let mut told = asked.clone();
        for level in told.as_array_mut().unwrap() {
            level["rules"] = json!([]);
        }
        let customer = &shop.world.customer;
        assert_eq!(shop.previewed_change(customer, subscription, &change).await, told, "{change}");
        assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

        // The order says the same.
        let mut input = change.clone();
        input.as_object_mut().unwrap().remove("action");
        if mutation == "setAutoRenew" {
            input.as_object_mut().unwrap().remove("when");
        }
        input["id"] = subscription.clone();
        let order = shop.run(customer, mutation, input).await;
        let document = "query Run($id: ID!) { order(id: $id) { approvals { bySeller rules approversNeeded } } }";
        let needs = shop.read(document, &order["id"]).await["order"]["approvals"].take();
        let mut expected = asked;
        for level in expected.as_array_mut().unwrap() {
            level.as_object_mut().unwrap().remove("lapseAfterHours");
        }
        assert_eq!(needs, expected, "{change}");
        shop.run(customer, "cancelOrder", json!({ "id": order["id"] })).await;
    }
}

/// Three pieces come to 37.50 EUR.
async fn nobody_but_the_seller_tries_out_what_a_customer_owes_or_has_bought(database: Database) {
    let mut shop = Shop::open_with_approval(database, false).await;
    let [approver] = shop.put_below(["R-1"]).await;
    let admin = shop.world.admin.clone();
    let quiet =
        json!({ "id": Id(approver.partner().unwrap()).to_string(), "approvalRequired": false });
    shop.api.done(&admin, "updatePartner", quiet, "").await;
    let partner = viewer(shop.world.tenant_id, Role::Partner, approver.scope.clone());
    let customer = shop.world.customer.clone();
    for rule in [
        json!({ "name": "Credit", "currency": "EUR", "creditLimit": 0, "action": "BUY" }),
        json!({ "name": "Credit for changes", "currency": "EUR", "creditLimit": 0, "action": "CHANGE" }),
        json!({ "name": "New", "firstOrder": true, "lapseAfterHours": 6, "approversNeeded": 3 }),
    ] {
        shop.rule(&admin, rule).await;
    }
    shop.rule(&approver, json!({ "name": "New here", "firstOrder": true })).await;
    let document = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
        approvals { bySeller approversNeeded lapseAfterHours } userErrors { message } } }";
    let order = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "lines": [shop.instant(3)],
        "submit": true,
    });
    let by_partner = json!({ "bySeller": false, "approversNeeded": 1, "lapseAfterHours": null });
    let by_seller = json!({ "bySeller": true, "approversNeeded": 3, "lapseAfterHours": 6 });
    let seller = shop.world.seller();
    for (viewer, told) in [
        (&admin, json!([by_partner, by_seller])),
        (&seller, json!([by_partner, by_seller])),
        (&partner, json!([by_partner])),
        (&customer, json!([by_partner])),
    ] {
        let read = shop.api.read(viewer, document, json!({ "input": order })).await;
        let expected = json!({ "approvals": told, "userErrors": [] });
        assert_eq!(read["previewOrder"], expected, "{}", viewer.role);
    }
    // An order that is placed is asked for nonetheless.
    let placed = shop.run(&customer, "createOrder", order).await;
    let asked: Vec<_> =
        placed["approvals"].as_array().unwrap().iter().map(|it| it["bySeller"].clone()).collect();
    assert_eq!(asked, [false, true]);

    for approver in [&approver, &shop.world.approver(), &shop.world.approver(), &admin] {
        shop.run(approver, "approveOrder", json!({ "id": placed["id"] })).await;
    }
    shop.app.run_jobs().await;
    let subscription = &placed["subscriptions"][0]["id"];
    let more = json!({ "quantity": 5 });
    let told = shop.previewed_change(&admin, subscription, &more).await;
    assert_eq!(told[0]["rules"], json!(["Credit for changes"]));
    for viewer in [&partner, &customer] {
        let told = shop.previewed_change(viewer, subscription, &more).await;
        assert_eq!(told, json!([]), "{}", viewer.role);
    }
    let change = json!({ "id": subscription, "quantity": 5 });
    let changed = shop.run(&customer, "changeSubscription", change).await;
    assert_eq!(changed["status"], "PENDING_APPROVAL");
}
