//! Discounts of subscriptions: when they begin and end, and that all who ask see the same.

use entity::{EventKind, SubscriptionId, event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop, id};
use crate::{
    on_both_databases,
    support::{database::Database, given, rows::rows_of},
};

on_both_databases!(
    periods_are_counted_and_not_months,
    a_discount_begins_and_ends_with_the_period_that_is_not_billed_yet,
    a_discount_begins_with_a_term_that_a_change_begins,
    a_discount_that_is_for_some_offers_waits_while_there_is_another,
    a_discount_is_applied_and_removed_by_the_seller_alone,
    what_cannot_have_a_discount_is_refused_it,
    a_discount_of_everything_goes_on_when_a_cancellation_is_taken_back,
    no_more_is_credited_of_a_discounted_line_than_was_billed,
    what_is_bought_once_is_cheaper_once,
);

impl Shop {
    /// Makes a discount; of a fifth for ever where nothing else is said.
    pub(super) async fn discount(&self, terms: Value) -> Value {
        let code = uuid::Uuid::new_v4().to_string();
        let mut input = json!({ "code": code, "name": "Off", "duration": "FOREVER" });
        if terms.get("amount").is_none() {
            input["basisPoints"] = json!(2_000);
        }
        for (field, value) in terms.as_object().unwrap() {
            input[field] = value.clone();
        }
        let selection = "discount { id }";
        let made = self.api.done(&self.world.admin, "createDiscount", input, selection).await;
        made["discount"]["id"].clone()
    }

    /// Gives a subscription a discount, and gives what was given.
    async fn apply(&self, subscription: &Value, discount: &Value) -> Value {
        let input = json!({ "id": subscription, "discountId": discount });
        let selection = "subscriptionDiscount { id firstPeriod endPeriod }";
        let given = self.api.done(&self.world.admin, "applyDiscount", input, selection).await;
        given["subscriptionDiscount"].clone()
    }

    pub(super) async fn remove(&self, given: &Value) -> Value {
        let selection = "subscriptionDiscount { firstPeriod endPeriod }";
        let input = json!({ "id": given["id"] });
        let removed = self.api.done(&self.world.admin, "removeDiscount", input, selection).await;
        removed["subscriptionDiscount"].clone()
    }

    async fn refused_to_seller(&self, mutation: &str, input: Value) -> (Value, Value) {
        let refused = self.api.refused(&self.world.admin, mutation, input).await;
        (refused["code"].clone(), refused["field"].clone())
    }

    /// What the next periods will charge.
    pub(super) async fn renewals(&self, subscription: &Value, periods: i32) -> Value {
        let document = format!(
            "query Run($id: ID!) {{ previewRenewal(subscriptionId: $id, periods: {periods}) {{
                charges {{ {CHARGE} discount {{ minorUnits }} }} userErrors {{ code }} }} }}"
        );
        let asked = json!({ "id": subscription });
        let answer = self.api.read(&self.world.customer, &document, asked).await;
        assert_eq!(answer["previewRenewal"]["userErrors"], json!([]));
        answer["previewRenewal"]["charges"].clone()
    }

    async fn redemptions_of(&self, discount: &Value) -> i64 {
        let document = "query ($id: ID!) { discount(id: $id) { redemptions } }";
        let read = self.api.read(&self.world.admin, document, json!({ "id": discount })).await;
        read["discount"]["redemptions"].as_i64().unwrap()
    }

    async fn events_of(&self, subscription: &Value) -> Vec<EventKind> {
        let events = event::Entity::find()
            .filter(event::Column::SubjectId.eq(id::<SubscriptionId>(subscription).0))
            .filter(
                event::Column::Kind.is_in([EventKind::DiscountApplied, EventKind::DiscountRemoved]),
            )
            .order_by_asc(event::Column::Sequence);
        let events = events.all(self.app.app.store.readers()).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }

    async fn amounts_and_discounts(&self, subscription: &Value) -> Vec<(i64, i64)> {
        let lines = self.lines(subscription).await.into_iter();
        lines.map(|line| (line.net_amount, line.discount_amount)).collect()
    }
}

