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

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Order(OrderId),
    Customer(CustomerId),
    Partner(PartnerId),
    Status(String),
    Kind(EventKind),
    Anywhere,
}

impl Place {
    /// The places where a feed is looked for: the narrowest that it has. An event is in at most one of them.
    fn all_of(interest: &Interest) -> HashSet<Self> {
        let Filter { kinds, orders, customers, partners, from_statuses: _, to_statuses } =
            &interest.filter;
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
    by_place: HashMap<Place, Vec<Route>>,
}

#[derive(Debug)]
struct Route {
    interest: Arc<Interest>,
    mailbox: Arc<Mailbox>,
}

impl Routes {
    pub(super) fn add(&mut self, interest: &Arc<Interest>, mailbox: &Arc<Mailbox>) {
        for place in Place::all_of(interest) {
            let route = Route { interest: interest.clone(), mailbox: mailbox.clone() };
            self.by_place.entry(place).or_default().push(route);
        }
    }

    pub(super) fn remove(&mut self, interest: &Interest, mailbox: &Arc<Mailbox>) {
        for place in Place::all_of(interest) {
            if let Some(routes) = self.by_place.get_mut(&place) {
                routes.retain(|route| !Arc::ptr_eq(&route.mailbox, mailbox));
                if routes.is_empty() {
                    self.by_place.remove(&place);
                }
            }
        }
    }

    /// Puts the event into the mailbox of every feed that it is for.
    pub(super) fn dispatch(&self, event: &Arc<event::Model>) {
        let places = [
            event.order_id.map(Place::Order),
            event.customer_id.map(Place::Customer),
            event.partner_id.map(Place::Partner),
            event.to_status.clone().map(Place::Status),
            Some(Place::Kind(event.kind)),
            Some(Place::Anywhere),
        ];
        let routes = places.iter().flatten().filter_map(|place| self.by_place.get(place)).flatten();
        for route in routes.filter(|route| route.interest.covers(event)) {
            route.mailbox.put(event);
        }
    }

    /// Tells every feed that the log is no longer the one that it follows.
    pub(super) fn end(&self) {
        for route in self.by_place.values().flatten() {
            route.mailbox.put_end();
        }
    }
}
