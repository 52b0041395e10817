//! Running subscriptions are moved to a new price, beside what their customers have asked for.

use entity::{SubscriptionChangeKind, SubscriptionChangeStatus};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::shop::{Bought, Shop};
use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, viewer},
        rows::rows_of,
    },
};

on_both_databases!(
    whom_it_touches_is_told_before_and_charged_from_the_renewal_on,
    a_price_from_a_day_on_is_charged_by_days,
    a_new_price_begins_no_other_term_of_a_commitment,
    the_customers_own_change_on_renewal_stays_beside_it,
    asked_for_again_what_waits_stays_and_another_takes_its_place,
    the_seller_takes_it_back_and_the_customer_does_not,
    what_cannot_be_moved_is_left_out_with_the_reason,
    each_has_the_price_that_is_asked_of_it,
    what_cannot_be_asked_for_is_refused,
);

const NODE: &str = "nodes { subscription { id } currentAmount { minorUnits }
    newAmount { minorUnits } takesEffectOn scheduledChange { id kind status takesEffectOn } leftOutBecause } endCursor";

fn price(amount: i64) -> Value {
    json!({ "currency": "EUR", "unitAmount": amount.to_string(), "taxBasisPoints": 2_500 })
}

impl Shop {
    async fn costs(&self, offer: &Value, amount: i64) {
        let input = json!({ "id": offer, "prices": [price(amount)] });
        self.api.done(&self.world.admin, "updateOffer", input, "").await;
    }

    fn moving(&self, offer: &Value, more: &Value) -> Value {
        let mut input = json!({ "offerId": offer, "currency": "EUR" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    async fn preview_of(&self, offer: &Value, more: &Value) -> Value {
        let document = format!(
            "query Run($input: MigrateSubscriptionPricesInput!) {{
                previewPriceMigration(input: $input) {{ {NODE} userErrors {{ code field }} }} }}"
        );
        let input = json!({ "input": self.moving(offer, more) });
        let mut read = self.api.read(&self.world.admin, &document, input).await;
        read["previewPriceMigration"].take()
    }

    async fn migrated(&self, offer: &Value, more: &Value) -> Value {
        let input = self.moving(offer, more);
        self.api.done(&self.world.admin, "migrateSubscriptionPrices", input, NODE).await
    }

    /// Moves all, of which there are no more than a page, and gives the only one.
    async fn migrated_one(&self, offer: &Value, more: &Value) -> Value {
        let mut moved = self.migrated(offer, more).await;
        assert_eq!(moved["nodes"].as_array().unwrap().len(), 1, "{moved}");
        moved["nodes"][0].take()
    }

    /// A monthly subscription of so many units at 31.00 since January.
    async fn monthly(&self, quantity: i32) -> (Value, Bought) {
        let offer = self.instant("RECURRING", Some("MONTHLY"), "3100").await;
        self.at("2027-01-01T12:00:00Z");
        let bought = self.buy(&offer, quantity).await;
        (offer, bought)
    }
}

async fn whom_it_touches_is_told_before_and_charged_from_the_renewal_on(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, first) = shop.monthly(2).await;
    shop.at("2027-01-10T12:00:00Z");
    let second = shop.buy(&offer, 3).await;
    shop.costs(&offer, 4_000).await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let page = json!({ "first": 1 });
    let preview = shop.preview_of(&offer, &page).await;
    let all = shop.preview_of(&offer, &json!({})).await;
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before, "a preview writes nothing");
    let told = json!({
        "subscription": { "id": first.subscription }, "currentAmount": { "minorUnits": "6200" },
        "newAmount": { "minorUnits": "8000" }, "takesEffectOn": "2027-02-01", "scheduledChange": null,
        "leftOutBecause": null,
    });
    assert_eq!(preview["nodes"], json!([told]));
    let next = json!({ "first": 1, "after": preview["endCursor"] });
    let next = shop.preview_of(&offer, &next).await;
    assert_eq!(next["nodes"][0], all["nodes"][1]);
    assert_eq!((&next["endCursor"], &all["endCursor"]), (&Value::Null, &Value::Null));
    assert_eq!(next["nodes"][0]["takesEffectOn"], "2027-02-10");

    let moved = shop.migrated(&offer, &json!({})).await;
    for (moved, previewed) in
        moved["nodes"].as_array().unwrap().iter().zip(all["nodes"].as_array().unwrap())
    {
        assert_eq!(moved["newAmount"], previewed["newAmount"]);
        let change = &moved["scheduledChange"];
        assert_eq!((&change["kind"], &change["status"]), (&json!("PRICE"), &json!("PENDING")));
        assert_eq!(change["takesEffectOn"], previewed["takesEffectOn"]);
    }
    assert_eq!(shop.subscription(&first.subscription).await.unit_amount, 3_100);
    shop.pass("2027-03-01T12:00:00Z").await;
    assert_eq!(shop.charges(&first.subscription).await, [6_200, 8_000, 8_000]);
    assert_eq!(shop.charges(&second.subscription).await, [9_300, 12_000]);
    assert_eq!(shop.subscription(&first.subscription).await.unit_amount, 4_000);
    // From here on, more units cost the new price as well.
    shop.change(&first.subscription, 3).await;
    assert_eq!(*shop.charges(&first.subscription).await.last().unwrap(), 4_000);
    let moved = shop.migrated(&offer, &json!({})).await;
    assert_eq!(moved["nodes"][0]["leftOutBecause"], "It has this price.");
}

