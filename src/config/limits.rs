//! How much clients may ask for, and how long things may take.

use std::time::Duration;

use clap::{Args, value_parser};

use crate::{document::MOST_ALIASES, http::HttpConfig};

/// Far more than a machine can serve, and far less than what arithmetic can bear.
const MOST: u32 = 1_000_000;
const MOST_BYTES: u32 = 64 * 1024 * 1024;
const MOST_DOCUMENT_BYTES: u32 = 1024 * 1024;
/// Selections are looked at by functions that call themselves.
const MOST_DEPTH: u32 = 100;
/// A day.
const LONGEST: u64 = 24 * 60 * 60;
const LONGEST_LIFE: u64 = 365 * LONGEST;

/// How much one client, and all of them together, may ask for. A rate of 0 switches that limit off.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// The largest body that a request may have.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_BODY_BYTES",
        value_name = "BYTES",
        default_value_t = HttpConfig::default().body_bytes,
        value_parser = up_to(MOST_BYTES)
    )]
    pub limit_body_bytes: usize,

    /// The largest variables that a request may have, as JSON.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_VARIABLES_BYTES",
        value_name = "BYTES",
        default_value_t = HttpConfig::default().variables_bytes,
        value_parser = up_to(MOST_BYTES)
    )]
    pub limit_variables_bytes: usize,

    /// The longest GraphQL document that a request may have.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_DOCUMENT_BYTES",
        value_name = "BYTES",
        default_value_t = HttpConfig::default().documents.bytes,
        value_parser = up_to(MOST_DOCUMENT_BYTES)
    )]
    pub limit_document_bytes: usize,

    /// How deep the selections of a document may be nested.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_DOCUMENT_DEPTH",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().documents.depth,
        value_parser = up_to(MOST_DEPTH)
    )]
    pub limit_document_depth: usize,

    /// How many fields a document may have, after fragments are expanded.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_DOCUMENT_NODES",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().documents.nodes,
        value_parser = up_to(MOST)
    )]
    pub limit_document_nodes: usize,

    /// How many aliases a document may have.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_DOCUMENT_ALIASES",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().documents.aliases,
        value_parser = up_to(MOST_ALIASES)
    )]
    pub limit_document_aliases: usize,

    /// How many fields a query may have at its root.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_ROOT_FIELDS",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().documents.root_fields,
        value_parser = up_to(MOST)
    )]
    pub limit_root_fields: usize,

    /// How many fields a mutation may have at its root.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_MUTATION_FIELDS",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().documents.mutation_root_fields,
        value_parser = up_to(MOST)
    )]
    pub limit_mutation_fields: usize,

    /// How many queries may be executed at the same time, and how many mutations beside them. What costs much counts as
    /// several.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_IN_FLIGHT",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().in_flight,
        value_parser = up_to(MOST)
    )]
    pub limit_in_flight: usize,

    /// How many queries of one tenant may be executed at the same time, and how many mutations; the others of its
    /// requests wait. On PostgreSQL at most half of the database's connections.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_IN_FLIGHT_PER_TENANT",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().in_flight_per_tenant,
        value_parser = up_to(MOST)
    )]
    pub limit_in_flight_per_tenant: usize,

    /// How many queries of one caller may be executed at the same time, and how many mutations.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_IN_FLIGHT_PER_CALLER",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().in_flight_per_caller,
        value_parser = up_to(MOST)
    )]
    pub limit_in_flight_per_caller: usize,

    /// How many queries may wait to be executed, and how many mutations; whoever comes then is told to come back.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WAITING",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().waiting,
        value_parser = up_to(MOST)
    )]
    pub limit_waiting: usize,

    /// How many connections to this node may be open.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().connections,
        value_parser = up_to(MOST)
    )]
    pub limit_connections: usize,

    /// How many connections from one address may be open.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_CONNECTIONS_PER_ADDRESS",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().connections_per_address,
        value_parser = up_to(MOST)
    )]
    pub limit_connections_per_address: usize,

    /// How many root fields of queries, and new feeds, one caller may ask for per second.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_QUERIES_PER_SECOND",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().queries_per_second,
        value_parser = value_parser!(u32).range(0..=MOST.into())
    )]
    pub limit_queries_per_second: u32,

    /// How many root fields of queries, and new feeds, one caller may ask for at once.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_QUERIES_BURST",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().queries_burst,
        value_parser = value_parser!(u32).range(1..=MOST.into())
    )]
    pub limit_queries_burst: u32,

    /// How many root fields of mutations one caller may ask for per second.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_MUTATIONS_PER_SECOND",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().mutations_per_second,
        value_parser = value_parser!(u32).range(0..=MOST.into())
    )]
    pub limit_mutations_per_second: u32,

    /// How many root fields of mutations one caller may ask for at once.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_MUTATIONS_BURST",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().mutations_burst,
        value_parser = value_parser!(u32).range(1..=MOST.into())
    )]
    pub limit_mutations_burst: u32,

    /// How many requests without a credential may come from one address per second.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_ANONYMOUS_PER_SECOND",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().strangers_per_second,
        value_parser = value_parser!(u32).range(0..=MOST.into())
    )]
    pub limit_anonymous_per_second: u32,

    /// How many requests without a credential may come from one address at once.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_ANONYMOUS_BURST",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().strangers_burst,
        value_parser = value_parser!(u32).range(1..=MOST.into())
    )]
    pub limit_anonymous_burst: u32,

    /// How many wrong attempts per minute one address has for each credential. A right one is let in all the same.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_FAILED_SIGN_INS_PER_MINUTE",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().failed_authentications_per_minute,
        value_parser = value_parser!(u32).range(0..=MOST.into())
    )]
    pub limit_failed_sign_ins_per_minute: u32,

    /// How many websockets and event streams may be open on this node.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WATCHERS",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().watchers,
        value_parser = up_to(MOST)
    )]
    pub limit_watchers: usize,

    /// How many websockets and event streams of one tenant may be open on this node.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WATCHERS_PER_TENANT",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().watchers_per_tenant,
        value_parser = up_to(MOST)
    )]
    pub limit_watchers_per_tenant: usize,

    /// How many websockets one caller may have open.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WEBSOCKETS_PER_CALLER",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().websocket.per_caller,
        value_parser = up_to(MOST)
    )]
    pub limit_websockets_per_caller: usize,

    /// How many feeds may be open on one websocket; also how many event streams one caller may have open.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_FEEDS_PER_WEBSOCKET",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().websocket.operations,
        value_parser = up_to(MOST)
    )]
    pub limit_feeds_per_websocket: usize,

    /// The largest message that a client may send on a websocket.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WEBSOCKET_MESSAGE_BYTES",
        value_name = "BYTES",
        default_value_t = HttpConfig::default().websocket.message_bytes,
        value_parser = up_to(MOST_BYTES)
    )]
    pub limit_websocket_message_bytes: usize,

    /// How many messages per second are read from one websocket.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WEBSOCKET_MESSAGES_PER_SECOND",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().websocket.messages_per_second,
        value_parser = value_parser!(u32).range(0..=MOST.into())
    )]
    pub limit_websocket_messages_per_second: u32,

    /// How many messages that come at once are read from one websocket.
    #[arg(
        long,
        env = "ORDERGATE_LIMIT_WEBSOCKET_MESSAGES_BURST",
        value_name = "NUMBER",
        default_value_t = HttpConfig::default().websocket.messages_burst,
        value_parser = value_parser!(u32).range(1..=MOST.into())
    )]
    pub limit_websocket_messages_burst: u32,
}

