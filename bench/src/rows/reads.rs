//! Queries: the orders page and one order by its id, beside the limit; pages of what else there is, and a small query.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    arguments::{Database, Group, RunArguments},
    documents::{
        APPROVE_ORDER, CREATE_ORDER, CUSTOMERS_PAGE, INVOICES_PAGE, LICENSES_PAGE, ORDER_BY_ID,
        ORDERS_PAGE, SUBSCRIPTIONS_PAGE, VIEWER, approval, new_order,
    },
    fill,
    http::{self, Connection},
    processes::Server,
    race::race,
    results::{NOTHING, Row, at_least},
    world::{DATABASE_CONNECTIONS, Place, World, Worlds},
};

/// How many orders have everything under them.
const WHOLE_ORDERS: u64 = 200;

const CONNECTIONS: usize = 16;

pub(crate) async fn measure(
    place: &Place,
    worlds: &Worlds,
    arguments: &RunArguments,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    if arguments.wants(Group::OrdersPage) {
        rows.extend(orders_page(place, worlds).await?);
    }
    if arguments.wants(Group::OtherPages) {
        for (name, document) in [
            ("customers with partner, orders and lines", CUSTOMERS_PAGE),
            ("subscriptions with license, periods and what is bought", SUBSCRIPTIONS_PAGE),
            ("invoices with totals, lines and subscriptions", INVOICES_PAGE),
            ("licenses with edition and subscription", LICENSES_PAGE),
        ] {
            let what = format!("20 {name}");
            let requests = |world: &World| vec![http::graphql(&world.seller, document, &json!({}))];
            compare_with_before(worlds, requests).await?;
            rows.push(beside_before(place, worlds, &what, requests).await?);
        }
    }
    if arguments.wants(Group::Viewer) {
        let requests = |world: &World| vec![http::graphql(&world.seller, VIEWER, &json!({}))];
        rows.push(beside_before(place, worlds, "Who is asking", requests).await?);
    }
    // Last: it adds orders, and what follows from them, which are not the same in both worlds.
    if arguments.wants(Group::OrderById) {
        rows.push(order_by_id(place, worlds).await?);
    }
    Ok(rows)
}

async fn orders_page(place: &Place, worlds: &Worlds) -> anyhow::Result<Vec<Row>> {
    let requests =
        |world: &World| vec![http::graphql(&world.seller, ORDERS_PAGE, &json!({ "first": 20 }))];
    compare_with_before(worlds, requests).await?;
    let limit = start_limit(place, &worlds.now).await?;
    let of_limit = vec![http::post("/orders", "", "")];
    compare_with_limit(&worlds.now, &requests(&worlds.now), &limit, &of_limit).await?;
    let counts: &[usize] = match worlds.now.database {
        Database::Sqlite => &[16],
        Database::Postgres => &[16, 64],
    };
    let mut rows = Vec::new();
    for connections in counts {
        let questions = Questions {
            what: format!("Orders page, {}, {connections} connections", worlds.now.database.name()),
            connections: *connections,
            requests: worlds.each().map(requests).collect(),
            limit: Some((&limit, of_limit.clone(), 0.7)),
        };
        rows.push(questions.race(place, worlds).await?);
    }
    Ok(rows)
}

async fn order_by_id(place: &Place, worlds: &Worlds) -> anyhow::Result<Row> {
    let mut requests = Vec::new();
    let mut of_limit = Vec::new();
    for world in worlds.each() {
        let orders = whole_orders(world).await?;
        let request = |id: &String| http::graphql(&world.seller, ORDER_BY_ID, &json!({ "id": id }));
        requests.push(orders.iter().map(request).collect::<Vec<_>>());
        let path = |id: &String| format!("/orders/{}", id.trim_start_matches("order_"));
        of_limit = orders.iter().map(|id| http::post(&path(id), "", "")).collect();
    }
    let limit = start_limit(place, &worlds.now).await?;
    if let Some(of_now) = requests.last() {
        compare_with_limit(&worlds.now, of_now, &limit, &of_limit).await?;
    }
    let database = worlds.now.database.name();
    let questions = Questions {
        what: format!("One order with everything under it, {database}, {CONNECTIONS} connections"),
        connections: CONNECTIONS,
        requests,
        limit: Some((&limit, of_limit, 0.6)),
    };
    questions.race(place, worlds).await
}

