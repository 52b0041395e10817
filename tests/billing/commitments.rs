//! To what customers are bound, and what leaving costs.

use entity::{ChargeType, SubscriptionStatus};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    what_leaving_costs_is_shown_before_it_is_charged,
    where_billing_continues_a_cancellation_waits_for_the_end_of_the_term,
    a_cancellation_is_not_taken_back_under_a_commitment,
    there_are_no_fewer_units_than_committed,
    nobody_begins_with_fewer_units_than_are_committed,
    what_leaving_a_plan_costs_is_what_its_steps_come_to,
    leaving_a_plan_is_charged_and_taxed_by_component,
    a_term_follows_another_where_the_offer_says_so,
    what_was_sold_binds_as_it_was_sold,
    what_binds_nobody_is_refused,
);

impl Shop {
    /// A monthly offer with a commitment of a year, unless something else is said.
    async fn binding(&self, commitment: Value) -> Value {
        let mut terms = json!({ "months": 12 });
        for (field, value) in commitment.as_object().unwrap() {
            terms[field] = value.clone();
        }
        let terms = json!({ "commitment": terms });
        self.offer_with("RECURRING", Some("MONTHLY"), "10000", &terms).await
    }

    async fn commitment(&self, subscription: &Value) -> Value {
        let document = "query ($id: ID!) { subscription(id: $id) { commitment {
            startsOn endsOn quantity surcharge basisPoints amount { minorUnits } renewal } } }";
        let asked = json!({ "id": subscription });
        let read = self.api.read(&self.world.customer, document, asked).await;
        read["subscription"]["commitment"].clone()
    }

    /// What leaving would charge, and when it would take effect.
    async fn leaving(&self, subscription: &Value, mut input: Value) -> Value {
        input["id"] = subscription.clone();
        input["action"] = json!("CANCEL");
        let document = format!(
            "query Run($input: PreviewSubscriptionChangeInput!) {{
                previewSubscriptionChange(input: $input) {{ takesEffectOn net {{ minorUnits }}
                    charges {{ {CHARGE} }} userErrors {{ code }} }} }}"
        );
        let asked = json!({ "input": input });
        let mut answer = self.api.read(&self.world.customer, &document, asked).await;
        assert_eq!(answer["previewSubscriptionChange"]["userErrors"], json!([]));
        answer["previewSubscriptionChange"].take()
    }
}

/// What remains in May is 51.61, and there are seven months after it.
async fn what_leaving_costs_is_shown_before_it_is_charged(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let amounts = json!([{ "currency": "eur", "amount": "9900" }]);
    let mut bought = Vec::new();
    for (commitment, fee) in [
        (json!({ "surcharge": "REMAINDER", "basisPoints": 10_000 }), Some("75161")),
        (json!({ "surcharge": "REMAINDER", "basisPoints": 5_000 }), Some("37581")),
        (json!({ "surcharge": "FIXED", "amounts": amounts }), Some("9900")),
        (json!({ "surcharge": "NONE" }), None),
    ] {
        let offer = shop.binding(commitment.clone()).await;
        let sold = shop.buy(&offer, 1).await.subscription;
        let bound = shop.commitment(&sold).await;
        assert_eq!(
            (&bound["startsOn"], &bound["endsOn"], &bound["quantity"]),
            (&json!("2026-01-01"), &json!("2027-01-01"), &json!(1))
        );
        assert_eq!(bound["surcharge"], commitment["surcharge"]);
        bought.push((sold, fee));
    }
    shop.pass("2026-05-16T10:00:00Z").await;
    for (sold, fee) in &bought {
        let said = shop.leaving(sold, json!({})).await;
        let exit = said["charges"].as_array().unwrap().iter();
        let exit: Vec<_> = exit.filter(|line| line["chargeType"] == "EXIT_FEE").collect();
        assert_eq!(exit.len(), usize::from(fee.is_some()));
        for exit in exit {
            assert_eq!(exit["amount"]["minorUnits"], fee.unwrap());
            assert_eq!(exit["description"], "Seats: left before 2027-01-01");
            assert_eq!(exit["share"], json!({ "days": 230, "ofDays": 365 }));
        }
        let input = json!({ "id": sold, "expectedTotal": said["net"]["minorUnits"] });
        let line = shop.order("cancelSubscription", input).await;
        assert_eq!(line["charges"], said["charges"]);
        let lines = shop.lines(sold).await;
        let fees = lines.iter().filter(|line| line.charge_type == ChargeType::ExitFee);
        let fees: Vec<_> =
            fees.map(|fee| (fee.net_amount.to_string(), fee.tax_basis_points)).collect();
        let expected: Vec<_> = fee.iter().map(|fee| ((*fee).to_owned(), 2_500)).collect();
        assert_eq!(fees, expected);
        assert_eq!(shop.subscription(sold).await.status, SubscriptionStatus::Terminated);
        assert_eq!(shop.commitment(sold).await, Value::Null);
    }
}

