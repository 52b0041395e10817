//! Plans: what is chosen of them, what it costs, and what becomes of that over time.

use domain::viewer::Viewer;
use entity::{OrderStatus, invoice_line};
use ordergate::graphql::id::Id;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop};
use crate::{
    on_both_databases,
    support::{database::Database, given},
};

on_both_databases!(
    a_subscriber_has_all_of_a_plan_or_what_it_chose,
    a_choice_that_a_plan_does_not_allow_is_refused_by_name,
    a_salesperson_says_a_price_within_limits,
    a_customer_says_no_price,
    a_plan_is_ordered_by_whom_it_is_for_while_it_is_valid,
    a_plan_is_looked_at_again_and_never_priced_again,
    each_component_is_taxed_by_itself,
    a_chain_goes_on_with_renewals_and_stays_at_its_end,
    a_trial_is_had_once_of_a_product,
    what_is_free_later_is_a_step_like_any_other,
    a_refused_trial_says_what_has_become_of_it,
    a_plan_is_left_for_its_offer_by_itself,
    a_change_of_plan_gives_back_and_charges_each_component,
    what_is_charged_once_is_charged_in_the_first_step,
    a_discount_is_taken_off_what_is_charged_once_as_well,
    a_plan_with_many_components_changes_within_the_limits_of_billing,
    what_is_wrong_with_a_plan_is_told_at_once,
    a_changed_plan_does_not_reach_what_was_sold,
    a_rule_or_a_denial_of_a_product_reaches_plans_that_have_it,
    what_a_plan_is_said_to_charge_is_what_it_charges,
);

const TV_AND_INTERNET: [&str; 8] = [
    "Basic TV",
    "Premium TV",
    "Sports Channel",
    "Movie Channel",
    "Random Channel",
    "Slow Internet",
    "Fast Internet",
    "Ultra Internet",
];

/// A shop that sells television and internet, each product for 1,000 more than the one before.
struct Tv {
    shop: Shop,
    products: Vec<Value>,
    offer: Value,
}

impl Tv {
    async fn open(database: Database) -> Self {
        let shop = Shop::open(database).await;
        shop.at("2027-01-31T10:00:00Z");
        let mut products = Vec::new();
        for name in TV_AND_INTERNET {
            let product = json!({
                "code": name, "name": name, "vendor": "Cable", "provisioning": "INSTANT",
            });
            let made =
                shop.api.done(&shop.world.admin, "createProduct", product, "product { id }").await;
            products.push(made["product"]["id"].clone());
        }
        let offer = shop.instant("RECURRING", Some("MONTHLY"), "9900").await;
        Self { shop, products, offer }
    }

    /// All products, each for 1,000 more than the one before.
    fn step(&self) -> Value {
        self.step_of(&[0, 1, 2, 3, 4, 5, 6, 7])
    }

    fn step_of(&self, products: &[usize]) -> Value {
        let component = |index: &usize| {
            let unit_amount = (index + 1) * 100_000;
            self.component(*index, i64::try_from(unit_amount).unwrap())
        };
        json!({ "components": products.iter().map(component).collect::<Vec<_>>() })
    }

    fn component(&self, product: usize, unit_amount: i64) -> Value {
        json!({
            "productId": self.products[product], "unitAmount": unit_amount.to_string(),
            "taxBasisPoints": 2500,
        })
    }

    fn terms(&self, code: &str, mut terms: Value) -> Value {
        for (field, value) in [
            ("offerId", self.offer.clone()),
            ("code", json!(code)),
            ("name", json!("TV and Internet")),
            ("currency", json!("EUR")),
        ] {
            if terms.get(field).is_none() {
                terms[field] = value;
            }
        }
        if terms.get("steps").is_none() {
            terms["steps"] = json!([self.step()]);
        }
        terms
    }

    async fn plan(&self, code: &str, terms: Value) -> Value {
        let admin = &self.shop.world.admin;
        let terms = self.terms(code, terms);
        let made = self.shop.api.done(admin, "createPlan", terms, "plan { id }").await;
        made["plan"]["id"].clone()
    }

    async fn any(&self) -> Value {
        self.plan("ANY", json!({ "componentChoice": { "choice": "ANY" } })).await
    }

    fn line(&self, selection: &Value) -> Value {
        json!({ "offerId": self.offer, "quantity": 1, "plan": selection })
    }

    /// Who orders that for the customer: the seller where a price is said, or else the customer itself.
    fn buyer(&self, selection: &Value, input: &mut Value) -> &Viewer {
        if selection.get("priceOverride").is_none_or(Value::is_null) {
            return &self.shop.world.customer;
        }
        input["customerId"] = json!(Id(self.shop.world.customer_id).to_string());
        &self.shop.world.admin
    }

    /// An order of one line, which is submitted, and carried out as far as the program does.
    async fn order(&self, selection: Value) -> Value {
        let mut input = json!({ "lines": [self.line(&selection)], "submit": true });
        let buyer = self.buyer(&selection, &mut input);
        let placed = self.shop.api.done(buyer, "createOrder", input, ORDER).await;
        self.shop.app.run_jobs().await;
        placed["order"].clone()
    }

    /// How an order of one line is refused: with which codes, and for which fields. A preview is refused alike.
    async fn refused(&self, selection: Value) -> Vec<(String, String)> {
        let mut input = json!({ "lines": [self.line(&selection)] });
        let buyer = self.buyer(&selection, &mut input);
        let document = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
            net { minorUnits } userErrors { code message field currentStatus currentVersion } } }";
        let previewed =
            self.shop.api.read(buyer, document, json!({ "input": input.clone() })).await;
        let run = self.shop.api.run(buyer, "createOrder", input, "").await;
        assert_eq!(previewed["previewOrder"]["userErrors"], run["userErrors"]);
        errors(&run)
    }
}

const ORDER: &str = "order { id version status taxInclusive
    totals { net { minorUnits } tax { minorUnits } gross { minorUnits }
        taxes { basisPoints net { minorUnits } tax { minorUnits } } }
    lines { plan { code } taxBasisPoints unitPrice { minorUnits } net { minorUnits }
        components { name unitPrice { minorUnits } net { minorUnits } taxBasisPoints }
        planInstance { planVersion productIds priceOverride { minorUnits }
            steps { periods billingPeriod components { name unitPrice { minorUnits } } } }
        subscription { id } } }";

fn errors(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let path = |error: &Value| {
        let parts = error["field"].as_array().unwrap().iter();
        parts.map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join(".")
    };
    errors.map(|error| (error["code"].as_str().unwrap().to_owned(), path(error))).collect()
}

