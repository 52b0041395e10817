//! Rows by the million: made by the database itself, from numbers that count up.
//!
//! Every id follows from the number of its row, so that nothing has to be looked up.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, TransactionTrait};
use serde_json::{Value, json};
use uuid::Uuid;

/// 2024-01-01, in milliseconds.
const BEGINNING: u64 = 1_704_067_200_000;
/// An order comes in every 90 seconds, whether there are many already or few.
const BETWEEN_ORDERS: u64 = 90_000;
/// What a statement inserts at once.
const AT_ONCE: u64 = 100_000;

pub(crate) fn tenant() -> Uuid {
    uuid("001", BEGINNING, 0)
}

pub(crate) fn customer_uuid(index: u64) -> Uuid {
    uuid("004", BEGINNING, index)
}

pub(crate) fn agreement_uuid(index: u64) -> Uuid {
    uuid("007", BEGINNING, index)
}

pub(crate) fn partner_uuid(index: u64) -> Uuid {
    uuid("003", BEGINNING, index)
}

pub(crate) fn product_uuid(index: u64) -> Uuid {
    uuid("005", BEGINNING, index)
}

pub(crate) fn offer_uuid(index: u64) -> Uuid {
    uuid("006", BEGINNING, index)
}

/// The offer that has a plan, and nothing else is bought of.
pub(crate) const OFFER_OF_PLAN: u64 = 36;
/// How many products the plan has.
pub(crate) const COMPONENTS: u64 = 8;
/// What each of them costs for a unit and period.
pub(crate) const COMPONENT_AMOUNT: i64 = 125;

pub(crate) fn plan_uuid() -> Uuid {
    uuid("0f0", BEGINNING, 0)
}

pub(crate) fn plan_step_uuid() -> Uuid {
    uuid("0f1", BEGINNING, 0)
}

/// The same as the API spells it.
pub(crate) fn tenant_id() -> String {
    format!("tenant_{}", tenant().simple())
}

pub(crate) fn customer(index: u64) -> String {
    format!("customer_{}", customer_uuid(index).simple())
}

/// The agreement of the customer with the same number.
pub(crate) fn agreement(index: u64) -> String {
    format!("agreement_{}", agreement_uuid(index).simple())
}

pub(crate) fn partner(index: u64) -> String {
    format!("partner_{}", partner_uuid(index).simple())
}

pub(crate) fn product(index: u64) -> String {
    format!("product_{}", product_uuid(index).simple())
}

pub(crate) fn offer(index: u64) -> String {
    format!("offer_{}", offer_uuid(index).simple())
}

pub(crate) fn plan() -> String {
    format!("plan_{}", plan_uuid().simple())
}

pub(crate) fn po_number(order: u64) -> String {
    format!("PO{}", order / 10)
}

/// Four of the ten characters of a number.
pub(crate) fn beginning_of_number(order: u64) -> String {
    format!("ORD-{:04X}", (order * 2_654_435_761) % 65_536)
}

/// A stretch of time near the newest order.
pub(crate) fn hours_before_the_end(orders: u64, hours: u64, length: u64) -> Value {
    let hour = 3_600_000;
    let from = BEGINNING + orders * BETWEEN_ORDERS - hours * hour;
    let time = |milliseconds: u64| {
        DateTime::from_timestamp_millis(i64::try_from(milliseconds).unwrap_or_default())
            .unwrap_or_default()
            .to_rfc3339()
    };
    json!({ "from": time(from), "until": time(from + length * hour) })
}

/// The cursor of an order in the list that has the newest first.
pub(crate) fn cursor_at(order: u64) -> String {
    let created = BEGINNING + order * BETWEEN_ORDERS;
    let id = uuid("008", created, order).simple();
    BASE64_URL_SAFE_NO_PAD.encode(format!("order created_at down\n{id}\n{}", created * 1_000))
}

/// The id of a row: its time, the kind of row, and its number.
fn uuid(kind: &str, milliseconds: u64, index: u64) -> Uuid {
    let text = format!("{milliseconds:012x}7{kind}8{index:015x}");
    Uuid::try_parse(&text).unwrap_or_default()
}

