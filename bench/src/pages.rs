//! Pages of every kind, at ten thousand and at a million orders.

use std::{
    fmt::Write,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    arguments::{Database, RunArguments},
    fill,
    http::{self, Connection},
    processes::{Server, run},
    results::{Row, at_most},
    sample::{Sample, milliseconds},
    world::{Place, open_to_fill, serve},
};

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;

/// The most that a page may cost among many orders, by what it costs among few.
const MOST: f64 = 1.3;

/// Orders, and the server that has them.
struct Side {
    orders: u64,
    keys: Keys,
    server: Server,
}

/// The pages of one of the servers, and who asks it for them.
struct Reader {
    connection: Connection,
    pages: Vec<Page>,
}

struct Page {
    name: &'static str,
    request: Vec<u8>,
    rows: usize,
    times: Vec<Duration>,
}

/// A page, and what readings of it showed.
struct Measured {
    name: &'static str,
    rows: usize,
    median: Duration,
}

/// Who reads.
struct Keys {
    seller: String,
    partner: String,
    customer: String,
}

/// Measures one page after the other, on one connection to each of two databases, in turn: how the database finds them is
/// what matters here.
pub(crate) async fn measure(
    place: &mut Place,
    arguments: &RunArguments,
) -> anyhow::Result<(Vec<Row>, String)> {
    let (few, many) = if place.quick { (1_000, 10_000) } else { (FEW, MANY) };
    let (mut rows, mut text) = (Vec::new(), String::new());
    for database in arguments.databases() {
        eprintln!("{}: pages at {few} and at {many} orders", database.name());
        let few = Side::start(place, *database, "few", few).await?;
        let many = Side::start(place, *database, "many", many).await?;
        let (among_few, among_many) = read_all(place, &few, &many).await?;
        rows.push(summary(*database, &among_few, &among_many));
        write!(text, "{}", table(*database, (few.orders, &among_few), (many.orders, &among_many)))?;
    }
    Ok((rows, text))
}

impl Side {
    async fn start(
        place: &mut Place,
        database: Database,
        name: &str,
        orders: u64,
    ) -> anyhow::Result<Self> {
        let url = place.empty(database, name).await?;
        let filling = open_to_fill(&place.ordergate, &url).await?;
        fill::people_and_catalogue(&filling).await?;
        fill::orders(&filling, 1, orders).await?;
        fill::settle(&filling).await?;
        filling.close().await?;
        let keys = Keys::create(place, &url)?;
        let log = place.folder.join(format!("{name}-{}.log", database.name()));
        let server = serve(&place.ordergate, &log, &url).await?;
        Ok(Self { orders, keys, server })
    }
}

impl Reader {
    /// Reads into memory what the pages need, as those before them would have.
    async fn of(side: &Side) -> anyhow::Result<Self> {
        let mut connection = Connection::open(side.server.address).await?;
        let mut read = Vec::new();
        for (name, key, variables) in pages(&side.keys, side.orders) {
            let request = http::graphql(key, PAGE, &variables);
            for _ in 0..3 {
                connection.exchange(&request).await?;
            }
            let answer = http::data(connection.exchange(&request).await?)?;
            let edges = answer["orders"]["edges"].as_array().context("a page has edges")?;
            read.push(Page { name, request, rows: edges.len(), times: Vec::new() });
        }
        Ok(Self { connection, pages: read })
    }

    async fn read(&mut self, page: usize) -> anyhow::Result<()> {
        let Page { name, request, times, .. } = &mut self.pages[page];
        let begun = Instant::now();
        let answer = self.connection.exchange(request).await.context(*name)?;
        times.push(begun.elapsed());
        ensure!(answer.starts_with(b"{\"data\""), "{name}: {}", answer.escape_ascii());
        Ok(())
    }

    fn measured(self) -> Vec<Measured> {
        let measured = |page: Page| {
            let median = Sample::of(page.times).median();
            Measured { name: page.name, rows: page.rows, median }
        };
        self.pages.into_iter().map(measured).collect()
    }
}

