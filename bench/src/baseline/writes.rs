//! What it costs to write an order at least: the statements that the server executes for it, in its transactions, with
//! nothing around them. [`crate::rows::same_statements`] holds the two against each other.
//!
//! On PostgreSQL, each client has a connection, and one more gives positions after the commits. On SQLite, one writer
//! takes what waits together and commits it once.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::sqlx::{
    self, Executor, PgConnection, PgPool, SqliteConnection, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    types::Json,
};
use serde_json::json;
use tokio::{
    sync::{Mutex, Notify, mpsc, oneshot},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::{fill, load::Throughput, sample::Sample};

/// How many transactions share a commit on SQLite at most.
const GROUP: usize = 64;

pub(crate) struct Writes {
    writer: Writer,
    _stop: DropGuard,
}

#[derive(Clone)]
enum Writer {
    Sqlite(mpsc::Sender<(Vec<Statement>, oneshot::Sender<anyhow::Result<()>>)>),
    Postgres(PgPool, Arc<Notify>),
}

/// A statement and its parameters.
pub(crate) struct Statement {
    sql: String,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Id(Option<Uuid>),
    Text(Option<String>),
    Time(Option<DateTime<Utc>>),
    Long(i64),
    Int(Option<i32>),
    Json(Option<serde_json::Value>),
    Day(NaiveDate),
}

/// What an order buys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purchase {
    /// Three offers.
    Offers,
    /// A plan of eight components.
    Plan,
}

impl Writes {
    pub(crate) async fn open(url: &str, clients: usize) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let writer = if url.starts_with("sqlite:") {
            let options = url
                .parse::<SqliteConnectOptions>()?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(30))
                .foreign_keys(true)
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "MEMORY");
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
            let (sender, receiver) = mpsc::channel(GROUP);
            tokio::spawn(commit_groups(pool, receiver));
            Writer::Sqlite(sender)
        } else {
            let connections = u32::try_from(clients)? + 1;
            let pool = PgPoolOptions::new().max_connections(connections).connect(url).await?;
            let committed = Arc::new(Notify::new());
            tokio::spawn(give_positions(pool.clone(), committed.clone(), stop.clone()));
            Writer::Postgres(pool, committed)
        };
        Ok(Self { writer, _stop: stop.drop_guard() })
    }

    /// Creates and submits orders for so long, and gives them back.
    pub(crate) async fn create(
        &self,
        purchase: Purchase,
        clients: usize,
        length: Duration,
    ) -> anyhow::Result<(Throughput, Vec<Order>)> {
        let orders = Arc::new(Mutex::new(Vec::new()));
        let created = orders.clone();
        let run = self.drive(clients, length, move |turn| {
            let created = created.clone();
            async move {
                let (order, statements) = Order::new(purchase, turn);
                created.lock().await.push(order);
                Some(statements)
            }
        });
        let run = run.await?;
        let orders = std::mem::take(&mut *orders.lock().await);
        Ok((run, orders))
    }

    /// Approves orders, each once, for so long.
    pub(crate) async fn approve(
        &self,
        clients: usize,
        length: Duration,
        orders: Vec<Order>,
    ) -> anyhow::Result<Throughput> {
        let locks = matches!(self.writer, Writer::Postgres(..));
        let orders = Arc::new(Mutex::new(orders.into_iter()));
        self.drive(clients, length, move |_| {
            let orders = orders.clone();
            async move { orders.lock().await.next().map(|order| order.approve(locks)) }
        })
        .await
    }

    /// Does transactions, each once, to the last.
    pub(crate) async fn all(
        &self,
        clients: usize,
        transactions: Vec<Vec<Statement>>,
    ) -> anyhow::Result<Throughput> {
        const FOREVER: Duration = Duration::from_hours(24);
        let waiting = Arc::new(Mutex::new(transactions.into_iter()));
        self.drive(clients, FOREVER, move |_| {
            let waiting = waiting.clone();
            async move { waiting.lock().await.next() }
        })
        .await
    }

    async fn drive<F>(
        &self,
        clients: usize,
        length: Duration,
        next: impl Fn(u64) -> F + Clone + Send + 'static,
    ) -> anyhow::Result<Throughput>
    where
        F: Future<Output = Option<Vec<Statement>>> + Send,
    {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (writer, next) = (self.writer.clone(), next.clone());
            tasks.spawn(async move {
                let (mut latencies, mut turn) = (Vec::new(), client as u64);
                while begun.elapsed() < length
                    && let Some(statements) = next(turn).await
                {
                    let sent = Instant::now();
                    writer.write(statements).await?;
                    latencies.push(sent.elapsed());
                    turn += clients as u64;
                }
                anyhow::Ok(latencies)
            });
        }
        let mut latencies = Vec::new();
        while let Some(client) = tasks.join_next().await {
            latencies.extend(client??);
        }
        Ok(Throughput::of(Sample::of(latencies), begun.elapsed()))
    }
}

