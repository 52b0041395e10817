//! Billing periods are what they are, however a subscription's stretches are cut, and whoever wrote them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{SubscriptionId, billing_period};
use ordergate::graphql::id::Id;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

use super::shop::Shop;
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(
    a_subscription_that_an_older_node_activates_is_changed_within_its_period,
    a_purchase_begins_in_the_past_as_far_as_its_seller_allows,
    an_agreement_begins_with_the_sellers_day,
);

type Span = (SubscriptionId, i32, DateTime<Utc>, Option<DateTime<Utc>>);

/// Such a node keeps stretches only.
async fn a_subscription_that_an_older_node_activates_is_changed_within_its_period(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    shop.at("2027-01-01T12:00:00Z");
    let bought = shop.buy(&offer, 5).await;
    let periods = periods_of(&shop.app).await;
    shop.at("2027-01-11T12:00:00Z");
    shop.change(&bought.subscription, 10).await;
    let forget = "DELETE FROM billing_period";
    shop.app.database.execute(forget).await;

    shop.at("2027-01-21T12:00:00Z");
    shop.change(&bought.subscription, 12).await;
    assert_eq!(shop.charges(&bought.subscription).await, [15_500, 10_500, 2_200]);
    assert_eq!(periods_of(&shop.app).await, periods);
}

async fn a_purchase_begins_in_the_past_as_far_as_its_seller_allows(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-04-20T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let from = |day: &str| json!({ "offerId": offer, "quantity": 2, "startsOn": day });
    let order = |day: &str| json!({ "lines": [from(day)], "submit": true });
    let refused = shop.api.refused(&shop.world.customer, "createOrder", order("2027-04-19")).await;
    let field = json!(["lines", "0", "startsOn"]);
    assert_eq!((&refused["code"], &refused["field"]), (&json!("VALIDATION_FAILED"), &field));

    let settings = json!({ "pastStartDays": 100 });
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
    for day in ["2027-01-09", "2027-04-21"] {
        let refused = shop.api.refused(&shop.world.customer, "createOrder", order(day)).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("VALIDATION_FAILED"), &field));
    }
    let bought = shop.buy_with(json!({ "lines": [from("2027-01-31")] })).await;
    assert_eq!(shop.charges(&bought.subscription).await, [6_200; 3]);
    let days: Vec<_> =
        periods_of(&shop.app).await.into_iter().map(|it| it.2.date_naive()).collect();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert_eq!(days, [day("2027-01-31"), day("2027-02-28"), day("2027-03-31")]);
}

async fn an_agreement_begins_with_the_sellers_day(database: Database) {
    let shop = Shop::open(database).await;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let settings = json!({ "timeZone": "Asia/Tokyo" });
    shop.api.done(admin, "updateTenantSettings", settings, "").await;
    let agreement = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "number": "A-2027",
        "startsOn": "2027-01-01",
    });
    let made = shop.api.done(admin, "createAgreement", agreement, "agreement { id }").await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let order = json!({
        "agreementId": made["agreement"]["id"], "lines": [{ "offerId": offer, "quantity": 1 }],
    });
    shop.at("2026-12-31T14:59:00Z");
    let refused = shop.api.refused(customer, "createOrder", order.clone()).await;
    assert_eq!(refused["code"], "AGREEMENT_NOT_USABLE");
    shop.at("2026-12-31T15:00:00Z");
    shop.api.done(customer, "createOrder", order, "").await;
}

async fn periods_of(app: &TestApp) -> Vec<Span> {
    let periods = billing_period::Entity::find()
        .order_by_asc(billing_period::Column::SubscriptionId)
        .order_by_asc(billing_period::Column::Number)
        .all(app.app.store.readers())
        .await
        .unwrap();
    let spans = periods
        .into_iter()
        .map(|period| (period.subscription_id, period.number, period.starts_at, period.ends_at));
    spans.collect()
}
