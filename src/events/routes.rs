//! Which feeds an event is for, found by what the event is about instead of by asking every feed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::viewer::Scope;
use entity::{CustomerId, EventKind, OrderId, PartnerId, event};

use super::{
    interest::{Filter, Interest},
    mailbox::Mailbox,
};

/// The key of a route: a feed is found by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RouteKey {
    Order(OrderId),
    Customer(CustomerId),
    Partner(PartnerId),
    Status(String),
    Kind(EventKind),
    Anywhere,
}

impl RouteKey {
    /// The keys of a feed: of the narrowest kind that its filter or its viewer's rights have. An event has at most one
    /// of them, so it reaches a feed once.
    fn all_of(interest: &Interest) -> HashSet<Self> {
        let Filter {
            kinds,
            orders,
            customers,
            partners,
            from_statuses: _,
            to_statuses,
            subject: _,
        } = &interest.filter;
        if let Some(orders) = orders {
            return orders.iter().copied().map(Self::Order).collect();
        }
        if let Some(customers) = customers {
            return customers.iter().copied().map(Self::Customer).collect();
        }
        if let Scope::Customer { own, .. } = interest.viewer.scope {
            return HashSet::from([Self::Customer(own)]);
        }
        if let Some(partners) = partners {
            return partners.iter().copied().map(Self::Partner).collect();
        }
        if let Scope::Partner { partners, .. } = &interest.viewer.scope {
            return partners.iter().copied().map(Self::Partner).collect();
        }
        if let Some(statuses) = to_statuses {
            return statuses.iter().cloned().map(Self::Status).collect();
        }
        if let Some(kinds) = kinds {
            return kinds.iter().copied().map(Self::Kind).collect();
        }
        HashSet::from([Self::Anywhere])
    }
}

/// The feeds of one tenant that follow its log.
#[derive(Debug, Default)]
pub(super) struct Routes {
    by_key: HashMap<RouteKey, Vec<Route>>,
}

#[derive(Debug)]
struct Route {
    interest: Arc<Interest>,
    mailbox: Arc<Mailbox>,
}

impl Routes {
    pub(super) fn add(&mut self, interest: &Arc<Interest>, mailbox: &Arc<Mailbox>) {
        for key in RouteKey::all_of(interest) {
            let route = Route { interest: interest.clone(), mailbox: mailbox.clone() };
            self.by_key.entry(key).or_default().push(route);
        }
    }

    pub(super) fn remove(&mut self, interest: &Interest, mailbox: &Arc<Mailbox>) {
        for key in RouteKey::all_of(interest) {
            if let Some(routes) = self.by_key.get_mut(&key) {
                routes.retain(|route| !Arc::ptr_eq(&route.mailbox, mailbox));
                if routes.is_empty() {
                    self.by_key.remove(&key);
                }
            }
        }
    }

    /// Puts the event into the mailbox of every feed that it is for.
    pub(super) fn dispatch(&self, event: &Arc<event::Model>) {
        let keys = [
            event.order_id.map(RouteKey::Order),
            event.customer_id.map(RouteKey::Customer),
            event.partner_id.map(RouteKey::Partner),
            event.to_status.clone().map(RouteKey::Status),
            Some(RouteKey::Kind(event.kind)),
            Some(RouteKey::Anywhere),
        ];
        let routes = keys.iter().flatten().filter_map(|key| self.by_key.get(key)).flatten();
        for route in routes.filter(|route| route.interest.covers(event)) {
            route.mailbox.put(event);
        }
    }

    /// Ends every feed: the log is no longer the one that they follow.
    pub(super) fn end(&self) {
        for route in self.by_key.values().flatten() {
            route.mailbox.put_end();
        }
    }
}
