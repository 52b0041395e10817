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

const TIMEOUT: Duration = Duration::from_secs(3);

/// The process answers, and says which release it is.
pub(super) async fn alive() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The database answers and is up to date, and the server is not about to stop.
pub(super) async fn ready<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    if gateway.stop.is_cancelled() {
        return unready("draining");
    }
    let ready = gateway.readiness.get(async || look(&gateway).await);
    match ready.await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(because) => unready(&because),
    }
}

async fn look<E>(gateway: &Gateway<E>) -> Result<(), String> {
    match timeout(TIMEOUT, gateway.app.store.ready()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(cause)) => {
            warn!("not ready: {cause:#}");
            Err("database".to_owned())
        }
        Err(_) => {
            warn!("not ready: the database does not answer");
            Err("database".to_owned())
        }
    }
}

fn unready(because: &str) -> Response {
    let body = Json(json!({ "status": "unready", "because": because }));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
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
