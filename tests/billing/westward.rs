//! A seller that moves to where it is earlier: what has happened there is not undone.

use entity::SubscriptionStatus;
use serde_json::{Value, json};

use super::shop::Shop;
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    the_last_change_is_the_last,
    what_is_resumed_is_billed_again,
    an_upgrade_gives_back_what_was_charged_for_the_same_days,
    what_ends_at_once_costs_nothing,
);

async fn the_last_change_is_the_last(database: Database) {
    let shop = Shop::in_the_east(database).await;
    let bought = shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 3).await;
    shop.change(&bought.subscription, 4).await;
    shop.move_west().await;
    for quantity in [5, 6] {
        shop.change(&bought.subscription, quantity).await;
        assert_eq!(shop.subscription(&bought.subscription).await.quantity, quantity);
        assert_eq!(shop.renewal(&bought.subscription).await, [i64::from(quantity) * 3_100]);
    }
    let charged: i64 = shop.charges(&bought.subscription).await.iter().sum();
    assert_eq!(charged, 6 * 3_100);
}

async fn what_is_resumed_is_billed_again(database: Database) {
    let shop = Shop::in_the_east(database).await;
    let stops = json!({ "suspensionBilling": "STOPS" });
    shop.api.done(&shop.world.admin, "updateTenantSettings", stops, "").await;
    let bought = shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 1).await;
    shop.order("suspendSubscription", json!({ "id": bought.subscription })).await;
    shop.move_west().await;
    shop.order("resumeSubscription", json!({ "id": bought.subscription })).await;
    let subscription = shop.subscription(&bought.subscription).await;
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(shop.renewal(&bought.subscription).await, [3_100]);
}

async fn an_upgrade_gives_back_what_was_charged_for_the_same_days(database: Database) {
    let shop = Shop::in_the_east(database).await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let bought = shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 3).await;
    shop.change(&bought.subscription, 4).await;
    shop.move_west().await;
    shop.change_with(json!({ "id": bought.subscription, "offerId": yearly })).await;
    let charged: i64 = shop.charges(&bought.subscription).await.iter().sum();
    assert_eq!(charged, 4 * 36_500);
}

async fn what_ends_at_once_costs_nothing(database: Database) {
    let shop = Shop::in_the_east(database).await;
    let bought = shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 3).await;
    shop.move_west().await;
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    assert_eq!(shop.charges(&bought.subscription).await.iter().sum::<i64>(), 0);
    let ended = shop.subscription(&bought.subscription).await;
    assert_eq!((ended.ends_on, ended.status), (ended.first_day, SubscriptionStatus::Terminated));
}

impl Shop {
    /// On the eleventh of January, fourteen hours before Greenwich.
    async fn in_the_east(database: Database) -> Self {
        let shop = Self::open(database).await;
        shop.at("2027-01-10T20:00:00Z");
        shop.in_zone("Pacific/Kiritimati").await;
        shop
    }

    /// To where it is still the tenth.
    async fn move_west(&self) {
        self.in_zone("America/New_York").await;
    }

    async fn in_zone(&self, zone: &str) {
        let settings = json!({ "timeZone": zone });
        self.api.done(&self.world.admin, "updateTenantSettings", settings, "").await;
    }

    /// What the next period of a subscription is to cost.
    async fn renewal(&self, subscription: &Value) -> Vec<i64> {
        let document = "query Run($id: ID!) { previewRenewal(subscriptionId: $id) {
            charges { chargeType amount { minorUnits } } } }";
        let answer =
            self.api.read(&self.world.customer, document, json!({ "id": subscription })).await;
        let charges = answer["previewRenewal"]["charges"].as_array().unwrap().iter();
        let fees = charges.filter(|charge| charge["chargeType"] == "CYCLE_FEE");
        let amount = |fee: &Value| fee["amount"]["minorUnits"].as_str().unwrap().parse().unwrap();
        fees.map(amount).collect()
    }
}
