//! Billing periods are what they are, however a subscription's stretches are cut, and whoever wrote them.

use chrono::{DateTime, Utc};
use entity::{SubscriptionId, billing_period};
use migration::{Migrator, MigratorTrait};
use sea_orm::{Database as SeaOrm, EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::shop::{Shop, id};
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(
    subscriptions_of_the_release_before_get_the_periods_that_they_had,
    a_subscription_that_an_older_node_activates_is_changed_within_its_period,
);

type Span = (SubscriptionId, i32, DateTime<Utc>, Option<DateTime<Utc>>);

async fn subscriptions_of_the_release_before_get_the_periods_that_they_had(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let by_use = shop.instant("USAGE", Some("YEARLY"), "3100").await;
    let once = shop.instant("ONE_TIME", None, "3100").await;
    let mut subscriptions = Vec::new();
    for offer in [&monthly, &monthly, &by_use, &once] {
        subscriptions.push(shop.buy(offer, 5).await.subscription);
    }
    shop.at("2027-02-10T12:00:00Z");
    shop.change(&subscriptions[0], 6).await;
    shop.change(&subscriptions[2], 6).await;
    for cancelled in [&subscriptions[1], &subscriptions[3]] {
        let input = json!({ "id": cancelled });
        shop.api.done(&shop.world.customer, "cancelSubscription", input, "").await;
        shop.app.run_jobs().await;
    }

    let periods = periods_of(&shop.app).await;
    let end_of = |subscription: &Value| {
        let id: SubscriptionId = id(subscription);
        periods.iter().find(|period| period.0 == id).unwrap().3
    };
    let day = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    assert_eq!(
        subscriptions.iter().map(end_of).collect::<Vec<_>>(),
        [
            day("2027-02-28T12:00:00Z"),
            day("2027-02-28T12:00:00Z"),
            day("2028-01-31T12:00:00Z"),
            None
        ]
    );

    let connection = SeaOrm::connect(&shop.app.database.url).await.unwrap();
    let later = Migrator::migrations()
        .iter()
        .skip_while(|step| !step.name().contains("billing_periods"))
        .count();
    Migrator::down(&connection, Some(u32::try_from(later).unwrap())).await.unwrap();
    Migrator::up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(periods_of(&shop.app).await, periods);
}

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