fn refused(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

fn amounts(components: &Value) -> Vec<i64> {
    let components = components.as_array().unwrap().iter();
    components.map(|it| minor_units(&it["unitPrice"])).collect()
}

fn minor_units(money: &Value) -> i64 {
    money["minorUnits"].as_str().unwrap().parse().unwrap()
}

fn subscription(order: &Value) -> &Value {
    &order["lines"][0]["subscription"]["id"]
}

/// The example that Info-Subscription publishes: eight products, or Basic TV and Slow Internet (IFS-04 … IFS-06).
async fn a_subscriber_has_all_of_a_plan_or_what_it_chose(database: Database) {
    let tv = Tv::open(database).await;
    let plan = tv.any().await;
    let all = tv.order(json!({ "planId": plan })).await;
    let line = &all["lines"][0];
    assert_eq!(line["components"].as_array().unwrap().len(), 8);
    assert_eq!(line["planInstance"]["productIds"], Value::Null);
    assert_eq!(minor_units(&all["totals"]["net"]), 3_600_000);
    assert_eq!(minor_units(&all["totals"]["tax"]), 900_000);
    assert_eq!(tv.shop.charges(subscription(&all)).await.iter().sum::<i64>(), 3_600_000);

    let chosen = json!([tv.products[5], tv.products[0]]);
    let some = tv.order(json!({ "planId": plan, "productIds": chosen })).await;
    let line = &some["lines"][0];
    let names: Vec<_> =
        line["components"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["Basic TV", "Slow Internet"]);
    assert_eq!(line["plan"]["code"], "ANY");
    assert_eq!((&line["taxBasisPoints"], &line["net"]), (&json!(2500), &line["unitPrice"]));
    assert_eq!(minor_units(&line["net"]), 700_000);
    assert_eq!(minor_units(&some["totals"]["gross"]), 875_000);
    let lines = tv.shop.lines(subscription(&some)).await;
    let told = |line: &invoice_line::Model| (line.description.clone(), line.net_amount);
    let told: Vec<_> = lines.iter().map(told).collect();
    let expected = [("Basic TV".to_owned(), 100_000), ("Slow Internet".to_owned(), 600_000)];
    assert_eq!(told, expected);
    let row = tv.shop.subscription(subscription(&some)).await;
    assert_eq!((row.unit_amount, row.step, row.step_periods_left), (700_000, 1, None));
}

/// IFS-07.
async fn a_choice_that_a_plan_does_not_allow_is_refused_by_name(database: Database) {
    let tv = Tv::open(database).await;
    let any = tv.any().await;
    let none = tv.plan("NONE", json!({})).await;
    let range = json!({ "choice": "RANGE", "minComponents": 2, "maxComponents": 3 });
    let range = tv.plan("RANGE", json!({ "componentChoice": range })).await;
    let foreign = json!(Id(entity::ProductId(uuid::Uuid::new_v4())).to_string());
    let products = |indexes: &[usize]| -> Vec<Value> {
        indexes.iter().map(|index| tv.products[*index].clone()).collect()
    };
    let list = "lines.0.plan.productIds";
    for (plan, chosen, code, field) in [
        (&any, json!([]), "VALIDATION_FAILED", list.to_owned()),
        (&any, json!([foreign]), "PRODUCT_NOT_IN_PLAN", format!("{list}.0")),
        (&any, json!(products(&[1, 2, 1])), "VALIDATION_FAILED", format!("{list}.2")),
        (&none, json!(products(&[0])), "CHOICES_NOT_ALLOWED", list.to_owned()),
        (&none, json!([]), "CHOICES_NOT_ALLOWED", list.to_owned()),
        (&range, json!(products(&[0])), "CHOICES_OUT_OF_RANGE", list.to_owned()),
        (&range, json!(products(&[0, 1, 2, 3])), "CHOICES_OUT_OF_RANGE", list.to_owned()),
    ] {
        let selection = json!({ "planId": plan, "productIds": chosen });
        assert_eq!(tv.refused(selection).await, refused(code, &field), "{chosen}");
    }
    let twice_wrong = json!({ "planId": any, "productIds": [foreign, tv.products[0], foreign] });
    assert_eq!(tv.refused(twice_wrong).await.len(), 2);
    let all = tv.order(json!({ "planId": range })).await;
    assert_eq!(all["lines"][0]["components"].as_array().unwrap().len(), 8);
    let unknown = json!(Id(entity::PlanId(uuid::Uuid::new_v4())).to_string());
    let unknown = tv.refused(json!({ "planId": unknown })).await;
    assert_eq!(unknown, refused("PLAN_NOT_FOUND", "lines.0.plan.planId"));
}

/// What a salesperson has said of a draft stays when the customer submits it.
async fn a_customer_says_no_price(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let plan = tv.plan("SAID", json!({ "priceOverride": {} })).await;
    let selection = json!({ "planId": plan, "priceOverride": "200000" });
    let customer = &shop.world.customer;
    let field = "lines.0.plan.priceOverride";
    let mut input = json!({ "lines": [tv.line(&selection)] });
    let run = shop.api.run(customer, "createOrder", input.clone(), "").await;
    assert_eq!(errors(&run), refused("PRICE_OVERRIDE_NOT_ALLOWED", field));
    let document = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
        userErrors { code field } } }";
    let previewed = shop.api.read(customer, document, json!({ "input": input.clone() })).await;
    let previewed = errors(&previewed["previewOrder"]);
    assert_eq!(previewed, refused("PRICE_OVERRIDE_NOT_ALLOWED", field));

    let admin = tv.buyer(&selection, &mut input);
    let draft = shop.api.done(admin, "createOrder", input.clone(), ORDER).await;
    let changed = json!({ "id": draft["order"]["id"], "lines": input["lines"] });
    let run = shop.api.run(customer, "updateOrder", changed, "").await;
    assert_eq!(errors(&run), refused("PRICE_OVERRIDE_NOT_ALLOWED", field));
    let submit = json!({ "id": draft["order"]["id"] });
    let order = shop.api.done(customer, "submitOrder", submit, ORDER).await;
    assert_eq!(minor_units(&order["order"]["totals"]["net"]), 200_000);

    let own = tv.plan("ITS-OWN", json!({})).await;
    let sold = tv.order(json!({ "planId": own })).await;
    let change = json!({ "id": subscription(&sold), "plan": selection });
    let error = shop.refused("changeSubscription", change).await;
    assert_eq!(error, ("PRICE_OVERRIDE_NOT_ALLOWED".to_owned(), "plan".to_owned()));
}

