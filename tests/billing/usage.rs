//! What is charged by use: who may report it, when it is charged, and what becomes of a report that comes late or twice.

use chrono::NaiveDate;
use domain::viewer::Scope;
use entity::{
    ChargeType, EventKind, InvoiceKind, InvoiceStatus, Role, SubscriptionId, event, invoice,
    usage_report,
};
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop, id};
use crate::{
    on_both_databases,
    support::{database::Database, given::viewer, rows::rows_of},
};

on_both_databases!(
    what_was_used_is_added_up_and_charged_when_the_period_is_over,
    what_is_reported_late_is_on_the_next_invoice_with_its_own_days,
    a_report_is_corrected_by_another_and_never_below_zero,
    the_same_reference_is_the_same_report_or_refused,
    reports_with_one_reference_at_once_are_one,
    what_was_used_is_charged_when_a_subscription_ends_and_after_that,
    a_component_of_a_plan_is_charged_by_use_beside_the_others,
    with_another_price_another_sum_begins,
    what_cannot_have_been_used_is_refused_by_name,
    who_measures_reports_and_everybody_else_reads,
    what_is_on_hold_can_be_used_and_is_charged_when_it_is_released,
    a_preview_foretells_no_use,
);

const REPORT: &str = "usageReport { id quantity startsOn endsOn reference late
    corrects { id } product { id } subscription { id } }";

impl Shop {
    /// An offer of storage: 1–10 at 2.00, 11–20 at 3.00, 21 and more at 5.00.
    async fn storage(&self) -> Value {
        let tier =
            |up_to: Option<i32>, amount: &str| json!({ "upTo": up_to, "unitAmount": amount });
        let tiers = [tier(Some(10), "200"), tier(Some(20), "300"), tier(None, "500")];
        let price = json!({
            "currency": "EUR", "taxBasisPoints": 2500, "model": "TIERED", "tiers": tiers,
        });
        let terms = json!({ "name": "Storage", "prices": [price] });
        self.offer_with("USAGE", Some("MONTHLY"), "0", &terms).await
    }

    /// Reports that something was used on one day.
    async fn used(&self, subscription: &Value, on: &str, quantity: i32, reference: &str) -> Value {
        let input = used(subscription, on, quantity, reference);
        let payload = self.api.done(&self.world.admin, "reportUsage", input, REPORT).await;
        payload["usageReport"].clone()
    }

    async fn not_used(&self, input: Value) -> (String, String) {
        let refused = self.api.refused(&self.world.admin, "reportUsage", input).await;
        let field = refused["field"].as_array().unwrap().first();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&refused["code"]), field.map(text).unwrap_or_default())
    }

    /// What a subscription's lines say: for what, how many, how much, from when until when.
    async fn told(&self, subscription: &Value) -> Vec<(ChargeType, i32, i64, String, String)> {
        let lines = self.lines(subscription).await.into_iter();
        let told = lines.map(|line| {
            let day = |day: Option<NaiveDate>| day.unwrap().to_string();
            let units = line.billed_quantity.unwrap();
            let (from, until) = (day(line.starts_on), day(line.ends_on));
            (line.charge_type, units, line.net_amount, from, until)
        });
        told.collect()
    }

    async fn reports(&self, subscription: &Value) -> u64 {
        usage_report::Entity::find()
            .filter(usage_report::Column::SubscriptionId.eq(id::<SubscriptionId>(subscription)))
            .count(self.app.app.store.readers())
            .await
            .unwrap()
    }

    async fn reported_events(&self, subscription: &Value) -> u64 {
        event::Entity::find()
            .filter(event::Column::SubjectId.eq(id::<SubscriptionId>(subscription).0))
            .filter(event::Column::Kind.eq(EventKind::UsageReported))
            .count(self.app.app.store.readers())
            .await
            .unwrap()
    }
}

fn used(subscription: &Value, on: &str, quantity: i32, reference: &str) -> Value {
    let day: NaiveDate = on.parse().unwrap();
    json!({
        "subscriptionId": subscription, "quantity": quantity, "startsOn": day,
        "endsOn": day.succ_opt(), "reference": reference,
    })
}