impl Writer {
    async fn write(&self, statements: Vec<Statement>) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(waiting) => {
                let (sender, written) = oneshot::channel();
                waiting.send((statements, sender)).await?;
                written.await?
            }
            Self::Postgres(pool, committed) => {
                let mut txn = pool.begin().await?;
                for statement in &statements {
                    on_postgres(&mut txn, statement).await?;
                }
                txn.commit().await?;
                committed.notify_one();
                Ok(())
            }
        }
    }
}

async fn commit_groups(
    pool: SqlitePool,
    mut waiting: mpsc::Receiver<(Vec<Statement>, oneshot::Sender<anyhow::Result<()>>)>,
) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await?;
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        let (all, answers): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let committed = commit_group(&mut connection, &all).await;
        for answer in answers {
            let outcome = committed.as_ref().copied();
            drop(answer.send(outcome.map_err(|error| anyhow::anyhow!("{error:#}"))));
        }
        committed?;
    }
    Ok(())
}

async fn commit_group(
    connection: &mut SqliteConnection,
    group: &[Vec<Statement>],
) -> anyhow::Result<()> {
    connection.execute("BEGIN IMMEDIATE").await?;
    for statements in group {
        connection.execute("SAVEPOINT one").await?;
        for statement in statements {
            on_sqlite(connection, statement).await?;
        }
        connection.execute("RELEASE one").await?;
    }
    let [look, give] = positions(false);
    on_sqlite(connection, &look).await?;
    let given = on_sqlite(connection, &give).await?;
    if given > 0 {
        on_sqlite(connection, &advance(given)).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(())
}

async fn give_positions(
    pool: PgPool,
    committed: Arc<Notify>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    while stop.run_until_cancelled(committed.notified()).await.is_some() {
        let mut txn = pool.begin().await?;
        let [look, give] = positions(true);
        on_postgres(&mut txn, &look).await?;
        let given = on_postgres(&mut txn, &give).await?;
        if given > 0 {
            on_postgres(&mut txn, &advance(given)).await?;
        }
        txn.commit().await?;
    }
    Ok(())
}

/// The same function for both databases, whose drivers have nothing in common that could be named briefly.
macro_rules! execute {
    ($($name:ident on $connection:ty),+ $(,)?) => {$(
        /// How many rows were changed.
        async fn $name(connection: &mut $connection, statement: &Statement) -> anyhow::Result<u64> {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(statement.sql.as_str()));
            for value in &statement.values {
                query = match value {
                    Value::Id(id) => query.bind(*id),
                    Value::Text(text) => query.bind(text.as_deref()),
                    Value::Time(time) => query.bind(*time),
                    Value::Long(number) => query.bind(*number),
                    Value::Int(number) => query.bind(*number),
                    Value::Day(day) => query.bind(*day),
                    Value::Json(json) => query.bind(json.as_ref().map(Json)),
                };
            }
            if statement.sql.starts_with("SELECT") {
                query.fetch_all(connection).await?;
                return Ok(0);
            }
            Ok(query.execute(connection).await?.rows_affected())
        }
    )+};
}

execute!(on_sqlite on SqliteConnection, on_postgres on PgConnection);

pub(super) fn statement(sql: impl Into<String>, values: Vec<Value>) -> Statement {
    Statement { sql: sql.into(), values }
}