async fn where_billing_continues_a_cancellation_waits_for_the_end_of_the_term(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let offer = shop.binding(json!({ "surcharge": "CONTINUE" })).await;
    let mut left = Vec::new();
    for input in [
        json!({}),
        json!({ "when": "ON_RENEWAL" }),
        json!({ "when": "ON_DATE", "date": "2026-12-31" }),
    ] {
        left.push((shop.buy(&offer, 1).await.subscription, input));
    }
    let renews_no_more = shop.buy(&offer, 1).await.subscription;
    shop.pass("2026-05-16T10:00:00Z").await;
    for (sold, input) in &left {
        let said = shop.leaving(sold, input.clone()).await;
        assert_eq!((&said["takesEffectOn"], &said["charges"]), (&json!("2027-01-01"), &json!([])));
        let mut input = input.clone();
        input["id"] = sold.clone();
        let line = shop.order("cancelSubscription", input).await;
        assert_eq!(line["takesEffectOn"], said["takesEffectOn"]);
        let sold = shop.subscription(sold).await;
        assert_eq!(sold.status, SubscriptionStatus::PendingCancel);
        assert_eq!(sold.ends_on.unwrap().to_string(), "2027-01-01");
    }
    let input = json!({ "id": renews_no_more, "autoRenew": false });
    shop.order("setAutoRenew", input).await;
    let back = json!({ "id": renews_no_more, "autoRenew": true });
    let refused = shop.refused("setAutoRenew", back).await;
    assert_eq!(refused, ("COMMITMENT_BINDS".to_owned(), "autoRenew".to_owned()));
    shop.pass("2027-03-01T10:00:00Z").await;
    for (sold, _) in &left {
        assert_eq!(shop.charges(sold).await, [10_000; 12]);
        assert_eq!(shop.subscription(sold).await.status, SubscriptionStatus::Terminated);
    }
    assert_eq!(shop.charges(&renews_no_more).await, [10_000; 12]);
    let renews_no_more = shop.subscription(&renews_no_more).await;
    assert_eq!(renews_no_more.status, SubscriptionStatus::Expired);
}

/// V174, IFS-45.
async fn a_cancellation_is_not_taken_back_under_a_commitment(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let offer = shop.binding(json!({ "surcharge": "NONE", "months": 3 })).await;
    let free = shop.instant("RECURRING", Some("MONTHLY"), "10000").await;
    let end = |sold: &Value| json!({ "id": sold, "when": "ON_RENEWAL" });
    let (bound, not_bound) =
        (shop.buy(&offer, 1).await.subscription, shop.buy(&free, 1).await.subscription);
    for sold in [&bound, &not_bound] {
        shop.order("cancelSubscription", end(sold)).await;
    }
    let binds = |field: &str| ("COMMITMENT_BINDS".to_owned(), field.to_owned());
    assert_eq!(shop.refused("revokeCancellation", json!({ "id": bound })).await, binds("id"));
    let document = "query ($id: ID!) { subscription(id: $id) {
        scheduledChanges(first: 1) { nodes { id } } } }";
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": bound })).await;
    let change = &read["subscription"]["scheduledChanges"]["nodes"][0]["id"];
    let change = json!({ "id": change });
    assert_eq!(shop.refused("revokeScheduledChange", change).await, binds("id"));
    let more = json!({ "id": bound, "quantity": 2, "pendingCancellation": "REVOKE" });
    assert_eq!(shop.refused("changeSubscription", more).await, binds("pendingCancellation"));
    assert_eq!(shop.subscription(&bound).await.status, SubscriptionStatus::PendingCancel);
    let id = json!({ "id": not_bound });
    shop.api.done(&shop.world.customer, "revokeCancellation", id, "").await;

    // After the term, it is taken back as ever.
    let late = shop.buy(&offer, 1).await.subscription;
    shop.pass("2026-04-10T10:00:00Z").await;
    assert_eq!(shop.commitment(&late).await, Value::Null);
    shop.order("cancelSubscription", end(&late)).await;
    shop.api.done(&shop.world.customer, "revokeCancellation", json!({ "id": late }), "").await;
    assert_eq!(shop.subscription(&late).await.status, SubscriptionStatus::Active);
}

