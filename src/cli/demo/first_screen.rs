//! What the demo says when it is ready.

use std::{
    io::{Write, stdout},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use secrecy::ExposeSecret;
use serde_json::json;

use super::documents;
use crate::{
    config::DatabaseUrl,
    demo::{RoleKey, Shop},
    graphql::id::Id,
};

pub(super) struct FirstScreen<'a> {
    pub(super) address: SocketAddr,
    pub(super) shop: &'a Shop,
    /// Where an order can be approved without a key; none: no order waits.
    pub(super) approve_url: Option<String>,
    pub(super) graphiql: bool,
    /// Whether something goes on by itself.
    pub(super) live: bool,
    /// None: in a temporary file.
    pub(super) kept_in: Option<&'a DatabaseUrl>,
    /// The folder of its mail, which is removed at the end.
    pub(super) mail: &'a Path,
}

impl FirstScreen<'_> {
    pub(super) fn print(&self) -> std::io::Result<()> {
        // At once, so that no log line gets in between.
        let mut out = stdout().lock();
        out.write_all(self.text().as_bytes())?;
        out.flush()
    }

    fn text(&self) -> String {
        let host = reachable(self.address);
        let graphiql = if self.graphiql {
            format!(
                "  GraphiQL   http://{host}/graphiql/   signed in as ADMIN, with queries and a live feed\n"
            )
        } else {
            String::new()
        };
        let keys: String = self.shop.keys.iter().map(key_line).collect();
        let speak_for: Vec<_> = self.shop.keys.iter().filter_map(speaks_for).collect();
        let speak_for = speak_for.join(", ");
        let tenant = Id(self.shop.tenant_id);
        let waiting = json!({ "query": documents::WAITING });
        let feed = json!({ "query": documents::FEED });
        let by_link = self.approve_url.as_ref().map_or_else(String::new, |url| {
            format!(
                "  One of them, approved in a browser by somebody without a key:\n\n    {url}\n\n"
            )
        });
        let live = if self.live {
            "  Somebody orders, approves or delivers about every two seconds; --quiet stops that.\n"
        } else {
            ""
        };
        let place = match self.kept_in {
            Some(url) => format!("  Everything is kept in {url}. Ctrl-C ends the demo."),
            None => "  Everything is in a temporary file. Ctrl-C ends the demo and removes it."
                .to_owned(),
        };
        let mail = self.mail.display();
        format!(
            r#"
  Ordergate demo: Northwind Cloud, a made-up seller of subscriptions

{graphiql}  API        http://{host}/graphql
  WebSocket  ws://{host}/graphql   graphql-transport-ws; connection_init with {{"Authorization": "Bearer …"}}

  A key for each role, as a shell takes it; {speak_for}:

{keys}
  The tenant is {tenant}.

  Orders that wait for approval:

    curl -s http://{host}/graphql -H "Authorization: Bearer $APPROVER" \
      -H 'Content-Type: application/json' \
      -d '{waiting}'

{by_link}  Every change of status, as it happens:

    curl -N http://{host}/graphql -H "Authorization: Bearer $APPROVER" \
      -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
      -d '{feed}'

  Mail to approvers, partners and customers is not sent: it is kept, to be opened in a browser, in

    {mail}

{live}{place}

"#
        )
    }
}

fn key_line(key: &RoleKey) -> String {
    format!("    export {}={}\n", key.role.as_str(), key.secret.expose_secret())
}

/// "CUSTOMER is Lighthouse Bakery"; none: the seller.
fn speaks_for(key: &RoleKey) -> Option<String> {
    let name = key.speaks_for.as_str();
    (!name.is_empty()).then(|| format!("{} is {name}", key.role.as_str()))
}

/// The address as somebody on this machine can type it.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}