fn with(mut input: Value, terms: &Value) -> Value {
    for (field, value) in terms.as_object().unwrap() {
        input[field] = value.clone();
    }
    input
}

/// V165.
async fn what_was_used_is_added_up_and_charged_when_the_period_is_over(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-10T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    assert!(shop.lines(&bought).await.is_empty());
    shop.at("2027-02-09T23:00:00Z");
    for (number, quantity) in [(1, 3), (2, 5), (3, 7)] {
        let on = format!("2027-01-{}", 10 + number);
        let report = shop.used(&bought, &on, quantity, &format!("R-{number}")).await;
        assert_eq!(
            (&report["quantity"], &report["startsOn"], &report["late"]),
            (&json!(quantity), &json!(on), &json!(false))
        );
    }
    assert!(shop.lines(&bought).await.is_empty());
    shop.pass("2027-02-10T00:00:00Z").await;
    let [line] = shop.lines(&bought).await.try_into().unwrap();
    assert_eq!((line.charge_type, line.net_amount), (ChargeType::UsageFee, 3_500));
    // No product of a price and a number: it is printed as one, and its units beside it.
    assert_eq!((line.quantity, line.unit_amount, line.billed_quantity), (1, 3_500, Some(15)));
    assert_eq!((line.description.as_str(), line.tax_basis_points), ("Storage: used", 2_500));
    assert_eq!(line.starts_on.unwrap().to_string(), "2027-01-10");
    assert_eq!(line.ends_on.unwrap().to_string(), "2027-02-10");
    let document = shop.document(line.invoice_id).await;
    assert_eq!((document.status, document.gross_amount), (InvoiceStatus::Issued, 4_375));
    // The next period begins from nothing.
    shop.used(&bought, "2027-02-10", 2, "R-4").await;
    shop.pass("2027-03-10T00:00:00Z").await;
    assert_eq!(shop.charges(&bought).await, [3_500, 400]);
    shop.pass("2027-04-10T00:00:00Z").await;
    assert_eq!(shop.charges(&bought).await.len(), 2);
    assert_eq!(shop.reported_events(&bought).await, 4);
    let read = "query Run($id: ID!) { subscription(id: $id) {
        usage(first: 2) { nodes { reference } pageInfo { hasNextPage } } } }";
    let read = shop.api.read(&shop.world.customer, read, json!({ "id": bought })).await;
    let expected = json!({
        "nodes": [{ "reference": "R-4" }, { "reference": "R-3" }],
        "pageInfo": { "hasNextPage": true },
    });
    assert_eq!(read["subscription"]["usage"], expected);
}

async fn what_is_reported_late_is_on_the_next_invoice_with_its_own_days(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    shop.used(&bought, "2027-01-01", 8, "IN-TIME").await;
    shop.pass("2027-02-03T10:00:00Z").await;
    assert_eq!(shop.charges(&bought).await, [1_600]);
    for (quantity, reference) in [(3, "LATE-1"), (4, "LATE-2")] {
        let report = shop.used(&bought, "2027-01-31", quantity, reference).await;
        assert_eq!(report["late"], true);
    }
    shop.used(&bought, "2027-02-02", 1, "RUNNING").await;
    // Not before the day is over: then all of it at once.
    shop.pass("2027-02-03T23:59:00Z").await;
    assert_eq!(shop.charges(&bought).await, [1_600]);
    shop.pass("2027-02-04T00:00:00Z").await;
    let fee = |units, amount, from: &str, until: &str| {
        (ChargeType::UsageFee, units, amount, from.to_owned(), until.to_owned())
    };
    let january = |units, amount| fee(units, amount, "2027-01-01", "2027-02-01");
    assert_eq!(shop.told(&bought).await, [january(8, 1_600), january(7, 1_900)]);
    shop.pass("2027-03-01T00:00:00Z").await;
    let february = fee(1, 200, "2027-02-01", "2027-03-01");
    assert_eq!(shop.told(&bought).await, [january(8, 1_600), january(7, 1_900), february]);
    let lines = shop.lines(&bought).await;
    assert_ne!(lines[0].invoice_id, lines[1].invoice_id);
    assert_eq!(lines[1].invoice_id, lines[2].invoice_id);
    assert_eq!(shop.document(lines[1].invoice_id).await.status, InvoiceStatus::Issued);
}