async fn a_price_from_a_day_on_is_charged_by_days(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, bought) = shop.monthly(1).await;
    shop.at("2027-01-10T12:00:00Z");
    let later = json!({ "offerId": offer, "price": price(6_200), "validFrom": "2027-01-22" });
    shop.api.done(&shop.world.admin, "createPrice", later, "").await;
    let on_date = json!({ "when": "ON_DATE", "date": "2027-01-22" });
    let moved = shop.migrated_one(&offer, &on_date).await;
    assert_eq!(
        (&moved["newAmount"]["minorUnits"], &moved["takesEffectOn"]),
        (&json!("6200"), &json!("2027-01-22"))
    );
    shop.pass("2027-02-01T12:00:00Z").await;
    // Ten of 31 days at the difference.
    let charges = shop.charges(&bought.subscription).await;
    assert_eq!(charges.iter().sum::<i64>(), 3_100 + 1_000 + 6_200, "{charges:?}");
    assert_eq!(*charges.last().unwrap(), 6_200);
}

async fn a_new_price_begins_no_other_term_of_a_commitment(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let commitment = json!({ "months": 12, "surcharge": "REMAINDER", "basisPoints": 10_000 });
    let terms = json!({ "commitment": commitment });
    let offer = shop.offer_with("RECURRING", Some("MONTHLY"), "3100", &terms).await;
    let bought = shop.buy(&offer, 1).await;
    shop.costs(&offer, 4_000).await;
    shop.migrated(&offer, &json!({})).await;
    shop.pass("2027-03-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [3_100, 4_000, 4_000]);
    let commitment = shop.subscription(&bought.subscription).await.commitment.unwrap();
    assert_eq!(commitment.ends_on.to_string(), "2028-01-01");
}

/// A seller's price takes nothing from the customer, who may have one change waiting for the renewal (APG-25).
async fn the_customers_own_change_on_renewal_stays_beside_it(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, bought) = shop.monthly(5).await;
    shop.at("2027-01-10T12:00:00Z");
    shop.costs(&offer, 4_000).await;
    let fewer = json!({ "id": bought.subscription, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", fewer.clone()).await;
    shop.migrated(&offer, &json!({})).await;
    // And once more after it.
    let fewer = json!({ "id": bought.subscription, "quantity": 3, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", fewer).await;
    let waiting: Vec<_> = shop
        .scheduled(&bought.subscription)
        .await
        .into_iter()
        .filter(|change| change.status == SubscriptionChangeStatus::Pending)
        .map(|change| change.kind)
        .collect();
    assert_eq!(waiting, [SubscriptionChangeKind::Price, SubscriptionChangeKind::Terms]);
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [15_500, 12_000]);
}

async fn asked_for_again_what_waits_stays_and_another_takes_its_place(database: Database) {
    use SubscriptionChangeStatus::{Pending, Replaced};
    let shop = Shop::open(database).await;
    let (offer, bought) = shop.monthly(1).await;
    shop.at("2027-01-10T12:00:00Z");
    shop.costs(&offer, 4_000).await;
    let once = shop.migrated(&offer, &json!({})).await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    assert_eq!(shop.migrated(&offer, &json!({})).await, once);
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before);
    shop.costs(&offer, 5_000).await;
    let again = shop.migrated_one(&offer, &json!({})).await;
    assert_ne!(again["scheduledChange"]["id"], once["nodes"][0]["scheduledChange"]["id"]);
    let statuses: Vec<_> =
        shop.scheduled(&bought.subscription).await.into_iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Replaced, Pending]);

    // Another offer has a price of its own.
    let other = shop.instant("RECURRING", Some("MONTHLY"), "9300").await;
    let change = json!({ "id": bought.subscription, "offerId": other, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", change).await;
    let statuses: Vec<_> =
        shop.scheduled(&bought.subscription).await.into_iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Replaced, Replaced, Pending]);
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [3_100, 9_300]);
}

