//! Plans, choices, prices, discounts, commitments, changes and days as they come: what is said is what is charged.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::invoice_line;
use ordergate::graphql::id::Id;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(previews_are_what_is_charged_whatever_is_bought_and_changed);

/// What a charge comes to, and how much less that is than without discounts.
type Charged = (String, String);

/// A shop with everything that a price depends on.
struct Fair {
    shop: Shop,
    offers: Vec<Value>,
    /// Each with its offer and its products.
    plans: Vec<(Value, Value, Vec<Value>)>,
    discounts: Vec<Value>,
    /// The code of each discount, and the offers that it is for; none: all.
    codes: Vec<(Value, Vec<Value>)>,
    random: StdRng,
    now: DateTime<Utc>,
}

impl Fair {
    async fn open(database: Database, seed: u64) -> Self {
        let shop = Shop::open(database).await;
        let settings = json!({ "timeZone": "Europe/Berlin", "pastStartDays": 100 });
        shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
        shop.at("2027-01-01T10:00:00Z");
        let now = "2027-01-01T10:00:00Z".parse().unwrap();
        let random = StdRng::seed_from_u64(seed);
        let mut fair = Self {
            shop,
            offers: Vec::new(),
            plans: Vec::new(),
            discounts: Vec::new(),
            codes: Vec::new(),
            random,
            now,
        };
        fair.make_offers().await;
        fair.make_plans().await;
        fair.make_discounts().await;
        fair
    }

    async fn make_offers(&mut self) {
        let tiers = json!([
            { "upTo": 3, "unitAmount": "1133", "flatAmount": "500" },
            { "upTo": null, "unitAmount": "877", "flatAmount": "0" },
        ]);
        let priced = |model: &str| json!([{ "currency": "EUR", "taxBasisPoints": 2_500, "model": model, "tiers": tiers }]);
        let remainder = json!({ "months": 5, "surcharge": "REMAINDER", "basisPoints": 4_321 });
        let fixed = json!([{ "currency": "EUR", "amount": "9900" }]);
        let fixed =
            json!({ "months": 3, "surcharge": "FIXED", "amounts": fixed, "renewal": "SAME" });
        for (period, price, terms) in [
            ("MONTHLY", "3133", json!({ "commitment": remainder })),
            ("MONTHLY", "999", json!({ "prices": priced("TIERED") })),
            ("MONTHLY", "4999", json!({ "billingTiming": "IN_ARREARS" })),
            ("QUARTERLY", "7777", json!({ "billingAlignment": "CALENDAR" })),
            ("MONTHLY", "1", json!({ "prices": priced("VOLUME"), "commitment": fixed })),
        ] {
            let offer = self.shop.offer_with("RECURRING", Some(period), price, &terms).await;
            self.offers.push(offer);
        }
    }

    async fn make_plans(&mut self) {
        let admin = &self.shop.world.admin;
        let mut products = Vec::new();
        for name in ["Mail", "Files", "Calls", "Setup"] {
            let product = json!({
                "code": name, "name": name, "vendor": "Office", "provisioning": "INSTANT",
            });
            let made = self.shop.api.done(admin, "createProduct", product, "product { id }").await;
            products.push(made["product"]["id"].clone());
        }
        for offer in [&self.offers[0], &self.offers[1], &self.offers[2]] {
            let count = self.random.random_range(1..=2);
            let mut steps = Vec::new();
            for step in 1..=count {
                let mut components = Vec::new();
                for (index, product) in products.iter().enumerate() {
                    // What is charged once is charged in the first step.
                    if index == 3 && step > 1 {
                        continue;
                    }
                    components.push(json!({
                        "productId": product, "timing": if index == 3 { "ONCE" } else { "IN_ADVANCE" },
                        "unitAmount": self.random.random_range(0..4_999).to_string(),
                        "taxBasisPoints": self.random.random_range(0..3) * 800,
                    }));
                }
                let own = self.random.random_bool(0.4);
                let own = own.then(|| self.random.random_range(1..9_999).to_string());
                let periods = (step < count).then(|| self.random.random_range(1..=3));
                steps.push(json!({
                    "periods": periods, "unitAmount": own, "components": components,
                }));
            }
            let code = format!("PLAN-{}", self.plans.len());
            let terms = json!({
                "offerId": offer, "code": code, "name": "Office", "currency": "EUR", "steps": steps,
                "componentChoice": { "choice": "ANY" }, "priceOverride": {},
            });
            let made = self.shop.api.done(admin, "createPlan", terms, "plan { id }").await;
            self.plans.push((made["plan"]["id"].clone(), offer.clone(), products.clone()));
        }
    }