/// The second example that Info-Subscription publishes: 2,000 in the place of the prices (IFS-10 … IFS-13).
async fn a_salesperson_says_a_price_within_limits(database: Database) {
    let tv = Tv::open(database).await;
    let limits = json!({ "minimum": "100000", "maximum": "3600000" });
    let plan = tv.plan("LIMITS", json!({ "priceOverride": limits })).await;
    let order = tv.order(json!({ "planId": plan, "priceOverride": "200000" })).await;
    let line = &order["lines"][0];
    let parts = [5_556, 11_111, 16_667, 22_222, 27_778, 33_333, 38_889, 44_444];
    assert_eq!(amounts(&line["components"]), parts);
    assert_eq!(minor_units(&line["planInstance"]["priceOverride"]), 200_000);
    assert_eq!(minor_units(&order["totals"]["net"]), 200_000);
    assert_eq!(tv.shop.charges(subscription(&order)).await, parts);

    let field = "lines.0.plan.priceOverride";
    for amount in ["99999", "3600001", "-1"] {
        let selection = json!({ "planId": plan, "priceOverride": amount });
        assert_eq!(tv.refused(selection).await, refused("PRICE_OVERRIDE_OUT_OF_RANGE", field));
    }
    let fixed = tv.plan("FIXED", json!({})).await;
    let selection = json!({ "planId": fixed, "priceOverride": "200000" });
    assert_eq!(tv.refused(selection).await, refused("PRICE_OVERRIDE_NOT_ALLOWED", field));

    // Zero is a price, and to say no limit is to have none.
    let free = tv.plan("FREE", json!({ "priceOverride": {} })).await;
    let order = tv.order(json!({ "planId": free, "priceOverride": "0" })).await;
    assert_eq!(amounts(&order["lines"][0]["components"]), [0; 8]);
    assert_eq!(tv.shop.charges(subscription(&order)).await, [0_i64; 0]);

    // A plan with a price of its own has it whatever is chosen.
    let own = json!({
        "componentChoice": { "choice": "ANY" },
        "steps": [{ "unitAmount": "200000", "components": tv.step()["components"] }],
    });
    let own = tv.plan("OWN", own).await;
    let chosen = json!([tv.products[0], tv.products[1]]);
    let order = tv.order(json!({ "planId": own, "productIds": chosen })).await;
    assert_eq!(amounts(&order["lines"][0]["components"]), [66_667, 133_333]);
}

/// IFS-19.
async fn a_plan_is_ordered_by_whom_it_is_for_while_it_is_valid(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let admin = &shop.world.admin;
    let at = "lines.0.plan.planId";
    for (code, terms, refusal) in [
        ("EARLY", json!({ "validFrom": "2027-02-01" }), "PLAN_NOT_ORDERABLE"),
        ("LATE", json!({ "validUntil": "2027-01-31" }), "PLAN_EXPIRED"),
        ("YEN", json!({ "currency": "JPY" }), "PRICE_MISSING"),
    ] {
        let plan = tv.plan(code, terms).await;
        assert_eq!(tv.refused(json!({ "planId": plan })).await, refused(refusal, at), "{code}");
    }
    let today = json!({ "validFrom": "2027-01-31", "validUntil": "2027-02-01" });
    let today = tv.plan("TODAY", today).await;
    tv.order(json!({ "planId": today })).await;

    let partner = json!({ "partnerNumber": "P-1", "name": "North" });
    let partner = shop.api.done(admin, "createPartner", partner, "partner { id }").await;
    let pinned = json!({ "partnerId": partner["partner"]["id"] });
    let pinned = tv.plan("PINNED", pinned).await;
    assert_eq!(tv.refused(json!({ "planId": pinned })).await, refused("PLAN_NOT_FOUND", at));
    let customer = Id(shop.world.customer_id).to_string();
    let input = json!({ "customerId": customer, "lines": [tv.line(&json!({ "planId": pinned }))] });
    let run = shop.api.run(admin, "createOrder", input, "").await;
    assert_eq!(errors(&run), refused("PLAN_NOT_ORDERABLE", at));
    let document = "query ($id: ID!) { plan(id: $id) { code } }";
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": pinned })).await;
    assert_eq!(read["plan"], Value::Null);
    let stranger = given::world(&shop.app).await.admin;
    let read = shop.api.read(&stranger, document, json!({ "id": today })).await;
    assert_eq!(read["plan"], Value::Null);

    let retired = tv.any().await;
    let retire = json!({ "id": retired, "status": "RETIRED" });
    shop.api.done(admin, "updatePlan", retire, "").await;
    assert_eq!(tv.refused(json!({ "planId": retired })).await, refused("PLAN_NOT_ORDERABLE", at));
    let gone = json!({ "id": tv.products[7], "status": "RETIRED" });
    shop.api.done(admin, "updateProduct", gone, "").await;
    assert_eq!(tv.refused(json!({ "planId": today })).await, refused("PLAN_NOT_ORDERABLE", at));

    let other = shop.instant("RECURRING", Some("MONTHLY"), "100").await;
    let line = json!({ "offerId": other, "quantity": 1, "plan": { "planId": today } });
    let run =
        shop.api.run(admin, "createOrder", json!({ "customerId": customer, "lines": [line] }), "");
    assert_eq!(errors(&run.await), refused("VALIDATION_FAILED", at));
}

/// IFS-17.
async fn a_plan_is_looked_at_again_and_never_priced_again(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let settings = json!({ "approvalRequired": true });
    shop.api.done(admin, "updateTenantSettings", settings, "").await;
    let plan = tv.any().await;
    let chosen = json!({ "planId": plan, "productIds": [tv.products[0]] });
    let placed = tv.order(chosen.clone()).await;
    let draft = json!({ "lines": [tv.line(&chosen)] });
    let draft = shop.api.done(customer, "createOrder", draft, ORDER).await["order"].clone();
    assert_eq!(minor_units(&draft["totals"]["net"]), 100_000);

    // What was submitted keeps its price, and a draft has that of its submission (APX-31).
    let mut dearer = tv.step();
    dearer["components"][0]["unitAmount"] = json!("150000");
    let change = json!({ "id": plan, "steps": [dearer] });
    shop.api.done(admin, "updatePlan", change, "plan { version }").await;
    let submitted = json!({ "id": draft["id"] });
    let submitted = shop.api.done(customer, "submitOrder", submitted, ORDER).await["order"].clone();
    assert_eq!(minor_units(&submitted["totals"]["net"]), 150_000);
    assert_eq!(submitted["lines"][0]["planInstance"]["planVersion"], 2);

    let no_choice = json!({ "id": plan, "componentChoice": { "choice": "NONE" } });
    shop.api.done(admin, "updatePlan", no_choice, "").await;
    let approver = shop.world.approver();
    let approval = json!({ "id": placed["id"] });
    let run = shop.api.run(&approver, "approveOrder", approval.clone(), "").await;
    assert_eq!(errors(&run), refused("CHOICES_NOT_ALLOWED", "lines.0.plan.productIds"));
    let choice = json!({ "id": plan, "componentChoice": { "choice": "ANY" } });
    shop.api.done(admin, "updatePlan", choice, "").await;
    let run = shop.api.done(&approver, "approveOrder", approval, ORDER).await;
    assert_eq!(minor_units(&run["order"]["totals"]["net"]), 100_000);
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(subscription(&placed)).await, [100_000]);

    let retire = json!({ "id": plan, "status": "RETIRED" });
    shop.api.done(admin, "updatePlan", retire, "").await;
    let late = json!({ "id": submitted["id"] });
    let run = shop.api.run(&approver, "approveOrder", late.clone(), "").await;
    assert_eq!(errors(&run), refused("PLAN_NOT_ORDERABLE", "lines.0.plan.planId"));
    let mut rejection = late;
    rejection["reason"] = json!("No longer sold.");
    let rejected = shop.api.done(&approver, "rejectOrder", rejection, ORDER).await;
    assert_eq!(rejected["order"]["status"], OrderStatus::Rejected.as_str());
}

