//! A billing run over many subscriptions, beside the same statements by hand, and what others notice of it.

use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use sea_orm::{ConnectOptions, Database as Connections};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    arguments::Database,
    baseline::{
        renewals::{self, Renewal},
        writes::Writes,
    },
    fill, http,
    load::{Always, drive},
    processes::Server,
    results::{Row, at_least, at_most, rate},
    world::{Place, World, serve},
};

/// As many as the server bills in one transaction, and in so many at once.
const TOGETHER: usize = 25;
const IN_PARALLEL: usize = 4;
/// How many ask while a run runs.
const CLIENTS: usize = 2;
const PAGE: &str = "{ orders(first: 20) { nodes { number status customer { name } } } }";
const LAST: &str =
    "{ billingRuns(first: 1) { nodes { id status subscriptionsBilled createdAt finishedAt } } }";
const PATIENCE: Duration = Duration::from_hours(1);

/// Bills the subscriptions of a world: a third by the server, a third by hand, and a third by the server while others ask.
pub(crate) async fn measure(place: &mut Place, database: Database) -> anyhow::Result<Vec<Row>> {
    let many: u64 = if place.quick { 500 } else { 100_000 };
    let [since, until, then] = months()?;
    let name = database.name();
    let World { url, server, seller, .. } =
        place.world_with(database, "billing", many * 3, many * 3).await?;
    drop(server);
    let mut options = ConnectOptions::new(&url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Connections::connect(options).await?;
    fill::billing(&connection, since, until).await?;
    fill::settle(&connection).await?;
    let log = place.folder.join(format!("billing-{name}.log"));
    let server = serve(&place.ordergate, &log, &url).await?;

    eprintln!("A billing run, {name}, {many} subscriptions");
    let page = Always::new(vec![http::graphql(&seller, PAGE, &json!({}))]);
    let moment = Duration::from_millis(if place.quick { 500 } else { 6_000 });
    let quiet = drive(server.address, CLIENTS, moment, page.clone()).await?;
    let idle = server.memory()?;
    fill::make_due(&connection, 1, many, until).await?;
    let run = finished(&server, &seller, &Value::Null).await?;
    let above_idle = server.memory()?.saturating_sub(idle) / 1_048_576;
    ensure!(run["subscriptionsBilled"] == many, "not all of {many} were billed: {run}");
    let took = time(&run["finishedAt"])? - time(&run["createdAt"])?;
    let ours = many as f64 / took.as_seconds_f64();

    let renewals = Renewal::read(&connection, (many + 1, many * 2), (until, then)).await?;
    let on_postgres = database == Database::Postgres;
    let in_parallel = if on_postgres { IN_PARALLEL } else { 1 };
    let transactions = renewals::transactions(&renewals, TOGETHER, on_postgres);
    let writes = Writes::open(&url, in_parallel).await?;
    let by_hand = writes.all(in_parallel, transactions).await?;
    let took_by_hand = by_hand.latency.count() as f64 / by_hand.per_second;
    let by_hand = many as f64 / took_by_hand;
    drop(writes);

    fill::make_due(&connection, many * 2 + 1, many * 3, until).await?;
    let length = took.to_std()?.max(Duration::from_millis(500));
    let busy = drive(server.address, CLIENTS, length, page).await?;
    let meanwhile = server.ask(&seller, LAST, &json!({})).await?;
    let meanwhile = &meanwhile["billingRuns"]["nodes"][0];
    ensure!(meanwhile["id"] != run["id"], "no run ran meanwhile");
    let meanwhile = meanwhile["subscriptionsBilled"].as_u64().context("a run counts")?;
    let meanwhile = meanwhile as f64 / length.as_secs_f64();
    finished(&server, &seller, &run["id"]).await?;
    connection.close().await?;
    let ratio = busy.latency.p99().as_secs_f64() / quiet.latency.p99().as_secs_f64();
    Ok(vec![
        Row {
            what: format!("Billing run, {many} subscriptions, {name}"),
            ordergate: format!("{ours:.0}/s; {above_idle} MiB above idle"),
            baseline: format!("{by_hand:.0}/s"),
            found: at_least(ours / by_hand, 0.5),
            to_reach: "≥ 0.50 of the same statements".to_owned(),
            before: None,
        },
        Row {
            what: format!("Page of orders while it runs, and while nothing does, {name}"),
            ordergate: format!(
                "{}; {meanwhile:.0} subscriptions/s meanwhile",
                rate(busy.per_second, &busy.latency)
            ),
            baseline: rate(quiet.per_second, &quiet.latency),
            found: at_most(ratio, 3.0),
            to_reach: "p99 ≤ 3 × quiet".to_owned(),
            before: None,
        },
    ])
}

/// Waits until a run other than `before` has finished.
async fn finished(server: &Server, key: &str, before: &Value) -> anyhow::Result<Value> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let runs = server.ask(key, LAST, &json!({})).await?;
        let last = &runs["billingRuns"]["nodes"][0];
        if last["status"] == "FINISHED" && last["id"] != *before {
            return Ok(last.clone());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("a billing run did not come to its end")
}

fn time(told: &Value) -> anyhow::Result<DateTime<Utc>> {
    Ok(told.as_str().context("a run that has finished tells when")?.parse()?)
}

/// The first of the month before, of this one, and of the next.
#[expect(clippy::disallowed_methods, reason = "the server bills by the time of this machine")]
fn months() -> anyhow::Result<[NaiveDate; 3]> {
    let this = Utc::now().date_naive().with_day(1).context("every month has a first")?;
    let month = Months::new(1);
    Ok([this - month, this, this + month])
}
