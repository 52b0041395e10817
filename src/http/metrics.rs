//! What the node has done so far, in the text format that Prometheus reads.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use super::gateway::Gateway;

/// Counters and gauges of this node. They name no tenant and no caller.
pub(super) async fn metrics<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    let counters = gateway.app.tails.counters();
    let (groups, followers) = gateway.groups.count();
    let numbers = [
        (
            "ordergate_feed_events_total",
            "counter",
            "Events of watched tenants that were read from the log.",
            counters.events(),
        ),
        (
            "ordergate_feed_executions_total",
            "counter",
            "Answers that were worked out for feeds: one per event and group, more for watchers that catch up.",
            counters.executions(),
        ),
        (
            "ordergate_feed_deliveries_total",
            "counter",
            "Answers that were handed to a watcher's connection.",
            counters.deliveries(),
        ),
        (
            "ordergate_feed_groups",
            "gauge",
            "Groups of watchers that share their executions.",
            groups as u64,
        ),
        (
            "ordergate_feed_followers",
            "gauge",
            "Feeds of watchers that a group carries on.",
            followers as u64,
        ),
        (
            "ordergate_feed_group_bytes",
            "gauge",
            "Bytes that groups keep for watchers that are a little late.",
            gateway.groups.bytes() as u64,
        ),
        (
            "ordergate_watchers",
            "gauge",
            "Open websockets, event streams and multipart answers.",
            gateway.watchers.count() as u64,
        ),
    ];
    let lines = numbers.map(|(name, kind, help, value)| {
        format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
    });
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], lines.concat()).into_response()
}