    async fn make_discounts(&mut self) {
        let (first, third) = (&self.offers[0], &self.offers[2]);
        for terms in [
            json!({ "basisPoints": 3_333, "duration": "PERIODS", "periods": 2 }),
            json!({ "basisPoints": 10_000, "duration": "ONCE", "precedence": 1 }),
            json!({ "amount": "1234", "duration": "PERIODS", "periods": 3 }),
            json!({ "basisPoints": 700, "precedence": 2, "offerIds": [first, third] }),
            json!({ "amount": "50" }),
        ] {
            self.discounts.push(self.shop.discount(terms).await);
        }
        let document = "query { discounts(first: 9) { nodes { code offers { id } } } }";
        let read = self.shop.api.read(&self.shop.world.admin, document, json!({})).await;
        for node in read["discounts"]["nodes"].as_array().unwrap() {
            let offers = node["offers"].as_array().unwrap().iter();
            self.codes.push((node["code"].clone(), offers.map(|it| it["id"].clone()).collect()));
        }
    }

    /// Some of a plan, for what it costs or for a price that is said; with the offer that it is of.
    fn selection(&mut self) -> (Value, Value) {
        let (plan, offer, products) = self.plans.choose(&mut self.random).unwrap();
        let mut chosen = products.clone();
        chosen.retain(|_| self.random.random_bool(0.6));
        let said = self.random.random_bool(0.3);
        let said = said.then(|| self.random.random_range(0..9_999).to_string());
        let selection = json!({
            "planId": plan, "productIds": (!chosen.is_empty()).then_some(chosen),
            "priceOverride": said, "skipTrial": true,
        });
        (selection, offer.clone())
    }

    /// What might be bought: an offer or a plan, with codes that fit, from today or from a day that has passed.
    fn purchase(&mut self) -> Value {
        let (plan, offer) = if self.random.random_bool(0.5) {
            let (plan, offer) = self.selection();
            (Some(plan), offer)
        } else {
            (None, self.offers.choose(&mut self.random).unwrap().clone())
        };
        let fitting = self.codes.iter();
        let fitting = fitting.filter(|(_, offers)| offers.is_empty() || offers.contains(&offer));
        let fitting: Vec<_> = fitting.map(|(code, _)| code).collect();
        let count = self.random.random_range(0..=2);
        let codes: Vec<_> = fitting.sample(&mut self.random, count).copied().cloned().collect();
        let begins = self.now - Days::new(self.random.random_range(0..80));
        json!({
            "offerId": offer, "plan": plan, "quantity": self.random.random_range(1..9),
            "discountCodes": codes,
            "startsOn": self.random.random_bool(0.3).then(|| begins.date_naive()),
        })
    }

    /// A change to a subscription, and when it is to take effect.
    fn change(&mut self) -> Value {
        let mut change = match self.random.random_range(0..4) {
            0 => json!({ "offerId": self.offers.choose(&mut self.random).unwrap() }),
            1 => json!({ "plan": self.selection().0 }),
            _ => json!({ "quantity": self.random.random_range(1..9) }),
        };
        match self.random.random_range(0..4) {
            0 => change["when"] = json!("ON_RENEWAL"),
            1 => {
                let days = self.random.random_range(1..50);
                change["when"] = json!("ON_DATE");
                change["date"] = json!((self.now + Days::new(days)).date_naive());
            }
            _ => {}
        }
        change
    }

