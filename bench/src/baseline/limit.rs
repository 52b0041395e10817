//! The limit of what a server on this machine can do: HTTP, and one SQL statement that builds the whole answer.
//!
//! It asks nobody who is calling and checks no request.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use sea_orm::sqlx::{
    self, PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::net::TcpListener;
use uuid::Uuid;

#[derive(Clone)]
struct Limit {
    pool: Pool,
    tenant: Uuid,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub(super) async fn serve(
    listen: SocketAddr,
    url: &str,
    tenant: Uuid,
    connections: u32,
) -> anyhow::Result<()> {
    let pool = if url.starts_with("sqlite:") {
        let options = url.parse::<SqliteConnectOptions>()?.read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(connections);
        Pool::Sqlite(pool.connect_with(options).await?)
    } else {
        Pool::Postgres(PgPoolOptions::new().max_connections(connections).connect(url).await?)
    };
    let router = Router::new()
        .route("/orders", post(orders))
        .route("/orders/{id}", post(order))
        .with_state(Limit { pool, tenant });
    axum::serve(TcpListener::bind(listen).await?, router).await?;
    Ok(())
}

async fn orders(State(limit): State<Limit>) -> Response {
    answer(match &limit.pool {
        Pool::Sqlite(pool) => {
            sqlx::query_scalar(SQLITE_PAGE).bind(limit.tenant).fetch_one(pool).await
        }
        Pool::Postgres(pool) => {
            sqlx::query_scalar(POSTGRES_PAGE).bind(limit.tenant).fetch_one(pool).await
        }
    })
}

async fn order(State(limit): State<Limit>, Path(id): Path<Uuid>) -> Response {
    answer(match &limit.pool {
        Pool::Sqlite(pool) => {
            sqlx::query_scalar(SQLITE_ORDER).bind(limit.tenant).bind(id).fetch_one(pool).await
        }
        Pool::Postgres(pool) => {
            sqlx::query_scalar(POSTGRES_ORDER).bind(limit.tenant).bind(id).fetch_one(pool).await
        }
    })
}

fn answer(body: Result<String, sqlx::Error>) -> Response {
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

const SQLITE_PAGE: &str = r#"
WITH page AS (
    SELECT id, number, status, currency, po_number, customer_id, created_at
    FROM "order" WHERE tenant_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 21
)
SELECT json_object('data', json_object('orders', json_object(
    'nodes', (SELECT json_group_array(json(row)) FROM (SELECT json_object(
        'id', 'order_' || lower(hex(page.id)), 'number', number, 'status', status, 'currency', currency,
        'poNumber', po_number,
        'customer', (SELECT json_object('id', 'customer_' || lower(hex(customer.id)), 'name', name)
                     FROM customer WHERE customer.id = page.customer_id),
        'lines', (SELECT json_group_array(json_object(
                'id', 'line_' || lower(hex(line.id)), 'lineNumber', line_number, 'quantity', quantity,
                'status', line.status,
                'offer', json_object('id', 'offer_' || lower(hex(offer.id)), 'name', offer.name),
                'product', json_object('id', 'product_' || lower(hex(product.id)), 'name', product.name)
            ) ORDER BY line_number)
            FROM order_line AS line
            JOIN offer ON offer.id = line.offer_id
            JOIN product ON product.id = line.product_id
            WHERE line.tenant_id = ?1 AND line.order_id = page.id)
        ) AS row FROM page ORDER BY created_at DESC, id DESC LIMIT 20)),
    'pageInfo', json_object('hasNextPage', json(iif((SELECT count(*) FROM page) > 20, 'true', 'false')))
)))
"#;

const POSTGRES_PAGE: &str = r#"
WITH page AS (
    SELECT id, number, status, currency, po_number, customer_id, created_at
    FROM "order" WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 21
)
SELECT json_build_object('data', json_build_object('orders', json_build_object(
    'nodes', (SELECT json_agg(row) FROM (SELECT json_build_object(
        'id', 'order_' || replace(page.id::text, '-', ''), 'number', number, 'status', status, 'currency', currency,
        'poNumber', po_number,
        'customer', (SELECT json_build_object('id', 'customer_' || replace(customer.id::text, '-', ''), 'name', name)
                     FROM customer WHERE customer.id = page.customer_id),
        'lines', (SELECT json_agg(json_build_object(
                'id', 'line_' || replace(line.id::text, '-', ''), 'lineNumber', line_number, 'quantity', quantity,
                'status', line.status,
                'offer', json_build_object('id', 'offer_' || replace(offer.id::text, '-', ''), 'name', offer.name),
                'product', json_build_object('id', 'product_' || replace(product.id::text, '-', ''), 'name', product.name)
            ) ORDER BY line_number)
            FROM order_line AS line
            JOIN offer ON offer.id = line.offer_id
            JOIN product ON product.id = line.product_id
            WHERE line.tenant_id = $1 AND line.order_id = page.id)
        ) AS row FROM page ORDER BY created_at DESC, id DESC LIMIT 20) AS rows),
    'pageInfo', json_build_object('hasNextPage', (SELECT count(*) FROM page) > 20)
)))::text
"#;

const SQLITE_ORDER: &str = r#"
SELECT json_object('data', json_object('order', json_object(
    'id', 'order_' || lower(hex("order".id)), 'number', "order".number, 'status', "order".status,
    'currency', "order".currency, 'poNumber', po_number, 'placedBy', placed_by, 'version', "order".version,
    'customer', json_object(
        'id', 'customer_' || lower(hex(customer.id)), 'customerNumber', customer_number, 'name', customer.name),
    'partner', json_object('partnerNumber', partner_number, 'name', partner.name),
    'agreement', json_object('number', agreement.number, 'currency', agreement.currency),
    'lines', (SELECT json_group_array(json_object(
            'id', 'line_' || lower(hex(line.id)), 'lineNumber', line_number, 'quantity', line.quantity,
            'status', line.status,
            'offer', json_object('id', 'offer_' || lower(hex(offer.id)), 'name', offer.name),
            'product', json_object('id', 'product_' || lower(hex(product.id)), 'name', product.name),
            'subscription', json_object('number', subscription.number, 'status', subscription.status)
        ) ORDER BY line_number)
        FROM order_line AS line
        JOIN offer ON offer.id = line.offer_id
        JOIN product ON product.id = line.product_id
        JOIN subscription ON subscription.id = line.subscription_id
        WHERE line.tenant_id = ?1 AND line.order_id = ?2),
    'approvals', (SELECT json_group_array(json_object('level', level, 'decision', decision) ORDER BY level)
        FROM approval WHERE tenant_id = ?1 AND order_id = ?2),
    'totals', json_object('net', json_object('minorUnits', cast(net_amount AS TEXT)),
        'gross', json_object('minorUnits', cast(gross_amount AS TEXT))),
    'licenses', (SELECT json_group_array(json_object('licenseKey', license_key))
        FROM license WHERE tenant_id = ?1 AND order_id = ?2),
    'history', json_object('nodes', (SELECT json_group_array(json_object(
            'position', cast(position AS TEXT), 'kind', kind, 'toStatus', to_status, 'actor', actor
        ) ORDER BY sequence)
        FROM event WHERE tenant_id = ?1 AND order_id = ?2))
)))
FROM "order"
JOIN customer ON customer.id = "order".customer_id
JOIN partner ON partner.id = "order".partner_id
JOIN agreement ON agreement.id = "order".agreement_id
WHERE "order".tenant_id = ?1 AND "order".id = ?2
"#;

const POSTGRES_ORDER: &str = r#"
SELECT json_build_object('data', json_build_object('order', json_build_object(
    'id', 'order_' || replace("order".id::text, '-', ''), 'number', "order".number, 'status', "order".status,
    'currency', "order".currency, 'poNumber', po_number, 'placedBy', placed_by, 'version', "order".version,
    'customer', json_build_object('id', 'customer_' || replace(customer.id::text, '-', ''),
        'customerNumber', customer_number, 'name', customer.name),
    'partner', json_build_object('partnerNumber', partner_number, 'name', partner.name),
    'agreement', json_build_object('number', agreement.number, 'currency', agreement.currency),
    'lines', (SELECT json_agg(json_build_object(
            'id', 'line_' || replace(line.id::text, '-', ''), 'lineNumber', line_number, 'quantity', line.quantity,
            'status', line.status,
            'offer', json_build_object('id', 'offer_' || replace(offer.id::text, '-', ''), 'name', offer.name),
            'product', json_build_object('id', 'product_' || replace(product.id::text, '-', ''), 'name', product.name),
            'subscription', json_build_object('number', subscription.number, 'status', subscription.status)
        ) ORDER BY line_number)
        FROM order_line AS line
        JOIN offer ON offer.id = line.offer_id
        JOIN product ON product.id = line.product_id
        JOIN subscription ON subscription.id = line.subscription_id
        WHERE line.tenant_id = $1 AND line.order_id = $2),
    'approvals', (SELECT json_agg(json_build_object('level', level, 'decision', decision) ORDER BY level)
        FROM approval WHERE tenant_id = $1 AND order_id = $2),
    'totals', json_build_object('net', json_build_object('minorUnits', net_amount::text),
        'gross', json_build_object('minorUnits', gross_amount::text)),
    'licenses', (SELECT coalesce(json_agg(json_build_object('licenseKey', license_key)), '[]')
        FROM license WHERE tenant_id = $1 AND order_id = $2),
    'history', json_build_object('nodes', (SELECT json_agg(json_build_object(
            'position', position::text, 'kind', kind, 'toStatus', to_status, 'actor', actor
        ) ORDER BY sequence)
        FROM event WHERE tenant_id = $1 AND order_id = $2))
)))::text
FROM "order"
JOIN customer ON customer.id = "order".customer_id
JOIN partner ON partner.id = "order".partner_id
JOIN agreement ON agreement.id = "order".agreement_id
WHERE "order".tenant_id = $1 AND "order".id = $2
"#;