/// One statement that inserts rows whole.
pub(super) fn insert(table: &str, columns: &str, rows: Vec<Vec<Value>>) -> Statement {
    let width = columns.split(',').count();
    let row = |row: usize| {
        let places: Vec<_> = (1..=width).map(|place| format!("${}", row * width + place)).collect();
        format!("({})", places.join(", "))
    };
    let places: Vec<_> = (0..rows.len()).map(row).collect();
    statement(
        format!("INSERT INTO {table} ({columns}) VALUES {}", places.join(", ")),
        rows.into_iter().flatten().collect(),
    )
}

#[expect(clippy::disallowed_methods, reason = "the time is that of this machine")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

pub(super) fn id(id: Uuid) -> Value {
    Value::Id(Some(id))
}

pub(super) fn text(text: impl Into<String>) -> Value {
    Value::Text(Some(text.into()))
}

pub(super) const NO_ID: Value = Value::Id(None);
pub(super) const NO_TEXT: Value = Value::Text(None);
pub(super) const NO_TIME: Value = Value::Time(None);

/// What each line comes to: three units at 10.00.
const LINE_AMOUNT: i64 = 3_000;

/// A line, and the copies that it has of what was sold.
struct Line {
    id: Uuid,
    subscription: Uuid,
    offer: u64,
    plan: Option<Uuid>,
    plan_instance: serde_json::Value,
    components: Option<serde_json::Value>,
    charges: serde_json::Value,
}

impl Line {
    fn offer(offer: u64, today: NaiveDate) -> Self {
        let component = (fill::offer_uuid(offer), format!("Offer {offer}"));
        Self::new(offer, None, &[component], LINE_AMOUNT / 3, today)
    }

    fn plan(today: NaiveDate) -> Self {
        let component = |number| (fill::product_uuid(number), format!("Product {number}"));
        let components: Vec<_> = (0..fill::COMPONENTS).map(component).collect();
        let plan = Some(fill::plan_uuid());
        Self::new(fill::OFFER_OF_PLAN, plan, &components, fill::COMPONENT_AMOUNT, today)
    }

    /// With components of one price each, as the server writes them.
    fn new(
        offer: u64,
        plan: Option<Uuid>,
        components: &[(Uuid, String)],
        amount: i64,
        today: NaiveDate,
    ) -> Self {
        let policy = json!({
            "firstPeriod": "BY_DAY", "increase": "BY_DAY", "decrease": "BY_DAY",
            "paidCancellation": "BY_DAY", "unpaidCancellation": "BY_DAY",
        });
        let sold = |(id, name): &(Uuid, String)| {
            json!({
                "id": id, "name": name, "unitAmount": amount, "timing": "IN_ADVANCE", "taxCodeId": null,
                "taxBasisPoints": 2_500, "productId": plan.map(|_| id),
            })
        };
        let sold: Vec<_> = components.iter().map(sold).collect();
        let plan_instance = json!({
            "id": Uuid::now_v7(), "alignment": "ANNIVERSARY", "proration": policy, "cancellationDay": "CREDITED",
            "suspension": "CONTINUES", "refundWindowHours": null, "leadDays": 0, "taxInclusive": false,
            "steps": [{ "periods": null, "billingPeriod": "YEARLY", "components": sold }],
            "selection": plan.map(|plan| json!({
                "planId": plan, "planVersion": 1, "productIds": null, "priceOverride": null, "skipsTrial": false,
            })),
        });
        let part = |(id, name): &(Uuid, String)| {
            json!({
                "productId": id, "name": name, "timing": "IN_ADVANCE", "unitAmount": amount, "amount": amount * 3,
                "taxCategory": "STANDARD", "taxBasisPoints": 2_500,
            })
        };
        let charge = |(id, name): &(Uuid, String)| {
            json!({
                "chargeType": "PURCHASE_FEE", "componentId": id, "description": name, "startsOn": today,
                "endsOn": today, "shareDays": 365, "shareOfDays": 365, "quantity": 3, "amount": amount * 3,
                "discount": 0, "dueOn": today,
            })
        };
        Self {
            id: Uuid::now_v7(),
            subscription: Uuid::now_v7(),
            offer,
            plan,
            plan_instance,
            components: plan.map(|_| components.iter().map(part).collect()),
            charges: components.iter().map(charge).collect(),
        }
    }
}

