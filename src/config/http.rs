//! How the API is served.

use clap::Args;

use super::{LimitSettings, Switch, TimeoutSettings};
use crate::http::{GraphiqlPage, HttpConfig};

/// Where and to whom the API is served.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "HTTP")]
pub struct HttpSettings {
    /// Where to listen: an address of this machine and a port; 0.0.0.0 is all addresses.
    #[arg(
        long,
        env = "ORDERGATE_LISTEN",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: String,

    /// Web pages of these origins may use the API from a browser. Several are separated by commas.
    #[arg(long, env = "ORDERGATE_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    /// Serve GraphiQL, the page to try queries in, at /graphiql.
    #[arg(
        long,
        env = "ORDERGATE_GRAPHIQL",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub graphiql: Switch,

    /// Let callers without a credential read the schema's description.
    #[arg(
        long,
        env = "ORDERGATE_ANONYMOUS_INTROSPECTION",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub anonymous_introspection: Switch,

    /// Tell at /metrics, to everybody, what this node has done so far: feeds, groups and watchers, for Prometheus.
    #[arg(
        long,
        env = "ORDERGATE_METRICS",
        value_name = "on|off",
        default_value = "off",
        hide_possible_values = true
    )]
    pub metrics: Switch,

    #[command(flatten)]
    pub limits: LimitSettings,

    #[command(flatten)]
    pub timeouts: TimeoutSettings,
}

impl HttpSettings {
    /// The transports' settings. `page` is what GraphiQL is filled in with, if it is served.
    pub fn http_config(&self, page: GraphiqlPage) -> HttpConfig {
        let mut http = HttpConfig {
            allowed_origins: self.cors_origins.clone(),
            introspection_for_anonymous: self.anonymous_introspection.is_on(),
            metrics: self.metrics.is_on(),
            graphiql: self.graphiql.is_on().then_some(page),
            ..HttpConfig::default()
        };
        self.limits.apply(&mut http);
        self.timeouts.apply(&mut http);
        http
    }
}
