//! Which path leads where.

use std::{any::Any, sync::Arc};

use async_graphql::Executor;
use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{Redirect, Response},
    routing::{get, post},
};
use entity::ApprovalLinkAction;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};
use tracing::error;

use super::{
    approval,
    config::HttpConfig,
    documents, endpoint, errors,
    gateway::Gateway,
    graphiql, health, metrics, payments, request_log,
    respond::{not_found, plain_error},
    simulated_payments,
};
use crate::{app::App, auth::Authenticator};

const MOST_HEADER_BYTES: usize = 16 * 1024;

/// Everything that the server answers to.
///
/// When `stop` is cancelled, it is no longer ready and sends its watchers away. Their work runs on `tasks`, which is to
/// be the tracker that [`serve`](super::serve) waits for.
pub fn router<E: Executor>(
    executor: E,
    authenticator: Authenticator,
    app: Arc<App>,
    config: HttpConfig,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> Router {
    let mut router = Router::new()
        .route("/", get(health::index::<E>))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<E>))
        .route("/graphql", get(endpoint::get::<E>).post(endpoint::post::<E>))
        .route("/documents/{id}", get(documents::get::<E>))
        .route("/approve/{token}", approval::pages::<E>(ApprovalLinkAction::Approve))
        .route("/reject/{token}", approval::pages::<E>(ApprovalLinkAction::Reject))
        .route("/payments/{tenant}/callback", post(payments::callback::<E>));
    if let Some(provider) = config.simulated_payments.clone() {
        router = router.route("/demo/payments", simulated_payments::pages::<E>(provider.into()));
    }
    if config.metrics {
        router = router.route("/metrics", get(metrics::metrics::<E>));
    }
    router = router.layer(compression());
    if config.graphiql.is_some() {
        // Compressed before, and not again for each that asks.
        router = router
            .route("/graphiql", get(async || Redirect::permanent("/graphiql/")))
            .route("/graphiql/", get(graphiql::page))
            .route("/graphiql/config.json", get(graphiql::prefill::<E>))
            .route("/graphiql/{*name}", get(graphiql::file));
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            // As one layer: the router would put each on the heap, for each request.
            ServiceBuilder::new()
                .layer(from_fn_with_state(app.metrics.clone(), request_log::log))
                .layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| panicked(&*panic)))
                .layer(from_fn(headers_in_measure))
                .layer(map_response(hardened))
                .layer(config.allowed_origins.layer()),
        )
        .with_state(Arc::new(Gateway::new(executor, authenticator, app, config, stop, tasks)))
}

/// Compresses answers, but not feeds: their parts must not wait for one another.
fn compression() -> CompressionLayer<impl Predicate> {
    let feeds = NotForContentType::const_new("multipart/");
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(feeds))
}

/// Refuses more headers than anybody needs.
async fn headers_in_measure(request: Request, next: Next) -> Response {
    /// What separates a name, its value and the next name.
    const BETWEEN: usize = ": \r\n".len();
    let bytes = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.as_bytes().len() + BETWEEN
    };
    if request.headers().iter().map(bytes).sum::<usize>() <= MOST_HEADER_BYTES {
        return next.run(request).await;
    }
    plain_error(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        errors::LIMIT_EXCEEDED,
        &format!("The headers are longer than {MOST_HEADER_BYTES} bytes."),
    )
}

async fn hardened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn method_not_allowed() -> Response {
    plain_error(
        StatusCode::METHOD_NOT_ALLOWED,
        errors::BAD_REQUEST,
        "This address does not take this method.",
    )
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    error!("a request handler panicked: {}", errors::panic_message(panic));
    plain_error(StatusCode::INTERNAL_SERVER_ERROR, errors::INTERNAL, errors::INTERNAL_MESSAGE)
}