/// A statement with so many places where it leaves a list out, counted from `first`.
fn named(sql: &str, first: usize, many: usize) -> String {
    let places: Vec<_> = (first..first + many).map(|place| format!("${place}")).collect();
    sql.replace('…', &places.join(", "))
}

/// An order that waits for approval.
pub(crate) struct Order {
    purchase: Purchase,
    id: Uuid,
    approval: Uuid,
    customer: Uuid,
    partner: Uuid,
}

impl Order {
    /// The order of this turn, the same as the clients of the server ask for.
    fn new(purchase: Purchase, turn: u64) -> (Self, Vec<Statement>) {
        let buyer = turn % 2_000;
        let (tenant, now) = (fill::tenant(), now());
        let (customer, agreement) = (fill::customer_uuid(buyer), fill::agreement_uuid(buyer));
        let partner = fill::partner_uuid(buyer % 50);
        let order =
            Self { purchase, id: Uuid::now_v7(), approval: Uuid::now_v7(), customer, partner };
        let number =
            |prefix: &str, id: Uuid| format!("{prefix}-{}", &id.simple().to_string()[22..]);
        let order_number = number("ORD", order.id);
        let lines = match purchase {
            Purchase::Offers => {
                [0, 7, 14].map(|step| Line::offer((turn + step) % 36, now.date_naive())).into()
            }
            Purchase::Plan => vec![Line::plan(now.date_naive())],
        };
        let offers: Vec<_> = lines.iter().map(|line| id(fill::offer_uuid(line.offer))).collect();
        let in_tenant = |more: Vec<Value>| [id(tenant)].into_iter().chain(more).collect();
        let mut read = vec![
            statement(CUSTOMER, vec![id(tenant), id(customer)]),
            statement(AGREEMENT, vec![id(tenant), id(agreement), id(customer)]),
            statement(named(OFFERS, 2, offers.len()), in_tenant(offers.clone())),
            statement(TENANT, vec![id(tenant)]),
            statement(TAX_RATES, vec![id(tenant)]),
        ];
        if let Purchase::Offers = purchase {
            let payer = [
                text("EUR"),
                Value::Day(now.date_naive()),
                id(partner),
                id(customer),
                id(agreement),
            ];
            let values = in_tenant(payer.into_iter().chain(offers).collect());
            let each = named(PRICES_OF_ONE_KIND, 7, lines.len());
            let kinds =
                ["scope = 'LIST'", "partner_id = $4", "customer_id = $5", "agreement_id = $6"];
            let kinds = kinds.map(|kind| format!("{each} AND {kind}"));
            read.push(statement(kinds.join(" UNION ALL "), values));
        }
        read.push(statement(DENIALS, vec![id(tenant), id(customer)]));
        if let Purchase::Plan = purchase {
            read.extend(plan_of(tenant));
        }
        read.extend([
            statement(PARTNER, vec![id(tenant), id(partner)]),
            statement(RULES, vec![id(tenant), id(partner)]),
        ]);
        let words = |kind: &'static str, subject: Uuid, texts: &[String]| {
            let words = texts.iter().flat_map(|text| text.split('-').chain([text.as_str()]));
            let mut words: Vec<_> = words.map(str::to_lowercase).collect();
            words.sort();
            words.dedup();
            let row = move |word| vec![id(tenant), text(kind), text(word), id(subject)];
            words.into_iter().map(row).collect::<Vec<_>>()
        };
        let net = LINE_AMOUNT * i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let order_row = vec![
            id(order.id),
            id(tenant),
            text(&order_number),
            id(customer),
            id(partner),
            id(agreement),
            text("PENDING_APPROVAL"),
            text("EUR"),
            NO_TEXT,
            text(format!("PO-{turn}")),
            NO_TEXT,
            Value::Time(DateTime::from_timestamp(4_070_908_800, 0)),
            text("user:bench"),
            Value::Long(net),
            Value::Long(net / 4),
            Value::Long(net + net / 4),
            NO_TEXT,
            Value::Time(Some(now)),
            NO_TIME,
            NO_TIME,
            Value::Long(3),
            Value::Time(Some(now)),
            Value::Time(Some(now)),
        ];
        let subscription_rows = lines.iter().map(|line| {
            vec![
                id(line.subscription),
                id(tenant),
                text(number("SUB", line.subscription)),
                id(customer),
                id(partner),
                id(fill::product_uuid(line.offer / 2)),
                id(fill::offer_uuid(line.offer)),
                id(agreement),
                id(order.id),
                text("PENDING"),
                Value::Int(Some(3)),
                text("EUR"),
                Value::Long(1_000),
                Value::Int(Some(2_500)),
                text(format!("PO-{turn}")),
                NO_TEXT,
                NO_TEXT,
                NO_TIME,
                NO_TIME,
                Value::Long(1),
                Value::Time(Some(now)),
                Value::Time(Some(now)),
            ]
        });
        let line_rows = (1..).zip(&lines).map(|(line_number, line)| {
            vec![
                id(line.id),
                id(tenant),
                id(order.id),
                Value::Time(Some(now)),
                Value::Int(Some(line_number)),
                NO_TEXT,
                text("BUY"),
                text("PENDING"),
                id(fill::product_uuid(line.offer / 2)),
                id(fill::offer_uuid(line.offer)),
                id(line.subscription),
                Value::Int(Some(3)),
                Value::Int(None),
                NO_TEXT,
                Value::Long(1_000),
                Value::Int(Some(2_500)),
                Value::Long(LINE_AMOUNT),
                text("MANUAL"),
                NO_TEXT,
                NO_TEXT,
                NO_TEXT,
                Value::Int(Some(0)),
                NO_TIME,
                NO_TIME,
                Value::Id(line.plan),
                Value::Json(Some(line.plan_instance.clone())),
                Value::Json(line.components.clone()),
                Value::Json(Some(line.charges.clone())),
            ]
        });
        let approval_row = vec![
            id(order.approval),
            id(tenant),
            id(order.id),
            NO_ID,
            Value::Int(Some(1)),
            text("PENDING"),
            NO_TEXT,
            NO_TEXT,
            NO_TIME,
            Value::Time(Some(now)),
        ];
        let moved =
            |version, trigger, from: Option<&str>, to| order.event(now, version, trigger, from, to);
        let bought = lines.iter().map(|line| {
            event(
                [
                    text("SUBSCRIPTION_CREATED"),
                    text("SUBSCRIPTION"),
                    id(line.subscription),
                    id(customer),
                    id(partner),
                    id(order.id),
                    id(line.id),
                    Value::Int(None),
                    NO_TEXT,
                    NO_TEXT,
                    text("PENDING"),
                ],
                now,
            )
        });
        let events =
            [moved(1, "CREATE", None, "DRAFT"), moved(2, "SUBMIT", Some("DRAFT"), "SUBMITTED")]
                .into_iter()
                .chain(bought)
                .chain([moved(3, "REQUIRE_APPROVAL", Some("SUBMITTED"), "PENDING_APPROVAL")]);
        let write = [
            insert("\"order\"", ORDER_COLUMNS, vec![order_row]),
            insert(
                "search_term",
                TERM_COLUMNS,
                words("order", order.id, &[order_number, format!("PO-{turn}")]),
            ),
            insert(
                "search_term",
                TERM_COLUMNS,
                lines
                    .iter()
                    .flat_map(|line| {
                        let number = number("SUB", line.subscription);
                        words("subscription", line.subscription, &[number])
                    })
                    .collect(),
            ),
            insert("subscription", SUBSCRIPTION_COLUMNS, subscription_rows.collect()),
            insert("order_line", LINE_COLUMNS, line_rows.collect()),
            insert("approval", APPROVAL_COLUMNS, vec![approval_row]),
            insert("event", EVENT_COLUMNS, events.collect()),
        ];
        (order, read.into_iter().chain(write).collect())
    }

    fn approve(self, locks: bool) -> Vec<Statement> {
        let (tenant, now) = (fill::tenant(), now());
        let lock = if locks { " FOR NO KEY UPDATE" } else { "" };
        let consent_row = vec![
            id(Uuid::now_v7()),
            id(tenant),
            id(self.id),
            id(self.approval),
            NO_ID,
            text("user:approver"),
            text("user:approver"),
            Value::Time(Some(now)),
            Value::Long(3),
            NO_TEXT,
        ];
        let mut statements = vec![
            statement(format!("{ORDER}{lock}"), vec![id(tenant), id(self.id)]),
            statement(APPROVALS, vec![id(tenant), id(self.id)]),
            statement(CONSENTS, vec![id(tenant), id(self.approval)]),
            statement(LINES_OF_PLANS, vec![id(tenant), id(self.id)]),
        ];
        // What was chosen of a plan is checked once more.
        if let Purchase::Plan = self.purchase {
            statements.extend(plan_of(tenant));
            statements.push(statement(TENANT, vec![id(tenant)]));
        }
        statements.extend([
            insert("consent", CONSENT_COLUMNS, vec![consent_row]),
            statement(
                DECIDE,
                vec![id(self.approval), text("user:approver"), Value::Time(Some(now))],
            ),
            statement(APPROVE, vec![id(self.id), Value::Time(Some(now))]),
            insert(
                "event",
                EVENT_COLUMNS,
                vec![self.event(now, 4, "APPROVE_LAST_STEP", Some("PENDING_APPROVAL"), "APPROVED")],
            ),
        ]);
        statements
    }

    fn event(
        &self,
        now: DateTime<Utc>,
        version: i32,
        trigger: &str,
        from: Option<&str>,
        to: &str,
    ) -> Vec<Value> {
        event(
            [
                text("ORDER_STATUS_CHANGED"),
                text("ORDER"),
                id(self.id),
                id(self.customer),
                id(self.partner),
                id(self.id),
                NO_ID,
                Value::Int(Some(version)),
                text(trigger),
                Value::Text(from.map(str::to_owned)),
                text(to),
            ],
            now,
        )
    }
}