/// V186.
async fn periods_are_counted_and_not_months(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-31T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "5000").await;
    let sold = shop.buy(&offer, 1).await.subscription;
    let discount = shop.discount(json!({ "duration": "PERIODS", "periods": 3 })).await;
    let given = shop.apply(&sold, &discount).await;
    assert_eq!((&given["firstPeriod"], &given["endPeriod"]), (&json!(2), &Value::Null));
    let previewed = shop.renewals(&sold, 4).await;
    shop.pass("2026-06-15T10:00:00Z").await;
    let charged = shop.amounts_and_discounts(&sold).await;
    let expected = [(5_000, 0), (4_000, 1_000), (4_000, 1_000), (4_000, 1_000), (5_000, 0)];
    assert_eq!(charged, expected);
    let previewed = previewed.as_array().unwrap().iter();
    let previewed: Vec<_> =
        previewed.map(|line| line["amount"]["minorUnits"].as_str().unwrap()).collect();
    assert_eq!(previewed, ["4000", "4000", "4000", "5000"]);
}

async fn a_discount_begins_and_ends_with_the_period_that_is_not_billed_yet(database: Database) {
    let shop = Shop::open(database).await;
    let lead = json!({ "invoiceLeadDays": 5 });
    shop.api.done(&shop.world.admin, "updateTenantSettings", lead, "").await;
    shop.at("2027-01-10T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 1).await.subscription;
    let (discount, other) = (shop.discount(json!({})).await, shop.discount(json!({})).await);
    // The second period is issued by now, and has not begun.
    shop.pass("2027-02-06T10:00:00Z").await;
    let given = shop.apply(&sold, &discount).await;
    assert_eq!(given["firstPeriod"], 3);
    // Removed before it has begun, it was never given.
    let removed = shop.remove(&given).await;
    assert_eq!((&removed["firstPeriod"], &removed["endPeriod"]), (&json!(3), &json!(3)));
    assert_eq!(shop.redemptions_of(&discount).await, 0);
    let given = shop.apply(&sold, &discount).await;
    // Nobody has billed for a while: what is due is billed first, as it was to be.
    shop.at("2027-05-01T10:00:00Z");
    let second = shop.apply(&sold, &other).await;
    assert_eq!(second["firstPeriod"], 5);
    let removed = shop.remove(&given).await;
    assert_eq!(removed["endPeriod"], 5);
    assert_eq!(shop.redemptions_of(&discount).await, 1);
    shop.pass("2027-06-01T10:00:00Z").await;
    assert_eq!(shop.charges(&sold).await, [3_100, 3_100, 2_480, 2_480, 2_480]);
    let again = json!({ "id": given["id"] });
    let refused = shop.refused_to_seller("removeDiscount", again).await;
    assert_eq!(refused, (json!("DISCOUNT_NOT_APPLIED"), json!(["id"])));
    let expected = [
        EventKind::DiscountApplied,
        EventKind::DiscountRemoved,
        EventKind::DiscountApplied,
        EventKind::DiscountApplied,
        EventKind::DiscountRemoved,
    ];
    assert_eq!(shop.events_of(&sold).await, expected);
}

async fn a_discount_begins_with_a_term_that_a_change_begins(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let sold = shop.buy(&monthly, 1).await.subscription;
    let discount = shop.discount(json!({ "duration": "ONCE" })).await;
    shop.pass("2027-01-11T10:00:00Z").await;
    shop.change_with(
        json!({ "id": sold, "offerId": yearly, "when": "ON_DATE", "date": "2027-01-21" }),
    )
    .await;
    shop.apply(&sold, &discount).await;
    // More units are dearer by what they cost in this period, which has no discount.
    shop.change(&sold, 2).await;
    shop.pass("2027-01-21T10:00:00Z").await;
    let charged = shop.amounts_and_discounts(&sold).await;
    // Eleven of 31 days of two units go back, and a year of them costs a fifth less.
    assert_eq!(charged[..2], [(3_100, 0), (2_100, 0)]);
    let mut last = charged[2..].to_vec();
    last.sort_unstable();
    assert_eq!(last, [(-2_200, 0), (58_400, 14_600)]);
}

async fn a_discount_that_is_for_some_offers_waits_while_there_is_another(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    let other = shop.instant("RECURRING", Some("MONTHLY"), "6000").await;
    let terms = json!({ "duration": "PERIODS", "periods": 4, "offerIds": [offer] });
    let discount = shop.discount(terms).await;
    let document = "query ($id: ID!) { discount(id: $id) { code } }";
    let code = shop.api.read(&shop.world.admin, document, json!({ "id": discount })).await;
    let line = json!({
        "offerId": offer, "quantity": 1, "discountCodes": [code["discount"]["code"]],
    });
    let sold = shop.buy_with(json!({ "lines": [line] })).await.subscription;
    for (moment, offer) in [("2027-01-15T10:00:00Z", &other), ("2027-02-15T10:00:00Z", &offer)] {
        shop.pass(moment).await;
        shop.change_with(json!({ "id": sold, "offerId": offer, "when": "ON_RENEWAL" })).await;
    }
    shop.pass("2027-05-15T10:00:00Z").await;
    let expected = [(2_400, 600), (6_000, 0), (2_400, 600), (2_400, 600), (3_000, 0)];
    assert_eq!(shop.amounts_and_discounts(&sold).await, expected);
    // At once, the other is charged without it.
    let sold = shop.buy(&offer, 1).await.subscription;
    shop.apply(&sold, &discount).await;
    shop.pass("2027-06-15T10:00:00Z").await;
    shop.change_with(json!({ "id": sold, "offerId": other })).await;
    let lines = shop.lines(&sold).await;
    let net: i64 = lines.iter().map(|line| line.net_amount).sum();
    // A month in full, one with a fifth off, and then the difference for the rest of it, which has begun today.
    assert_eq!(net, 3_000 + 6_000);
}

async fn a_discount_is_applied_and_removed_by_the_seller_alone(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    let sold = shop.buy(&offer, 1).await.subscription;
    let discount = shop.discount(json!({})).await;
    let input = json!({ "id": sold, "discountId": discount });
    let stranger = given::world(&shop.app).await.admin;
    let refused = shop.api.refused(&stranger, "applyDiscount", input.clone()).await;
    assert_eq!(refused["code"], "SUBSCRIPTION_NOT_FOUND");
    let document = "mutation ($input: ApplyDiscountInput!) { applyDiscount(input: $input) {
        userErrors { code } } }";
    let customer = &shop.world.customer;
    let answer = shop.api.ask(Some(customer), document, json!({ "input": input })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let before = shop.subscription(&sold).await.version;
    let mut outdated = input.clone();
    outdated["expectedVersion"] = json!(before + 1);
    let refused = shop.refused_to_seller("applyDiscount", outdated).await;
    assert_eq!(refused, (json!("VERSION_CONFLICT"), json!(["expectedVersion"])));
    let mut expected = input;
    expected["expectedVersion"] = json!(before);
    let selection = "subscriptionDiscount { id }";
    let given = shop.api.done(&shop.world.admin, "applyDiscount", expected, selection).await;
    let given = &given["subscriptionDiscount"];
    assert_eq!(shop.subscription(&sold).await.version, before + 1);
    let refused = shop.api.refused(&stranger, "removeDiscount", given.clone()).await;
    assert_eq!(refused["code"], "SUBSCRIPTION_DISCOUNT_NOT_FOUND");
    let read = "query ($id: ID!) { subscription(id: $id) {
        discounts { id terms { name basisPoints } discount { id } } } }";
    let read = shop.api.read(customer, read, json!({ "id": sold })).await;
    let terms = json!({ "name": "Off", "basisPoints": 2_000 });
    let told = json!([{ "id": given["id"], "terms": terms, "discount": null }]);
    assert_eq!(read["subscription"]["discounts"], told);
}

