//! Billing runs: whatever happens to them, what is due is charged once, as it would have been in time.

use std::time::Duration;

use chrono::NaiveDate;
use entity::{
    BillingRunStatus, EventKind, InvoiceKind, InvoiceStatus, billing_run, billing_run::Amounts,
    event, invoice, invoice_line,
};
use ordergate::graphql::id::Id;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::shop::Shop;
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, rows::rows_of},
};

on_both_databases!(
    a_run_charges_what_is_due_and_issues_what_has_closed,
    a_run_that_is_done_again_changes_nothing,
    a_late_run_comes_to_what_runs_in_time_come_to,
    a_run_that_is_cut_off_again_and_again_comes_to_the_same,
    a_subscription_with_too_much_to_catch_up_on_is_held_until_it_is_released,
    a_subscription_that_fails_is_held_and_the_others_go_on,
    a_dry_run_tells_what_a_run_will_do_and_changes_nothing,
    what_a_run_would_charge_is_seen_line_by_line,
    one_run_runs_at_a_time_and_only_a_dry_one_looks_ahead,
    those_who_work_for_the_seller_watch_a_run_and_nobody_else,
);

/// Three subscriptions from 31 January on: by months, by months in another currency, and by years.
async fn sold(shop: &Shop) -> [Value; 3] {
    shop.at("2027-01-31T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let yen = shop.instant_in("JPY", "700").await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let in_yen = json!({ "currency": "JPY", "lines": [{ "offerId": yen, "quantity": 3 }] });
    [
        shop.buy(&monthly, 2).await.subscription,
        shop.buy_with(in_yen).await.subscription,
        shop.buy(&yearly, 1).await.subscription,
    ]
}

async fn a_run_charges_what_is_due_and_issues_what_has_closed(database: Database) {
    let shop = Shop::open(database).await;
    let [monthly, _, yearly] = sold(&shop).await;
    shop.at("2027-03-01T08:00:00Z");
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&monthly).await, [6_200, 6_200]);
    assert_eq!(shop.charges(&yearly).await, [36_500]);
    assert!(shop.drafts().await.is_empty());
    let run = &runs(&shop.app).await[0];
    assert_eq!((run.status, run.dry_run), (BillingRunStatus::Finished, false));
    assert_eq!(run.started_by, "system");
    assert_eq!(
        (run.subscriptions_due, run.subscriptions_billed, run.subscriptions_held),
        (2, 2, 0)
    );
    assert_eq!(run.lines_written, 2);
    let Amounts(amounts) = run.net_amounts.clone().unwrap();
    assert_eq!(amounts, [("EUR".to_owned(), 6_200), ("JPY".to_owned(), 2_100)].into());
    let issued =
        documents(&shop.app).await.iter().filter(|it| it.status != InvoiceStatus::Draft).count();
    let documents: i32 = runs(&shop.app).await.iter().map(|run| run.documents_issued).sum();
    assert_eq!(usize::try_from(documents), Ok(issued));
}

async fn a_run_that_is_done_again_changes_nothing(database: Database) {
    let shop = Shop::open(database).await;
    sold(&shop).await;
    shop.at("2027-05-01T08:00:00Z");
    shop.app.run_jobs().await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    shop.app.run_jobs().await;
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before);
    let input = json!({ "asOf": "2027-04-01T00:00:00Z" });
    shop.api.done(&shop.world.admin, "startBillingRun", input, "").await;
    let lines = invoice_line::Entity::find().all(shop.app.app.store.readers()).await.unwrap().len();
    shop.app.run_jobs().await;
    let runs = runs(&shop.app).await;
    let run = runs.iter().find(|run| run.started_by != "system").unwrap();
    assert_eq!((run.status, run.lines_written), (BillingRunStatus::Finished, 0));
    let after = invoice_line::Entity::find().all(shop.app.app.store.readers()).await.unwrap().len();
    assert_eq!(after, lines);
}

