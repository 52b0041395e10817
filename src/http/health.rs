//! Whether the server runs, whether it can serve, and where its doors are.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::time::timeout;
use tracing::warn;

use super::gateway::Gateway;
use crate::store::Unready;

const TIMEOUT: Duration = Duration::from_secs(3);

/// The process answers, and says which release it is.
pub(super) async fn alive() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The database answers and is up to date, and the server is not about to stop.
pub(super) async fn ready<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    if gateway.stop.is_cancelled() {
        return unready("draining", None);
    }
    let ready = gateway.readiness.get(async || look(&gateway).await);
    match ready.await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(Trouble { because, reason }) => unready(because, reason),
    }
}

/// Why a node cannot serve, in a word that monitors can look for, and in a sentence where there is one.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    because: &'static str,
    reason: Option<String>,
}

async fn look<E>(gateway: &Gateway<E>) -> Result<(), Trouble> {
    let trouble = |because, reason| Err(Trouble { because, reason });
    match timeout(TIMEOUT, gateway.app.store.ready()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Unready::Database(cause))) => {
            warn!("not ready: {cause:#}");
            trouble("database", None)
        }
        // Logged by whoever could not write.
        Ok(Err(Unready::Writing(reason))) => trouble("writing", Some(reason)),
        Ok(Err(Unready::Migrations(pending))) => {
            trouble("migrations", Some(format!("{pending} migrations are pending")))
        }
        Err(_) => {
            warn!("not ready: the database does not answer");
            trouble("database", None)
        }
    }
}

fn unready(because: &str, reason: Option<String>) -> Response {
    let mut body = json!({ "status": "unready", "because": because });
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

/// What there is to find here.
pub(super) async fn index<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    let mut links = json!({
        "graphql": "/graphql",
        "health": "/healthz",
        "readiness": "/readyz",
    });
    if gateway.config.graphiql.is_some() {
        links["graphiql"] = json!("/graphiql/");
    }
    Json(json!({ "name": "Ordergate", "links": links })).into_response()
}