async fn a_report_is_corrected_by_another_and_never_below_zero(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    let report = shop.used(&bought, "2027-01-01", 12, "R").await;
    let corrects = |quantity: i32, reference: &str, report: &Value| {
        let counter = used(&bought, "2027-01-01", quantity, reference);
        with(counter, &json!({ "correctsId": report["id"] }))
    };
    let refused = shop.not_used(corrects(-13, "C", &report)).await;
    assert_eq!(refused, ("USAGE_EXCEEDS_REPORT".to_owned(), "quantity".to_owned()));
    let done = async |input: Value| {
        let payload = shop.api.done(&shop.world.admin, "reportUsage", input, REPORT).await;
        payload["usageReport"].clone()
    };
    let counter = done(corrects(-2, "C", &report)).await;
    assert_eq!(counter["corrects"]["id"], report["id"]);
    shop.pass("2027-02-01T00:00:00Z").await;
    assert_eq!(shop.charges(&bought).await, [2_000]);
    // It comes again, and changes nothing.
    assert_eq!(done(corrects(-2, "C", &report)).await["id"], counter["id"]);
    let refused = shop.not_used(corrects(-11, "C-2", &report)).await;
    assert_eq!(refused.0, "USAGE_EXCEEDS_REPORT");
    let late = done(corrects(-10, "C-2", &report)).await;
    assert_eq!(late["late"], true);
    shop.pass("2027-02-02T00:00:00Z").await;
    let lines = shop.lines(&bought).await;
    let told: Vec<_> = lines.iter().map(|it| (it.charge_type, it.net_amount)).collect();
    assert_eq!(told, [(ChargeType::UsageFee, 2_000), (ChargeType::Correction, -2_000)]);
    assert_eq!((lines[0].credited_amount, lines[1].tax_basis_points), (2_000, 2_500));
    assert_eq!(lines[1].description, "Storage: used less");
    for (input, field) in [
        (corrects(-1, "C-3", &counter), "correctsId"),
        (corrects(1, "C-3", &report), "quantity"),
        (used(&bought, "2027-01-01", -1, "C-3"), "correctsId"),
        (with(corrects(-1, "C-3", &report), &json!({ "startsOn": "2026-12-31" })), "startsOn"),
        (with(corrects(-1, "C-3", &report), &json!({ "endsOn": "2027-01-03" })), "endsOn"),
    ] {
        let refused = shop.not_used(input).await;
        assert_eq!(refused, ("VALIDATION_FAILED".to_owned(), field.to_owned()));
    }
    // A draft that comes to less than nothing.
    shop.pass("2027-03-01T00:00:00Z").await;
    let notes = invoice::Entity::find()
        .filter(invoice::Column::Kind.eq(InvoiceKind::CreditNote))
        .all(shop.app.app.store.readers())
        .await
        .unwrap();
    assert_eq!(notes.iter().map(|note| note.net_amount).collect::<Vec<_>>(), [-2_000]);
}

async fn the_same_reference_is_the_same_report_or_refused(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let storage = shop.storage().await;
    let bought = shop.buy(&storage, 1).await.subscription;
    let other = shop.buy(&storage, 1).await.subscription;
    let first = shop.used(&bought, "2027-01-01", 3, "2027-01").await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    assert_eq!(shop.used(&bought, "2027-01-01", 3, " 2027-01 ").await, first);
    for other in [
        used(&bought, "2027-01-01", 4, "2027-01"),
        with(used(&bought, "2027-01-01", 3, "2027-01"), &json!({ "endsOn": "2027-01-03" })),
    ] {
        let refused = shop.not_used(other).await;
        assert_eq!(refused, ("USAGE_REFERENCE_USED".to_owned(), "reference".to_owned()));
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before);
    // Also when its period is over by then.
    shop.pass("2027-02-20T10:00:00Z").await;
    assert_eq!(shop.used(&bought, "2027-01-01", 3, "2027-01").await, first);
    assert_eq!(shop.charges(&bought).await, [600]);
    // A vendor's reference may be about several.
    assert_ne!(shop.used(&other, "2027-01-01", 3, "2027-01").await["id"], first["id"]);
    assert_eq!((shop.reports(&bought).await, shop.reports(&other).await), (1, 1));
}