impl LimitSettings {
    pub(super) fn apply(&self, http: &mut HttpConfig) {
        http.body_bytes = self.limit_body_bytes;
        http.variables_bytes = self.limit_variables_bytes;
        http.documents.bytes = self.limit_document_bytes;
        http.documents.depth = self.limit_document_depth;
        http.documents.nodes = self.limit_document_nodes;
        http.documents.aliases = self.limit_document_aliases;
        http.documents.root_fields = self.limit_root_fields;
        http.documents.mutation_root_fields = self.limit_mutation_fields;
        http.in_flight = self.limit_in_flight;
        http.in_flight_per_tenant = self.limit_in_flight_per_tenant;
        http.in_flight_per_caller = self.limit_in_flight_per_caller;
        http.waiting = self.limit_waiting;
        http.connections = self.limit_connections;
        http.connections_per_address = self.limit_connections_per_address;
        http.queries_per_second = self.limit_queries_per_second;
        http.queries_burst = self.limit_queries_burst;
        http.mutations_per_second = self.limit_mutations_per_second;
        http.mutations_burst = self.limit_mutations_burst;
        http.strangers_per_second = self.limit_anonymous_per_second;
        http.strangers_burst = self.limit_anonymous_burst;
        http.failed_authentications_per_minute = self.limit_failed_sign_ins_per_minute;
        http.watchers = self.limit_watchers;
        http.watchers_per_tenant = self.limit_watchers_per_tenant;
        http.websocket.per_caller = self.limit_websockets_per_caller;
        http.websocket.operations = self.limit_feeds_per_websocket;
        http.websocket.message_bytes = self.limit_websocket_message_bytes;
        http.websocket.messages_per_second = self.limit_websocket_messages_per_second;
        http.websocket.messages_burst = self.limit_websocket_messages_burst;
    }
}