/// V175.
async fn there_are_no_fewer_units_than_committed(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let all = shop.binding(json!({ "surcharge": "NONE", "months": 3 })).await;
    let some =
        shop.binding(json!({ "surcharge": "NONE", "months": 3, "minimumQuantity": 4 })).await;
    let fewer = |sold: &Value, quantity: i32| json!({ "id": sold, "quantity": quantity });
    let (all, some) =
        (shop.buy(&all, 10).await.subscription, shop.buy(&some, 10).await.subscription);
    for (sold, quantity) in [(&all, 9), (&some, 3)] {
        for when in ["NOW", "ON_RENEWAL"] {
            let mut input = fewer(sold, quantity);
            input["when"] = json!(when);
            let refused = shop.refused("changeSubscription", input).await;
            assert_eq!(refused, ("QUANTITY_OUT_OF_RANGE".to_owned(), "quantity".to_owned()));
        }
    }
    shop.change(&some, 4).await;
    shop.change(&all, 12).await;
    shop.change(&all, 10).await;
    // When the term is over, it has what it wants.
    let mut last = fewer(&all, 1);
    last["when"] = json!("ON_DATE");
    last["date"] = json!("2026-04-01");
    shop.change_with(last).await;
    shop.pass("2026-04-02T10:00:00Z").await;
    assert_eq!(shop.subscription(&all).await.quantity, 1);
}

async fn nobody_begins_with_fewer_units_than_are_committed(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let offer = shop.binding(json!({ "surcharge": "NONE", "minimumQuantity": 4 })).await;
    let line = |quantity: i32| json!({ "lines": [{ "offerId": offer, "quantity": quantity }] });
    let run = shop.api.run(&shop.world.customer, "createOrder", line(3), "").await;
    let error = &run["userErrors"][0];
    assert_eq!(error["code"], "QUANTITY_OUT_OF_RANGE");
    assert_eq!(error["field"], json!(["lines", "0", "quantity"]));
    assert_eq!(error["message"], "Seats is sold in quantities of 4 and more.");
    let sold = shop.buy(&offer, 4).await.subscription;
    assert_eq!(shop.commitment(&sold).await["quantity"], 4);

    let free = shop.offer_with("RECURRING", Some("MONTHLY"), "10000", &json!({})).await;
    let sold = shop.buy(&free, 1).await.subscription;
    let out = ("QUANTITY_OUT_OF_RANGE".to_owned(), "quantity".to_owned());
    for (quantity, refused) in [(None, true), (Some(3), true), (Some(4), false)] {
        let input = json!({ "id": sold, "offerId": offer, "quantity": quantity });
        if refused {
            assert_eq!(shop.refused("changeSubscription", input).await, out);
        } else {
            shop.change_with(input).await;
        }
    }
    assert_eq!(shop.commitment(&sold).await["quantity"], 4);
    // Who has it already is bound as it was sold, and no more.
    let before = shop.binding(json!({ "surcharge": "NONE", "minimumQuantity": 1 })).await;
    let sold = shop.buy(&before, 1).await.subscription;
    let more = json!({ "months": 12, "surcharge": "NONE", "minimumQuantity": 9 });
    let more = json!({ "id": before, "commitment": more });
    shop.api.done(&shop.world.admin, "updateOffer", more, "").await;
    shop.change(&sold, 2).await;
    assert_eq!(shop.subscription(&sold).await.quantity, 2);
}