/// What only the program of before is compared with.
async fn beside_before(
    place: &Place,
    worlds: &Worlds,
    what: &str,
    requests: impl Fn(&World) -> Vec<Vec<u8>>,
) -> anyhow::Result<Row> {
    let questions = Questions {
        what: format!("{what}, {}, {CONNECTIONS} connections", worlds.now.database.name()),
        connections: CONNECTIONS,
        requests: worlds.each().map(requests).collect(),
        limit: None,
    };
    questions.race(place, worlds).await
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

/// The limit must give the bytes that the server gives.
async fn compare_with_limit(
    world: &World,
    requests: &[Vec<u8>],
    limit: &Server,
    of_limit: &[Vec<u8>],
) -> anyhow::Result<()> {
    let mut ordergate = Connection::open(world.server.address).await?;
    let mut limit = Connection::open(limit.address).await?;
    for (ours, theirs) in requests.iter().zip(of_limit) {
        let ours = ordergate.exchange(ours).await?;
        let theirs = limit.exchange(theirs).await?;
        refuse_difference(ours, theirs)?;
        ensure!(ours.len() > 1_000, "the answers are empty");
    }
    Ok(())
}

/// The program of before must give the same answer from the same rows.
async fn compare_with_before(
    worlds: &Worlds,
    requests: impl Fn(&World) -> Vec<Vec<u8>>,
) -> anyhow::Result<()> {
    let mut answers = Vec::new();
    for world in worlds.each() {
        let mut connection = Connection::open(world.server.address).await?;
        for request in requests(world) {
            let answer = connection.exchange(&request).await?.to_vec();
            ensure!(http::data(&answer)? != Value::Null, "the answers are empty");
            answers.push(answer);
        }
    }
    if worlds.before.is_some() {
        let (before, now) = answers.split_at(answers.len() / 2);
        before.iter().zip(now).try_for_each(|(before, now)| refuse_difference(now, before))?;
    }
    Ok(())
}

fn refuse_difference(ours: &[u8], theirs: &[u8]) -> anyhow::Result<()> {
    let same = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let shown = |answer: &[u8]| {
        let near = answer.iter().skip(same.saturating_sub(100)).take(200).copied();
        near.collect::<Vec<_>>().escape_ascii().to_string()
    };
    ensure!(
        ours == theirs,
        "the answers differ at byte {same}:\n{}\n{}",
        shown(ours),
        shown(theirs)
    );
    Ok(())
}

/// The same questions to all servers.
struct Questions<'a> {
    what: String,
    connections: usize,
    /// To each of the worlds.
    requests: Vec<Vec<Vec<u8>>>,
    /// The server that is the limit, how it is asked, and the least ratio to it.
    limit: Option<(&'a Server, Vec<Vec<u8>>, f64)>,
}

impl Questions<'_> {
    async fn race(self, place: &Place, worlds: &Worlds) -> anyhow::Result<Row> {
        eprintln!("{}", self.what);
        let mut servers: Vec<_> =
            worlds.each().map(|world| &world.server).zip(self.requests).collect();
        let least = self.limit.as_ref().map(|(_, _, least)| *least);
        servers.extend(self.limit.map(|(server, requests, _)| (server, requests)));
        let mut runners = race(place, self.connections, servers).await?.into_iter();
        let before = if worlds.before.is_some() { runners.next() } else { None };
        let now = runners.next().context("the present program runs")?;
        let limit = runners.next().zip(least);
        Ok(Row {
            what: self.what,
            ordergate: now.text(),
            baseline: limit.as_ref().map_or(NOTHING.to_owned(), |(limit, _)| limit.text()),
            found: limit.as_ref().and_then(|(limit, least)| at_least(now.ratio_to(limit), *least)),
            to_reach: least.map_or(NOTHING.to_owned(), |least| format!("≥ {least:.2} of `limit`")),
            before: before.map(|before| now.beside(&before)),
        })
    }
}