/// Tax is per product (IFS-04), and rounded once for each rate.
async fn each_component_is_taxed_by_itself(database: Database) {
    let tv = Tv::open(database).await;
    let mut step = tv.step_of(&[0, 1]);
    step["components"][1]["taxBasisPoints"] = json!(1200);
    step["components"][0]["unitAmount"] = json!("33");
    step["components"][1]["unitAmount"] = json!("33");
    let plan = tv.plan("MIXED", json!({ "steps": [step] })).await;
    let order = tv.order(json!({ "planId": plan })).await;
    assert_eq!(order["lines"][0]["taxBasisPoints"], Value::Null);
    let taxes = order["totals"]["taxes"].as_array().unwrap().iter();
    let taxes: Vec<_> = taxes
        .map(|it| (it["basisPoints"].clone(), minor_units(&it["net"]), minor_units(&it["tax"])))
        .collect();
    assert_eq!(taxes, [(json!(1200), 33, 4), (json!(2500), 33, 8)]);
    assert_eq!(minor_units(&order["totals"]["gross"]), 78);
    let rates: Vec<_> =
        tv.shop.lines(subscription(&order)).await.iter().map(|it| it.tax_basis_points).collect();
    assert_eq!(rates, [2500, 1200]);
    let invoice = tv.shop.issue_draft().await;
    assert_eq!((invoice.net_amount, invoice.tax_amount), (66, 12));
}

/// V156: 99 for a month, 149 for three, then 199, from the 31st (IFS-44); with a price that was said, that in every step
/// (IFS-14).
async fn a_chain_goes_on_with_renewals_and_stays_at_its_end(database: Database) {
    let tv = Tv::open(database).await;
    let steps = |amounts: [(i64, Option<i32>); 3]| -> Value {
        let step = |(amount, periods): &(i64, Option<i32>)| json!({ "periods": periods, "components": [tv.component(0, *amount)] });
        amounts.iter().map(step).collect()
    };
    let chain = steps([(9_900, Some(1)), (14_900, Some(3)), (19_900, None)]);
    let chain = tv.plan("CHAIN", json!({ "steps": chain, "priceOverride": {} })).await;
    let plain = tv.order(json!({ "planId": chain })).await;
    let said = tv.order(json!({ "planId": chain, "priceOverride": "12000" })).await;
    let renewals = |order: &Value| json!({ "id": subscription(order) });
    let document = format!(
        "query Run($id: ID!) {{ previewRenewal(subscriptionId: $id, periods: 5) {{
            charges {{ {CHARGE} }} }} }}"
    );
    let previewed = tv.shop.api.read(&tv.shop.world.customer, &document, renewals(&plain)).await;
    let previewed = previewed["previewRenewal"]["charges"].as_array().unwrap().iter();
    let previewed: Vec<_> = previewed.map(|it| minor_units(&it["amount"])).collect();
    for (moment, step, left, price) in [
        ("2027-01-31T12:00:00Z", 1, Some(0), 9_900),
        ("2027-02-28T12:00:00Z", 2, Some(2), 14_900),
        ("2027-04-30T12:00:00Z", 2, Some(0), 14_900),
        ("2027-05-31T12:00:00Z", 3, None, 19_900),
        ("2027-06-30T12:00:00Z", 3, None, 19_900),
    ] {
        tv.shop.pass(moment).await;
        let row = tv.shop.subscription(subscription(&plain)).await;
        let found = (row.step, row.step_periods_left, row.unit_amount);
        assert_eq!(found, (step, left, price), "{moment}");
    }
    let lines = tv.shop.lines(subscription(&plain)).await;
    let charged: Vec<_> = lines.iter().map(|line| line.net_amount).collect();
    assert_eq!(charged, [9_900, 14_900, 14_900, 14_900, 19_900, 19_900]);
    assert_eq!(previewed, charged[1..]);
    assert!(lines.iter().all(|line| line.unit_amount == line.net_amount && line.quantity == 1));
    let days: Vec<_> = lines.iter().map(|line| line.starts_on.unwrap().to_string()).collect();
    let expected =
        ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"];
    assert_eq!(days, expected);
    assert_eq!(tv.shop.charges(subscription(&said)).await.iter().sum::<i64>(), 72_000);
    let document = "query Run($id: ID!) { subscription(id: $id) { step stepPeriodsLeft
        periods { unitPrice { minorUnits } } plan { code } } }";
    let read = tv.shop.api.read(&tv.shop.world.customer, document, renewals(&plain)).await;
    assert_eq!(amounts(&read["subscription"]["periods"]), charged);
    assert_eq!(read["subscription"]["plan"]["code"], "CHAIN");
}

/// A trial of two weeks, and periods that begin when it is over (V176).
async fn a_trial_is_had_once_of_a_product(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let trial = json!({
        "periods": 2, "billingPeriod": "WEEKLY", "unitAmount": "0",
        "components": [tv.component(0, 3_000)],
    });
    let steps = json!([trial, { "components": [tv.component(0, 3_000)] }]);
    let plan = json!({ "steps": steps, "priceOverride": {} });
    let plan = tv.plan("TRIAL", plan).await;
    let first = tv.order(json!({ "planId": plan, "priceOverride": "2500" })).await;
    assert_eq!(minor_units(&first["totals"]["net"]), 0);
    let again = tv.refused(json!({ "planId": plan })).await;
    assert_eq!(again, refused("TRIAL_ALREADY_HAD", "lines.0.plan.skipTrial"));
    let lines = [tv.line(&json!({ "planId": plan })), tv.line(&json!({ "planId": plan }))];
    let others = given::customer(&shop.app, &shop.world, "C-2").await;
    let both = shop.api.run(&others, "createOrder", json!({ "lines": lines }), "").await;
    assert_eq!(errors(&both), refused("TRIAL_ALREADY_HAD", "lines.1.plan.skipTrial"));
    let one = json!({ "lines": [lines[0]], "submit": true });
    shop.api.done(&others, "createOrder", one, "").await;

    let skipped = tv.order(json!({ "planId": plan, "skipTrial": true })).await;
    assert_eq!(minor_units(&skipped["totals"]["net"]), 3_000);
    shop.pass("2027-03-14T12:00:00Z").await;
    let lines = shop.lines(subscription(&first)).await;
    let told: Vec<_> =
        lines.iter().map(|it| (it.starts_on.unwrap().to_string(), it.net_amount)).collect();
    assert_eq!(told, [("2027-02-14".to_owned(), 2_500), ("2027-03-14".to_owned(), 2_500)]);
}

