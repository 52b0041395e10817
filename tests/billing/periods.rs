//! Billing periods are what they are, however a subscription's stretches are cut, and whoever wrote them.

use chrono::{DateTime, Utc};
use entity::{SubscriptionId, billing_period};
use sea_orm::{EntityTrait, QueryOrder};

use super::shop::Shop;
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(a_subscription_that_an_older_node_activates_is_changed_within_its_period,);

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

async fn periods_of(app: &TestApp) -> Vec<Span> {
    let periods = billing_period::Entity::find()
        .order_by_asc(billing_period::Column::SubscriptionId)
        .all(app.app.store.readers())
        .await
        .unwrap();
    let spans = periods
        .into_iter()
        .map(|period| (period.subscription_id, period.number, period.starts_at, period.ends_at));
    spans.collect()
}