async fn a_late_run_comes_to_what_runs_in_time_come_to(database: Database) {
    let in_time = Shop::open(database.another().await).await;
    let late = Shop::open(database).await;
    for shop in [&in_time, &late] {
        sold(shop).await;
    }
    for day in ["2027-02-28", "2027-03-01", "2027-03-31", "2027-04-01", "2027-04-30", "2027-05-01"]
    {
        in_time.at(&format!("{day}T06:00:00Z"));
        in_time.app.run_jobs().await;
    }
    late.at("2027-05-01T06:00:00Z");
    late.app.run_jobs().await;
    let papers = papers(&in_time.app).await;
    assert!(papers.iter().filter(|paper| paper.status == InvoiceStatus::Issued).count() > 6);
    assert_eq!(self::papers(&late.app).await, papers);
}

async fn a_run_that_is_cut_off_again_and_again_comes_to_the_same(database: Database) {
    let whole = Shop::open(database.another().await).await;
    let cut = Shop::open(database).await;
    for shop in [&whole, &cut] {
        for _ in 0..2 {
            sold(shop).await;
        }
        shop.at("2027-06-01T06:00:00Z");
    }
    whole.app.run_jobs().await;
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..200 {
        cut_off(cut.app.run_jobs(), Duration::from_millis(random.random_range(1..40))).await;
    }
    cut.app.run_jobs().await;
    assert_eq!(papers(&cut.app).await, papers(&whole.app).await);
    let done = runs(&cut.app).await;
    assert!(done.iter().all(|run| run.status == BillingRunStatus::Finished));
    let written =
        |runs: &[billing_run::Model]| runs.iter().map(|run| run.lines_written).sum::<i32>();
    assert_eq!(written(&done), written(&runs(&whole.app).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_bill_once() {
    let whole = Shop::open(Database::postgres().await).await;
    let shared = Shop::open(Database::postgres().await).await;
    for shop in [&whole, &shared] {
        for _ in 0..4 {
            sold(shop).await;
        }
        shop.at("2027-06-01T06:00:00Z");
    }
    whole.app.run_jobs().await;
    let other = shared.app.beside().await;
    let mut random = StdRng::seed_from_u64(11);
    for _ in 0..20 {
        let (one, two) = (random.random_range(1..200), random.random_range(1..200));
        tokio::join!(
            cut_off(shared.app.run_jobs(), Duration::from_millis(one)),
            cut_off(other.run_jobs(), Duration::from_millis(two)),
        );
    }
    tokio::join!(shared.app.run_jobs(), other.run_jobs());
    assert_eq!(papers(&shared.app).await, papers(&whole.app).await);
}

async fn a_subscription_with_too_much_to_catch_up_on_is_held_until_it_is_released(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let [monthly, _, yearly] = sold(&shop).await;
    shop.at("2030-06-30T12:00:00Z");
    let admin = &shop.world.admin;
    let document = "query { previewBilling {
        nodes { subscription { id } charges { dueOn } holdReason } } }";
    let preview = shop.api.read(admin, document, json!({})).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&yearly).await.len(), 4);
    assert_eq!(shop.charges(&monthly).await.len(), 1);
    let document = "query { subscriptions(first: 10, filter: { onBillingHold: true }) {
        nodes { id billingHold { reason since } } } }";
    let held = shop.api.read(admin, document, json!({})).await;
    let held = held["subscriptions"]["nodes"].as_array().unwrap();
    assert_eq!(held.len(), 2);
    let because = &held.iter().find(|it| it["id"] == monthly).unwrap()["billingHold"];
    assert!(because["reason"].as_str().unwrap().contains("36 periods"), "{because}");
    assert_eq!(because["since"], "2030-06-30T12:00:00Z");
    for due in preview["previewBilling"]["nodes"].as_array().unwrap() {
        let own = held.iter().find(|it| it["id"] == due["subscription"]["id"]);
        let reason = own.map_or(&Value::Null, |it| &it["billingHold"]["reason"]);
        assert_eq!(&due["holdReason"], reason);
        assert_eq!(due["charges"].as_array().unwrap().is_empty(), own.is_some());
    }

    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&monthly).await.len(), 1);
    let input = json!({ "id": monthly });
    shop.api.done(admin, "releaseBillingHold", input.clone(), "").await;
    let refused = shop.api.refused(admin, "releaseBillingHold", input).await;
    assert_eq!(refused["code"], "NOT_ON_BILLING_HOLD");
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&monthly).await.len(), 42);
    let row = shop.subscription(&monthly).await;
    assert_eq!((row.billing_hold_reason, row.billing_held_since), (None, None));
    let told: Vec<_> = kinds(&shop.app).await;
    let count = |kind| told.iter().filter(|it| **it == kind).count();
    assert_eq!((count(EventKind::BillingHeld), count(EventKind::BillingReleased)), (2, 1));
}