    async fn pass(&mut self, time: TimeDelta) {
        self.now += time;
        self.shop.pass(&self.now.to_rfc3339()).await;
    }

    /// Buys what is previewed; nothing where it is refused, which it is alike.
    async fn buy(&mut self) -> Option<Value> {
        let customer_id = Id(self.shop.world.customer_id).to_string();
        let input = json!({ "customerId": customer_id, "lines": [self.purchase()] });
        let document = "query Run($input: CreateOrderInput!) { previewOrder(input: $input) {
            lines { charges { amount { minorUnits } discount { minorUnits } } }
            net { minorUnits } userErrors { code } } }";
        let admin = &self.shop.world.admin;
        let asked = json!({ "input": input.clone() });
        let said = self.shop.api.read(admin, document, asked).await["previewOrder"].take();
        if said["userErrors"] != json!([]) {
            let refused = self.shop.api.refused(admin, "createOrder", input).await;
            assert_eq!(refused["code"], said["userErrors"][0]["code"]);
            return None;
        }
        let mut bought = input.clone();
        bought["submit"] = json!(true);
        let selection = "order { totals { net { minorUnits } } lines { subscription { id }
            charges { amount { minorUnits } discount { minorUnits } } } }";
        let bought = self.shop.api.done(admin, "createOrder", bought, selection).await;
        self.shop.app.run_jobs().await;
        let (order, line) = (&bought["order"], &bought["order"]["lines"][0]);
        let sold = &line["subscription"]["id"];
        let written = self.charged(sold, &[]).await;
        assert_eq!(said["net"], order["totals"]["net"], "{input}");
        assert_eq!(said["lines"][0]["charges"], line["charges"], "{input}");
        assert_eq!(pairs(&line["charges"]), written, "{input}");
        // Where a whole first period is charged at once, that is what the order comes to.
        let asked = &input["lines"][0];
        let at_once = [0, 1, 4].iter().any(|index| self.offers[*index] == asked["offerId"]);
        if at_once && asked["startsOn"].is_null() {
            let charged = written.iter().map(|(amount, _)| amount.parse::<i64>().unwrap());
            let net = charged.sum::<i64>().to_string();
            assert_eq!(order["totals"]["net"]["minorUnits"], net, "{input}");
        }
        Some(sold.clone())
    }

    /// Gives a subscription a discount, and at times takes it away again, whatever is said of one that it has.
    async fn discount(&mut self, sold: &Value) {
        let admin = &self.shop.world.admin;
        let discount = self.discounts.choose(&mut self.random).unwrap();
        let input = json!({ "id": sold, "discountId": discount });
        let given = self.shop.api.run(admin, "applyDiscount", input, "subscriptionDiscount { id }");
        let given = given.await["subscriptionDiscount"].take();
        if given.is_object() && self.random.random_ratio(1, 4) {
            self.shop.remove(&given).await;
        }
    }

    /// Orders a change as it was previewed, and waits until it has taken effect. One that is refused is refused by both.
    /// Says whether it was done.
    async fn previewed(&mut self, sold: &Value, change: Value) -> bool {
        let document = format!(
            "query Run($input: PreviewSubscriptionChangeInput!) {{
                previewSubscriptionChange(input: $input) {{ takesEffectOn net {{ minorUnits }}
                    charges {{ {CHARGE} discount {{ minorUnits }} }} userErrors {{ code }} }} }}"
        );
        let mut asked = change.clone();
        asked["id"] = sold.clone();
        let (mutation, mut input) = match change["action"].as_str() {
            Some(_) => ("cancelSubscription", json!({ "id": sold })),
            None => ("changeSubscription", asked.clone()),
        };
        let admin = &self.shop.world.admin;
        let said = self.shop.api.read(admin, &document, json!({ "input": asked })).await;
        let said = &said["previewSubscriptionChange"];
        if said["userErrors"] != json!([]) {
            let refused = self.shop.api.refused(admin, mutation, input).await;
            assert_eq!(refused["code"], said["userErrors"][0]["code"], "{change}");
            return false;
        }
        input["expectedTotal"] = said["net"]["minorUnits"].clone();
        let before = self.shop.lines(sold).await;
        self.shop.api.done(admin, mutation, input, "").await;
        self.shop.app.run_jobs().await;
        let expected = pairs(&said["charges"]);
        if change.get("when").is_none() {
            assert_eq!(self.charged(sold, &before).await, expected, "{change}");
            return true;
        }
        // What renews until then is charged beside it.
        let days = said["charges"].as_array().unwrap().iter().map(|charge| &charge["dueOn"]);
        let last = days.chain([&said["takesEffectOn"]]).filter_map(Value::as_str).max().unwrap();
        let last = last.parse::<NaiveDate>().unwrap() + Days::new(1);
        self.pass(last.and_hms_opt(12, 0, 0).unwrap().and_utc() - self.now).await;
        let mut charged = self.charged(sold, &before).await;
        for line in &expected {
            let found = charged.iter().position(|it| it == line);
            let found =
                found.unwrap_or_else(|| panic!("{line:?} of {change} is not in {charged:?}"));
            charged.remove(found);
        }
        true
    }

    /// What was charged beside these lines.
    async fn charged(&self, sold: &Value, before: &[invoice_line::Model]) -> Vec<Charged> {
        let mut lines = self.shop.lines(sold).await;
        lines.retain(|line| before.iter().all(|old| old.id != line.id));
        let told = |line: &invoice_line::Model| {
            (line.net_amount.to_string(), line.discount_amount.to_string())
        };
        let mut told: Vec<_> = lines.iter().map(told).collect();
        told.sort();
        told
    }
}

