//! The limit of what a server on this machine can do: HTTP, one SQL statement that reads what is asked for and nothing
//! else, as rows within rows, and a few lines that write them as JSON.
//!
//! It asks nobody who is calling and checks no request.

mod catalogue;
mod json;
mod orders;
mod record;
mod statements;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use sea_orm::sqlx::{
    self, PgPool, Row, SqlitePool,
    postgres::{PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::{net::TcpListener, sync::watch};
use uuid::Uuid;

use self::{
    catalogue::Catalogue,
    json::JsonCells,
    orders::{Cells, order_of_a_page, whole_order},
    record::RecordCells,
};

/// How many orders a page has.
const PAGE: usize = 20;

/// How the answer with a page begins.
const NODES: &str = r#"{"data":{"orders":{"nodes":"#;

#[derive(Clone)]
struct Limit {
    pool: Pool,
    tenant: Uuid,
}

#[derive(Clone)]
enum Pool {
    /// The catalogue is joined.
    Sqlite(SqlitePool),
    /// The catalogue is remembered: joined, it costs a page a third of its rate, though an order by its id nothing.
    Postgres(PgPool, watch::Receiver<Arc<Catalogue>>),
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
        let pool = PgPoolOptions::new().max_connections(connections).connect(url).await?;
        let catalogue = catalogue::remember(pool.clone(), tenant).await?;
        Pool::Postgres(pool, catalogue)
    };
    let router = Router::new()
        .route("/orders", post(orders))
        .route("/orders/{id}", post(order))
        .with_state(Limit { pool, tenant });
    axum::serve(TcpListener::bind(listen).await?, router).await?;
    Ok(())
}

async fn orders(State(limit): State<Limit>) -> Response {
    answer(limit.orders().await)
}

async fn order(State(limit): State<Limit>, Path(id): Path<Uuid>) -> Response {
    answer(limit.order(id).await)
}

fn answer(body: Result<Vec<u8>, sqlx::Error>) -> Response {
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

impl Limit {
    async fn orders(&self) -> Result<Vec<u8>, sqlx::Error> {
        let mut json = Vec::with_capacity(16 * 1024);
        let has_next_page = match &self.pool {
            Pool::Sqlite(pool) => {
                let (nodes, has_next_page): (String, bool) =
                    sqlx::query_as(statements::SQLITE_PAGE)
                        .bind(self.tenant)
                        .fetch_one(pool)
                        .await?;
                JsonCells::of(&nodes).each(NODES, &mut json, order_of_a_page);
                has_next_page
            }
            Pool::Postgres(pool, catalogue) => {
                let rows: Vec<PgRow> = sqlx::query(statements::POSTGRES_PAGE)
                    .bind(self.tenant)
                    .fetch_all(pool)
                    .await?;
                let catalogue = catalogue.borrow().clone();
                json.extend(NODES.bytes());
                json.push(b'[');
                for (index, row) in rows.iter().take(PAGE).enumerate() {
                    if index > 0 {
                        json.push(b',');
                    }
                    order_of_a_page(&mut record(row, &catalogue)?, &mut json);
                }
                json.push(b']');
                rows.len() > PAGE
            }
        };
        json.extend(format!(r#","pageInfo":{{"hasNextPage":{has_next_page}}}}}}}}}"#).bytes());
        Ok(json)
    }

    async fn order(&self, id: Uuid) -> Result<Vec<u8>, sqlx::Error> {
        let mut json = Vec::with_capacity(4 * 1024);
        json.extend(br#"{"data":{"order":"#);
        match &self.pool {
            Pool::Sqlite(pool) => {
                let order: String = sqlx::query_scalar(statements::SQLITE_ORDER)
                    .bind(self.tenant)
                    .bind(id)
                    .fetch_one(pool)
                    .await?;
                whole_order(&mut JsonCells::of_row(&order), &mut json);
            }
            Pool::Postgres(pool, catalogue) => {
                let row = sqlx::query(statements::POSTGRES_ORDER)
                    .bind(self.tenant)
                    .bind(id)
                    .fetch_one(pool)
                    .await?;
                let catalogue = catalogue.borrow().clone();
                whole_order(&mut record(&row, &catalogue)?, &mut json);
            }
        }
        json.extend(b"}}");
        Ok(json)
    }
}

/// The only cell of a row, a record, as PostgreSQL sends it.
fn record<'a>(row: &'a PgRow, catalogue: &'a Catalogue) -> Result<RecordCells<'a>, sqlx::Error> {
    let bytes = row.try_get_raw(0)?.as_bytes().map_err(sqlx::Error::Decode)?;
    Ok(RecordCells::of(bytes, catalogue))
}
