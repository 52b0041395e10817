//! What it costs to bill a subscription at least: the statements that the server executes for it.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement as Sql};
use uuid::Uuid;

use super::writes::{
    EVENT_COLUMNS, NO_ID, NO_TEXT, Statement, Value, id, insert, now, statement, text,
};
use crate::fill;

const MOST_ROWS: usize = 1_000;

/// A subscription whose second period has begun.
pub(crate) struct Renewal {
    subscription: Uuid,
    customer: Uuid,
    partner: Uuid,
    agreement: Uuid,
    offer: Uuid,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
}

impl Renewal {
    /// The subscriptions with the numbers from `first` to `last`, those of each customer together.
    pub(crate) async fn read(
        connection: &DatabaseConnection,
        (first, last): (u64, u64),
        (starts_on, ends_on): (NaiveDate, NaiveDate),
    ) -> anyhow::Result<Vec<Self>> {
        let sql = format!(
            "SELECT id, customer_id, partner_id, agreement_id, offer_id FROM subscription \
             WHERE CAST(substr(number, 5) AS INTEGER) BETWEEN {first} AND {last} ORDER BY customer_id, id"
        );
        let rows = connection
            .query_all_raw(Sql::from_string(connection.get_database_backend(), sql))
            .await?;
        let renewal = |row: &sea_orm::QueryResult| {
            Ok(Self {
                subscription: row.try_get_by_index(0)?,
                customer: row.try_get_by_index(1)?,
                partner: row.try_get_by_index(2)?,
                agreement: row.try_get_by_index(3)?,
                offer: row.try_get_by_index(4)?,
                starts_on,
                ends_on,
            })
        };
        rows.iter().map(renewal).collect()
    }
}

/// The statements of each transaction, of at least `together` subscriptions: a customer's are in one, because the first of
/// them begins its draft.
pub(crate) fn transactions(
    renewals: &[Renewal],
    together: usize,
    locks: bool,
) -> Vec<Vec<Statement>> {
    let mut drafts: HashMap<Uuid, (Uuid, i32)> = HashMap::new();
    let mut some: Vec<&Renewal> = Vec::new();
    let mut transactions = Vec::new();
    for of_customer in renewals.chunk_by(|one, next| one.customer == next.customer) {
        some.extend(of_customer);
        if some.len() >= together {
            transactions.push(transaction(&some, &mut drafts, locks));
            some.clear();
        }
    }
    if !some.is_empty() {
        transactions.push(transaction(&some, &mut drafts, locks));
    }
    transactions
}

fn transaction(
    some: &[&Renewal],
    drafts: &mut HashMap<Uuid, (Uuid, i32)>,
    locks: bool,
) -> Vec<Statement> {
    let tenant = || id(fill::tenant());
    let (lock, free, share) = if locks {
        (" FOR NO KEY UPDATE", " FOR NO KEY UPDATE SKIP LOCKED", " FOR SHARE")
    } else {
        ("", "", "")
    };
    let ids = || some.iter().map(|renewal| id(renewal.subscription));
    let places: Vec<_> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
    let among = |columns: &str| {
        let places = places.join(", ");
        format!("SELECT {columns} FROM subscription WHERE tenant_id = $1 AND id IN ({places})")
    };
    let with_tenant = || [tenant()].into_iter().chain(ids()).collect();
    let mut statements = vec![
        statement(format!("SELECT token FROM lease WHERE name = 'billing'{share}"), vec![]),
        statement(format!("{} ORDER BY id{free}", among("id")), with_tenant()),
        statement("SELECT * FROM tenant WHERE id = $1", vec![tenant()]),
        statement("SELECT * FROM tax_rate WHERE tenant_id = $1", vec![tenant()]),
    ];
    let mut events = Vec::new();
    for renewal in some {
        bill(renewal, drafts, lock, &mut statements, &mut events);
    }
    statements.push(statement(among("id, next_billing_at, billing_held_since"), with_tenant()));
    statements.push(statement(
        format!("SELECT * FROM billing_run WHERE tenant_id = $1 ORDER BY id LIMIT 1{lock}"),
        vec![tenant()],
    ));
    statements.push(statement(
        "UPDATE billing_run SET updated_at = updated_at WHERE tenant_id = $1 AND id IN \
         (SELECT id FROM billing_run WHERE tenant_id = $1 ORDER BY id LIMIT 1)",
        vec![tenant()],
    ));
    // One customer may have more than a statement has parameters for.
    let parts = events.chunks(MOST_ROWS);
    statements.extend(parts.map(|part| insert("event", EVENT_COLUMNS, part.to_vec())));
    statements
}

