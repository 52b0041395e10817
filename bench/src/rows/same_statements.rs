//! Whether the server and the baseline execute the same statements for the same orders, by PostgreSQL's own log.
//!
//! A statement counts by what it does to which table first. On SQLite both do the same without the locks.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, Database as Connections, DatabaseConnection, Statement};

use crate::{
    arguments::Database,
    baseline::writes::{Purchase, Writes},
    load::drive,
    postgres::Postgres,
    rows::writes::{Approving, Creating},
    world::{Place, serve},
};

/// Longer than two requests take.
const LENGTH: Duration = Duration::from_secs(10);
/// How long the baseline does the same one after the other.
const MOMENT: Duration = Duration::from_millis(50);

/// What the statements of a transaction do, in order.
type Transaction = Vec<String>;

/// Creates, submits and approves orders of each kind on both, and fails if their transactions differ.
pub(crate) async fn check(place: &mut Place) -> anyhow::Result<()> {
    for (name, purchase) in [("offers", Purchase::Offers), ("plan", Purchase::Plan)] {
        check_one(place, name, purchase).await?;
    }
    Ok(())
}

async fn check_one(place: &mut Place, name: &str, purchase: Purchase) -> anyhow::Result<()> {
    let Some(log) = place.postgres.as_ref().and_then(Postgres::log) else {
        eprintln!(
            "The statements of the server and of the baseline are not compared: the log is out of reach"
        );
        return Ok(());
    };
    let world = place.world(Database::Postgres, &format!("statements_{name}"), 10).await?;
    drop(world.server);
    let connection = Connections::connect(&world.url).await?;
    let logged = format!("{}?options[log_statement]=all", world.url);

    let begin = fs::read_to_string(&log)?.len();
    let server = serve(&place.ordergate, &place.folder.join("statements.log"), &logged).await?;
    let requests = Arc::new(Creating::new(&world.seller, purchase, Some(1)));
    drive(server.address, 1, LENGTH, requests.clone()).await?;
    all_positions_given(&connection).await?;
    let requests = Arc::new(Approving::new(&world.approver, requests.orders()));
    drive(server.address, 1, LENGTH, requests).await?;
    all_positions_given(&connection).await?;
    drop(server);
    let middle = fs::read_to_string(&log)?.len();
    let writes = Writes::open(&logged, 1).await?;
    let (_, orders) = writes.create(purchase, 1, MOMENT).await?;
    writes.approve(1, LENGTH, orders).await?;
    all_positions_given(&connection).await?;
    drop(writes);

    let log = fs::read_to_string(&log)?;
    let (theirs, ours) = (transactions(&log[begin..middle])?, transactions(&log[middle..])?);
    ensure!(
        theirs == ours,
        "the baseline no longer does what the server does\nserver: {theirs:#?}\nbaseline: {ours:#?}"
    );
    ensure!(theirs.len() == 3, "creating, approving and giving positions are three: {theirs:#?}");
    connection.close().await?;
    Ok(())
}

async fn all_positions_given(connection: &DatabaseConnection) -> anyhow::Result<()> {
    let sql = "SELECT 1 FROM event WHERE position IS NULL";
    let waiting = Statement::from_string(connection.get_database_backend(), sql);
    while connection.query_one_raw(waiting.clone()).await?.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// The different transactions that write events or give them positions. One that finds none without a position changes
/// nothing; those of jobs, which nobody asked for, begin with their lease.
fn transactions(log: &str) -> anyhow::Result<BTreeSet<Transaction>> {
    let mut open: HashMap<&str, Transaction> = HashMap::new();
    let mut found = BTreeSet::new();
    for line in log.lines() {
        let Some((session, sql)) = statement(line) else { continue };
        match sql.split_whitespace().next().unwrap_or_default() {
            "BEGIN" => drop(open.insert(session, Vec::new())),
            "ROLLBACK" => drop(open.remove(session)),
            "COMMIT" => {
                let done = open.remove(session).context("a transaction that never began")?;
                let writes_events =
                    done.iter().any(|act| act == "INSERT event" || act == "UPDATE event_log");
                if writes_events && !done[0].starts_with("SELECT lease") {
                    found.insert(done);
                }
            }
            verb => {
                if let Some(transaction) = open.get_mut(session) {
                    transaction.push(format!("{verb} {}", object(sql)));
                }
            }
        }
    }
    Ok(found)
}

/// The session and the text of a statement, if the line of the log tells of one.
fn statement(line: &str) -> Option<(&str, &str)> {
    let (session, message) = line.split_once(" LOG:  ")?;
    let sql = match message.strip_prefix("statement: ") {
        Some(sql) => sql,
        None => message.strip_prefix("execute ")?.split_once(": ")?.1,
    };
    Some((session, sql))
}

/// The first table that a statement names, and how it locks the rows.
fn object(sql: &str) -> String {
    let mut words = sql.split_whitespace();
    let table = words.find(|word| ["FROM", "INTO", "UPDATE"].contains(word)).and(words.next());
    let table = table.unwrap_or_default().trim_matches('"');
    match sql.rsplit_once(" FOR ") {
        Some((_, lock)) => format!("{table} FOR {}", lock.trim()),
        None => table.to_owned(),
    }
}