async fn a_subscription_that_fails_is_held_and_the_others_go_on(database: Database) {
    let shop = Shop::open(database).await;
    let [monthly, in_yen, _] = sold(&shop).await;
    // What nobody can read.
    let number = shop.subscription(&monthly).await.number;
    let broken =
        format!("UPDATE subscription SET plan_instance = '{{}}' WHERE number = '{number}'");
    shop.app.database.execute(&broken).await;
    shop.at("2027-03-01T08:00:00Z");
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&in_yen).await.len(), 2);
    let document = "query Run($id: ID) { subscription(id: $id) { billingHold { reason } } }";
    let held = shop.api.read(&shop.world.admin, document, json!({ "id": monthly })).await;
    let reason = held["subscription"]["billingHold"]["reason"].as_str().unwrap();
    assert!(reason.contains("fault of the service itself"), "{reason}");
    let run = &runs(&shop.app).await[0];
    assert_eq!((run.subscriptions_billed, run.subscriptions_held), (1, 1));
}

async fn a_dry_run_tells_what_a_run_will_do_and_changes_nothing(database: Database) {
    let shop = Shop::open(database).await;
    sold(&shop).await;
    shop.at("2027-02-10T12:00:00Z");
    shop.app.run_jobs().await;
    let tenant_id = shop.world.tenant_id;
    let unaware = |rows: Vec<String>| {
        let own = |row: &String| {
            row.starts_with("billing_run ") || row.starts_with("event") || row.contains("Search")
        };
        rows.into_iter().filter(|row| !own(row)).collect::<Vec<_>>()
    };
    let before = unaware(rows_of(&shop.app, tenant_id).await);
    let input = json!({ "dryRun": true, "asOf": "2027-06-01T12:00:00Z" });
    shop.api.done(&shop.world.admin, "startBillingRun", input, "").await;
    shop.app.run_jobs().await;
    assert_eq!(unaware(rows_of(&shop.app, tenant_id).await), before);
    let dry = runs(&shop.app).await.into_iter().find(|run| run.dry_run).unwrap();
    assert_eq!(dry.status, BillingRunStatus::Finished);

    shop.at("2027-06-01T12:00:00Z");
    shop.app.run_jobs().await;
    let run = runs(&shop.app).await.remove(0);
    assert!(run.lines_written > 6);
    assert_eq!(
        (dry.subscriptions_due, dry.subscriptions_billed, dry.lines_written, &dry.net_amounts),
        (run.subscriptions_due, run.subscriptions_billed, run.lines_written, &run.net_amounts)
    );
}