async fn what_cannot_have_a_discount_is_refused_it(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    let once = shop.instant("ONE_TIME", None, "3000").await;
    let people = shop.manual("MONTHLY", "3000").await;
    let running = shop.buy(&offer, 1).await.subscription;
    let ended = shop.buy(&offer, 1).await.subscription;
    shop.order("cancelSubscription", json!({ "id": ended })).await;
    let bought_once = shop.buy(&once, 1).await.subscription;
    let pending = shop.buy(&people, 1).await.subscription;
    let discount = shop.discount(json!({})).await;
    let other_offer = shop.discount(json!({ "offerIds": [once] })).await;
    let used = shop.discount(json!({ "maxRedemptions": 1 })).await;
    let suspended = shop.buy(&offer, 1).await.subscription;
    shop.order("suspendSubscription", json!({ "id": suspended })).await;
    shop.apply(&suspended, &used).await;
    let retired = shop.discount(json!({})).await;
    let retire = json!({ "id": retired, "status": "RETIRED" });
    shop.api.done(&shop.world.admin, "updateDiscount", retire, "").await;
    let unknown = json!("discount_00000000000000000000000000000000");
    shop.apply(&running, &discount).await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    for (subscription, discount, code, field) in [
        (&ended, &discount, "SUBSCRIPTION_NOT_MODIFIABLE", "id"),
        (&pending, &discount, "SUBSCRIPTION_NOT_MODIFIABLE", "id"),
        (&bought_once, &discount, "SUBSCRIPTION_NOT_RECURRING", "id"),
        (&running, &unknown, "DISCOUNT_NOT_FOUND", "discountId"),
        (&running, &other_offer, "DISCOUNT_NOT_APPLICABLE", "discountId"),
        (&running, &used, "DISCOUNT_NOT_APPLICABLE", "discountId"),
        (&running, &retired, "DISCOUNT_NOT_APPLICABLE", "discountId"),
        // It has this one.
        (&running, &discount, "DISCOUNT_NOT_APPLICABLE", "discountId"),
    ] {
        let input = json!({ "id": subscription, "discountId": discount });
        let refused = shop.refused_to_seller("applyDiscount", input).await;
        assert_eq!(refused, (json!(code), json!([field])));
    }
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);
    // One that has run out can be given again.
    let once = shop.discount(json!({ "duration": "ONCE" })).await;
    shop.apply(&running, &once).await;
    shop.pass("2027-02-15T10:00:00Z").await;
    shop.apply(&running, &once).await;
    shop.pass("2027-04-15T10:00:00Z").await;
    assert_eq!(shop.charges(&running).await, [3_000, 1_920, 1_920, 2_400]);
}

