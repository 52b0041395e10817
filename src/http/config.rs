//! Every number of the transports, with its default.

use std::{collections::BTreeMap, time::Duration};

use ipnet::IpNet;
use serde::Serialize;

use super::{AllowedOrigins, SimulatedPayments};
use crate::document::DocumentLimits;

/// How the server treats its clients. A rate of 0 switches that limit off.
#[derive(Clone)]
pub struct HttpConfig {
    pub documents: DocumentLimits,
    /// The most bytes of a request's body; default 128 KiB.
    pub body_bytes: usize,
    /// The most bytes of a request's variables, as JSON; default 64 KiB.
    pub variables_bytes: usize,
    /// How deep variables may be nested; default 32.
    pub variables_depth: usize,
    /// How long a client may take to send its body; default 15 s.
    pub body_timeout: Duration,
    /// How long a client may take to send its headers; default 10 s.
    pub header_timeout: Duration,
    /// How long a query or mutation may take; default 10 s.
    pub request_timeout: Duration,
    /// Queries executed at the same time, and as many mutations; default 256. What costs much counts as several.
    pub in_flight: usize,
    /// The share of one tenant; default 32.
    pub in_flight_per_tenant: usize,
    /// The share of one caller; default 16.
    pub in_flight_per_caller: usize,
    /// Queries, and as many mutations, that wait for their turn; default 1,024.
    pub waiting: usize,
    /// How many connections to the database the requests of all tenants have to share; none: enough for all.
    pub database_connections: Option<u32>,
    /// Connections of one address; default 100.
    pub connections_per_address: usize,
    /// Connections of all; default 5,000.
    pub connections: usize,
    /// Root fields of queries, and new feeds, per second and caller; default 100, with a burst of 200.
    pub queries_per_second: u32,
    pub queries_burst: u32,
    /// Root fields of mutations per second and caller; default 20, with a burst of 60.
    pub mutations_per_second: u32,
    pub mutations_burst: u32,
    /// Requests without a credential per second and address; default 10, with a burst of 100.
    pub strangers_per_second: u32,
    pub strangers_burst: u32,
    /// Failed authentications per minute, by address and credential; default 5.
    pub failed_authentications_per_minute: u32,
    /// How often a feed without events shows that it is alive; default 12 s.
    pub heartbeat: Duration,
    /// How long a watcher may refuse to read; default 10 s.
    pub write_stall: Duration,
    /// Watchers (websockets, event streams) of one tenant; default 500.
    pub watchers_per_tenant: usize,
    /// Watchers on this node; default 5,000.
    pub watchers: usize,
    pub websocket: WebsocketConfig,
    /// How long to wait for clients when the server stops; default 10 s.
    pub drain_timeout: Duration,
    /// Websockets are closed at random moments within this time when the server stops; default 2 s.
    pub drain_spread: Duration,
    /// The proxies that are believed when they say whom they forward; default none.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may call; default none.
    pub allowed_origins: AllowedOrigins,
    /// Whether a caller without a credential may read the schema's description; default yes.
    pub introspection_for_anonymous: bool,
    /// Whether /metrics tells everybody what the node has done so far; default no.
    pub metrics: bool,
    /// The GraphiQL page; none: it is not served. Default: served, with nothing filled in.
    pub graphiql: Option<GraphiqlPage>,
    /// A payment provider that is simulated; none, and that is the default: there is none.
    pub simulated_payments: Option<SimulatedPayments>,
}

/// The limits of one websocket.
#[derive(Clone)]
pub struct WebsocketConfig {
    /// How long a client may take to send `connection_init`; default 3 s.
    pub init_timeout: Duration,
    /// The most bytes of a message, and of a frame, from the client; default 64 KiB.
    pub message_bytes: usize,
    /// Default 512 B: many sockets are open and idle, and their messages are short. Longer ones need more reads.
    pub read_buffer_bytes: usize,
    /// The most bytes waiting to be written, and so the largest answer; default 512 KiB.
    pub write_buffer_bytes: usize,
    /// How often the client is asked whether it is there; default 12 s.
    pub ping_every: Duration,
    /// How long it may take to answer; default 8 s.
    pub pong_timeout: Duration,
    /// Operations at the same time; default 50. Also the most event streams of one caller.
    pub operations: usize,
    /// Sockets of one caller; default 10.
    pub per_caller: usize,
    /// Messages from the client that are read per second; default 20, with a burst of 60.
    pub messages_per_second: u32,
    pub messages_burst: u32,
    /// The most bytes of an operation's id; default 64.
    pub id_bytes: usize,
    /// After this time the client is asked to reconnect; default 24 h, give or take 10 %.
    pub life: Duration,
}

/// What the GraphiQL page is filled in with.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphiqlPage {
    /// Headers that every tab starts with. Whoever opens the page can read them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub default_headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_tabs: Vec<GraphiqlTab>,
    /// Opens the panel with the live feed of orders, and begins to watch with the default headers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
    /// One line of text above the editor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// A tab that the GraphiQL page opens with.
#[derive(Clone, Default, Serialize)]
pub struct GraphiqlTab {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub query: String,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            documents: DocumentLimits::default(),
            body_bytes: 128 * 1024,
            variables_bytes: 64 * 1024,
            variables_depth: 32,
            body_timeout: Duration::from_secs(15),
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(10),
            in_flight: 256,
            in_flight_per_tenant: 32,
            in_flight_per_caller: 16,
            waiting: 1_024,
            database_connections: None,
            connections_per_address: 100,
            connections: 5_000,
            queries_per_second: 100,
            queries_burst: 200,
            mutations_per_second: 20,
            mutations_burst: 60,
            strangers_per_second: 10,
            strangers_burst: 100,
            failed_authentications_per_minute: 5,
            heartbeat: Duration::from_secs(12),
            write_stall: Duration::from_secs(10),
            watchers_per_tenant: 500,
            watchers: 5_000,
            websocket: WebsocketConfig::default(),
            drain_timeout: Duration::from_secs(10),
            drain_spread: Duration::from_secs(2),
            trusted_proxies: Vec::new(),
            allowed_origins: AllowedOrigins::default(),
            introspection_for_anonymous: true,
            metrics: false,
            graphiql: Some(GraphiqlPage::default()),
            simulated_payments: None,
        }
    }
}

impl Default for WebsocketConfig {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(3),
            message_bytes: 64 * 1024,
            read_buffer_bytes: 512,
            write_buffer_bytes: 512 * 1024,
            ping_every: Duration::from_secs(12),
            pong_timeout: Duration::from_secs(8),
            operations: 50,
            per_caller: 10,
            messages_per_second: 20,
            messages_burst: 60,
            id_bytes: 64,
            life: Duration::from_hours(24),
        }
    }
}