/// A trial is at the beginning. What is free later costs what is said, is not skipped, and may be had twice; and so is what
/// begins for nothing only because that was said.
async fn what_is_free_later_is_a_step_like_any_other(database: Database) {
    let tv = Tv::open(database).await;
    let step = |periods: Option<i32>, price: i64| json!({ "periods": periods, "components": [tv.component(0, price)] });
    let mut own = step(Some(1), 900);
    own["unitAmount"] = json!("0");
    let steps = json!([step(Some(1), 1), step(Some(1), 0), own, step(None, 1_000)]);
    let later = json!({ "steps": steps, "priceOverride": {} });
    let later = tv.plan("LATER", later).await;
    let mut sold = Vec::new();
    for (selection, expected) in [
        (json!({ "planId": later }), [1, 1_000, 1_000].as_slice()),
        (json!({ "planId": later, "skipTrial": true }), &[1, 1_000, 1_000]),
        (json!({ "planId": later, "priceOverride": "500" }), &[500, 500, 500, 500, 500]),
        (json!({ "planId": later, "priceOverride": "0" }), &[]),
        (json!({ "planId": later, "priceOverride": "0" }), &[]),
    ] {
        let order = tv.order(selection).await;
        let steps = order["lines"][0]["planInstance"]["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 4);
        sold.push((subscription(&order).clone(), expected));
    }
    tv.shop.pass("2027-06-01T12:00:00Z").await;
    for (sold, expected) in sold {
        assert_eq!(tv.shop.charges(&sold).await, expected);
    }
}

async fn a_refused_trial_says_what_has_become_of_it(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let step = |periods: Option<i32>, prices: [i64; 2]| {
        // What is used costs something in a trial as well.
        let mut used = tv.component(2, 500);
        used["timing"] = json!("USAGE");
        let components = [tv.component(0, prices[0]), tv.component(1, prices[1]), used];
        json!({ "periods": periods, "components": components })
    };
    let plan = json!({
        "steps": [step(Some(2), [0, 0]), step(None, [1_000, 2_000])],
        "componentChoice": { "choice": "ANY" },
    });
    let plan = tv.plan("TRIAL", plan).await;
    let wanted = json!({ "planId": plan });
    let line = tv.line(&wanted);
    let twice = json!({ "lines": [line, line] });
    let customer = &shop.world.customer;
    let said = async |mutation: &str, input: Value, field: &str| {
        let payload = shop.api.run(customer, mutation, input, "").await;
        assert_eq!(errors(&payload), refused("TRIAL_ALREADY_HAD", field));
        payload["userErrors"][0]["message"].as_str().unwrap().to_owned()
    };
    let skip = "Order the plan without it, with skipTrial.";
    let expected = format!("Another line of this order has the trial of INSTANT. {skip}");
    assert_eq!(said("createOrder", twice, "lines.1.plan.skipTrial").await, expected);
    let settings = |required: bool| json!({ "approvalRequired": required });
    let admin = &shop.world.admin;
    shop.api.done(admin, "updateTenantSettings", settings(true), "").await;
    let waits = tv.order(wanted.clone()).await;
    let one = json!({ "lines": [line] });
    let expected =
        format!("The customer has ordered a trial of INSTANT, which has not begun. {skip}");
    assert_eq!(said("createOrder", one.clone(), "lines.0.plan.skipTrial").await, expected);
    let approval = json!({ "id": waits["id"] });
    shop.api.done(&shop.world.approver(), "approveOrder", approval, "").await;
    shop.api.done(admin, "updateTenantSettings", settings(false), "").await;
    shop.app.run_jobs().await;
    let expected = format!("The customer has, or has had, its trial of INSTANT. {skip}");
    assert_eq!(said("createOrder", one, "lines.0.plan.skipTrial").await, expected);

    // Who is in it, and wants less of the same plan.
    let sold = subscription(&waits);
    let less = json!({ "planId": plan, "productIds": [tv.products[0]] });
    let change = json!({ "id": sold, "plan": less });
    let expected = "The subscription is in its trial of INSTANT. Change what it has when that is \
        over, or without the rest of it, with skipTrial.";
    assert_eq!(said("changeSubscription", change.clone(), "plan.skipTrial").await, expected);
    shop.pass("2027-04-02T12:00:00Z").await;
    let expected = format!("The customer has, or has had, its trial of INSTANT. {skip}");
    assert_eq!(said("changeSubscription", change.clone(), "plan.skipTrial").await, expected);
    let mut skips = change;
    skips["plan"]["skipTrial"] = json!(true);
    shop.change_with(skips).await;
    let row = shop.subscription(sold).await;
    assert_eq!((row.unit_amount, row.step), (1_000, 1));
}

/// From a plan to the offer that has it, and back; and what is nothing to change.
async fn a_plan_is_left_for_its_offer_by_itself(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let commitment = json!({ "months": 12, "surcharge": "CONTINUE" });
    let binding = json!({ "id": tv.offer, "commitment": commitment });
    shop.api.done(&shop.world.admin, "updateOffer", binding, "").await;
    let plan = tv.any().await;
    let wanted = json!({ "planId": plan, "productIds": [tv.products[0]] });
    shop.at("2027-04-01T10:00:00Z");
    let order = tv.order(wanted.clone()).await;
    let sold = subscription(&order);
    let said = async |mut input: Value| {
        input["id"] = sold.clone();
        let customer = &shop.world.customer;
        let error = shop.api.refused(customer, "changeSubscription", input).await;
        (error["field"][0].clone(), error["message"].clone())
    };
    let nothing = "Say what is to change: the quantity, the offer, the plan, or several of them.";
    assert_eq!(said(json!({})).await, (json!("quantity"), json!(nothing)));
    let same = "The subscription has this plan already, with the same products and price.";
    assert_eq!(said(json!({ "plan": wanted })).await, (json!("plan"), json!(same)));

    shop.pass("2027-04-16T10:00:00Z").await;
    let alone = json!({ "id": sold, "offerId": tv.offer });
    let line = shop.order("changeSubscription", alone).await;
    assert_eq!(minor_units(&line["net"]), -50_000 + 4_950);
    let row = shop.subscription(sold).await;
    assert_eq!((row.plan_id, row.unit_amount), (None, 9_900));
    let lines = shop.lines(sold).await;
    let told: Vec<_> = lines.iter().map(|it| (it.description.as_str(), it.net_amount)).collect();
    let expected = [
        ("Basic TV", 100_000),
        ("Basic TV: until the change", -50_000),
        ("Seats: from the change on", 4_950),
    ];
    assert_eq!(told, expected);
    let has = "The subscription has this offer.";
    assert_eq!(said(json!({ "offerId": tv.offer })).await, (json!("offerId"), json!(has)));
    // The term that runs goes on, whichever of the two it has.
    let document = "query ($id: ID!) { subscription(id: $id) { commitment { endsOn } } }";
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": sold })).await;
    assert_eq!(read["subscription"]["commitment"]["endsOn"], "2028-04-01");
    shop.change_with(json!({ "id": sold, "plan": wanted })).await;
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": sold })).await;
    assert_eq!(read["subscription"]["commitment"]["endsOn"], "2028-04-01");
}

/// What is given back is what is left of each component, and what was said of the price is gone (IFS-14, V154).
async fn a_change_of_plan_gives_back_and_charges_each_component(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let small = json!({ "steps": [tv.step_of(&[0, 5])], "priceOverride": {} });
    let small = tv.plan("SMALL", small).await;
    let large = tv.plan("LARGE", json!({ "steps": [tv.step_of(&[1, 5, 6])] })).await;
    shop.at("2027-04-01T10:00:00Z");
    let sold = tv.order(json!({ "planId": small, "priceOverride": "300000" })).await;
    let sold = subscription(&sold).clone();
    shop.pass("2027-04-16T10:00:00Z").await;
    let said = json!({ "id": sold, "plan": { "planId": large, "priceOverride": "1" } });
    let error = shop.api.refused(&shop.world.admin, "changeSubscription", said).await;
    assert_eq!(error["code"], "PRICE_OVERRIDE_NOT_ALLOWED");
    assert_eq!(error["field"], json!(["plan", "priceOverride"]));
    let change = json!({ "id": sold, "plan": { "planId": large } });
    let document = format!(
        "query Run($input: PreviewSubscriptionChangeInput!) {{
            previewSubscriptionChange(input: $input) {{ net {{ minorUnits }}
                charges {{ {CHARGE} }} userErrors {{ code field }} }} }}"
    );
    let previewed =
        shop.api.read(&shop.world.customer, &document, json!({ "input": change.clone() })).await;
    let previewed = &previewed["previewSubscriptionChange"];
    let before = shop.lines(&sold).await.len();
    let line = shop.order("changeSubscription", change.clone()).await;
    assert_eq!((&previewed["charges"], &previewed["net"]), (&line["charges"], &line["net"]));
    let told: Vec<_> = shop.lines(&sold).await[before..]
        .iter()
        .map(|it| (it.description.clone(), it.net_amount))
        .collect();
    let expected = [
        ("Basic TV: until the change", -21_429),
        ("Slow Internet: until the change", -128_572),
        ("Premium TV: from the change on", 100_000),
        ("Slow Internet: from the change on", 300_000),
        ("Fast Internet: from the change on", 350_000),
    ];
    for (description, amount) in expected {
        assert!(told.contains(&(description.to_owned(), amount)), "{description} {told:?}");
    }
    assert_eq!(told.len(), expected.len());
    let row = shop.subscription(&sold).await;
    assert_eq!(row.unit_amount, 1_500_000);
    let (code, field) = shop.refused("changeSubscription", change).await;
    assert_eq!((&*code, &*field), ("VALIDATION_FAILED", "plan"));
    let document = "query Run($id: ID!) { subscription(id: $id) { plan { code }
        planInstance { steps { components { name } } } } }";
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": sold })).await;
    assert_eq!(read["subscription"]["plan"]["code"], "LARGE");
    let components = &read["subscription"]["planInstance"]["steps"][0]["components"];
    assert_eq!(components.as_array().unwrap().len(), 3);
    shop.pass("2027-05-01T10:00:00Z").await;
    let lines = shop.lines(&sold).await;
    let renewed: i64 = lines[before + 5..].iter().map(|line| line.net_amount).sum();
    assert_eq!(renewed, 1_500_000);

    let cancel = shop.order("cancelSubscription", json!({ "id": sold })).await;
    assert_eq!(minor_units(&cancel["net"]), -1_500_000);
}