impl Shop {
    /// A subscription to a plan of an offer that binds for a year, with steps of the edition's product and another one.
    async fn bound_to_plan(&self, surcharge: Value, steps: impl Fn(&[Value]) -> Value) -> Value {
        let admin = &self.world.admin;
        let offer = self.binding(surcharge).await;
        let mut products = Vec::new();
        for name in ["Basic TV", "Internet"] {
            let code = uuid::Uuid::new_v4().to_string();
            let product =
                json!({ "code": code, "name": name, "vendor": "Cable", "provisioning": "INSTANT" });
            let made = self.api.done(admin, "createProduct", product, "product { id }").await;
            products.push(made["product"]["id"].clone());
        }
        let code = uuid::Uuid::new_v4().to_string();
        let plan = json!({
            "offerId": offer, "code": code, "name": "Home", "currency": "EUR",
            "steps": steps(&products),
        });
        let made = self.api.done(admin, "createPlan", plan, "plan { id }").await;
        let plan = json!({ "planId": made["plan"]["id"] });
        let line = json!({ "offerId": offer, "quantity": 1, "plan": plan });
        self.buy_with(json!({ "lines": [line] })).await.subscription
    }

    /// The parts of what leaving costs, as they are told before.
    async fn fees(&self, subscription: &Value) -> Vec<(String, i64)> {
        let said = self.leaving(subscription, json!({})).await;
        let charges = said["charges"].as_array().unwrap().iter();
        let exits = charges.filter(|line| line["chargeType"] == "EXIT_FEE");
        exits
            .map(|line| {
                let amount = line["amount"]["minorUnits"].as_str().unwrap().parse().unwrap();
                (line["description"].as_str().unwrap().to_owned(), amount)
            })
            .collect()
    }
}

/// Steps have periods of their own length, and what remains is what these will be charged.
async fn what_leaving_a_plan_costs_is_what_its_steps_come_to(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-09-10T10:00:00Z");
    let step = |product: &Value, terms: Value, price: &str| {
        let mut step = terms;
        step["components"] =
            json!([{ "productId": product, "unitAmount": price, "taxBasisPoints": 2500 }]);
        step
    };
    let weeks = |periods: i32| json!({ "periods": periods, "billingPeriod": "WEEKLY" });
    let yearly = shop
        .bound_to_plan(json!({ "surcharge": "REMAINDER", "basisPoints": 5_000 }), |products| {
            json!([
                step(&products[0], weeks(1), "0"),
                step(&products[0], json!({ "billingPeriod": "YEARLY" }), "10000"),
            ])
        })
        .await;
    // All of the year but its last seven days, and half of that.
    assert_eq!(shop.fees(&yearly).await, [("Basic TV: left before 2027-09-10".to_owned(), 4_904)]);
    let all = json!({ "surcharge": "REMAINDER", "basisPoints": 10_000 });
    let monthly = shop
        .bound_to_plan(all.clone(), |products| {
            json!([
                step(&products[0], weeks(2), "1"),
                step(&products[0], json!({ "periods": 3 }), "1500"),
                step(&products[0], json!({}), "3000"),
            ])
        })
        .await;
    let weekly = shop
        .bound_to_plan(all, |products| {
            json!([
                step(&products[0], json!({ "periods": 1 }), "1000"),
                step(&products[0], json!({ "billingPeriod": "WEEKLY" }), "1500"),
            ])
        })
        .await;
    for (sold, periods, last_day, left_over) in [
        // The last month has 17 of its 31 days in the term, and the last week six of seven.
        (&monthly, 14, "2027-08-24", 3_000 - 1_645),
        (&weekly, 36, "2027-06-12", 0),
    ] {
        let document = format!(
            "query ($id: ID!, $periods: Int!) {{
                previewRenewal(subscriptionId: $id, periods: $periods) {{
                    charges {{ {CHARGE} }} }} }}"
        );
        let asked = json!({ "id": sold, "periods": periods });
        let said = shop.api.read(&shop.world.customer, &document, asked).await;
        let renewals = said["previewRenewal"]["charges"].as_array().unwrap();
        let amount = |charge: &Value| {
            charge["amount"]["minorUnits"].as_str().unwrap().parse::<i64>().unwrap()
        };
        let charged: i64 = renewals
            .iter()
            .filter(|it| it["startsOn"].as_str().unwrap() <= last_day)
            .map(amount)
            .sum();
        let [(_, fee)] = <[_; 1]>::try_from(shop.fees(sold).await).unwrap();
        if sold == &weekly {
            // The month that is paid is given back, and 47 weeks and six days follow it.
            assert_eq!(renewals.last().unwrap()["startsOn"], last_day);
            assert_eq!(charged, 36 * 1_500);
            assert_eq!(fee, 1_000 + 47 * 1_500 + 1_286);
        } else {
            // The first week is given back, and comes before the rest.
            assert_eq!(charged, 1 + 31_500);
            assert_eq!(fee, 1 + charged - left_over);
        }
    }
}