impl Keys {
    fn create(place: &Place, url: &str) -> anyhow::Result<Self> {
        let key = |arguments: &[&str]| {
            let tenant = fill::tenant_id();
            run(Command::new(&place.ordergate)
                .args([
                    "key",
                    "create",
                    "--tenant",
                    &tenant,
                    "--name",
                    "bench",
                    "--database-url",
                    url,
                ])
                .args(arguments))
        };
        Ok(Self {
            seller: key(&["--role", "seller"])?,
            partner: key(&["--role", "partner", "--partner", &fill::partner(7)])?,
            customer: key(&["--role", "customer", "--customer", &fill::customer(17)])?,
        })
    }
}

/// Reads every page once, and again from the first: what disturbs the machine for a while is to disturb all pages a little,
/// on both sides, and not one of them much.
async fn read_all(
    place: &Place,
    few: &Side,
    many: &Side,
) -> anyhow::Result<(Vec<Measured>, Vec<Measured>)> {
    let rounds = if place.quick { 5 } else { 101 };
    let (mut among_few, mut among_many) = (Reader::of(few).await?, Reader::of(many).await?);
    for _ in 0..rounds {
        for page in 0..among_few.pages.len() {
            among_few.read(page).await?;
            among_many.read(page).await?;
        }
    }
    Ok((among_few.measured(), among_many.measured()))
}

/// The pages: for whom, and with which arguments.
fn pages(keys: &Keys, orders: u64) -> Vec<(&'static str, &str, Value)> {
    let newest = json!({ "field": "CREATED_AT", "direction": "DESC" });
    let changed = json!({ "field": "UPDATED_AT", "direction": "DESC" });
    let seller = |name, filter: Value| {
        (name, keys.seller.as_str(), json!({ "filter": filter, "orderBy": newest }))
    };
    let day = fill::hours_before_the_end(orders, 24 * 2, 24);
    vec![
        seller("first page", json!({})),
        ("a hundred orders", &keys.seller, json!({ "orderBy": newest, "first": 100 })),
        (
            "deep inside",
            &keys.seller,
            json!({ "orderBy": newest, "after": fill::cursor_at(orders / 2) }),
        ),
        ("last changed first", &keys.seller, json!({ "orderBy": changed })),
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
        ("of a partner and those below", &keys.partner, json!({ "orderBy": newest })),
        (
            "of a partner, waiting",
            &keys.partner,
            json!({ "orderBy": newest, "filter": { "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] } }),
        ),
        ("of a customer", &keys.customer, json!({ "orderBy": newest })),
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

fn summary(database: Database, few: &[Measured], many: &[Measured]) -> Row {
    let (slowest, worst) = few
        .iter()
        .zip(many)
        .map(|(few, many)| (many.name, growth(few, many)))
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .unwrap_or_default();
    let first = |pages: &[Measured]| {
        pages.first().map_or_else(String::new, |page| milliseconds(page.median))
    };
    Row {
        what: format!(
            "Pages of {} kinds, {}, a hundred times as many orders",
            many.len(),
            database.name()
        ),
        ordergate: format!("first page {} → {}; most grown: {slowest}", first(few), first(many)),
        baseline: "the same with the few".to_owned(),
        found: at_most(worst, MOST),
        to_reach: format!("≤ {MOST}"),
        before: None,
    }
}

/// How much more a page costs among many orders. One that had fewer rows among the few says nothing.
fn growth(few: &Measured, many: &Measured) -> f64 {
    if many.rows > few.rows {
        return 1.0;
    }
    many.median.as_secs_f64() / few.median.as_secs_f64()
}

fn table(
    database: Database,
    (few_orders, few): (u64, &[Measured]),
    (many_orders, many): (u64, &[Measured]),
) -> String {
    let mut text = format!(
        "{}, through the schema, medians:\n\n\
         | Page | Rows | {few_orders} orders | Rows | {many_orders} orders | Ratio |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
        database.name()
    );
    for (few, many) in few.iter().zip(many) {
        let ratio = many.median.as_secs_f64() / few.median.as_secs_f64();
        let written = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {ratio:.2} |",
            few.name,
            few.rows,
            milliseconds(few.median),
            many.rows,
            milliseconds(many.median),
        );
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text.push('\n');
    text
}