async fn what_is_charged_once_is_charged_in_the_first_step(database: Database) {
    let tv = Tv::open(database).await;
    let mut setup = tv.component(7, 50_000);
    setup["timing"] = json!("ONCE");
    let steps = json!([
        { "periods": 1, "unitAmount": "1000", "components": [setup, tv.component(0, 3_000)] },
        { "components": [tv.component(0, 3_000)] },
    ]);
    let plan = tv.plan("SETUP", json!({ "steps": steps, "priceOverride": {} })).await;
    let order = tv.order(json!({ "planId": plan, "priceOverride": "2000" })).await;
    assert_eq!(minor_units(&order["totals"]["net"]), 52_000);
    tv.shop.pass("2027-02-28T12:00:00Z").await;
    let sold = subscription(&order);
    let mut charged = tv.shop.charges(sold).await;
    charged.sort_unstable();
    assert_eq!(charged, [2_000, 2_000, 50_000]);
    assert_eq!(tv.shop.subscription(sold).await.unit_amount, 2_000);
}

async fn a_discount_is_taken_off_what_is_charged_once_as_well(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let mut setup = tv.component(7, 4_900);
    setup["timing"] = json!("ONCE");
    let beside = json!([{ "components": [setup, tv.component(0, 1_000)] }]);
    let beside = tv.plan("BESIDE", json!({ "steps": beside })).await;
    let once = shop.instant("ONE_TIME", None, "9900").await;
    let alone = json!([{ "components": [tv.component(7, 4_900), tv.component(0, 100)] }]);
    let alone = tv.plan("ALONE", json!({ "offerId": once, "steps": alone })).await;
    for (terms, charged) in [
        (json!({ "code": "TENTH", "basisPoints": 1_000 }), [[900, 4_410], [90, 4_410]]),
        (json!({ "code": "FIVE", "amount": "500" }), [[915, 4_485], [90, 4_410]]),
        (json!({ "code": "LARGE", "amount": "9000" }), [[0, 0], [0, 0]]),
    ] {
        shop.discount(terms.clone()).await;
        for ((plan, offer), charged) in [(&beside, &tv.offer), (&alone, &once)].iter().zip(charged)
        {
            let line = json!({
                "offerId": offer, "quantity": 1, "plan": { "planId": plan },
                "discountCodes": [terms["code"]],
            });
            let input = json!({ "lines": [line], "submit": true });
            let selection = "order { totals { net { minorUnits } } chargesTotal { minorUnits }
                lines { discount { minorUnits } components { net { minorUnits } }
                    charges { amount { minorUnits } } subscription { id } } }";
            let placed = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
            shop.app.run_jobs().await;
            let (order, line) = (&placed["order"], &placed["order"]["lines"][0]);
            let net = minor_units(&order["totals"]["net"]);
            assert_eq!(net, charged.iter().sum::<i64>(), "{terms}");
            assert_eq!(net, minor_units(&order["chargesTotal"]), "{terms}");
            let full = if *plan == &beside { 5_900 } else { 5_000 };
            assert_eq!(minor_units(&line["discount"]), full - net, "{terms}");
            let components = line["components"].as_array().unwrap().iter();
            let mut components: Vec<_> = components.map(|it| minor_units(&it["net"])).collect();
            components.sort_unstable();
            assert_eq!(components, charged, "{terms}");
            let written = sorted(tv.shop.charges(subscription(order)).await);
            assert_eq!(written, charged, "{terms}");
        }
    }
}