async fn what_a_run_would_charge_is_seen_line_by_line(database: Database) {
    const PREVIEW: &str = "query ($asOf: DateTime, $first: Int, $after: String) {
        previewBilling(asOf: $asOf, first: $first, after: $after) {
            nodes { subscription { id } dueAt holdReason net { minorUnits }
                charges { description startsOn endsOn amount { minorUnits } } }
            endCursor userErrors { code field } } }";
    let shop = Shop::open(database).await;
    let bought = sold(&shop).await;
    shop.at("2027-02-10T12:00:00Z");
    shop.app.run_jobs().await;
    // A change and a cancellation that wait are in it.
    let admin = &shop.world.admin;
    let waits = json!({ "id": bought[0], "quantity": 5, "when": "ON_RENEWAL" });
    shop.api.done(admin, "changeSubscription", waits, "").await;
    let waits = json!({ "id": bought[1], "when": "ON_DATE", "date": "2027-05-01" });
    shop.api.done(admin, "cancelSubscription", waits, "").await;
    shop.app.run_jobs().await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let then = "2027-06-01T12:00:00Z";
    let whole = shop.api.read(admin, PREVIEW, json!({ "asOf": then })).await;
    let whole = whole["previewBilling"].clone();
    assert_eq!((&whole["endCursor"], &whole["userErrors"]), (&Value::Null, &json!([])));
    // Page by page, it is the same.
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = json!({ "asOf": then, "first": 1, "after": after });
        let page = shop.api.read(admin, PREVIEW, asked).await;
        nodes.extend(page["previewBilling"]["nodes"].as_array().unwrap().iter().cloned());
        after = page["previewBilling"]["endCursor"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(json!(nodes), whole["nodes"]);
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, before);
    let far = shop.api.read(admin, PREVIEW, json!({ "asOf": "2031-01-01T00:00:00Z" })).await;
    let refused = json!([{ "code": "VALIDATION_FAILED", "field": ["asOf"] }]);
    assert_eq!(far["previewBilling"]["userErrors"], refused);

    let written = lines(&shop).await.len();
    shop.at(then);
    shop.app.run_jobs().await;
    let lines = lines(&shop).await;
    let told = nodes.iter().flat_map(|due| {
        let subscription = &due["subscription"]["id"];
        let charges = due["charges"].as_array().unwrap().iter();
        charges.map(|charge| {
            let amount = charge["amount"]["minorUnits"].as_str().unwrap().to_owned();
            let text = |field: &str| charge[field].as_str().unwrap_or_default().to_owned();
            let days = [text("startsOn"), text("endsOn")];
            (subscription.as_str().unwrap().to_owned(), text("description"), days, amount)
        })
    });
    let mut told: Vec<_> = told.collect();
    let mut charged = lines[written..].to_vec();
    told.sort();
    charged.sort();
    assert!(told.len() > 6);
    assert_eq!(told, charged);
    let nothing = shop.api.read(admin, PREVIEW, json!({})).await;
    assert_eq!(nothing["previewBilling"]["nodes"], json!([]));
}

/// What is charged so far: for which subscription, in words, for which days, and how much.
async fn lines(shop: &Shop) -> Vec<(String, String, [String; 2], String)> {
    let lines = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(shop.world.tenant_id))
        .order_by_asc(invoice_line::Column::Id)
        .all(shop.app.app.store.readers())
        .await
        .unwrap();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let told = |line: invoice_line::Model| {
        let subscription = Id(line.subscription_id.unwrap()).to_string();
        let days = [day(line.starts_on), day(line.ends_on)];
        (subscription, line.description, days, line.net_amount.to_string())
    };
    lines.into_iter().map(told).collect()
}

async fn one_run_runs_at_a_time_and_only_a_dry_one_looks_ahead(database: Database) {
    let shop = Shop::open(database).await;
    let seller = shop.world.seller();
    let start = async |input: Value| {
        let selection = "billingRun { id startedBy }";
        let payload = shop.api.done(&seller, "startBillingRun", input, selection).await;
        payload["billingRun"].clone()
    };
    let first = start(json!({})).await;
    assert_eq!(first["startedBy"], seller.subject);
    assert_eq!(start(json!({})).await, first);
    assert_ne!(start(json!({ "dryRun": true })).await, first);
    shop.app.run_jobs().await;
    assert_ne!(start(json!({})).await, first);
    for (as_of, dry_run) in [("2026-03-02T09:00:01Z", false), ("2029-03-02T09:00:01Z", true)] {
        let input = json!({ "asOf": as_of, "dryRun": dry_run });
        let refused = shop.api.refused(&shop.world.admin, "startBillingRun", input).await;
        assert_eq!(refused["field"], json!(["asOf"]));
    }
}