/// Reads the plan that is sold.
fn plan_of(tenant: Uuid) -> [Statement; 3] {
    [(PLANS, fill::plan_uuid()), (STEPS, fill::plan_uuid()), (COMPONENTS, fill::plan_step_uuid())]
        .map(|(sql, of)| statement(sql, vec![id(tenant), id(of)]))
}

fn event(about: [Value; 11], now: DateTime<Utc>) -> Vec<Value> {
    let begin = [id(Uuid::now_v7()), id(fill::tenant())];
    let end = [text("USER"), text("user:bench"), NO_TEXT, Value::Time(Some(now))];
    begin.into_iter().chain(about).chain(end).collect()
}

/// Gives positions to what has been written since.
fn positions(locks: bool) -> [Statement; 2] {
    let (tenant, lock) = (id(fill::tenant()), if locks { " FOR UPDATE" } else { "" });
    [
        format!("SELECT latest_position FROM event_log WHERE tenant_id = $1{lock}"),
        "UPDATE event SET position = event_log.latest_position + waiting.rank FROM event_log, \
         (SELECT sequence, ROW_NUMBER() OVER (ORDER BY sequence) AS rank FROM event \
          WHERE tenant_id = $1 AND position IS NULL) AS waiting \
         WHERE event.sequence = waiting.sequence AND event_log.tenant_id = $1"
            .to_owned(),
    ]
    .map(|sql| statement(sql, vec![tenant.clone()]))
}