/// A change of eight components writes sixteen lines, which is no reason to hold it.
async fn a_plan_with_many_components_changes_within_the_limits_of_billing(database: Database) {
    let tv = Tv::open(database).await;
    let plan = tv.any().await;
    let other = tv.plan("OTHER", json!({})).await;
    tv.shop.at("2027-04-01T10:00:00Z");
    let sold = tv.order(json!({ "planId": plan })).await;
    let sold = subscription(&sold);
    for (quantity, plan) in [(3, None), (2, Some(&other)), (5, Some(&plan))] {
        let mut change = json!({ "id": sold, "quantity": quantity });
        if let Some(plan) = plan {
            change["plan"] = json!({ "planId": plan });
        }
        let line = tv.shop.order("changeSubscription", change).await;
        let (status, reason) = tv.shop.outcome(&line["id"]).await;
        assert_eq!((status, reason), (OrderStatus::Completed, None));
    }
    let total: i64 = tv.shop.charges(sold).await.iter().sum();
    assert_eq!(total, 5 * 3_600_000);
    assert_eq!(tv.shop.subscription(sold).await.billing_hold_reason, None);
}

async fn what_is_wrong_with_a_plan_is_told_at_once(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let admin = &shop.world.admin;
    let once = shop.instant("ONE_TIME", None, "100").await;
    let used = shop.instant("USAGE", Some("MONTHLY"), "100").await;
    let mut foreign = tv.step_of(&[0]);
    foreign["components"][0]["productId"] =
        json!(Id(entity::ProductId(uuid::Uuid::new_v4())).to_string());
    let mut twice = tv.step_of(&[0, 0]);
    twice["components"][1]["taxBasisPoints"] = Value::Null;
    let mut setup_later = tv.step_of(&[0, 1]);
    setup_later["components"][1]["timing"] = json!("ONCE");
    let first = json!({ "periods": 1, "components": tv.step_of(&[0])["components"] });
    for (terms, fields) in [
        (json!({ "offerId": used }), vec!["offerId"]),
        (json!({ "steps": [] }), vec!["steps"]),
        (json!({ "steps": [foreign] }), vec!["steps.0.components.0.productId"]),
        (
            json!({ "steps": [twice] }),
            vec!["steps.0.components.1.productId", "steps.0.components.1.taxBasisPoints"],
        ),
        (json!({ "steps": [first, setup_later] }), vec!["steps.1.components.1.timing"]),
        (json!({ "steps": [first, tv.step_of(&[1])] }), vec!["steps.1.components"]),
        (json!({ "steps": [tv.step_of(&[0]), tv.step_of(&[0])] }), vec!["steps.0.periods"]),
        (json!({ "steps": [first] }), vec!["steps.0.periods"]),
        (json!({ "offerId": once, "steps": [first, tv.step_of(&[0])] }), vec!["steps"]),
        (
            json!({ "componentChoice": { "choice": "RANGE", "minComponents": 9 } }),
            vec!["componentChoice.minComponents", "componentChoice.maxComponents"],
        ),
        (json!({ "validFrom": "2027-02-01", "validUntil": "2027-02-01" }), vec!["validUntil"]),
        (
            json!({ "priceOverride": { "minimum": "2", "maximum": "1" } }),
            vec!["priceOverride.maximum"],
        ),
    ] {
        let input = tv.terms("WRONG", terms.clone());
        let run = shop.api.run(admin, "createPlan", input, "").await;
        let found: Vec<_> = errors(&run).into_iter().map(|(_, field)| field).collect();
        assert_eq!(found, fields, "{terms}");
    }
    tv.plan("TAKEN", json!({})).await;
    let taken = shop.api.run(admin, "createPlan", tv.terms("TAKEN", json!({})), "").await;
    assert_eq!(errors(&taken), refused("DUPLICATE_PLAN_CODE", "code"));
    let bundle = json!({ "offerId": once, "steps": [tv.step_of(&[0, 1])] });
    let bundle = tv.plan("BUNDLE", bundle).await;
    let line = json!({ "offerId": once, "quantity": 2, "plan": { "planId": bundle } });
    let sold = shop.buy_with(json!({ "lines": [line] })).await.subscription;
    assert_eq!(shop.charges(&sold).await, [200_000, 400_000]);
}

async fn a_rule_or_a_denial_of_a_product_reaches_plans_that_have_it(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let admin = &shop.world.admin;
    let plan = tv.any().await;
    let sports = json!({ "planId": plan, "productIds": [tv.products[0], tv.products[2]] });
    let basic = json!({ "planId": plan, "productIds": [tv.products[0]] });
    let rule = json!({ "name": "Sports", "productId": tv.products[2] });
    shop.api.done(admin, "createApprovalRule", rule, "").await;
    assert_eq!(tv.order(sports.clone()).await["status"], "PENDING_APPROVAL");
    assert_eq!(tv.order(basic.clone()).await["status"], "APPROVED");
    let customer = Id(shop.world.customer_id).to_string();
    let denial = json!({ "customerId": customer, "productId": tv.products[2] });
    shop.api.done(admin, "denyCustomer", denial, "").await;
    let denied = tv.refused(sports).await;
    assert_eq!(denied, refused("OFFER_DENIED", "lines.0.plan.productIds"));
    tv.order(basic).await;
}

