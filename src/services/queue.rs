//! The first page of a list, followed as rows come, change and go.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use entity::{OrderId, OrderLineId, order, order_line};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    app::App,
    services::page::{InvalidPage, List, PageRequest},
    store::statement::evenly,
};

/// The ids of rows, each with its mark.
pub type Marked<Id> = Vec<(Id, i64)>;

/// A table whose rows come onto pages which are followed.
pub trait Followed: EntityTrait<Model: Sync> {
    type Id: Copy + Eq + Hash + Send + Sync + 'static;

    /// The rows of a page, each with its mark: another one after each change that can be seen.
    fn marked(
        database: &DatabaseConnection,
        rows: &[Self::Model],
    ) -> impl Future<Output = Result<Marked<Self::Id>, DbErr>> + Send;
}

impl Followed for order::Entity {
    type Id = OrderId;

    /// An order's mark is its version.
    async fn marked(
        _: &DatabaseConnection,
        rows: &[order::Model],
    ) -> Result<Marked<OrderId>, DbErr> {
        Ok(rows.iter().map(|row| (row.id, row.version)).collect())
    }
}

impl Followed for order_line::Entity {
    type Id = OrderLineId;

    /// A line's mark is the version of its order: whatever moves a line moves that, and what may be done to a line depends
    /// on both.
    async fn marked(
        database: &DatabaseConnection,
        rows: &[order_line::Model],
    ) -> Result<Marked<OrderLineId>, DbErr> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let orders: BTreeSet<OrderId> = rows.iter().map(|row| row.order_id).collect();
        let orders: Vec<_> = orders.into_iter().collect();
        let versions: BTreeMap<OrderId, i64> = order::Entity::find()
            .select_only()
            .column(order::Column::Id)
            .column(order::Column::Version)
            .filter(order::Column::TenantId.eq(first.tenant_id))
            .filter(order::Column::Id.is_in(evenly(&orders)))
            .into_tuple::<(OrderId, i64)>()
            .all(database)
            .await?
            .into_iter()
            .collect();
        // An order that was deleted meanwhile is told of by what follows.
        let version = |row: &order_line::Model| versions.get(&row.order_id).copied();
        Ok(rows.iter().map(|row| (row.id, version(row).unwrap_or_default())).collect())
    }
}

/// What is on the page, in its order: each row with its mark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queue<I>(Marked<I>);

/// The id of a table's rows.
pub type IdOf<E> = <E as Followed>::Id;

/// What happened to a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference<I> {
    pub entered: Vec<I>,
    pub changed: Vec<I>,
    pub left: Vec<I>,
}

impl<I> Default for Queue<I> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<I: Copy + Eq + Hash> Queue<I> {
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
) -> Result<Result<Queue<IdOf<E>>, InvalidPage>, DbErr> {
    let request = PageRequest { first, ..PageRequest::default() };
    let database = app.store.readers();
    Ok(match list.page(database, &request).await? {
        Ok((rows, _)) => Ok(Queue(E::marked(database, &rows).await?)),
        Err(invalid) => Err(invalid),
    })
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