/// 50 partners, 2,000 customers with an agreement each, 20 products of two offers.
pub(crate) async fn people_and_catalogue(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let sql = Sql::of(connection);
    let now = sql.time(&BEGINNING.to_string());
    let (tenant, partner) = (sql.id("001", "0"), |index: &str| sql.id("003", index));
    let (customer, agreement) = (sql.id("004", "i"), sql.id("007", "i"));
    let (product, offer) = (|index: &str| sql.id("005", index), sql.id("006", "i"));
    let numbers = |last| sql.numbers(0, last);
    let statements = [
        format!(
            "INSERT INTO tenant (id, name, kind, default_currency, approval_required, approval_lapse_days, \
             payment_terms_days, next_invoice_number, version, created_at, updated_at) \
             SELECT {tenant}, 'Northwind', 'SANDBOX', 'EUR', TRUE, NULL, 30, 1, 1, {now}, {now} {}",
            numbers(0)
        ),
        format!(
            "INSERT INTO partner (id, tenant_id, parent_id, partner_number, name, approval_required, version, \
             created_at, updated_at) SELECT {}, {tenant}, NULL, 'P' || i, 'Reseller ' || i, FALSE, 1, {now}, {now} {}",
            partner("i"),
            numbers(49)
        ),
        format!(
            "INSERT INTO customer (id, tenant_id, partner_id, customer_number, name, version, created_at, updated_at) \
             SELECT {customer}, {tenant}, {}, 'C' || i, 'Contoso buyer' || i, 1, {now}, {now} {}",
            partner("i % 50"),
            numbers(1_999)
        ),
        format!(
            "INSERT INTO agreement (id, tenant_id, customer_id, number, currency, status, version, created_at, \
             updated_at) SELECT {agreement}, {tenant}, {customer}, 'A' || i, 'EUR', 'ACTIVE', 1, {now}, {now} {}",
            numbers(1_999)
        ),
        format!(
            "INSERT INTO search_term (tenant_id, kind, word, subject_id) \
             SELECT {tenant}, 'customer', 'contoso', {customer} {}",
            numbers(1_999)
        ),
        format!(
            "INSERT INTO search_term (tenant_id, kind, word, subject_id) \
             SELECT {tenant}, 'customer', 'buyer' || i, {customer} {}",
            numbers(1_999)
        ),
        format!(
            "INSERT INTO product (id, tenant_id, code, name, vendor, provisioning, status, version, created_at, \
             updated_at) SELECT {}, {tenant}, 'PROD' || i, 'Product ' || i, 'Fabrikam', 'MANUAL', \
             'ACTIVE', 1, {now}, {now} {}",
            product("i"),
            numbers(19)
        ),
        format!(
            "INSERT INTO offer (id, tenant_id, product_id, code, name, description, billing, billing_period, \
             min_quantity, max_quantity, edition_id, status, version, created_at, updated_at) \
             SELECT {offer}, {tenant}, {}, 'OFFER' || i, 'Offer ' || i, NULL, 'RECURRING', \
             'YEARLY', 1, NULL, NULL, 'ACTIVE', 1, {now}, {now} {}",
            product("i / 2"),
            numbers(39)
        ),
        format!(
            "INSERT INTO price (id, tenant_id, offer_id, currency, unit_amount, tax_basis_points) SELECT {}, {tenant}, {offer}, 'EUR', 1000, 2500 {}",
            sql.id("00a", "i"),
            numbers(39)
        ),
        format!(
            "INSERT INTO plan (id, tenant_id, offer_id, code, name, currency, tax_inclusive, choice, allows_override, \
             status, version, created_at, updated_at) SELECT {}, {tenant}, {offer}, 'PLAN', 'Plan', 'EUR', FALSE, 'ANY', \
             FALSE, 'ACTIVE', 1, {now}, {now} {}",
            sql.id("0f0", "0"),
            sql.numbers(OFFER_OF_PLAN, OFFER_OF_PLAN)
        ),
        format!(
            "INSERT INTO plan_step (id, tenant_id, plan_id, step_number, billing_period) \
             SELECT {}, {tenant}, {}, 1, 'YEARLY' {}",
            sql.id("0f1", "0"),
            sql.id("0f0", "0"),
            numbers(0)
        ),
        format!(
            "INSERT INTO plan_component (id, tenant_id, plan_id, plan_step_id, component_number, product_id, timing, \
             model, unit_amount, tax_basis_points) \
             SELECT {}, {tenant}, {}, {}, i + 1, {}, 'IN_ADVANCE', 'PER_UNIT', {COMPONENT_AMOUNT}, 2500 {}",
            sql.id("0f2", "i"),
            sql.id("0f0", "0"),
            sql.id("0f1", "0"),
            product("i"),
            numbers(COMPONENTS - 1)
        ),
        format!(
            "INSERT INTO event_log (tenant_id, epoch, earliest_position, latest_position) SELECT {tenant}, {}, 1, 0 {}",
            sql.id("00b", "0"),
            numbers(0)
        ),
    ];
    for statement in statements {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// The orders with these numbers, with three lines and four words each.
pub(crate) async fn orders(
    connection: &DatabaseConnection,
    first: u64,
    last: u64,
) -> Result<(), DbErr> {
    let sql = Sql::of(connection);
    let settings = if sql.postgres {
        "SET session_replication_role = replica; SET synchronous_commit = off"
    } else {
        "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000"
    };
    connection.execute_unprepared(settings).await?;
    for first in (first..=last).step_by(usize::try_from(AT_ONCE).unwrap_or(1)) {
        for statement in statements(&sql, &sql.numbers(first, last.min(first + AT_ONCE - 1))) {
            connection.execute_unprepared(&statement).await?;
        }
    }
    Ok(())
}

/// Has each of the first orders, up to the number `last`, tell that it was submitted.
pub(crate) async fn events(connection: &DatabaseConnection, last: u64) -> Result<(), DbErr> {
    let txn = connection.begin().await?;
    for statement in statements_of_events(&Sql::of(connection), last) {
        txn.execute_unprepared(&statement).await?;
    }
    txn.commit().await
}

/// What customers hold from the orders with the numbers from 1 to `last`, which must be there: subscriptions with two
/// periods and a license each, and invoices of four lines each.
pub(crate) async fn holdings(connection: &DatabaseConnection, last: u64) -> Result<(), DbErr> {
    for statement in statements_of_holdings(&Sql::of(connection), last) {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Has the holdings be billed by months since a day: one period was, and nothing is due before [`make_due`].
pub(crate) async fn billing(
    connection: &DatabaseConnection,
    since: NaiveDate,
    until: NaiveDate,
) -> Result<(), DbErr> {
    for statement in statements_of_billing(&Sql::of(connection), since, until) {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Has the subscriptions with the numbers from `first` to `last` be due from a day on.
pub(crate) async fn make_due(
    connection: &DatabaseConnection,
    first: u64,
    last: u64,
    from: NaiveDate,
) -> Result<(), DbErr> {
    let due = Sql::of(connection).midnight(from);
    let sql = format!(
        "UPDATE subscription SET next_billing_at = {due} \
         WHERE CAST(substr(number, 5) AS INTEGER) BETWEEN {first} AND {last}"
    );
    connection.execute_unprepared(&sql).await.map(drop)
}

/// Lets the database learn what it has, and write it where it stays.
pub(crate) async fn settle(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if Sql::of(connection).postgres {
        connection.execute_unprepared("VACUUM ANALYZE").await?;
        connection.execute_unprepared("CHECKPOINT").await?;
    } else {
        connection.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    Ok(())
}

/// A hundredth of all orders is one customer's, and a hundredth another's. One in a thousand waits for an answer, and one
/// is on hold. None is approved: the server would start those beside what is measured.
fn statements(sql: &Sql, numbers: &str) -> [String; 6] {
    let created = format!("{BEGINNING} + i * {BETWEEN_ORDERS}");
    let updated = sql.time(&format!("{created} + ({}) % 86400 * 1000", hash(5)));
    let (tenant, order) = (sql.id("001", "0"), sql.id_at("008", &created, "i"));
    let created = sql.time(&created);
    let buyer = buyer();
    let (customer, agreement) = (sql.id("004", &buyer), sql.id("007", &buyer));
    let partner = sql.id("003", &format!("({buyer}) % 50"));
    let number = sql.number();
    let status = "CASE WHEN h < 1 THEN 'PENDING_APPROVAL' WHEN h < 2 THEN 'ON_HOLD' WHEN h < 12 THEN 'DRAFT' \
         WHEN h < 32 THEN 'REJECTED' WHEN h < 72 THEN 'CANCELLED' WHEN h < 82 THEN 'FAILED' \
         WHEN h < 92 THEN 'PARTIALLY_COMPLETED' \
         WHEN h < 122 THEN 'PROVISIONING' ELSE 'COMPLETED' END"
        .replace("h <", &format!("{} % 1000 <", hash(1)));
    // The first product is in every order, the last in every 300th, and the one before was sold long ago.
    let chosen = format!(
        "CASE WHEN line = 0 THEN {} % 2 WHEN line = 1 AND i % 300 = 17 THEN 38 \
         WHEN line = 1 AND i < 9000 AND i % 9 = 0 THEN 36 ELSE {} % 36 END",
        hash(7),
        hash(11)
    );
    let line = sql.id("009", "(i * 3 + line)");
    let (product, offer) = (sql.id("005", &format!("({chosen}) / 2")), sql.id("006", &chosen));
    let word = |word: &str| {
        format!(
            "INSERT INTO search_term (tenant_id, kind, word, subject_id) \
             SELECT {tenant}, 'order', {word}, {order} {numbers} ORDER BY 3"
        )
    };
    [
        format!(
            "INSERT INTO \"order\" (id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency, \
             po_number, placed_by, net_amount, tax_amount, gross_amount, version, created_at, updated_at) \
             SELECT {order}, {tenant}, 'ORD-' || {number}, {customer}, {partner}, {agreement}, {status}, 'EUR', \
             'PO' || (i / 10), 'user:anna', 9000, 2250, 11250, 3, {created}, {updated} {numbers}"
        ),
        format!(
            "INSERT INTO order_line (id, tenant_id, order_id, order_created_at, line_number, action, status, product_id, offer_id, \
             quantity, unit_amount, tax_basis_points, net_amount, provisioning, attempts) \
             SELECT {line}, {tenant}, {order}, {created}, line + 1, 'BUY', 'COMPLETED', {product}, {offer}, 3, 1000, 2500, \
             3000, 'MANUAL', 1 \
             {numbers} CROSS JOIN (SELECT 0 AS line UNION ALL SELECT 1 UNION ALL SELECT 2) AS lines"
        ),
        word("'ord'"),
        word(&format!("lower({number})")),
        word(&format!("'ord-' || lower({number})")),
        word("'po' || (i / 10)"),
    ]
}

fn statements_of_events(sql: &Sql, last: u64) -> [String; 2] {
    let created = format!("{BEGINNING} + i * {BETWEEN_ORDERS}");
    let (tenant, order) = (sql.id("001", "0"), sql.id_at("008", &created, "i"));
    let (event, buyer) = (sql.id_at("010", &created, "i"), buyer());
    let (customer, partner) = (sql.id("004", &buyer), sql.id("003", &format!("({buyer}) % 50")));
    let created = sql.time(&created);
    [
        format!(
            "INSERT INTO event (id, tenant_id, position, kind, subject_kind, subject_id, customer_id, partner_id, order_id, \
             order_version, \"trigger\", from_status, to_status, actor_kind, actor, occurred_at) \
             SELECT {event}, {tenant}, i, 'ORDER_STATUS_CHANGED', 'ORDER', {order}, {customer}, {partner}, {order}, 2, \
             'SUBMIT', 'DRAFT', 'SUBMITTED', 'API_KEY', 'anna', {created} {}",
            sql.numbers(1, last)
        ),
        format!("UPDATE event_log SET latest_position = {last} WHERE tenant_id = {tenant}"),
    ]
}

/// The number of the customer of an order.
fn buyer() -> String {
    format!("CASE {0} % 100 WHEN 0 THEN 0 WHEN 1 THEN 17 ELSE {1} % 2000 END", hash(2), hash(3))
}

fn statements_of_holdings(sql: &Sql, last: u64) -> [String; 6] {
    const MONTH: u64 = 30 * 86_400_000;
    let begun = format!("{BEGINNING} + i * {BETWEEN_ORDERS}");
    let (tenant, order, created) =
        (sql.id("001", "0"), sql.id_at("008", &begun, "i"), sql.time(&begun));
    let buyer = buyer();
    let (customer, agreement) = (sql.id("004", &buyer), sql.id("007", &buyer));
    let partner = sql.id("003", &format!("({buyer}) % 50"));
    let (offer, product) = (sql.id("006", "(i % 36)"), sql.id("005", "(i % 36 / 2)"));
    let (subscription, edition) = (sql.id("00c", "i"), |product: &str| sql.id("00e", product));
    let editions = sql.numbers(0, 19);
    let numbers = sql.numbers(1, last);
    let invoices = sql.numbers(1, (last / 4).max(1));
    let of_each = |times: u64| {
        let numbers: Vec<_> = (0..times).map(|n| format!("SELECT {n} AS n")).collect();
        format!("CROSS JOIN ({}) AS times", numbers.join(" UNION ALL "))
    };
    [
        format!(
            "INSERT INTO edition (id, tenant_id, product_id, name, features, limitations, variables, version, \
             created_at, updated_at) \
             SELECT {}, {tenant}, {}, 'Edition ' || i, '[\"export\",\"audit\"]', '[]', '[]', 1, {created}, {created} {editions}",
            edition("i"),
            sql.id("005", "i"),
        ),
        format!(
            "INSERT INTO subscription (id, tenant_id, number, customer_id, partner_id, product_id, offer_id, agreement_id, \
             order_id, status, quantity, currency, unit_amount, tax_basis_points, activated_at, version, created_at, \
             updated_at) \
             SELECT {subscription}, {tenant}, 'SUB-' || i, {customer}, {partner}, {product}, {offer}, {agreement}, {order}, \
             'ACTIVE', 3, 'EUR', 1000, 2500, {created}, 1, {created}, {created} {numbers}"
        ),
        format!(
            "INSERT INTO subscription_period (id, tenant_id, subscription_id, period_number, starts_at, ends_at, quantity, \
             unit_amount) \
             SELECT {}, {tenant}, {subscription}, n + 1, {}, {}, 3, 1000 {numbers} {}",
            sql.id("00d", "(i * 2 + n)"),
            sql.time(&format!("{begun} + n * {MONTH}")),
            sql.time(&format!("{begun} + (n + 1) * {MONTH}")),
            of_each(2),
        ),
        format!(
            "INSERT INTO license (id, tenant_id, license_key, customer_id, partner_id, product_id, edition_id, \
             subscription_id, order_id, status, user_limit, starts_at, version, created_at, updated_at) \
             SELECT {}, {tenant}, 'KEY-' || i, {customer}, {partner}, {product}, {}, {subscription}, {order}, 'ACTIVE', 3, \
             {created}, 1, {created}, {created} {numbers}",
            sql.id("00f", "i"),
            edition("(i % 36 / 2)"),
        ),
        format!(
            "INSERT INTO invoice (id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency, net_amount, \
             tax_amount, gross_amount, issued_at, due_on, version, created_at, updated_at) \
             SELECT {}, {tenant}, 'INV-' || i, {customer}, {partner}, {agreement}, 'ISSUED', 'EUR', 12000, 3000, 15000, \
             {created}, '2999-12-31', 2, {created}, {created} {invoices}",
            sql.id("010", "i"),
        ),
        format!(
            "INSERT INTO invoice_line (id, tenant_id, invoice_id, line_number, subscription_id, charge_type, description, \
             quantity, unit_amount, tax_basis_points, net_amount, created_at) \
             SELECT {}, {tenant}, {}, n + 1, {}, 'CYCLE_FEE', 'Offer ' || n, 3, 1000, 2500, 3000, {created} {invoices} {}",
            sql.id("011", "(i * 4 + n)"),
            sql.id("010", "i"),
            sql.id("00c", "(i * 4 - n)"),
            of_each(4),
        ),
    ]
}

fn statements_of_billing(sql: &Sql, since: NaiveDate, until: NaiveDate) -> [String; 6] {
    let (offer, json) =
        if sql.postgres { ("offer_id::text", "::jsonb") } else { ("lower(hex(offer_id))", "") };
    let plan = format!(
        r#"('{{"id":"00000000-0000-0000-0000-000000000000","steps":[{{"periods":null,"billingPeriod":"MONTHLY","components":[{{"id":"'
        || {offer} || '","name":"Offer","unitAmount":1000,"timing":"IN_ADVANCE","taxCodeId":null,"taxBasisPoints":2500}}]}}],
        "alignment":"ANNIVERSARY","proration":{{"firstPeriod":"BY_DAY","increase":"BY_DAY","decrease":"BY_DAY",
        "paidCancellation":"BY_DAY","unpaidCancellation":"BY_DAY"}},"cancellationDay":"CREDITED","suspension":"CONTINUES",
        "refundWindowHours":null,"leadDays":0,"taxInclusive":false}}'){json}"#
    );
    let (starts_at, ends_at) = (sql.midnight(since), sql.midnight(until));
    let id_of = |kind: &str| sql.id(kind, "CAST(substr(subscription.number, 5) AS BIGINT)");
    [
        format!(
            "UPDATE subscription SET first_day = '{since}', first_quantity = 3, anchor_day = 1, \
             activated_at = {starts_at}, plan_instance = {plan}"
        ),
        format!(
            "UPDATE invoice_line SET cause = 'PERIOD-1', component_id = (SELECT offer_id FROM subscription \
             WHERE subscription.id = invoice_line.subscription_id), billed_quantity = 3, starts_on = '{since}', \
             ends_on = '{until}', issued_on = '{since}', due_on = '{since}', share_days = 1, share_of_days = 1"
        ),
        format!(
            "INSERT INTO billing_period (id, tenant_id, subscription_id, number, starts_at, ends_at, starts_on, ends_on) \
             SELECT {}, tenant_id, id, 1, {starts_at}, {ends_at}, '{since}', '{until}' FROM subscription",
            id_of("012"),
        ),
        "DELETE FROM subscription_period WHERE period_number > 1".to_owned(),
        format!("UPDATE subscription_period SET starts_at = {starts_at}, ends_at = {ends_at}"),
        // What is issued is not measured here.
        "UPDATE tenant SET draft_grace_days = 365".to_owned(),
    ]
}

/// Something between 0 and 65,535 that looks like chance.
fn hash(salt: u64) -> String {
    format!("((i * {} + {salt}) % 4294967291 / 65537)", 2_654_435_761 - salt * 104_729_000)
}

/// What the databases say differently.
struct Sql {
    postgres: bool,
}

impl Sql {
    fn of(connection: &DatabaseConnection) -> Self {
        Self { postgres: connection.get_database_backend() == DatabaseBackend::Postgres }
    }

    fn id(&self, kind: &str, index: &str) -> String {
        self.id_at(kind, &BEGINNING.to_string(), index)
    }

    /// The same as [`uuid()`].
    fn id_at(&self, kind: &str, milliseconds: &str, index: &str) -> String {
        if self.postgres {
            format!(
                "(lpad(to_hex({milliseconds}), 12, '0') || '7{kind}8' || lpad(to_hex({index}), 15, '0'))::uuid"
            )
        } else {
            format!("unhex(printf('%012x7{kind}8%015x', {milliseconds}, {index}))")
        }
    }

    fn time(&self, milliseconds: &str) -> String {
        if self.postgres {
            format!("to_timestamp(({milliseconds}) / 1000)")
        } else {
            format!(
                "strftime('%Y-%m-%dT%H:%M:%S', ({milliseconds}) / 1000, 'unixepoch') || '+00:00'"
            )
        }
    }

    fn midnight(&self, day: NaiveDate) -> String {
        if self.postgres {
            format!("'{day} 00:00:00+00'::timestamptz")
        } else {
            format!("'{day}T00:00:00+00:00'")
        }
    }

    /// Ten characters, of which nothing can be told from the first.
    fn number(&self) -> String {
        if self.postgres {
            "upper(lpad(to_hex((i * 2654435761) % 65536), 4, '0') || lpad(to_hex(i), 6, '0'))"
                .to_owned()
        } else {
            "printf('%04X%06X', (i * 2654435761) % 65536, i)".to_owned()
        }
    }

    fn numbers(&self, first: u64, last: u64) -> String {
        if self.postgres {
            format!("FROM generate_series({first}::bigint, {last}) AS numbers (i)")
        } else {
            format!(
                "FROM (WITH RECURSIVE numbers (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM numbers \
                 WHERE i < {last}) SELECT i FROM numbers) AS numbers"
            )
        }
    }
}