/// Of plans, choices, prices and changes as they come: what is previewed is what is written, to the cent.
async fn what_a_plan_is_said_to_charge_is_what_it_charges(database: Database) {
    let tv = Tv::open(database).await;
    let shop = &tv.shop;
    let mut random = StdRng::seed_from_u64(156);
    let mut plans = Vec::new();
    for number in 0..6 {
        let products: Vec<usize> = (0..8).filter(|_| random.random_bool(0.5)).collect();
        let products = if products.is_empty() { vec![0, 7] } else { products };
        let count = random.random_range(1..=3);
        let steps: Vec<_> = (0..count)
            .map(|step| {
                let component = |index: &usize| {
                    let mut component = tv.component(*index, random.random_range(0..9_999));
                    component["taxBasisPoints"] = json!(random.random_range(0..3) * 800);
                    component
                };
                let components: Vec<_> = products.iter().map(component).collect();
                let own =
                    random.random_bool(0.4).then(|| random.random_range(1..20_000).to_string());
                let periods = (step + 1 < count).then(|| random.random_range(1..=3));
                json!({ "periods": periods, "unitAmount": own, "components": components })
            })
            .collect();
        let terms = json!({
            "componentChoice": { "choice": "ANY" }, "priceOverride": {}, "steps": steps,
        });
        plans.push((tv.plan(&format!("R-{number}"), terms).await, products));
    }
    let mut sold = Vec::new();
    let choose = |random: &mut StdRng| {
        let (plan, products) = &plans[random.random_range(0..plans.len())];
        let chosen: Vec<_> = products.iter().filter(|_| random.random_bool(0.6)).collect();
        let chosen: Vec<_> = chosen.into_iter().map(|index| &tv.products[*index]).collect();
        let said = random.random_bool(0.3).then(|| random.random_range(0..15_000).to_string());
        json!({
            "planId": plan, "productIds": (!chosen.is_empty()).then_some(chosen),
            "priceOverride": said, "skipTrial": true,
        })
    };
    for _ in 0..8 {
        let mut line = tv.line(&choose(&mut random));
        line["quantity"] = json!(random.random_range(1..9));
        let customer = Id(shop.world.customer_id).to_string();
        let mut input = json!({ "customerId": customer, "lines": [line] });
        let document = format!(
            "query ($input: CreateOrderInput!) {{ previewOrder(input: $input) {{
                net {{ minorUnits }} gross {{ minorUnits }} userErrors {{ code }}
                lines {{ charges {{ {CHARGE} }} }} }} }}"
        );
        let said =
            shop.api.read(&shop.world.admin, &document, json!({ "input": input.clone() })).await;
        let said = &said["previewOrder"];
        assert_eq!(said["userErrors"], json!([]), "{input}");
        input["submit"] = json!(true);
        let placed = shop.api.done(&shop.world.admin, "createOrder", input, ORDER).await;
        shop.app.run_jobs().await;
        let order = &placed["order"];
        assert_eq!(order["totals"]["gross"], said["gross"]);
        let written = shop.charges(subscription(order)).await;
        assert_eq!(sums(&said["lines"][0]["charges"]), sorted(written));
        sold.push(subscription(order).clone());
    }
    let days = ["2027-02-11", "2027-02-28", "2027-03-17", "2027-05-31", "2027-06-02"];
    for day in days {
        shop.pass(&format!("{day}T21:30:00Z")).await;
        for sold in &sold {
            let quantity = random.random_range(1..9);
            let mut input = json!({ "id": sold, "quantity": quantity });
            if random.random_bool(0.5) {
                input["plan"] = choose(&mut random);
            }
            let document = format!(
                "query ($input: PreviewSubscriptionChangeInput!) {{
                    previewSubscriptionChange(input: $input) {{
                        charges {{ {CHARGE} }} userErrors {{ code field }} }} }}"
            );
            let said =
                shop.api.read(&shop.world.admin, &document, json!({ "input": input.clone() }));
            let said = said.await["previewSubscriptionChange"].take();
            if said["userErrors"] != json!([]) {
                // The same quantity again is nothing to change.
                assert_eq!(said["userErrors"][0]["code"], "VALIDATION_FAILED", "{input}");
                continue;
            }
            let before = shop.charges(sold).await.len();
            shop.api.done(&shop.world.admin, "changeSubscription", input.clone(), "").await;
            shop.app.run_jobs().await;
            let written = shop.charges(sold).await.split_off(before);
            assert_eq!(sums(&said["charges"]), sorted(written), "{day} {input}");
        }
    }
    let document = format!(
        "query ($id: ID!) {{ previewRenewal(subscriptionId: $id, periods: 4) {{
            charges {{ {CHARGE} }} }} }}"
    );
    let mut expected = Vec::new();
    for sold in &sold {
        let said = shop.api.read(&shop.world.customer, &document, json!({ "id": sold })).await;
        let said = sums(&said["previewRenewal"]["charges"]);
        expected.push((said, shop.charges(sold).await.len()));
    }
    shop.pass("2027-10-01T12:00:00Z").await;
    for (sold, (said, before)) in sold.iter().zip(expected) {
        assert_eq!(said, sorted(shop.charges(sold).await.split_off(before)));
    }
}

fn sums(charges: &Value) -> Vec<i64> {
    sorted(charges.as_array().unwrap().iter().map(|it| minor_units(&it["amount"])).collect())
}

fn sorted(mut amounts: Vec<i64>) -> Vec<i64> {
    amounts.sort_unstable();
    amounts
}

/// IFS-18.
async fn a_changed_plan_does_not_reach_what_was_sold(database: Database) {
    let tv = Tv::open(database).await;
    let plan = tv.plan("KEPT", json!({ "steps": [tv.step_of(&[0, 5])] })).await;
    let sold = tv.order(json!({ "planId": plan })).await;
    let change = json!({
        "id": plan, "name": "Other", "steps": [tv.step_of(&[1, 2, 3])], "status": "RETIRED",
        "expectedVersion": 1,
    });
    let admin = &tv.shop.world.admin;
    let selection = "plan { version name steps { stepNumber components { product { name } } } }";
    let changed = tv.shop.api.done(admin, "updatePlan", change.clone(), selection).await;
    assert_eq!(changed["plan"]["version"], 2);
    assert_eq!(changed["plan"]["steps"][0]["components"].as_array().unwrap().len(), 3);
    let late = tv.shop.api.refused(admin, "updatePlan", change).await;
    assert_eq!(late["code"], "VERSION_CONFLICT");
    tv.shop.pass("2027-02-28T12:00:00Z").await;
    let amounts = tv.shop.charges(subscription(&sold)).await;
    assert_eq!(amounts, [100_000, 600_000, 100_000, 600_000]);
}
