//! Connections: how many there are, and a way to cut one off.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::Extensions;
use tokio_util::sync::CancellationToken;

/// Counts connections, by address and in all.
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

/// One connection. Every request that comes over it carries a clone; the last one gives the place back.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) address: IpAddr,
    /// Cancelled to cut the connection off.
    pub(super) cut: CancellationToken,
    place: Option<Arc<Place>>,
}

/// A place among all connections; given back when dropped.
pub(super) struct Place {
    address: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Connections {
    pub(super) fn new(per_address: usize, total: usize) -> Self {
        Self { per_address, total, counts: Arc::default() }
    }

    /// Lets a connection in; none: there are too many.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Connection> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if of_address >= self.per_address || counts.total >= self.total {
            return None;
        }
        counts.by_address.insert(address, of_address + 1);
        counts.total += 1;
        drop(counts);
        let place = Place { address, counts: self.counts.clone() };
        Some(Connection { address, cut: CancellationToken::new(), place: Some(Arc::new(place)) })
    }
}

impl Connection {
    /// The connection that a request came over. Where there is none, as in a test of the router alone, it is local.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            address: Ipv4Addr::LOCALHOST.into(),
            cut: CancellationToken::new(),
            place: None,
        })
    }

    /// What is left of a connection that has become a websocket: it is cut off by its own task.
    pub(super) fn into_place(self) -> Option<Arc<Place>> {
        self.place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_with_the_last_clone() {
        let connections = Connections::new(1, 2);
        let address = IpAddr::from(Ipv4Addr::LOCALHOST);
        let first = connections.admit(address).unwrap();
        let clone = first.clone();
        assert!(connections.admit(address).is_none());
        drop(first);
        assert!(connections.admit(address).is_none());
        drop(clone);
        assert!(connections.admit(address).is_some());
    }

    #[test]
    fn all_addresses_together_have_a_limit_too() {
        let connections = Connections::new(10, 2);
        let addresses: Vec<IpAddr> = (1..=3).map(|n| Ipv4Addr::new(10, 0, 0, n).into()).collect();
        let places: Vec<_> = addresses.iter().map(|address| connections.admit(*address)).collect();
        assert_eq!(places.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false]);
    }
}