async fn the_seller_takes_it_back_and_the_customer_does_not(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, bought) = shop.monthly(1).await;
    shop.at("2027-01-10T12:00:00Z");
    shop.costs(&offer, 4_000).await;
    let moved = shop.migrated_one(&offer, &json!({})).await;
    let revoke = json!({ "id": moved["scheduledChange"]["id"] });
    let refused = shop.refused("revokeScheduledChange", revoke.clone()).await;
    assert_eq!(refused, ("SUBSCRIPTION_NOT_MODIFIABLE".to_owned(), "id".to_owned()));
    shop.api.done(&shop.world.admin, "revokeScheduledChange", revoke, "").await;
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [3_100, 3_100]);
}

async fn what_cannot_be_moved_is_left_out_with_the_reason(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, suspended) = shop.monthly(1).await;
    let other = shop.instant("RECURRING", Some("MONTHLY"), "9300").await;
    let (ending, changing, moving) =
        (shop.buy(&offer, 1).await, shop.buy(&offer, 1).await, shop.buy(&offer, 1).await);
    let gone = shop.buy(&offer, 1).await;
    shop.order("suspendSubscription", json!({ "id": suspended.subscription })).await;
    let cancel = json!({ "id": ending.subscription, "when": "ON_RENEWAL" });
    shop.order("cancelSubscription", cancel).await;
    let change = json!({ "id": changing.subscription, "offerId": other, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", change).await;
    shop.order("cancelSubscription", json!({ "id": gone.subscription })).await;
    shop.costs(&offer, 4_000).await;
    let moved = shop.migrated(&offer, &json!({})).await;
    let told: Vec<_> = moved["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["subscription"]["id"].clone(), it["leftOutBecause"].clone()))
        .collect();
    let because = |bought: &Bought, reason: Value| (bought.subscription.clone(), reason);
    let expected = [
        because(&suspended, json!("It is suspended.")),
        because(&ending, json!("It ends.")),
        because(&changing, json!("It is to have another offer.")),
        because(&moving, Value::Null),
    ];
    assert_eq!(told, expected);
    let inclusive = json!({
        "currency": "EUR", "unitAmount": "5000", "taxBasisPoints": 2_500, "taxInclusive": true,
    });
    let update = json!({ "id": offer, "prices": [inclusive] });
    shop.api.done(&shop.world.admin, "updateOffer", update, "").await;
    let moved = shop.migrated(&offer, &json!({})).await;
    assert!(moved["nodes"][3]["leftOutBecause"].as_str().unwrap().contains("tax"), "{moved}");
}

async fn each_has_the_price_that_is_asked_of_it(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, bought) = shop.monthly(2).await;
    let customer = Id(shop.world.customer_id).to_string();
    let tiers = json!([{ "upTo": 1, "unitAmount": "2500" }, { "unitAmount": "1000" }]);
    let tiered =
        json!({ "currency": "EUR", "taxBasisPoints": 2_500, "model": "TIERED", "tiers": tiers });
    let input = json!({ "offerId": offer, "customerId": customer, "price": tiered });
    shop.api.done(&shop.world.admin, "createPrice", input, "").await;
    shop.costs(&offer, 4_000).await;
    let moved = shop.migrated_one(&offer, &json!({})).await;
    assert_eq!(moved["newAmount"]["minorUnits"], "3500");
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [6_200, 3_500]);
    let subscription = shop.subscription(&bought.subscription).await;
    assert_eq!(subscription.price_model, entity::PriceModel::Tiered);
}

async fn what_cannot_be_asked_for_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let (offer, _) = shop.monthly(1).await;
    for (more, field) in [
        (json!({ "when": "NOW" }), "when"),
        (json!({ "when": "ON_DATE" }), "date"),
        (json!({ "when": "ON_DATE", "date": "2027-01-01" }), "date"),
        (json!({ "date": "2027-02-01" }), "date"),
        (json!({ "first": 101 }), "first"),
        (json!({ "after": "nonsense" }), "after"),
        (json!({ "currency": "EURO" }), "currency"),
    ] {
        let input = shop.moving(&offer, &more);
        let refused = shop.api.refused(&shop.world.admin, "migrateSubscriptionPrices", input).await;
        let told = (refused["code"].clone(), refused["field"].clone());
        assert_eq!(told, (json!("VALIDATION_FAILED"), json!([field])), "{more}");
        let previewed = shop.preview_of(&offer, &more).await;
        assert_eq!(previewed["userErrors"][0]["field"], json!([field]));
    }
    let other = given::world(&shop.app).await;
    let seller = viewer(other.tenant_id, entity::Role::Seller, domain::viewer::Scope::Tenant);
    let input = shop.moving(&offer, &json!({}));
    let refused = shop.api.refused(&seller, "migrateSubscriptionPrices", input).await;
    assert_eq!(refused["code"], "OFFER_NOT_FOUND");
}
