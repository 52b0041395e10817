//! What previews and orders say is what is charged.

use entity::{InvoiceLineId, invoice_line};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop};
use crate::{
    on_both_databases,
    support::{database::Database, given, rows::rows_of},
};

on_both_databases!(
    what_a_preview_says_is_what_the_order_says_and_what_is_charged,
    what_is_previewed_of_renewals_is_what_they_charge,
    a_preview_changes_nothing_and_is_refused_as_the_change_is,
    an_order_says_what_its_purchases_charge,
);

/// A change, when it is ordered, and the moment after which it has taken effect.
struct Case {
    offer: usize,
    mutation: &'static str,
    input: Value,
    done: &'static str,
}

const NOW: &str = "2027-02-10T22:30:00Z";
const RENEWED: &str = "2027-02-28T09:00:00Z";
const DAY: &str = "2027-02-20T09:00:00Z";

/// Not only what a period costs: a share of the first, or all that has become due since, or nothing yet.
async fn an_order_says_what_its_purchases_charge(database: Database) {
    let shop = Shop::open(database).await;
    let settings = json!({ "pastStartDays": 1000 });
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
    shop.at("2027-01-15T12:00:00Z");
    let calendar = json!({ "billingAlignment": "CALENDAR" });
    let arrears = json!({ "billingTiming": "IN_ARREARS" });
    let monthly =
        async |terms: &Value| shop.offer_with("RECURRING", Some("MONTHLY"), "3100", terms).await;
    let offers = [monthly(&calendar).await, monthly(&arrears).await, monthly(&json!({})).await];
    for (offer, starts_on, expected) in [
        (&offers[0], None, &[1_700][..]),
        (&offers[1], None, &[]),
        (&offers[2], None, &[3_100]),
        (&offers[2], Some("2026-11-30"), &[3_100; 2]),
        (&offers[0], Some("2026-12-31"), &[100, 3_100]),
    ] {
        let line = json!({ "offerId": offer, "quantity": 1, "startsOn": starts_on });
        let input = json!({ "lines": [line], "submit": true });
        let previewed = preview_order(&shop, &input).await;
        let selection = "order { lines { charges { amount { minorUnits } } subscription { id } }
            totals { net { minorUnits } gross { minorUnits } } chargesTotal { minorUnits } }";
        let placed = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
        let order = &placed["order"];
        let (line, totals) = (&order["lines"][0], &order["totals"]);
        assert_eq!(previewed["lines"][0]["charges"], line["charges"]);
        assert_eq!((&previewed["net"], &previewed["gross"]), (&totals["net"], &totals["gross"]));
        assert_eq!(previewed["chargesTotal"], order["chargesTotal"]);
        assert_eq!(minor_units(&previewed["chargesTotal"]), expected.iter().sum::<i64>());
        let said = line["charges"].as_array().unwrap().iter();
        let told: Vec<i64> = said.map(|charge| minor_units(&charge["amount"])).collect();
        shop.app.run_jobs().await;
        let mut charged = shop.charges(&line["subscription"]["id"]).await;
        charged.sort_unstable();
        assert_eq!((told.as_slice(), charged.as_slice()), (expected, expected));
    }
    let weekly = shop.instant("RECURRING", Some("WEEKLY"), "100").await;
    let line = json!({ "offerId": weekly, "quantity": 1, "startsOn": "2026-01-15" });
    let input = json!({ "lines": [line] });
    let previewed = preview_order(&shop, &input).await;
    let refused = shop.api.refused(&shop.world.customer, "createOrder", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("BILLING_LIMIT_EXCEEDED"), &json!(["lines", "0", "startsOn"]))
    );
    assert_eq!(previewed["userErrors"][0]["code"], refused["code"]);
    assert_eq!(previewed["net"], Value::Null);
}

async fn preview_order(shop: &Shop, input: &Value) -> Value {
    let query = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
        lines { charges { amount { minorUnits } } } net { minorUnits } gross { minorUnits }
        chargesTotal { minorUnits } userErrors { code } } }";
    let answer = shop.api.read(&shop.world.customer, query, json!({ "input": input })).await;
    answer["previewOrder"].clone()
}

fn minor_units(money: &Value) -> i64 {
    money["minorUnits"].as_str().unwrap().parse().unwrap()
}