async fn reports_with_one_reference_at_once_are_one(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    let reports = (0..8).map(|_| shop.used(&bought, "2027-01-01", 3, "SAME"));
    let reports = join_all(reports).await;
    assert!(reports.iter().all(|report| report == &reports[0]));
    assert_eq!((shop.reports(&bought).await, shop.reported_events(&bought).await), (1, 1));
    let many = (0..8).map(|number| {
        let (shop, bought) = (&shop, &bought);
        async move { shop.used(bought, "2027-01-01", 1, &format!("R-{number}")).await }
    });
    join_all(many).await;
    shop.pass("2027-02-01T00:00:00Z").await;
    assert_eq!(shop.charges(&bought).await, [2_300]);
}

async fn what_was_used_is_charged_when_a_subscription_ends_and_after_that(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    shop.at("2027-01-20T10:00:00Z");
    shop.used(&bought, "2027-01-15", 4, "R-1").await;
    shop.order("cancelSubscription", json!({ "id": bought })).await;
    let fee = |units, amount| {
        let (from, until) = ("2027-01-01".to_owned(), "2027-01-20".to_owned());
        (ChargeType::UsageFee, units, amount, from, until)
    };
    assert_eq!(shop.told(&bought).await, [fee(4, 800)]);
    assert_eq!(shop.subscription(&bought).await.next_billing_at, None);
    // The day of the end was a day on which it was there, and the next one was not.
    shop.at("2027-03-05T10:00:00Z");
    let refused = shop.not_used(used(&bought, "2027-01-21", 1, "R-2")).await;
    assert_eq!(refused, ("USAGE_OUTSIDE_PERIOD".to_owned(), "endsOn".to_owned()));
    let late = shop.used(&bought, "2027-01-20", 1, "R-2").await;
    assert_eq!(late["late"], true);
    assert!(shop.subscription(&bought).await.next_billing_at.is_some());
    shop.pass("2027-03-05T12:00:00Z").await;
    assert_eq!(shop.told(&bought).await, [fee(4, 800)]);
    shop.pass("2027-03-06T00:00:00Z").await;
    assert_eq!(shop.told(&bought).await, [fee(4, 800), fee(1, 200)]);
    assert_eq!(shop.subscription(&bought).await.next_billing_at, None);
    shop.pass("2027-04-01T00:00:00Z").await;
    assert!(shop.drafts().await.is_empty());
}