/// Says how far the log reaches with them.
fn advance(given: u64) -> Statement {
    statement(
        "UPDATE event_log SET latest_position = latest_position + $2 WHERE tenant_id = $1",
        vec![id(fill::tenant()), Value::Long(i64::try_from(given).unwrap_or(i64::MAX))],
    )
}

const CUSTOMER: &str = "SELECT * FROM customer WHERE tenant_id = $1 AND id = $2";
const AGREEMENT: &str =
    "SELECT * FROM agreement WHERE tenant_id = $1 AND id = $2 AND customer_id = $3";
const OFFERS: &str = "SELECT * FROM offer LEFT JOIN product ON product.id = offer.product_id \
                      WHERE offer.tenant_id = $1 AND offer.id IN (…)";
const PRICES_OF_ONE_KIND: &str = "SELECT * FROM price WHERE tenant_id = $1 AND currency = $2 \
     AND (valid_from IS NULL OR valid_from <= $3) AND (valid_until IS NULL OR valid_until > $3) AND offer_id IN (…)";
const PLANS: &str = "SELECT * FROM plan WHERE tenant_id = $1 AND id IN ($2)";
const STEPS: &str =
    "SELECT * FROM plan_step WHERE tenant_id = $1 AND plan_id IN ($2) ORDER BY step_number";