fn bill(
    renewal: &Renewal,
    drafts: &mut HashMap<Uuid, (Uuid, i32)>,
    lock: &str,
    statements: &mut Vec<Statement>,
    events: &mut Vec<Vec<Value>>,
) {
    let Renewal { subscription, customer, partner, agreement, offer, starts_on, ends_on } = renewal;
    let (tenant, now) = (|| id(fill::tenant()), now());
    let of_subscription = || vec![tenant(), id(*subscription)];
    let moment = || Value::Time(Some(now));
    let mut event = |kind: &str, subject: &str, about: Uuid| {
        events.push(vec![
            id(Uuid::now_v7()),
            tenant(),
            text(kind),
            text(subject),
            id(about),
            id(*customer),
            id(*partner),
            NO_ID,
            NO_ID,
            Value::Int(None),
            NO_TEXT,
            NO_TEXT,
            NO_TEXT,
            text("SYSTEM"),
            text("system"),
            NO_TEXT,
            moment(),
        ]);
    };
    let read = |sql: &str| statement(sql, of_subscription());
    statements.extend([
        statement(
            format!("SELECT * FROM subscription WHERE tenant_id = $1 AND id = $2{lock}"),
            of_subscription(),
        ),
        read(
            "SELECT * FROM subscription_change WHERE tenant_id = $1 AND subscription_id = $2 \
             AND status IN ('EXECUTED', 'PENDING') ORDER BY created_at, id",
        ),
        read(
            "SELECT * FROM invoice_line WHERE tenant_id = $1 AND subscription_id = $2 AND cause <> '' \
             ORDER BY created_at, id",
        ),
        read(
            "SELECT * FROM billing_period WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY number DESC LIMIT 1",
        ),
        insert(
            "billing_period",
            "id, tenant_id, subscription_id, number, starts_at",
            vec![vec![id(Uuid::now_v7()), tenant(), id(*subscription), Value::Int(Some(2)), moment()]],
        ),
        read(
            "SELECT * FROM subscription_period WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY period_number",
        ),
        insert(
            "subscription_period",
            "id, tenant_id, subscription_id, period_number, starts_at, quantity, unit_amount",
            vec![vec![
                id(Uuid::now_v7()),
                tenant(),
                id(*subscription),
                Value::Int(Some(2)),
                moment(),
                Value::Int(Some(3)),
                Value::Long(1_000),
            ]],
        ),
        statement("SELECT * FROM customer WHERE id = $1", vec![id(*customer)]),
        statement(
            format!(
                "SELECT * FROM invoice WHERE tenant_id = $1 AND customer_id = $2 AND currency = 'EUR' AND kind = 'INVOICE' \
                 AND status = 'DRAFT' AND credit_reason IS NULL AND closes_on >= '{starts_on}' AND partner_id = $3 \
                 AND agreement_id = $4 ORDER BY closes_on LIMIT 1{lock}"
            ),
            vec![tenant(), id(*customer), id(*partner), id(*agreement)],
        ),
    ]);
    let is_new = !drafts.contains_key(customer);
    let (draft, lines) = drafts.entry(*customer).or_insert_with(|| (Uuid::now_v7(), 0));
    *lines += 1;
    if is_new {
        // One that the server has begun closes earlier.
        let sql = format!(
            "INSERT INTO invoice (id, tenant_id, customer_id, partner_id, agreement_id, status, currency, net_amount, \
             tax_amount, gross_amount, closes_on, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 'DRAFT', 'EUR', 0, 0, 0, '{ends_on}', 1, $6, $6)"
        );
        let values =
            vec![id(*draft), tenant(), id(*customer), id(*partner), id(*agreement), moment()];
        statements.push(statement(sql, values));
        event("INVOICE_CREATED", "INVOICE", *draft);
    }
    let line = format!(
        "INSERT INTO invoice_line (id, tenant_id, invoice_id, line_number, subscription_id, charge_type, description, \
         quantity, unit_amount, tax_basis_points, net_amount, period_starts_at, created_at, component_id, \
         billed_quantity, starts_on, ends_on, share_days, share_of_days, cause, issued_on, due_on) \
         VALUES ($1, $2, $3, $4, $5, 'CYCLE_FEE', 'Offer', 3, 1000, 2500, 3000, $6, $6, $7, 3, '{starts_on}', '{ends_on}', \
         1, 1, 'PERIOD-2', '{starts_on}', '{starts_on}')"
    );
    let values = vec![
        id(Uuid::now_v7()),
        tenant(),
        id(*draft),
        Value::Int(Some(*lines)),
        id(*subscription),
        moment(),
        id(*offer),
    ];
    let invoice = || vec![tenant(), id(*draft)];
    statements.extend([
        statement(
            "SELECT tax_category, tax_basis_points, SUM(net_amount), MAX(line_number) FROM invoice_line \
             WHERE tenant_id = $1 AND invoice_id = $2 GROUP BY tax_category, tax_basis_points",
            invoice(),
        ),
        statement(line, values),
        statement(
            "UPDATE invoice SET net_amount = net_amount + 3000, tax_amount = tax_amount + 750, \
             gross_amount = gross_amount + 3750, version = version + 1, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2",
            [invoice(), vec![moment()]].concat(),
        ),
        statement(
            "UPDATE subscription SET next_billing_at = NULL, ends_on = NULL, anchor_day = 1, version = version + 1, \
             updated_at = $3 WHERE tenant_id = $1 AND id = $2",
            [of_subscription(), vec![moment()]].concat(),
        ),
    ]);
    event("INVOICE_LINE_ADDED", "INVOICE", *draft);
    event("SUBSCRIPTION_RENEWED", "SUBSCRIPTION", *subscription);
}