async fn what_a_preview_says_is_what_the_order_says_and_what_is_charged(database: Database) {
    let shop = Shop::open(database).await;
    let settings = |credit_by| json!({ "timeZone": "Europe/Berlin", "creditBy": credit_by });
    let admin = &shop.world.admin;
    shop.api.done(admin, "updateTenantSettings", settings("CORRECTION_LINE"), "").await;
    shop.at("2027-01-31T10:00:00Z");
    let mut offers = Vec::new();
    for (period, price, timing) in [
        ("MONTHLY", "3133", "IN_ADVANCE"),
        ("MONTHLY", "4999", "IN_ADVANCE"),
        ("YEARLY", "36500", "IN_ADVANCE"),
        ("MONTHLY", "3133", "IN_ARREARS"),
    ] {
        let terms = json!({ "billingTiming": timing });
        offers.push(shop.offer_with("RECURRING", Some(period), price, &terms).await);
    }
    offers.push(shop.instant("ONE_TIME", None, "25000").await);
    let offer = |index: usize| offers[index].clone();
    let case = |offer, mutation, input, done| Case { offer, mutation, input, done };
    let change = "changeSubscription";
    let cases = [
        case(0, change, json!({ "quantity": 8 }), NOW),
        case(0, change, json!({ "quantity": 2 }), NOW),
        case(0, change, json!({ "offerId": offer(1) }), NOW),
        case(1, change, json!({ "offerId": offer(0), "quantity": 7 }), NOW),
        case(0, change, json!({ "offerId": offer(2) }), NOW),
        case(0, change, json!({ "offerId": offer(2), "keepAnchor": true }), NOW),
        case(2, change, json!({ "offerId": offer(0) }), NOW),
        case(0, "cancelSubscription", json!({}), NOW),
        case(0, "suspendSubscription", json!({}), NOW),
        case(3, change, json!({ "quantity": 8 }), NOW),
        case(3, "cancelSubscription", json!({}), NOW),
        case(4, change, json!({ "quantity": 8 }), NOW),
        case(0, change, json!({ "quantity": 8, "when": "ON_RENEWAL" }), RENEWED),
        case(0, change, json!({ "offerId": offer(1), "when": "ON_RENEWAL" }), RENEWED),
        case(0, change, json!({ "offerId": offer(2), "when": "ON_RENEWAL" }), RENEWED),
        case(0, "cancelSubscription", json!({ "when": "ON_RENEWAL" }), RENEWED),
        case(0, "setAutoRenew", json!({ "autoRenew": false }), RENEWED),
        case(0, change, json!({ "quantity": 2, "when": "ON_DATE", "date": "2027-02-20" }), DAY),
        case(
            0,
            change,
            json!({ "offerId": offer(1), "when": "ON_DATE", "date": "2027-02-20" }),
            DAY,
        ),
        case(0, "cancelSubscription", json!({ "when": "ON_DATE", "date": "2027-02-20" }), DAY),
    ];
    let mut sold = Vec::new();
    for case in &cases {
        sold.push(shop.buy(&offers[case.offer], 5).await.subscription);
    }
    // Half past eleven in Berlin.
    shop.pass(NOW).await;
    let mut promised = Vec::new();
    for (case, subscription) in cases.iter().zip(&sold) {
        let before = lines_of(&shop, subscription).await;
        let said = order(&shop, case, subscription).await;
        promised.push((before, said));
    }
    for moment in [NOW, DAY, RENEWED] {
        shop.pass(moment).await;
        for ((case, subscription), (before, said)) in cases.iter().zip(&sold).zip(&promised) {
            if case.done == moment {
                let charged = charged_since(&shop, subscription, before).await;
                assert_eq!(&charged, said, "{} {}", case.mutation, case.input);
            }
        }
    }

    shop.api.done(admin, "updateTenantSettings", settings("CREDIT_NOTE"), "").await;
    for quantity in [3, 9] {
        let case = case(0, change, json!({ "quantity": quantity }), RENEWED);
        let before = lines_of(&shop, &sold[0]).await;
        let said = order(&shop, &case, &sold[0]).await;
        assert_eq!(charged_since(&shop, &sold[0], &before).await, said);
    }
}

async fn what_is_previewed_of_renewals_is_what_they_charge(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3133").await;
    let large = shop.instant("RECURRING", Some("MONTHLY"), "4999").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    shop.pass("2027-02-10T10:00:00Z").await;
    for input in [
        json!({ "quantity": 8, "when": "ON_DATE", "date": "2027-03-10" }),
        json!({ "offerId": large, "when": "ON_RENEWAL" }),
    ] {
        let mut input = input;
        input["id"] = sold.clone();
        shop.order("changeSubscription", input).await;
    }
    let document = format!(
        "query Run($id: ID!) {{ previewRenewal(subscriptionId: $id, periods: 3) {{
            asOf net {{ minorUnits }} charges {{ {CHARGE} }} userErrors {{ code }} }} }}"
    );
    let answer = shop.api.read(&shop.world.customer, &document, json!({ "id": sold })).await;
    let preview = &answer["previewRenewal"];
    assert_eq!(preview["userErrors"], json!([]));
    let before = lines_of(&shop, &sold).await;
    shop.pass("2027-05-01T10:00:00Z").await;
    let charged = charged_since(&shop, &sold, &before).await;
    assert_eq!(sorted(&preview["charges"]), charged);
    assert_eq!(charged.len(), 4, "{charged:?}");

    let end = json!({ "id": sold, "when": "ON_RENEWAL" });
    shop.order("cancelSubscription", end).await;
    let answer = shop.api.read(&shop.world.customer, &document, json!({ "id": sold })).await;
    assert_eq!(answer["previewRenewal"]["charges"], json!([]));
    let document = document.replace("periods: 3", "periods: 37");
    let answer = shop.api.read(&shop.world.customer, &document, json!({ "id": sold })).await;
    assert_eq!(answer["previewRenewal"]["userErrors"], json!([{ "code": "VALIDATION_FAILED" }]));
}