/// How long things may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Timeouts")]
pub struct TimeoutSettings {
    /// How long a query or mutation may take.
    #[arg(
        long,
        env = "ORDERGATE_REQUEST_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().request_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub request_timeout_seconds: u64,

    /// How long a client may take to send the headers of its request.
    #[arg(
        long,
        env = "ORDERGATE_HEADER_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().header_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub header_timeout_seconds: u64,

    /// How long a client may take to send the body of its request.
    #[arg(
        long,
        env = "ORDERGATE_BODY_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().body_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub body_timeout_seconds: u64,

    /// How long a feed may be silent before it shows that it is alive.
    #[arg(
        long,
        env = "ORDERGATE_HEARTBEAT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().heartbeat.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub heartbeat_seconds: u64,

    /// How long a client may leave unread what it watches before its websocket or stream is closed, with the cursor to go
    /// on from.
    #[arg(
        long,
        env = "ORDERGATE_WRITE_STALL_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().write_stall.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub write_stall_seconds: u64,

    /// How long a client may take to begin a websocket with `connection_init`.
    #[arg(
        long,
        env = "ORDERGATE_WEBSOCKET_INIT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().websocket.init_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub websocket_init_seconds: u64,

    /// How often the client of a websocket is asked by a ping whether it is there.
    #[arg(
        long,
        env = "ORDERGATE_WEBSOCKET_PING_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().websocket.ping_every.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub websocket_ping_seconds: u64,

    /// How long the client of a websocket may take to answer a ping.
    #[arg(
        long,
        env = "ORDERGATE_WEBSOCKET_PONG_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().websocket.pong_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub websocket_pong_seconds: u64,

    /// How long a websocket may be open, give or take 10 %, before the client is asked to reconnect.
    #[arg(
        long,
        env = "ORDERGATE_WEBSOCKET_LIFE_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().websocket.life.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST_LIFE)
    )]
    pub websocket_life_seconds: u64,

    /// How long clients are still served once the server is told to stop.
    #[arg(
        long,
        env = "ORDERGATE_DRAIN_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = HttpConfig::default().drain_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=LONGEST)
    )]
    pub drain_timeout_seconds: u64,
}

impl TimeoutSettings {
    /// How long callers wait for an answer.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    pub(super) fn apply(&self, http: &mut HttpConfig) {
        http.request_timeout = self.request_timeout();
        http.header_timeout = Duration::from_secs(self.header_timeout_seconds);
        http.body_timeout = Duration::from_secs(self.body_timeout_seconds);
        http.heartbeat = Duration::from_secs(self.heartbeat_seconds);
        http.write_stall = Duration::from_secs(self.write_stall_seconds);
        http.websocket.init_timeout = Duration::from_secs(self.websocket_init_seconds);
        http.websocket.ping_every = Duration::from_secs(self.websocket_ping_seconds);
        http.websocket.pong_timeout = Duration::from_secs(self.websocket_pong_seconds);
        http.websocket.life = Duration::from_secs(self.websocket_life_seconds);
        http.drain_timeout = Duration::from_secs(self.drain_timeout_seconds);
    }
}

/// A whole number that is not zero, and not so large that something could break.
fn up_to(most: u32) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse::<u32>() {
        Ok(number) if (1..=most).contains(&number) => {
            usize::try_from(number).map_err(|error| error.to_string())
        }
        _ => Err(format!("give a whole number from 1 to {most}")),
    }
}
