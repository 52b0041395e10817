//! A subscription after its purchase: it changes through orders.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{database::Database, shop::Shop},
};

on_both_databases!(
    a_subscription_changes_through_orders_one_at_a_time,
    a_failed_change_is_not_retried_while_another_is_open,
);

/// APG-05, APG-06, APX-10, APX-25.
async fn a_subscription_changes_through_orders_one_at_a_time(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let bought = shop.place(&[shop.instant(3)]).await;
    let id = bought["subscriptions"][0]["id"].clone();
    let early = json!({ "id": id, "quantity": 5 });
    let early = shop.api.refused(&shop.world.customer, "changeSubscription", early).await;
    assert_eq!(early["code"], "SUBSCRIPTION_NOT_MODIFIABLE", "it is pending");
    shop.app.run_jobs().await;
    shop.app.advance(TimeDelta::days(10));

    let steps = [
        ("changeSubscription", "ACTIVE", "ACTIVE", 5),
        ("suspendSubscription", "SUSPENDED", "SUSPENDED", 5),
        ("resumeSubscription", "ACTIVE", "ACTIVE", 5),
        ("cancelSubscription", "TERMINATED", "TERMINATED", 5),
    ];
    for (mutation, status, license, quantity) in steps {
        let input = change_of(mutation, &id, 5);
        let order = shop.run(&shop.world.customer, mutation, input.clone()).await;
        let second = shop.api.refused(&shop.world.customer, mutation, input).await;
        assert_eq!(second["code"], "CHANGE_ALREADY_PENDING", "{mutation}");
        shop.app.run_jobs().await;
        let done = shop.order(&order).await;
        assert_eq!(done["status"], "COMPLETED", "{mutation}");
        let subscription = &done["subscriptions"][0];
        assert_eq!(subscription["status"], status, "{mutation}");
        assert_eq!(subscription["quantity"], quantity, "{mutation}");
        let document = "query Run($id: ID!) { subscription(id: $id) {
            license { status userLimit } } }";
        let found = shop.read(document, &id).await;
        let expected = json!({ "status": license, "userLimit": quantity });
        assert_eq!(found["subscription"]["license"], expected, "{mutation}");
        if status == "SUSPENDED" {
            let change = change_of("changeSubscription", &id, 9);
            let refused =
                shop.api.refused(&shop.world.customer, "changeSubscription", change).await;
            assert_eq!(refused["code"], "SUBSCRIPTION_NOT_MODIFIABLE");
        }
    }
    let orders = "query Run($id: ID!) { subscription(id: $id) { orders { totalCount } } }";
    assert_eq!(shop.read(orders, &id).await["subscription"]["orders"]["totalCount"], 5);
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| line["chargeType"].as_str().unwrap()).collect();
    // The last takes back what the cancellation leaves unused.
    assert_eq!(kinds, ["CYCLE_FEE", "CORRECTION", "CORRECTION"]);
}

/// APX-25: of two changes, the one that failed waits for the other's end.
async fn a_failed_change_is_not_retried_while_another_is_open(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let bought = shop.place(&[shop.manual()]).await;
    shop.app.run_jobs().await;
    shop.move_line("startOrderLine", &bought["lines"][0], None).await;
    let bought = shop.move_line("completeOrderLine", &bought["lines"][0], None).await;
    let change = async |quantity: i32| {
        let input = change_of("changeSubscription", &bought["subscriptions"][0]["id"], quantity);
        let order = shop.run(&shop.world.customer, "changeSubscription", input).await;
        shop.app.run_jobs().await;
        order["lines"][0].clone()
    };
    let failed = change(2).await;
    shop.move_line("startOrderLine", &failed, None).await;
    shop.move_line("failOrderLine", &failed, Some("Sold out")).await;
    let other = change(3).await;
    let retry = json!({ "id": failed["id"] });
    let refused = shop.api.refused(&shop.world.admin, "retryOrderLine", retry).await;
    assert_eq!(refused["code"], "CHANGE_ALREADY_PENDING");
    shop.move_line("startOrderLine", &other, None).await;
    shop.move_line("completeOrderLine", &other, None).await;
    let retried = shop.move_line("retryOrderLine", &failed, None).await;
    assert_eq!(retried["status"], "PROVISIONING");
}

fn change_of(mutation: &str, id: &Value, quantity: i32) -> Value {
    let mut input = json!({ "id": id });
    if mutation == "changeSubscription" {
        input["quantity"] = json!(quantity);
    }
    input
}