async fn a_component_of_a_plan_is_charged_by_use_beside_the_others(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let product = async |code: &str| {
        let input = json!({
            "code": code, "name": code, "vendor": "Fabrikam", "provisioning": "INSTANT",
        });
        let made = shop.api.done(&shop.world.admin, "createProduct", input, "product { id }").await;
        made["product"]["id"].clone()
    };
    let (seats, storage, calls) =
        (product("SEATS").await, product("STORAGE").await, product("CALLS").await);
    let offer = shop.offer_with("RECURRING", Some("MONTHLY"), "1", &json!({})).await;
    let by_use = |product: &Value, terms: &Value| {
        let component = json!({ "productId": product, "timing": "USAGE", "taxBasisPoints": 1000 });
        with(component, terms)
    };
    let steps = json!([{ "unitAmount": "1000", "components": [
        { "productId": seats, "unitAmount": "1500", "taxBasisPoints": 2500 },
        by_use(&storage, &json!({ "unitAmount": "30" })),
        by_use(&calls, &json!({ "unitAmount": "600", "model": "PACKAGE", "packageSize": 1000 })),
    ] }]);
    let plan = json!({
        "offerId": offer, "code": "ALL", "name": "All", "currency": "EUR", "steps": steps,
        "priceOverride": { "minimum": "900" },
    });
    let plan = shop.api.done(&shop.world.admin, "createPlan", plan, "plan { id }").await;
    let plan = json!({ "planId": plan["plan"]["id"], "priceOverride": "900" });
    let line = json!({ "offerId": offer, "quantity": 2, "plan": plan });
    let document = "query Run($input: CreateOrderInput!) { previewOrder(input: $input) {
        lines { net { minorUnits } unitPrice { minorUnits } } } }";
    let admin = &shop.world.admin;
    let customer_id = Id(shop.world.customer_id).to_string();
    let mut input = json!({ "customerId": customer_id, "lines": [line] });
    let asked = json!({ "input": input.clone() });
    let previewed = shop.api.read(admin, document, asked).await;
    let previewed = &previewed["previewOrder"]["lines"][0];
    // What nobody knows is in no price.
    assert_eq!(previewed["net"]["minorUnits"], "1800");
    assert_eq!(previewed["unitPrice"]["minorUnits"], "900");
    input["submit"] = json!(true);
    let selection = "order { lines { subscription { id } } }";
    let placed = shop.api.done(admin, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let bought = placed["order"]["lines"][0]["subscription"]["id"].clone();
    let sold = shop.subscription(&bought).await;
    assert_eq!((sold.unit_amount, sold.price_model), (900, entity::PriceModel::PerUnit));
    let of = |product: &Value, quantity, reference: &str| {
        let input = used(&bought, "2027-01-01", quantity, reference);
        with(input, &json!({ "productId": product }))
    };
    let refused = shop.not_used(used(&bought, "2027-01-01", 1, "R")).await;
    assert_eq!(refused, ("VALIDATION_FAILED".to_owned(), "productId".to_owned()));
    let refused = shop.not_used(of(&seats, 1, "R")).await;
    assert_eq!(refused, ("USAGE_NOT_CHARGED".to_owned(), "productId".to_owned()));
    for (product, quantity, reference) in
        [(&storage, 7, "S"), (&calls, 900, "C-1"), (&calls, 101, "C-2")]
    {
        let input = of(product, quantity, reference);
        let made = shop.api.done(&shop.world.admin, "reportUsage", input, REPORT).await;
        assert_eq!(made["usageReport"]["product"]["id"], *product);
    }
    shop.pass("2027-02-01T00:00:00Z").await;
    let mut lines = shop.lines(&bought).await;
    lines.sort_by_key(|line| (line.issued_on, line.net_amount));
    let told: Vec<_> = lines
        .iter()
        .map(|it| (it.net_amount, it.quantity, it.unit_amount, it.tax_basis_points))
        .collect();
    assert_eq!(
        told,
        [
            (1_800, 2, 900, 2_500),
            (210, 7, 30, 1_000),
            (1_200, 1, 1_200, 1_000),
            (1_800, 2, 900, 2_500),
        ]
    );
    // What was used is on the invoice of the renewal.
    assert!(lines[1..].iter().all(|line| line.invoice_id == lines[3].invoice_id));
    let once = shop.offer_with("ONE_TIME", None, "1", &json!({})).await;
    let only_used = json!([{ "components": [by_use(&storage, &json!({ "unitAmount": "30" }))] }]);
    for offer in [&once, &offer] {
        let plan = json!({
            "offerId": offer, "code": "W", "name": "W", "currency": "EUR", "steps": only_used,
        });
        let refused = shop.api.refused(&shop.world.admin, "createPlan", plan).await;
        let told = (&refused["code"], &refused["field"][0]);
        assert_eq!(told, (&json!("VALIDATION_FAILED"), &json!("steps")));
    }
}