async fn those_who_work_for_the_seller_watch_a_run_and_nobody_else(database: Database) {
    let shop = Shop::open(database).await;
    sold(&shop).await;
    let cursor = shop.api.read(&shop.world.admin, "{ feedCursor }", json!({})).await;
    shop.at("2027-03-01T08:00:00Z");
    shop.app.run_jobs().await;
    shop.app.all_positions_given().await;
    let feed = "subscription Run($after: FeedCursor) {
        events(after: $after, filter: { kindIn: [BILLING_RUN_FINISHED] }) {
        kind subscription { id } billingRun { status linesWritten } } }";
    let after = json!({ "after": cursor["feedCursor"] });
    let told = shop.api.first(Some(&shop.world.admin), feed, after.clone()).await;
    let run = &told["data"]["events"]["billingRun"];
    assert_eq!(*run, json!({ "status": "FINISHED", "linesWritten": 2 }), "{told}");
    let told = shop.api.first(Some(&shop.world.customer), feed, after).await;
    assert_eq!(told, Value::Null);
    let list = "{ billingRuns { totalCount nodes { id } } }";
    let seen = shop.api.read(&shop.world.customer, list, json!({})).await;
    assert_eq!(seen["billingRuns"]["totalCount"], 0);
    let seen = shop.api.read(&shop.world.admin, list, json!({})).await;
    assert!(seen["billingRuns"]["totalCount"].as_i64().unwrap() > 0);
}

/// Lets something run for a while, and then drops it wherever it is.
async fn cut_off(work: impl Future<Output = ()>, after: Duration) {
    drop(tokio::time::timeout(after, work).await);
}

/// Newest first.
async fn runs(app: &TestApp) -> Vec<billing_run::Model> {
    billing_run::Entity::find()
        .order_by_desc(billing_run::Column::CreatedAt)
        .order_by_desc(billing_run::Column::Id)
        .all(app.app.store.readers())
        .await
        .unwrap()
}

async fn documents(app: &TestApp) -> Vec<invoice::Model> {
    invoice::Entity::find().all(app.app.store.readers()).await.unwrap()
}

async fn kinds(app: &TestApp) -> Vec<EventKind> {
    let told = event::Entity::find().all(app.app.store.readers()).await.unwrap();
    told.into_iter().map(|event| event.kind).collect()
}

/// Its first day, its end and the day on which it is issued, its cause, quantity and net amount.
type Line = (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>, String, i32, i64);

/// A document without what depends on when it was written, and its lines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Paper {
    currency: String,
    closes_on: NaiveDate,
    status: InvoiceStatus,
    kind: InvoiceKind,
    amounts: (i64, i64, i64),
    lines: Vec<Line>,
}

async fn papers(app: &TestApp) -> Vec<Paper> {
    let readers = app.app.store.readers();
    let mut papers = Vec::new();
    for document in documents(app).await {
        let lines = invoice_line::Entity::find()
            .filter(invoice_line::Column::InvoiceId.eq(document.id))
            .all(readers)
            .await
            .unwrap();
        let lines = lines.into_iter().map(|line| {
            let days = (line.starts_on, line.ends_on, line.issued_on);
            (days.0, days.1, days.2, line.cause, line.quantity, line.net_amount)
        });
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        papers.push(Paper {
            currency: document.currency,
            closes_on: document.closes_on,
            status: document.status,
            kind: document.kind,
            amounts: (document.net_amount, document.tax_amount, document.gross_amount),
            lines,
        });
    }
    papers.sort();
    papers
}
