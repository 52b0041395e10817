//! How the API is served.

use std::net::{IpAddr, Ipv6Addr};

use clap::Args;
use ipnet::IpNet;
use url::Url;

use super::{LimitSettings, Switch, TimeoutSettings};
use crate::http::{AllowedOrigins, GraphiqlPage, HttpConfig};

/// Where and to whom the API is served.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "HTTP")]
pub struct HttpSettings {
    /// Where to listen: an address of this machine and a port; 0.0.0.0 is all addresses.
    #[arg(
        long,
        env = "ORDERGATE_LISTEN",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = host_and_port
    )]
    pub listen: String,

    /// Where others reach the API, such as `https://orders.example`: what links to approve or reject an order begin with.
    /// Without it, they are paths.
    #[arg(long, env = "ORDERGATE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// The proxies in front of this node, as addresses or networks such as `10.0.0.0/8`, separated by commas. Only they
    /// are believed when `X-Forwarded-For` or `Forwarded` say whom they forward. Limits by address count that client.
    #[arg(long, env = "ORDERGATE_TRUSTED_PROXIES", value_name = "NETWORKS", value_parser = networks)]
    pub trusted_proxies: Vec<Networks>,

    /// Web pages of these origins, such as `https://shop.example`, may use the API from a browser. Several are separated
    /// by commas; `*` is any.
    #[arg(long, env = "ORDERGATE_CORS_ORIGINS", value_name = "ORIGINS")]
    pub cors_origins: Vec<AllowedOrigins>,

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

    /// Serve this node's metrics for Prometheus at /metrics, to everybody.
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
            trusted_proxies: self.trusted_proxies.iter().flat_map(|it| it.0.clone()).collect(),
            allowed_origins: AllowedOrigins::any_of(self.cors_origins.iter().cloned()),
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

/// An address to which a path can be added: without a slash at the end.
fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "write a URL, such as https://orders.example")?;
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        return Err("write no more than http or https, a host, a port and a path".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Some networks, as one setting names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Networks separated by commas; an address is a network of one.
fn networks(text: &str) -> Result<Networks, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(network).collect::<Result<_, _>>().map(Networks)
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse().or_else(|_| address()).map(|network: IpNet| network.trunc());
    network.map_err(|_| {
        format!("\"{text}\" is no network; one looks like 10.0.0.0/8, 192.0.2.1 or fd00::/8")
    })
}

/// An address to listen on, as far as can be said before it is taken.
fn host_and_port(text: &str) -> Result<String, String> {
    let well_formed = text.rsplit_once(':').is_some_and(|(host, port)| {
        let host_is_one = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').is_some_and(|it| it.parse::<Ipv6Addr>().is_ok()),
            None => !host.is_empty() && !host.contains([':', '/', ' ']),
        };
        host_is_one && port.bytes().all(|it| it.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    if well_formed {
        return Ok(text.to_owned());
    }
    Err("write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_one_that_a_path_can_be_added_to() {
        for (text, kept) in [
            ("https://Orders.Example", "https://orders.example"),
            ("https://orders.example:443/", "https://orders.example"),
            ("http://localhost:8080/shop/", "http://localhost:8080/shop"),
        ] {
            assert_eq!(public_url(text), Ok(kept.to_owned()));
        }
        for wrong in [
            "",
            "orders.example",
            "/orders",
            "ftp://orders.example",
            "https://orders.example?x=1",
            "https://orders.example#x",
            "https://user@orders.example",
        ] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn proxies_are_named_as_addresses_or_networks() {
        let read =
            |text: &str| networks(text).map(|it| it.0.iter().map(ToString::to_string).collect());
        let some = |texts: &[&str]| Ok(texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(""), some(&[]));
        assert_eq!(read("10.1.2.3/8, 192.0.2.1"), some(&["10.0.0.0/8", "192.0.2.1/32"]));
        assert_eq!(read("::1,fd00::/8"), some(&["::1/128", "fd00::/8"]));
        for wrong in ["*", "10.0.0.0/33", "proxy.internal", "10.0.0", "10.0.0.0/8;::1"] {
            assert!(networks(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_to_listen_on_has_a_host_and_a_port() {
        for good in ["127.0.0.1:8080", "0.0.0.0:0", "localhost:80", "[::1]:8080", "[::]:65535"] {
            assert!(host_and_port(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "8080",
            ":8080",
            "localhost",
            "localhost:",
            "localhost:http",
            "::1:80",
            "a:65536",
            "a:+1",
            "http://a:80",
        ] {
            assert!(host_and_port(wrong).is_err(), "{wrong}");
        }
    }
}