async fn with_another_price_another_sum_begins(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let offer = shop.instant("USAGE", Some("MONTHLY"), "100").await;
    let bought = shop.buy(&offer, 1).await.subscription;
    let admin = &shop.world.admin;
    let price = json!([{ "currency": "EUR", "unitAmount": "150", "taxBasisPoints": 2500 }]);
    shop.api.done(admin, "updateOffer", json!({ "id": offer, "prices": price }), "").await;
    let moved = json!({
        "offerId": offer, "currency": "EUR", "when": "ON_DATE", "date": "2027-01-20",
    });
    shop.api.done(admin, "migrateSubscriptionPrices", moved, "").await;
    shop.pass("2027-01-25T10:00:00Z").await;
    assert_eq!(shop.subscription(&bought).await.unit_amount, 150);
    shop.used(&bought, "2027-01-19", 10, "BEFORE").await;
    shop.used(&bought, "2027-01-20", 10, "AFTER").await;
    let both = with(used(&bought, "2027-01-19", 1, "BOTH"), &json!({ "endsOn": "2027-01-21" }));
    let refused = shop.not_used(both).await;
    assert_eq!(refused, ("USAGE_OUTSIDE_PERIOD".to_owned(), "endsOn".to_owned()));
    shop.pass("2027-02-01T00:00:00Z").await;
    let told = shop.told(&bought).await;
    let fee = |amount, from: &str, until: &str| {
        (ChargeType::UsageFee, 10, amount, from.to_owned(), until.to_owned())
    };
    assert_eq!(
        told,
        [fee(1_000, "2027-01-01", "2027-01-20"), fee(1_500, "2027-01-20", "2027-02-01")]
    );
}

async fn what_cannot_have_been_used_is_refused_by_name(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-10T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    let seats = shop.instant("RECURRING", Some("MONTHLY"), "100").await;
    let seats = shop.buy(&seats, 1).await.subscription;
    let manual = shop.manual("MONTHLY", "100").await;
    let waiting = shop.buy(&manual, 1).await.subscription;
    shop.pass("2027-02-15T10:00:00Z").await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let report = |on: &str, quantity| used(&bought, on, quantity, "R");
    let (low, high) = ("2027-02-10", "2027-02-15");
    for (input, code, field) in [
        (report("2027-02-16", 1), "USAGE_OUTSIDE_PERIOD", "endsOn"),
        (report("2027-01-09", 1), "USAGE_OUTSIDE_PERIOD", "startsOn"),
        (
            with(report("2027-02-09", 1), &json!({ "endsOn": "2027-02-11" })),
            "USAGE_OUTSIDE_PERIOD",
            "endsOn",
        ),
        (with(report(low, 1), &json!({ "endsOn": low })), "VALIDATION_FAILED", "endsOn"),
        (report(low, 0), "VALIDATION_FAILED", "quantity"),
        (report(low, 1_000_000_001), "QUANTITY_OUT_OF_RANGE", "quantity"),
        (with(report(low, 1), &json!({ "reference": " " })), "VALIDATION_FAILED", "reference"),
        (used(&seats, low, 1, "R"), "USAGE_NOT_CHARGED", "subscriptionId"),
        (used(&waiting, high, 1, "R"), "SUBSCRIPTION_NOT_MODIFIABLE", "subscriptionId"),
        (
            with(report(low, -1), &json!({ "correctsId": usage_id() })),
            "USAGE_REPORT_NOT_FOUND",
            "correctsId",
        ),
    ] {
        assert_eq!(shop.not_used(input).await, (code.to_owned(), field.to_owned()));
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before);
    // As much as there may be, and not one more.
    shop.used(&bought, low, 999_999_999, "R").await;
    let refused = shop.not_used(used(&bought, high, 2, "R-2")).await;
    assert_eq!(refused, ("QUANTITY_OUT_OF_RANGE".to_owned(), "quantity".to_owned()));
    let dear = shop.instant("USAGE", Some("MONTHLY"), "92233720368547758").await;
    let dear = shop.buy(&dear, 1).await.subscription;
    shop.used(&dear, high, 100, "R").await;
    let refused = shop.not_used(used(&dear, high, 1, "R-2")).await;
    assert_eq!(refused, ("AMOUNT_TOO_LARGE".to_owned(), "quantity".to_owned()));
}

fn usage_id() -> String {
    Id(entity::UsageReportId(uuid::Uuid::new_v4())).to_string()
}