const COMPONENTS: &str = "SELECT * FROM plan_component LEFT JOIN product ON product.id = plan_component.product_id \
     WHERE plan_component.tenant_id = $1 AND plan_step_id IN ($2) ORDER BY component_number";
const TENANT: &str = "SELECT * FROM tenant WHERE id = $1";
const TAX_RATES: &str = "SELECT * FROM tax_rate LEFT JOIN tax_code ON tax_code.id = tax_rate.tax_code_id \
                         WHERE tax_rate.tenant_id = $1";
const PARTNER: &str = "SELECT * FROM partner WHERE tenant_id = $1 AND id = $2";
const DENIALS: &str = "SELECT * FROM denial WHERE tenant_id = $1 AND customer_id = $2";
const RULES: &str = "SELECT * FROM approval_rule WHERE tenant_id = $1 AND enabled \
     AND (approver_partner_id IS NULL OR approver_partner_id = $2)";
const ORDER: &str = "SELECT * FROM \"order\" WHERE tenant_id = $1 AND id = $2";
const LINES_OF_PLANS: &str =
    "SELECT * FROM order_line WHERE tenant_id = $1 AND order_id = $2 AND plan_id IS NOT NULL";
const APPROVALS: &str =
    "SELECT * FROM approval WHERE tenant_id = $1 AND order_id = $2 ORDER BY level";
const CONSENTS: &str = "SELECT * FROM consent WHERE tenant_id = $1 AND approval_id = $2";
const DECIDE: &str = "UPDATE approval SET decision = 'APPROVED', decided_by = $2, reason = NULL, decided_at = $3 WHERE id = $1";
const APPROVE: &str = "UPDATE \"order\" SET status = 'APPROVED', version = 4, approved_at = $2, updated_at = $2 WHERE id = $1";

const ORDER_COLUMNS: &str = "id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency, reference, \
     po_number, external_reference, start_at, placed_by, net_amount, tax_amount, gross_amount, reason, submitted_at, \
     approved_at, ended_at, version, created_at, updated_at";
const TERM_COLUMNS: &str = "tenant_id, kind, word, subject_id";
const SUBSCRIPTION_COLUMNS: &str = "id, tenant_id, number, customer_id, partner_id, product_id, offer_id, agreement_id, \
     order_id, status, quantity, currency, unit_amount, tax_basis_points, po_number, external_reference, reason, \
     activated_at, ended_at, version, created_at, updated_at";
const LINE_COLUMNS: &str = "id, tenant_id, order_id, order_created_at, line_number, client_line_id, action, status, \
     product_id, offer_id, subscription_id, quantity, previous_quantity, po_number, unit_amount, tax_basis_points, \
     net_amount, provisioning, provisioning_reference, hold_reason, failure_reason, attempts, started_at, ended_at, \
     plan_id, plan_instance, components, charges";
const APPROVAL_COLUMNS: &str = "id, tenant_id, order_id, partner_id, level, decision, decided_by, reason, decided_at, created_at";
const CONSENT_COLUMNS: &str = "id, tenant_id, order_id, approval_id, partner_id, person, given_by, given_at, order_version, \
     external_reference";
pub(super) const EVENT_COLUMNS: &str = "id, tenant_id, kind, subject_kind, subject_id, customer_id, partner_id, order_id, \
     order_line_id, order_version, trigger, from_status, to_status, actor_kind, actor, reason, occurred_at";