async fn a_preview_changes_nothing_and_is_refused_as_the_change_is(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T10:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3133").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    shop.pass("2027-02-10T10:00:00Z").await;
    let rows = rows_of(&shop.app, shop.world.admin.tenant_id).await;
    let customer = &shop.world.customer;
    for input in [
        json!({ "quantity": 8 }),
        json!({ "action": "SUSPEND" }),
        json!({ "action": "CANCEL", "when": "ON_RENEWAL" }),
        json!({ "autoRenew": false, "when": "ON_RENEWAL" }),
    ] {
        let said = preview(&shop, customer, input, &sold).await;
        assert_eq!(said["userErrors"], json!([]));
    }
    for (input, code, field) in [
        (json!({ "quantity": 5 }), "VALIDATION_FAILED", json!(["quantity"])),
        (json!({ "quantity": 6, "when": "ON_DATE" }), "VALIDATION_FAILED", json!(["date"])),
        (json!({ "action": "BUY" }), "VALIDATION_FAILED", json!(["action"])),
        (json!({ "action": "CANCEL", "quantity": 2 }), "VALIDATION_FAILED", json!(["action"])),
        (json!({ "autoRenew": true }), "VALIDATION_FAILED", json!(["when"])),
        (json!({ "autoRenew": true, "quantity": 1 }), "VALIDATION_FAILED", json!(["autoRenew"])),
        (json!({ "action": "RESUME" }), "SUBSCRIPTION_NOT_MODIFIABLE", json!(["id"])),
    ] {
        let said = preview(&shop, customer, input.clone(), &sold).await;
        let error = &said["userErrors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{input}");
        assert_eq!((&said["net"], &said["charges"]), (&json!(null), &json!([])));
    }
    let stranger = given::world(&shop.app).await.admin;
    let said = preview(&shop, &stranger, json!({ "quantity": 8 }), &sold).await;
    assert_eq!(said["userErrors"][0]["code"], "SUBSCRIPTION_NOT_FOUND");
    assert_eq!(rows_of(&shop.app, shop.world.admin.tenant_id).await, rows);
}

/// Asks what a change will charge, and orders it: the order says the same. Gives the lines.
async fn order(shop: &Shop, case: &Case, subscription: &Value) -> Vec<String> {
    let mut asked = case.input.clone();
    if case.mutation == "setAutoRenew" {
        asked["when"] = json!("ON_RENEWAL");
    }
    let action = case.mutation.strip_suffix("Subscription").unwrap_or("change").to_uppercase();
    asked["action"] = json!(action);
    let said = preview(shop, &shop.world.customer, asked, subscription).await;
    assert_eq!(said["userErrors"], json!([]), "{} {}", case.mutation, case.input);
    let mut input = case.input.clone();
    input["id"] = subscription.clone();
    input["expectedTotal"] = said["net"]["minorUnits"].clone();
    let line = shop.order(case.mutation, input).await;
    assert_eq!(line["charges"], said["charges"]);
    assert_eq!(line["net"], said["net"]);
    sorted(&said["charges"])
}

async fn preview(
    shop: &Shop,
    caller: &domain::viewer::Viewer,
    mut input: Value,
    subscription: &Value,
) -> Value {
    input["id"] = subscription.clone();
    let document = format!(
        "query Run($input: PreviewSubscriptionChangeInput!) {{
            previewSubscriptionChange(input: $input) {{ asOf takesEffectOn net {{ minorUnits }}
                charges {{ {CHARGE} }} userErrors {{ code field }} }} }}"
    );
    let mut answer = shop.api.read(caller, &document, json!({ "input": input })).await;
    answer["previewSubscriptionChange"].take()
}

async fn lines_of(shop: &Shop, subscription: &Value) -> Vec<InvoiceLineId> {
    shop.lines(subscription).await.into_iter().map(|line| line.id).collect()
}

/// What was charged beside these lines, in the words of the API.
async fn charged_since(shop: &Shop, subscription: &Value, before: &[InvoiceLineId]) -> Vec<String> {
    let mut lines = shop.lines(subscription).await;
    lines.retain(|line| !before.contains(&line.id));
    let told = |line: &invoice_line::Model| {
        json!({
            "chargeType": line.charge_type.as_str(), "description": line.description,
            "startsOn": line.starts_on, "endsOn": line.ends_on,
            "share": { "days": line.share_days, "ofDays": line.share_of_days },
            "quantity": line.billed_quantity,
            "amount": { "minorUnits": line.net_amount.to_string() }, "dueOn": line.due_on,
        })
    };
    sorted(&lines.iter().map(told).collect())
}

fn sorted(charges: &Value) -> Vec<String> {
    let mut charges: Vec<_> = charges.as_array().unwrap().iter().map(ToString::to_string).collect();
    charges.sort();
    charges
}
