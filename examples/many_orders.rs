//! What pages cost when there are many orders.
//!
//! Fills an empty database with 10,000 orders, measures pages through the schema, goes on to as many orders as asked
//! for, measures again, and prints both with the indexes that the statements used. Fails when one read a large table
//! from end to end.
//!
//! ```text
//! cargo run --release --example many_orders -- --database-url sqlite:///tmp/orders.db --orders 1000000
//! ```

#![recursion_limit = "256"]
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "many_orders/fill.rs"]
mod fill;
#[path = "many_orders/plan.rs"]
mod plan;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use async_graphql::{Request, Variables};
use clap::Parser;
use ordergate::{
    app::App,
    clock::Clock,
    graphql::{self, Schema},
    store::Store,
    viewer::{Scope, Viewer},
};
use sea_orm::{Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const FEW: u64 = 10_000;

#[derive(Parser)]
struct Arguments {
    /// An empty SQLite or PostgreSQL database.
    #[arg(long)]
    database_url: String,
    /// How many orders there are at the end.
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// How often each page is read.
    #[arg(long, default_value_t = 51)]
    runs: usize,
}

/// A page, and what one reading of it showed.
struct Measured {
    name: &'static str,
    rows: usize,
    median: Duration,
    plan: Vec<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let separator = if arguments.database_url.contains('?') { '&' } else { '?' };
    let url = match arguments.database_url.strip_prefix("sqlite:") {
        Some(_) => format!("{}{separator}mode=rwc", arguments.database_url),
        None => arguments.database_url.clone(),
    };
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let filling = Database::connect(options).await?;
    {
        use migration::MigratorTrait;
        migration::Migrator::up(&filling, None).await?;
    }
    let begun = Instant::now();
    fill::people_and_catalogue(&filling).await?;
    fill::orders(&filling, 1, FEW).await?;
    let few = measure(&arguments, &filling, FEW).await?;
    fill::orders(&filling, FEW + 1, arguments.orders).await?;
    println!("filled in {:.0?}\n", begun.elapsed());
    let many = measure(&arguments, &filling, arguments.orders).await?;
    print(&few, &many, arguments.orders);
    let walked: Vec<_> = few
        .iter()
        .chain(&many)
        .flat_map(|page| page.plan.iter().map(move |step| (page.name, step)))
        .filter(|(_, step)| plan::walks_a_large_table(step))
        .map(|(name, step)| format!("{name}: {step}"))
        .collect();
    anyhow::ensure!(walked.is_empty(), "read from end to end:\n{}", walked.join("\n"));
    Ok(())
}

type Statements = Arc<Mutex<Vec<Statement>>>;

async fn measure(
    arguments: &Arguments,
    filling: &DatabaseConnection,
    orders: u64,
) -> anyhow::Result<Vec<Measured>> {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let mut store = Store::open(&arguments.database_url, 5, &tasks, &stop).await?;
    let seen = Statements::default();
    let statements = seen.clone();
    store.watch_readers(move |info| {
        statements.lock().unwrap_or_else(PoisonError::into_inner).push(info.statement.clone());
    });
    let schema = graphql::build(Arc::new(App::new(store, Clock::System, &tasks, &stop)));
    let viewers = fill::viewers();
    let mut measured = Vec::new();
    for (name, viewer, arguments_of_page) in pages(&viewers, orders) {
        let read = || ask(&schema, viewer, &arguments_of_page);
        // Reads what the page needs into memory, as the pages before this one would have.
        for _ in 0..3 {
            read().await?;
        }
        seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let rows = read().await?;
        let run = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
        let mut times = Vec::with_capacity(arguments.runs);
        for _ in 0..arguments.runs {
            let begun = Instant::now();
            read().await?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let median = times[times.len() / 2];
        let plan = plan::of(filling, &run).await?;
        measured.push(Measured { name, rows, median, plan });
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(measured)
}

/// The pages: for whom, and with which arguments.
fn pages(viewers: &fill::Viewers, orders: u64) -> Vec<(&'static str, &Viewer, Value)> {
    let newest = json!({ "field": "CREATED_AT", "direction": "DESC" });
    let changed = json!({ "field": "UPDATED_AT", "direction": "DESC" });
    let seller = |name, filter: Value| {
        (name, &viewers.seller, json!({ "filter": filter, "orderBy": newest }))
    };
    let day = fill::hours_before_the_end(orders, 24 * 2, 24);
    vec![
        seller("first page", json!({})),
        ("a hundred orders", &viewers.seller, json!({ "orderBy": newest, "first": 100 })),
        (
            "deep inside",
            &viewers.seller,
            json!({ "orderBy": newest, "after": fill::cursor_at(orders / 2) }),
        ),
        ("last changed first", &viewers.seller, json!({ "orderBy": changed })),
        seller("waiting or on hold", json!({ "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] })),
        seller(
            "most statuses",
            json!({ "statusIn": ["COMPLETED", "FAILED", "CANCELLED", "DRAFT"] }),
        ),
        seller("one customer", json!({ "customerId": fill::customer(17) })),
        seller("one partner", json!({ "partnerId": fill::partner(7) })),
        seller("a product in every order", json!({ "productId": fill::product(0) })),
        seller("a product in few orders", json!({ "productId": fill::product(19) })),
        seller("a product of long ago", json!({ "productId": fill::product(18) })),
        seller(
            "a product, waiting",
            json!({ "productId": fill::product(0), "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] }),
        ),
        seller("an offer of long ago", json!({ "offerId": fill::offer(36) })),
        seller("beginning of a number", json!({ "text": fill::beginning_of_number(orders / 3) })),
        seller("what every number has", json!({ "text": "ord" })),
        seller("name of a customer", json!({ "text": "buyer17" })),
        seller("name of many customers", json!({ "text": "buyer" })),
        seller(
            "name and PO number",
            json!({ "text": format!("contoso {}", fill::po_number(orders / 3)) }),
        ),
        seller("PO number", json!({ "poNumber": fill::po_number(orders / 3) })),
        seller("changed in one day", json!({ "updatedAt": day })),
        ("of a partner and those below", &viewers.partner, json!({ "orderBy": newest })),
        (
            "of a partner, waiting",
            &viewers.partner,
            json!({ "orderBy": newest, "filter": { "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] } }),
        ),
        ("of a customer", &viewers.customer, json!({ "orderBy": newest })),
    ]
}

const PAGE: &str =
    "query ($first: Int = 20, $after: String, $filter: OrderFilter, $orderBy: TimeOrder) {
    orders(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
        edges { cursor node {
            number status customer { name } lines { quantity offer { name } product { name } }
        } }
        pageInfo { hasNextPage endCursor }
    }
}";

/// Reads a page and says how many rows it has.
async fn ask(schema: &Schema, viewer: &Viewer, variables: &Value) -> anyhow::Result<usize> {
    let request = Request::new(PAGE)
        .variables(Variables::from_json(variables.clone()))
        .data(Arc::new(viewer.clone()));
    // In a task, as the server does.
    let schema = schema.clone();
    let answer = tokio::spawn(async move { schema.execute(request).await }).await?;
    anyhow::ensure!(answer.errors.is_empty(), "{variables}: {:?}", answer.errors);
    let data = answer.data.into_json()?;
    Ok(data["orders"]["edges"].as_array().context("a page has edges")?.len())
}

fn print(few: &[Measured], many: &[Measured], orders: u64) {
    println!("| page | rows | {FEW} orders | rows | {orders} orders | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (few, many) in few.iter().zip(many) {
        println!(
            "| {} | {} | {:.2} ms | {} | {:.2} ms | {:.2} |",
            few.name,
            few.rows,
            few.median.as_secs_f64() * 1_000.0,
            many.rows,
            many.median.as_secs_f64() * 1_000.0,
            many.median.as_secs_f64() / few.median.as_secs_f64(),
        );
    }
    println!();
    for page in many {
        println!("{}: {}", page.name, page.plan.join(", "));
    }
}

fn viewer_of(role: entity::Role, scope: Scope) -> Viewer {
    Viewer { role, scope, ..Viewer::system(fill::tenant()) }
}