async fn who_measures_reports_and_everybody_else_reads(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-10T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    let provisioner = viewer(shop.world.tenant_id, Role::Provisioner, Scope::Tenant);
    let input = used(&bought, "2027-01-10", 3, "R");
    let made = shop.api.done(&provisioner, "reportUsage", input.clone(), REPORT).await;
    let report = &made["usageReport"]["id"];
    // A key that comes again.
    let keyed = with(used(&bought, "2027-01-10", 3, "K"), &json!({ "idempotencyKey": "K" }));
    let first = shop.api.done(&provisioner, "reportUsage", keyed.clone(), REPORT).await;
    assert_eq!(shop.api.done(&provisioner, "reportUsage", keyed, REPORT).await, first);
    // To another seller it does not exist.
    let other = crate::support::given::world_with_approval(&shop.app, false).await;
    let stranger = viewer(other.tenant_id, Role::Provisioner, Scope::Tenant);
    let refused = shop.api.refused(&stranger, "reportUsage", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("SUBSCRIPTION_NOT_FOUND"), &json!(["subscriptionId"]))
    );
    let document = "query Run($id: ID!) { node(id: $id) { ... on UsageReport { quantity } } }";
    for (viewer, found) in [
        (&shop.world.customer, json!({ "quantity": 3 })),
        (&provisioner, json!({ "quantity": 3 })),
        (&stranger, Value::Null),
    ] {
        let read = shop.api.read(viewer, document, json!({ "id": report })).await;
        assert_eq!(read["node"], found);
    }
}

async fn what_is_on_hold_can_be_used_and_is_charged_when_it_is_released(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    shop.used(&bought, "2027-01-01", 8, "R-1").await;
    // Nobody has billed for more than three years.
    shop.pass("2030-06-01T10:00:00Z").await;
    assert!(shop.subscription(&bought).await.billing_hold_reason.is_some());
    let version = shop.subscription(&bought).await.version;
    assert_eq!(shop.used(&bought, "2027-01-02", 7, "R-2").await["late"], true);
    for month in 2..=9 {
        for (year, quantity) in [(2027, 1), (2028, 2)] {
            let on = format!("{year}-0{month}-01");
            shop.used(&bought, &on, quantity, &on).await;
        }
    }
    assert_eq!(shop.subscription(&bought).await.version, version, "a report changes nothing of it");
    shop.api.done(&shop.world.admin, "releaseBillingHold", json!({ "id": bought }), "").await;
    shop.pass("2030-06-02T10:00:00Z").await;
    shop.pass("2030-06-03T10:00:00Z").await;
    let sold = shop.subscription(&bought).await;
    assert_eq!(sold.billing_hold_reason, None, "many periods may be reported on one day");
    let charged = shop.charges(&bought).await;
    assert_eq!(charged.len(), 2 + 16);
    assert_eq!(charged.iter().sum::<i64>(), 3_500 + 8 * 200 + 8 * 400);
}

async fn a_preview_foretells_no_use(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let bought = shop.buy(&shop.storage().await, 1).await.subscription;
    let preview = format!(
        "query Run($id: ID!) {{ previewRenewal(subscriptionId: $id, periods: 2) {{
            charges {{ {CHARGE} }} userErrors {{ code }} }} }}"
    );
    let previewed = async || {
        let asked = json!({ "id": bought });
        let read = shop.api.read(&shop.world.customer, &preview, asked).await;
        let charges = read["previewRenewal"]["charges"].as_array().unwrap().clone();
        charges.iter().map(|it| it["amount"]["minorUnits"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(previewed().await, Vec::<Value>::new());
    shop.used(&bought, "2027-01-01", 4, "R").await;
    // What was reported by now, and nothing for the period after it.
    assert_eq!(previewed().await, [json!("800")]);
    let cancel =
        "query Run($id: ID!) { previewSubscriptionChange(input: { id: $id, action: CANCEL }) {
        charges { chargeType amount { minorUnits } } userErrors { code } } }";
    let read = shop.api.read(&shop.world.customer, cancel, json!({ "id": bought })).await;
    let expected = json!([{ "chargeType": "USAGE_FEE", "amount": { "minorUnits": "800" } }]);
    assert_eq!(read["previewSubscriptionChange"]["charges"], expected);
}