/// V145: that it costs nothing does not mean that it has no price.
async fn a_discount_of_everything_goes_on_when_a_cancellation_is_taken_back(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    let all = json!({ "basisPoints": 10_000, "duration": "PERIODS", "periods": 2 });
    let discount = shop.discount(all).await;
    let sold = shop.buy(&offer, 1).await.subscription;
    shop.apply(&sold, &discount).await;
    shop.pass("2027-03-01T10:00:00Z").await;
    let end = json!({ "id": sold, "when": "ON_RENEWAL" });
    shop.order("cancelSubscription", end).await;
    shop.api.done(&shop.world.customer, "revokeCancellation", json!({ "id": sold }), "").await;
    shop.change(&sold, 4).await;
    shop.pass("2027-05-01T10:00:00Z").await;
    let expected = [(3_000, 0), (0, 3_000), (0, 12_000), (12_000, 0)];
    assert_eq!(shop.amounts_and_discounts(&sold).await, expected);
}

async fn no_more_is_credited_of_a_discounted_line_than_was_billed(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let amount = json!({ "amount": "1000" });
    let (percent, amount) = (shop.discount(json!({})).await, shop.discount(amount).await);
    let codes = "query { discounts(first: 2) { nodes { code } } }";
    let codes = shop.api.read(&shop.world.admin, codes, json!({})).await;
    let codes: Vec<_> = codes["discounts"]["nodes"].as_array().unwrap().iter().collect();
    let codes: Vec<_> = codes.iter().map(|node| node["code"].clone()).collect();
    let line = json!({ "offerId": offer, "quantity": 2, "discountCodes": codes });
    let sold = shop.buy_with(json!({ "lines": [line] })).await.subscription;
    assert_eq!((shop.redemptions_of(&percent).await, shop.redemptions_of(&amount).await), (1, 1));
    assert_eq!(shop.amounts_and_discounts(&sold).await, [(3_960, 2_240)]);
    let invoice = shop.issue_draft().await;
    let line = &shop.lines(&sold).await[0];
    let line_id = ordergate::graphql::id::Id(line.id).to_string();
    let invoice_id = ordergate::graphql::id::Id(invoice.id).to_string();
    let credit = |amount: &str| {
        json!({
            "invoiceId": invoice_id, "reason": "GOODWILL",
            "lines": [{ "lineId": line_id, "amount": amount }],
        })
    };
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", credit("3961")).await;
    assert_eq!(refused["code"], "CREDIT_EXCEEDS_LINE");
    shop.api.done(&shop.world.admin, "createCreditNote", credit("960"), "").await;
    // With what is left, the end of it takes back no more than was billed.
    shop.order("cancelSubscription", json!({ "id": sold })).await;
    let charged = shop.amounts_and_discounts(&sold).await;
    let mut net: Vec<_> = charged.iter().map(|(net, _)| *net).collect();
    net.sort_unstable();
    assert_eq!(net, [-3_000, -960, 3_960]);
}

async fn what_is_bought_once_is_cheaper_once(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let offer = shop.instant("ONE_TIME", None, "10000").await;
    let discount = shop.discount(json!({ "basisPoints": 1_000 })).await;
    let code = "query ($id: ID!) { discount(id: $id) { code } }";
    let code = shop.api.read(&shop.world.admin, code, json!({ "id": discount })).await;
    let line = json!({
        "offerId": offer, "quantity": 2, "discountCodes": [code["discount"]["code"]],
    });
    let sold = shop.buy_with(json!({ "lines": [line] })).await.subscription;
    shop.change(&sold, 3).await;
    assert_eq!(shop.amounts_and_discounts(&sold).await, [(18_000, 2_000), (9_000, 1_000)]);
}