fn pairs(charges: &Value) -> Vec<Charged> {
    let text = |value: &Value| value["minorUnits"].as_str().unwrap().to_owned();
    let charges = charges.as_array().unwrap().iter();
    let mut pairs: Vec<_> =
        charges.map(|charge| (text(&charge["amount"]), text(&charge["discount"]))).collect();
    pairs.sort();
    pairs
}

/// One subscription after another: what its order, each change and its renewals are said to charge is what they charge, and no
/// line is credited beyond what it was.
async fn previews_are_what_is_charged_whatever_is_bought_and_changed(database: Database) {
    let mut fair = Fair::open(database, 17).await;
    let (mut bought, mut changed) = (0, 0);
    for _ in 0..12 {
        let Some(sold) = fair.buy().await else { continue };
        bought += 1;
        for _ in 0..4 {
            let hours = fair.random.random_range(5..900);
            fair.pass(TimeDelta::hours(hours)).await;
            if fair.random.random_ratio(1, 4) {
                fair.discount(&sold).await;
            } else {
                let change = fair.change();
                changed += i32::from(fair.previewed(&sold, change).await);
            }
        }
        let before = fair.shop.lines(&sold).await;
        let said = pairs(&fair.shop.renewals(&sold, 2).await);
        fair.pass(TimeDelta::days(if said.is_empty() { 0 } else { 200 })).await;
        let mut renewed = fair.charged(&sold, &before).await;
        for line in said {
            let found = renewed.iter().position(|it| *it == line);
            renewed.remove(found.unwrap_or_else(|| panic!("{line:?} is not in {renewed:?}")));
        }
        fair.previewed(&sold, json!({ "action": "CANCEL" })).await;
        for line in fair.shop.lines(&sold).await {
            assert!(line.credited_amount.abs() <= line.net_amount.abs(), "{line:?}");
            assert!(line.discount_amount >= 0, "{line:?}");
        }
    }
    // Most of what comes up can be bought and changed.
    assert!(bought >= 8 && changed >= 12, "{bought} {changed}");
}
