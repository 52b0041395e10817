//! The first page of a list of orders, followed as orders come, change and go.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use entity::{OrderId, order};
use sea_orm::DbErr;

use crate::{
    app::App,
    services::page::{InvalidPage, List, PageRequest},
};

/// What is on the page, in its order: each order with its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue(Vec<(OrderId, i64)>);

/// What happened to a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub entered: Vec<OrderId>,
    pub changed: Vec<OrderId>,
    pub left: Vec<OrderId>,
}

impl Queue {
    pub fn of(orders: &[order::Model]) -> Self {
        Self(orders.iter().map(|order| (order.id, order.version)).collect())
    }

    /// The orders on the page, the first one first.
    pub fn ids(&self) -> impl Iterator<Item = OrderId> {
        self.0.iter().map(|(id, _)| *id)
    }

    /// Equal for equal pages.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// What made this page of an earlier one.
    pub fn since(&self, before: &Self) -> Difference {
        let versions: HashMap<_, _> = before.0.iter().copied().collect();
        let mut difference = Difference::default();
        for (id, version) in &self.0 {
            match versions.get(id) {
                None => difference.entered.push(*id),
                Some(known) if known != version => difference.changed.push(*id),
                Some(_) => {}
            }
        }
        let stays: HashMap<_, _> = self.0.iter().copied().collect();
        difference.left = before.ids().filter(|id| !stays.contains_key(id)).collect();
        difference
    }
}

/// Reads the page as it is now: the first `first` orders of the list, 1 to 100; 20 if not said.
pub async fn read_queue(
    app: &App,
    list: &List<order::Entity>,
    first: Option<i32>,
) -> Result<Result<Vec<order::Model>, InvalidPage>, DbErr> {
    let request = PageRequest { first, ..PageRequest::default() };
    let page = list.page(app.store.readers(), &request).await?;
    Ok(page.map(|(orders, _)| orders))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> OrderId {
        OrderId(Uuid::from_u128(number))
    }

    #[test]
    fn orders_enter_change_and_leave() {
        let before = Queue(vec![(id(1), 1), (id(2), 1), (id(3), 4)]);
        let after = Queue(vec![(id(9), 1), (id(1), 1), (id(3), 5)]);
        let expected = Difference { entered: vec![id(9)], changed: vec![id(3)], left: vec![id(2)] };
        assert_eq!(after.since(&before), expected);
        assert_eq!(after.since(&after), Difference::default());
    }

    #[test]
    fn pages_are_told_apart_by_orders_versions_and_places() {
        let page = |orders: &[(u128, i64)]| {
            Queue(orders.iter().map(|(number, version)| (id(*number), *version)).collect())
        };
        let digest = page(&[(1, 1), (2, 1)]).digest();
        assert_eq!(digest, page(&[(1, 1), (2, 1)]).digest());
        for other in [page(&[(1, 1)]), page(&[(2, 1), (1, 1)]), page(&[(1, 2), (2, 1)])] {
            assert_ne!(digest, other.digest());
        }
    }
}