/// A part for each component, by what remains of it, each with its own tax; previewed as it is charged.
async fn leaving_a_plan_is_charged_and_taxed_by_component(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let steps = |prices: [&'static str; 2]| {
        move |products: &[Value]| {
            let component = |(product, (price, rate)): (&Value, (&str, i32))| json!({ "productId": product, "unitAmount": price, "taxBasisPoints": rate });
            let components = products.iter().zip(prices.into_iter().zip([2_500, 1_200]));
            json!([{ "components": components.map(component).collect::<Vec<_>>() }])
        }
    };
    let fixed = |amount: &str| {
        let amounts = json!([{ "currency": "EUR", "amount": amount }]);
        json!({ "surcharge": "FIXED", "amounts": amounts })
    };
    let half = json!({ "surcharge": "REMAINDER", "basisPoints": 5_000 });
    let sold = [
        (shop.bound_to_plan(half, steps(["1000", "1900"])).await, [5_000, 9_500]),
        (shop.bound_to_plan(fixed("10001"), steps(["1000", "1900"])).await, [3_449, 6_552]),
        (shop.bound_to_plan(fixed("10001"), steps(["0", "0"])).await, [5_001, 5_000]),
    ];
    shop.pass("2026-03-01T10:00:00Z").await;
    for (sold, [television, internet]) in &sold {
        let told = [
            ("Basic TV: left before 2027-01-01".to_owned(), *television),
            ("Internet: left before 2027-01-01".to_owned(), *internet),
        ];
        assert_eq!(shop.fees(sold).await, told);
        let said = shop.leaving(sold, json!({})).await;
        let line = shop.order("cancelSubscription", json!({ "id": sold })).await;
        assert_eq!(line["charges"], said["charges"]);
        let lines = shop.lines(sold).await;
        let exits = lines.iter().filter(|line| line.charge_type == ChargeType::ExitFee);
        let exits: Vec<_> =
            exits.map(|it| (it.description.clone(), it.net_amount, it.tax_basis_points)).collect();
        let [one, other] = told;
        assert_eq!(exits, [(one.0, one.1, 2_500), (other.0, other.1, 1_200)]);
    }
}

async fn a_term_follows_another_where_the_offer_says_so(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-31T10:00:00Z");
    let amounts = json!([{ "currency": "EUR", "amount": "5000" }]);
    let terms = json!({
        "months": 1, "surcharge": "FIXED", "amounts": amounts, "renewal": "SAME",
    });
    let offer = shop.binding(terms).await;
    let (stays, leaves) =
        (shop.buy(&offer, 2).await.subscription, shop.buy(&offer, 2).await.subscription);
    let term = async |sold: &Value| {
        let bound = shop.commitment(sold).await;
        format!("{} {} {}", bound["startsOn"], bound["endsOn"], bound["quantity"]).replace('"', "")
    };
    assert_eq!(term(&stays).await, "2026-01-31 2026-02-28 2");
    shop.pass("2026-03-05T10:00:00Z").await;
    assert_eq!(term(&stays).await, "2026-02-28 2026-03-31 2");
    shop.change(&stays, 5).await;
    shop.pass("2026-04-01T10:00:00Z").await;
    assert_eq!(term(&stays).await, "2026-03-31 2026-04-30 5");
    // With the end of a term it costs nothing, before that it does.
    shop.order("cancelSubscription", json!({ "id": leaves, "when": "ON_RENEWAL" })).await;
    shop.order("cancelSubscription", json!({ "id": stays })).await;
    shop.pass("2026-05-05T10:00:00Z").await;
    let fees = async |sold: &Value| {
        let lines = shop.lines(sold).await.into_iter();
        lines.filter(|line| line.charge_type == ChargeType::ExitFee).count()
    };
    assert_eq!((fees(&stays).await, fees(&leaves).await), (1, 0));
    assert_eq!(shop.subscription(&leaves).await.status, SubscriptionStatus::Terminated);
}

