//! Amounts that hardly fit, and amounts that do not.

use chrono::TimeDelta;
use entity::{OrderStatus, SubscriptionStatus, license};
use ordergate::graphql::id::Id;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{ledger, shop::Shop};
use crate::{
    on_both_databases,
    support::{database::Database, rows::rows_of},
};

on_both_databases!(
    large_amounts_of_small_units_are_charged,
    a_purchase_that_the_invoice_cannot_hold_leaves_nothing_behind_and_is_charged_when_retried,
    a_change_that_the_invoice_cannot_hold_leaves_nothing_behind_and_is_charged_when_retried,
    what_cannot_be_added_up_is_refused_when_it_is_ordered,
    charges_and_credits_that_cancel_each_other_out_are_added_up,
    a_subscription_has_fifteen_lines_a_day_at_most,
    an_account_holds_what_can_be_added_up,
);

/// Five billion rupiah, twice.
async fn large_amounts_of_small_units_are_charged(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant_in("IDR", "500000000000").await;
    let order = json!({ "currency": "IDR", "lines": [{ "offerId": offer, "quantity": 1 }] });
    for _ in 0..2 {
        let bought = shop.buy_with(order.clone()).await;
        assert_eq!(shop.outcome(&bought.line).await, (OrderStatus::Completed, None));
    }
    assert_eq!(shop.invoice().await.gross_amount, 2 * 625_000_000_000);
}

async fn a_purchase_that_the_invoice_cannot_hold_leaves_nothing_behind_and_is_charged_when_retried(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "5000000000000000000").await;
    shop.buy(&offer, 1).await;
    let draft = shop.invoice().await;

    let second = shop.buy(&offer, 1).await;
    let (status, reason) = shop.outcome(&second.line).await;
    assert_eq!(status, OrderStatus::Failed);
    assert!(
        reason.as_deref().is_some_and(|reason| reason.contains("Issue it first")),
        "{reason:?}"
    );
    let subscription = shop.subscription(&second.subscription).await;
    assert_eq!((subscription.status, subscription.version), (SubscriptionStatus::Pending, 1));
    assert_eq!(shop.invoice().await, draft);
    let readers = shop.app.app.store.readers();
    assert_eq!(license::Entity::find().count(readers).await.unwrap(), 1);
    // Nor does the log tell of anything but the failure.
    let told: Vec<_> = rows_of(&shop.app, shop.world.tenant_id)
        .await
        .into_iter()
        .filter(|row| row.starts_with("event ") && row.contains("SubscriptionStatusChanged"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");

    shop.issue(&draft).await;
    shop.move_line("retryOrderLine", &second.line).await;
    assert_eq!(shop.outcome(&second.line).await, (OrderStatus::Completed, None));
    assert_eq!(shop.charges(&second.subscription).await, [5_000_000_000_000_000_000]);
    assert_eq!(license::Entity::find().count(readers).await.unwrap(), 2);
}

async fn a_change_that_the_invoice_cannot_hold_leaves_nothing_behind_and_is_charged_when_retried(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "2000000000000000000").await;
    let bought = shop.buy(&offer, 1).await;
    shop.buy(&offer, 2).await;
    let before = shop.subscription(&bought.subscription).await;

    let change = shop.change(&bought.subscription, 2).await;
    assert_eq!(shop.outcome(&change).await.0, OrderStatus::Failed);
    assert_eq!(shop.subscription(&bought.subscription).await, before);
    let charges = [2_000_000_000_000_000_000].to_vec();
    assert_eq!(shop.charges(&bought.subscription).await, charges);

    shop.issue(&shop.invoice().await).await;
    shop.move_line("retryOrderLine", &change).await;
    assert_eq!(shop.outcome(&change).await, (OrderStatus::Completed, None));
    assert_eq!(shop.charges(&bought.subscription).await, [charges.clone(), charges].concat());
}

async fn what_cannot_be_added_up_is_refused_when_it_is_ordered(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), &i64::MAX.to_string()).await;
    let order = |quantity: i32| json!({ "lines": [{ "offerId": offer, "quantity": quantity }] });
    for (quantity, field) in [(2, json!(["lines", "0", "quantity"])), (1, json!(["lines"]))] {
        let refused = shop.api.refused(&shop.world.customer, "createOrder", order(quantity)).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("AMOUNT_TOO_LARGE"), &field));
    }
    // A change is refused for what the next period would come to, even where it adds little.
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "5000000000000000000").await;
    let bought = shop.buy(&offer, 1).await;
    let input = json!({ "id": bought.subscription, "quantity": 2 });
    let refused = shop.api.refused(&shop.world.customer, "changeSubscription", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("AMOUNT_TOO_LARGE"), &json!(["quantity"]))
    );
}

/// The sum of all charges alone would not fit.
async fn charges_and_credits_that_cancel_each_other_out_are_added_up(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "1000000000000000000").await;
    let bought = shop.buy(&offer, 7).await;
    for quantity in [1, 7, 1, 7, 3] {
        let change = shop.change(&bought.subscription, quantity).await;
        assert_eq!(shop.outcome(&change).await, (OrderStatus::Completed, None));
    }
    assert_eq!(shop.invoice().await.net_amount, 3_000_000_000_000_000_000);
}

async fn a_subscription_has_fifteen_lines_a_day_at_most(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let bought = shop.buy(&offer, 1).await;
    shop.app.advance(TimeDelta::days(1));
    for quantity in 2..17 {
        let line = shop.change(&bought.subscription, quantity).await;
        assert_eq!(shop.outcome(&line).await.0, OrderStatus::Completed, "{quantity}");
    }
    let line = shop.change(&bought.subscription, 17).await;
    let (status, reason) = shop.outcome(&line).await;
    assert_eq!(status, OrderStatus::Failed);
    assert!(reason.as_deref().is_some_and(|it| it.contains("16 lines")), "{reason:?}");
    assert_eq!(shop.subscription(&bought.subscription).await.quantity, 16);
}

/// Otherwise nothing of the customer could be issued any more.
async fn an_account_holds_what_can_be_added_up(database: Database) {
    let shop = Shop::open(database).await;
    let most = i64::MAX.to_string();
    let customer = Id(shop.world.customer_id).to_string();
    let entry = |kind: &str, amount: &str| json!({ "customerId": customer, "currency": "EUR", "kind": kind, "amount": amount });
    let invoice = shop.invoice_with(&[(1_000, 2_500)]).await;
    let payment = ledger::payment(&invoice, i64::MAX, "too much");
    let admin = &shop.world.admin;
    for (mutation, input) in [
        ("addAccountTransaction", entry("ALLOWANCE", &most)),
        ("addAccountTransaction", entry("CHARGE", &most)),
        ("recordPayment", payment),
    ] {
        let refused = shop.api.refused(admin, mutation, input).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("AMOUNT_TOO_LARGE"), &json!(["amount"]))
        );
    }
    let much = "600000000000000000";
    shop.api.done(admin, "addAccountTransaction", entry("ALLOWANCE", much), "").await;
    let refused = shop.api.refused(admin, "addAccountTransaction", entry("ALLOWANCE", much)).await;
    assert_eq!(refused["code"], "AMOUNT_TOO_LARGE");
    assert_eq!(shop.moved().await, [("ALLOWANCE", 600_000_000_000_000_000)]);
}
