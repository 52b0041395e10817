//! What the node has done so far and has to do yet, in the text format that Prometheus reads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use tracing::warn;

use super::gateway::Gateway;
use crate::jobs::queues;

/// Counters, histograms and gauges of this node. They name no tenant and no caller.
pub(super) async fn metrics<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    let mut now = Registry::with_prefix("ordergate");
    feeds(&gateway, &mut now);
    requests(&gateway, &mut now);
    database(&gateway, &mut now);
    queues(&gateway, &mut now).await;
    match gateway.app.metrics.text(&now) {
        Ok(text) => ([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn feeds<E>(gateway: &Gateway<E>, registry: &mut Registry) {
    let counters = gateway.app.tails.counters();
    for (name, help, value) in [
        ("feed_events", "Events of watched tenants that were read from the log", counters.events()),
        (
            "feed_executions",
            "Answers that were worked out for feeds: one per event and group, more for watchers that catch up",
            counters.executions(),
        ),
        (
            "feed_deliveries",
            "Answers that were handed to a watcher's connection",
            counters.deliveries(),
        ),
    ] {
        registry.register(name, help, counter(value));
    }
    let (groups, followers) = gateway.groups.count();
    for (name, help, value) in [
        ("feed_groups", "Groups of watchers that share their executions", groups),
        ("feed_followers", "Feeds of watchers that a group carries on", followers),
        (
            "feed_group_bytes",
            "Bytes that groups keep for watchers that are a little late",
            gateway.groups.bytes(),
        ),
        (
            "watchers",
            "Open websockets, event streams and multipart answers",
            gateway.watchers.count(),
        ),
    ] {
        registry.register(name, help, gauge(value));
    }
}

fn requests<E>(gateway: &Gateway<E>, registry: &mut Registry) {
    let permits = &gateway.permits;
    let (running, waiting) = (Gauges::default(), Gauges::default());
    for (kind, admission) in [
        ("query", &permits.queries),
        ("mutation", &permits.mutations),
        ("feed_beginning", &permits.beginnings),
        ("feed_event", &permits.events),
    ] {
        let (running_now, waiting_now) = admission.count();
        set(&running, [("kind", kind)], running_now);
        set(&waiting, [("kind", kind)], waiting_now);
    }
    let help =
        "What runs now, in the units of --limit-in-flight: what costs much counts as several";
    registry.register("in_flight", help, running);
    registry.register("waiting", "What waits for its turn to run", waiting);
}

fn database<E>(gateway: &Gateway<E>, registry: &mut Registry) {
    let connections = Family::<[(&str, &str); 2], Gauge>::default();
    for (pool, size, idle) in gateway.app.store.pools() {
        let of = |state, count: usize| {
            let labels = [("pool", pool), ("state", state)];
            connections.get_or_create(&labels).set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        of("in_use", size.saturating_sub(idle));
        of("idle", idle);
    }
    registry.register("database_connections", "Open connections to the database", connections);
    let statements = gateway.app.store.statements();
    let help = "Statements that were run";
    registry.register("database_statements", help, counter(statements.run()));
    let help = "Statements that failed";
    registry.register("database_statements_failed", help, counter(statements.failed()));
}

async fn queues<E>(gateway: &Gateway<E>, registry: &mut Registry) {
    let look = async || match queues::ages(&gateway.app).await {
        Ok(ages) => Some(ages),
        Err(error) => {
            warn!(%error, "cannot look at the queues");
            None
        }
    };
    let Some(queues) = gateway.queues.get(look).await else { return };
    let ages = Family::<[(&str, &str); 1], Gauge<f64, AtomicU64>>::default();
    for (queue, age) in queues {
        ages.get_or_create(&[("queue", queue)]).set(age.as_secs_f64());
    }
    let help = "For how long the oldest of those has been waiting that is due; 0: none waits";
    registry.register("queue_oldest_seconds", help, ages);
}

type Gauges = Family<[(&'static str, &'static str); 1], Gauge>;

fn set(gauges: &Gauges, labels: [(&'static str, &'static str); 1], value: usize) {
    gauges.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
}

fn gauge(value: usize) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

fn counter(value: u64) -> Counter {
    let counter: Counter = Counter::default();
    counter.inner().store(value, Ordering::Relaxed);
    counter
}
