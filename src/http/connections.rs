//! Connections: how many there are, and a way to cut one off.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::Extensions;
use tokio_util::sync::CancellationToken;

use super::rate_limit::network_of;

/// Counts connections, by address and in all.
#[derive(Clone)]
pub(super) struct Connections {
    per_address: usize,
    total: usize,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    by_address: HashMap<IpAddr, usize>,
    total: usize,
}

/// One connection. Each of its requests carries a clone; the last one returns the permit.
#[derive(Clone)]
pub(super) struct Connection {
    /// The client's, also where a proxy forwards it.
    pub(super) address: IpAddr,
    /// Cancelled to cut the connection off.
    pub(super) cut: CancellationToken,
    permit: Option<Arc<ConnectionPermit>>,
}

/// A permit for a connection; returned when dropped.
pub(super) struct ConnectionPermit {
    /// The address that it counts for; none: it is a proxy's, which forwards many.
    address: Option<IpAddr>,
    /// Whether it counts among all.
    in_all: bool,
    connections: Connections,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    OfAddress,
    InAll,
}

impl TooMany {
    /// Whose limit it is.
    pub(super) const fn limit(self) -> &'static str {
        match self {
            Self::OfAddress => "address",
            Self::InAll => "node",
        }
    }
}

impl Connections {
    pub(super) fn new(per_address: usize, total: usize) -> Self {
        Self { per_address, total, counts: Arc::default() }
    }

    /// Lets a connection in. A proxy may have as many as all together.
    pub(super) fn admit(&self, address: IpAddr, is_proxy: bool) -> Result<Connection, TooMany> {
        let permit = self.permit((!is_proxy).then(|| network_of(address)), true)?;
        Ok(Connection { address, cut: CancellationToken::new(), permit: Some(Arc::new(permit)) })
    }

    fn permit(&self, address: Option<IpAddr>, in_all: bool) -> Result<ConnectionPermit, TooMany> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if in_all && counts.total >= self.total {
            return Err(TooMany::InAll);
        }
        if let Some(address) = address {
            let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
            if of_address >= self.per_address {
                return Err(TooMany::OfAddress);
            }
            counts.by_address.insert(address, of_address + 1);
        }
        counts.total += usize::from(in_all);
        drop(counts);
        Ok(ConnectionPermit { address, in_all, connections: self.clone() })
    }
}

impl Connection {
    /// The connection that a request came over. Where there is none, as in a test of the router alone, it is local.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            address: Ipv4Addr::LOCALHOST.into(),
            cut: CancellationToken::new(),
            permit: None,
        })
    }

    /// The same connection, as the one of a client that a proxy forwards.
    pub(super) fn forwarding(&self, client: IpAddr) -> Self {
        Self { address: client, ..self.clone() }
    }

    /// The permits of a connection that has become a websocket, which its own task cuts off. Behind a proxy it counts
    /// for its client only now, because the proxy's other requests may have come over the same connection.
    pub(super) fn into_permits(self) -> Result<Vec<Arc<ConnectionPermit>>, TooMany> {
        let Some(permit) = self.permit else { return Ok(Vec::new()) };
        if permit.address.is_some() {
            return Ok(vec![permit]);
        }
        let of_client = permit.connections.permit(Some(network_of(self.address)), false)?;
        Ok(vec![permit, Arc::new(of_client)])
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= usize::from(self.in_all);
        let Some(address) = self.address else { return };
        if let Some(count) = counts.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    #[test]
    fn a_permit_is_returned_with_the_last_clone() {
        let connections = Connections::new(1, 2);
        let first = connections.admit(address(1), false).unwrap();
        let clone = first.clone();
        assert_eq!(connections.admit(address(1), false).err(), Some(TooMany::OfAddress));
        drop(first);
        assert!(connections.admit(address(1), false).is_err());
        drop(clone);
        assert!(connections.admit(address(1), false).is_ok());
    }

    #[test]
    fn all_addresses_together_have_a_limit_too() {
        let connections = Connections::new(10, 2);
        let permits: Vec<_> = (1..=3).map(|it| connections.admit(address(it), it == 1)).collect();
        assert!(permits[..2].iter().all(Result::is_ok));
        assert_eq!(permits[2].as_ref().err(), Some(&TooMany::InAll));
    }

    #[test]
    fn behind_a_proxy_the_sockets_of_a_client_are_counted() {
        let connections = Connections::new(1, 10);
        let proxied = || connections.admit(address(1), true).unwrap().forwarding(address(9));
        let first = proxied().into_permits().unwrap();
        assert_eq!(first.len(), 2);
        assert_eq!(proxied().into_permits().err(), Some(TooMany::OfAddress));
        assert!(proxied().forwarding(address(8)).into_permits().is_ok());
        drop(first);
        assert!(proxied().into_permits().is_ok());
        let direct = connections.admit(address(7), false).unwrap();
        assert_eq!(direct.into_permits().unwrap().len(), 1);
    }
}
