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

/// The process answers.
pub(super) async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// The database answers and is up to date, and the server is not about to stop.
pub(super) async fn ready<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    if gateway.stop.is_cancelled() {
        return unready("draining");
    }
    match timeout(TIMEOUT, gateway.app.store.ready()).await {
        Ok(Ok(())) => Json(json!({ "status": "ready" })).into_response(),
        Ok(Err(cause)) => {
            warn!("not ready: {cause:#}");
            unready("database")
        }
        Err(_) => {
            warn!("not ready: the database does not answer");
            unready("database")
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
