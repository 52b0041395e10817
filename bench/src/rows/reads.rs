//! Queries: the orders page, and one order by its id.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    arguments::{Database, Group, RunArguments},
    documents::{APPROVE_ORDER, CREATE_ORDER, ORDER_BY_ID, ORDERS_PAGE, approval, new_order},
    fill,
    http::{self, Connection},
    load::{Always, Throughput, drive},
    processes::Server,
    results::{Row, at_least, rate},
    sample::{Sample, middle},
    world::{DATABASE_CONNECTIONS, Place, World},
};

/// How many orders have everything under them.
const WHOLE_ORDERS: u64 = 200;

pub(crate) async fn measure(
    place: &Place,
    world: &World,
    arguments: &RunArguments,
) -> anyhow::Result<Vec<Row>> {
    let limit = start_limit(place, world).await?;
    let database = world.database.name();
    let mut rows = Vec::new();
    if arguments.wants(Group::OrdersPage) {
        let variables = json!({ "first": 20 });
        let pair = Pair {
            ordergate: vec![http::graphql(&world.seller, ORDERS_PAGE, &variables)],
            limit: vec![http::post("/orders", "", "")],
        };
        pair.compare_answers(world, &limit).await?;
        let (counts, least): (&[usize], f64) = match world.database {
            Database::Sqlite => (&[16], 0.40),
            Database::Postgres => (&[16, 64], 0.65),
        };
        for connections in counts {
            let what = format!("Orders page, {database}, {connections} connections");
            rows.push(pair.race(place, world, &limit, *connections, what, least).await?);
        }
    }
    if arguments.wants(Group::OrderById) {
        let orders = whole_orders(world).await?;
        let pair = Pair {
            ordergate: orders
                .iter()
                .map(|id| http::graphql(&world.seller, ORDER_BY_ID, &json!({ "id": id })))
                .collect(),
            limit: orders
                .iter()
                .map(|id| {
                    http::post(&format!("/orders/{}", id.trim_start_matches("order_")), "", "")
                })
                .collect(),
        };
        pair.compare_answers(world, &limit).await?;
        let what = format!("One order with everything under it, {database}, 16 connections");
        rows.push(pair.race(place, world, &limit, 16, what, 0.6).await?);
    }
    Ok(rows)
}

async fn start_limit(place: &Place, world: &World) -> anyhow::Result<Server> {
    let log = place.folder.join(format!("limit-{}.log", world.database.name()));
    Server::start(&std::env::current_exe()?, &log, |address| {
        let options = [
            ("--listen", address.to_string()),
            ("--database-url", world.url.clone()),
            ("--tenant", fill::tenant().to_string()),
            ("--connections", DATABASE_CONNECTIONS.to_string()),
        ];
        let options = options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        [String::from("limit")].into_iter().chain(options).collect()
    })
    .await
}

/// Orders that went through the API: submitted, and approved.
async fn whole_orders(world: &World) -> anyhow::Result<Vec<String>> {
    let mut orders = Vec::new();
    for turn in 0..WHOLE_ORDERS {
        let created = world.server.ask(&world.seller, CREATE_ORDER, &new_order(turn)).await?;
        let id = created["createOrder"]["order"]["id"].as_str();
        let id = id.with_context(|| format!("an order was not created: {created}"))?;
        let approved = world.server.ask(&world.approver, APPROVE_ORDER, &approval(id)).await?;
        ensure!(approved["approveOrder"]["userErrors"] == json!([]), "not approved: {approved}");
        orders.push(id.to_owned());
    }
    // Until their events have positions.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(orders)
}

/// The same questions to both servers.
struct Pair {
    ordergate: Vec<Vec<u8>>,
    limit: Vec<Vec<u8>>,
}

impl Pair {
    async fn compare_answers(&self, world: &World, limit: &Server) -> anyhow::Result<()> {
        let mut ordergate = Connection::open(world.server.address).await?;
        let mut limit = Connection::open(limit.address).await?;
        for (ours, theirs) in self.ordergate.iter().zip(&self.limit) {
            let ours = http::data(ordergate.exchange(ours).await?)?;
            let theirs = limit.exchange(theirs).await?;
            let bytes = theirs.len();
            let theirs = http::data(theirs)?;
            ensure!(ours == theirs, "the answers differ:\n{ours}\n{theirs}");
            ensure!(ours != Value::Null && bytes > 1_000, "the answers are empty");
        }
        Ok(())
    }

    /// Lets both run in turn, three times, and compares what each reached in the middle one.
    async fn race(
        &self,
        place: &Place,
        world: &World,
        limit: &Server,
        connections: usize,
        what: String,
        least: f64,
    ) -> anyhow::Result<Row> {
        let (warm_up, length) = if place.quick { (200, 500) } else { (2_000, 6_000) };
        eprintln!("{what}");
        let (ours, theirs) = (Always::new(self.ordergate.clone()), Always::new(self.limit.clone()));
        let mut runs = (Vec::new(), Vec::new());
        for _ in 0..3 {
            for (server, requests, runs) in
                [(&world.server, &ours, &mut runs.0), (limit, &theirs, &mut runs.1)]
            {
                let drive = |length| {
                    let requests: Arc<Always> = requests.clone();
                    drive(server.address, connections, Duration::from_millis(length), requests)
                };
                drive(warm_up).await?;
                runs.push(drive(length).await?);
            }
        }
        let ratio = middle(
            runs.0
                .iter()
                .zip(&runs.1)
                .map(|(ours, theirs)| ours.per_second / theirs.per_second)
                .collect(),
        );
        let (ours, theirs) = (in_the_middle(runs.0), in_the_middle(runs.1));
        Ok(Row {
            what,
            ordergate: rate(ours.per_second, &ours.latency),
            baseline: rate(theirs.per_second, &theirs.latency),
            found: at_least(ratio, least),
            to_reach: format!("≥ {least:.2} of `limit`"),
        })
    }
}

pub(crate) fn in_the_middle(mut runs: Vec<Throughput>) -> Throughput {
    runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let middle = runs.len() / 2;
    runs.into_iter()
        .nth(middle)
        .unwrap_or(Throughput { per_second: 0.0, latency: Sample::default() })
}
