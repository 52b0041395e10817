//! The first page of a list, followed as rows come, change and go.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use entity::{OrderId, OrderLineId, OrderLineStatus, order, order_line};
use sea_orm::{DbErr, EntityTrait, prelude::DateTimeUtc};

use crate::{
    app::App,
    services::page::{InvalidPage, List, PageRequest},
};

/// A row that comes onto pages which are followed.
pub trait Queued {
    type Id: Copy + Eq + Hash + Send + Sync + 'static;
    /// Another one after each change that can be seen.
    type Mark: Copy + Eq + Hash + Send + Sync + 'static;

    fn id(&self) -> Self::Id;
    fn mark(&self) -> Self::Mark;
}

impl Queued for order::Model {
    type Id = OrderId;
    /// Its version.
    type Mark = i64;

    fn id(&self) -> OrderId {
        self.id
    }

    fn mark(&self) -> i64 {
        self.version
    }
}

impl Queued for order_line::Model {
    type Id = OrderLineId;
    type Mark = LineMark;

    fn id(&self) -> OrderLineId {
        self.id
    }

    fn mark(&self) -> LineMark {
        LineMark {
            status: self.status,
            is_submitted: self.subscription_id.is_some(),
            attempts: self.attempts,
            held_since: self.held_since,
            ended_at: self.ended_at,
        }
    }
}

/// What changes of a line from its order's draft to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineMark {
    status: OrderLineStatus,
    /// A purchase has a subscription, its prices and its way of provisioning from then on.
    is_submitted: bool,
    attempts: i32,
    held_since: Option<DateTimeUtc>,
    ended_at: Option<DateTimeUtc>,
}

/// A table whose rows do.
pub trait Followed: EntityTrait<Model: Queued + Sync> {}

impl<E: EntityTrait<Model: Queued + Sync>> Followed for E {}

/// What is on the page, in its order: each row with its mark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queue<I, M>(Vec<(I, M)>);

/// The id of a table's rows.
pub type IdOf<E> = <<E as EntityTrait>::Model as Queued>::Id;

/// A page of a table's rows.
pub type QueueOf<E> = Queue<IdOf<E>, <<E as EntityTrait>::Model as Queued>::Mark>;

/// What happened to a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference<I> {
    pub entered: Vec<I>,
    pub changed: Vec<I>,
    pub left: Vec<I>,
}

impl<I, M> Default for Queue<I, M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<I: Copy + Eq + Hash, M: Copy + Eq + Hash> Queue<I, M> {
    /// The rows on the page, the first one first.
    pub fn ids(&self) -> impl Iterator<Item = I> {
        self.0.iter().map(|(id, _)| *id)
    }

    /// Equal for equal pages.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// What made this page of an earlier one.
    pub fn since(&self, before: &Self) -> Difference<I> {
        let marks: HashMap<_, _> = before.0.iter().copied().collect();
        let (mut entered, mut changed) = (Vec::new(), Vec::new());
        for (id, mark) in &self.0 {
            match marks.get(id) {
                None => entered.push(*id),
                Some(known) if known != mark => changed.push(*id),
                Some(_) => {}
            }
        }
        let stays: HashMap<_, _> = self.0.iter().copied().collect();
        let left = before.ids().filter(|id| !stays.contains_key(id)).collect();
        Difference { entered, changed, left }
    }
}

/// Reads the page as it is now: the first `first` rows of the list, 1 to 100; 20 if not said.
pub async fn read_queue<E: Followed>(
    app: &App,
    list: &List<E>,
    first: Option<i32>,
) -> Result<Result<QueueOf<E>, InvalidPage>, DbErr> {
    let request = PageRequest { first, ..PageRequest::default() };
    let page = list.page(app.store.readers(), &request).await?;
    Ok(page.map(|(rows, _)| Queue(rows.iter().map(|row| (row.id(), row.mark())).collect())))
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
        let nothing = Difference { entered: vec![], changed: vec![], left: vec![] };
        assert_eq!(after.since(&after), nothing);
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