async fn what_was_sold_binds_as_it_was_sold(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-01-01T10:00:00Z");
    let offer = shop.binding(json!({ "surcharge": "CONTINUE", "months": 2 })).await;
    let before = shop.buy(&offer, 1).await.subscription;
    let longer = json!({ "id": offer, "commitment": { "months": 36, "surcharge": "NONE" } });
    shop.api.done(&shop.world.admin, "updateOffer", longer, "").await;
    let after = shop.buy(&offer, 1).await.subscription;
    let free = json!({ "id": offer, "commitment": null });
    let selection = "offer { commitment { months } }";
    let read = shop.api.done(&shop.world.admin, "updateOffer", free, selection).await;
    assert_eq!(read["offer"]["commitment"], Value::Null);
    let never = shop.buy(&offer, 1).await.subscription;
    let ends = async |sold: &Value| shop.commitment(sold).await["endsOn"].clone();
    assert_eq!(ends(&before).await, "2026-03-01");
    assert_eq!(ends(&after).await, "2029-01-01");
    assert_eq!(ends(&never).await, Value::Null);
    // Another offer does not free who is bound for longer, and binds who is not.
    let short = shop.binding(json!({ "surcharge": "NONE", "months": 1 })).await;
    for sold in [&after, &never] {
        shop.change_with(json!({ "id": sold, "offerId": short })).await;
    }
    assert_eq!(ends(&after).await, "2029-01-01");
    assert_eq!(ends(&never).await, "2026-02-01");
}

async fn what_binds_nobody_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.binding(json!({ "surcharge": "NONE" })).await;
    let euros = |amount: &str| json!([{ "currency": "EUR", "amount": amount }]);
    for (commitment, field) in [
        (json!({ "months": 0, "surcharge": "NONE" }), "months"),
        (json!({ "months": 121, "surcharge": "NONE" }), "months"),
        (json!({ "months": 1, "surcharge": "NONE", "minimumQuantity": 0 }), "minimumQuantity"),
        (json!({ "months": 1, "surcharge": "NONE", "basisPoints": 1 }), "basisPoints"),
        (json!({ "months": 1, "surcharge": "REMAINDER" }), "basisPoints"),
        (json!({ "months": 1, "surcharge": "REMAINDER", "basisPoints": 10_001 }), "basisPoints"),
        (json!({ "months": 1, "surcharge": "FIXED" }), "amounts"),
        (json!({ "months": 1, "surcharge": "FIXED", "amounts": euros("0") }), "amounts"),
        (json!({ "months": 1, "surcharge": "NONE", "amounts": euros("1") }), "amounts"),
    ] {
        let input = json!({ "id": offer, "commitment": commitment });
        let refused = shop.api.refused(&shop.world.admin, "updateOffer", input).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED");
        assert_eq!(
            (&refused["field"][0], &refused["field"][1]),
            (&json!("commitment"), &json!(field))
        );
    }
    // More than there can be, whichever of the two is said last.
    let many = json!({ "months": 1, "surcharge": "NONE", "minimumQuantity": 5 });
    let admin = &shop.world.admin;
    for [first, second] in [
        [json!({ "maxQuantity": 4 }), json!({ "commitment": many })],
        [json!({ "maxQuantity": 5, "commitment": many }), json!({ "maxQuantity": 4 })],
    ] {
        let of_offer = |mut input: Value| {
            input["id"] = offer.clone();
            input
        };
        shop.api.done(admin, "updateOffer", of_offer(first), "").await;
        let refused = shop.api.refused(admin, "updateOffer", of_offer(second)).await;
        assert_eq!(refused["field"], json!(["commitment", "minimumQuantity"]));
        assert_eq!(refused["message"], "The offer is sold in quantities of up to 4.");
    }
    let fixed =
        json!({ "months": 1, "surcharge": "FIXED", "amounts": euros("1"), "renewal": "SAME" });
    let input = json!({ "id": offer, "commitment": fixed });
    shop.api.done(&shop.world.admin, "updateOffer", input, "").await;
    // Of a price in another currency, nobody has said what leaving costs.
    let price =
        |currency: &str| json!({ "currency": currency, "unitAmount": "1", "taxBasisPoints": 0 });
    let input = json!({ "id": offer, "prices": [price("EUR"), price("SEK")] });
    let refused = shop.api.refused(&shop.world.admin, "updateOffer", input).await;
    assert_eq!(refused["field"], json!(["commitment", "amounts"]));
    let once = shop.instant("ONE_TIME", None, "100").await;
    let input = json!({ "id": once, "commitment": { "months": 1, "surcharge": "NONE" } });
    let refused = shop.api.refused(&shop.world.admin, "updateOffer", input).await;
    assert_eq!(refused["field"], json!(["commitment"]));
}
