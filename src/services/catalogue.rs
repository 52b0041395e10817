//! The catalogue, remembered for a moment: it changes rarely, and every line of every order leads to it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use entity::{OfferId, ProductId, TenantId, offer, product};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, Value};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::{
    access::{self, Owned},
    events::wakeups::Wakeups,
    store::bundle::{self, evenly},
    viewer::Viewer,
};

/// How long a change that was made by another node may go unnoticed, if its hint is lost. One that was made by this node
/// is noticed at once.
const MOMENT: Duration = Duration::from_secs(1);

/// How many rows of each kind are remembered.
const MOST: usize = 10_000;

/// The products and offers that were read a moment ago, of all tenants.
#[derive(Debug)]
pub struct Catalogue {
    wakeups: Wakeups,
    products: Shelf<product::Entity, ProductId>,
    offers: Shelf<offer::Entity, OfferId>,
}

impl Catalogue {
    pub fn new(wakeups: Wakeups) -> Self {
        Self { wakeups, products: Shelf::default(), offers: Shelf::default() }
    }

    /// The products with these ids that exist for the viewer: read anew, or else as they were at most a second ago, and
    /// never as they were before a change that this node has made or heard of.
    pub async fn products(
        &self,
        connection: &DatabaseConnection,
        viewer: &Viewer,
        anew: bool,
        ids: Vec<ProductId>,
    ) -> Result<HashMap<ProductId, Arc<product::Model>>, DbErr> {
        let changes = self.wakeups.changes_of_catalogue();
        self.products.find(connection, viewer, anew, ids, changes).await
    }

    /// The same of offers.
    pub async fn offers(
        &self,
        connection: &DatabaseConnection,
        viewer: &Viewer,
        anew: bool,
        ids: Vec<OfferId>,
    ) -> Result<HashMap<OfferId, Arc<offer::Model>>, DbErr> {
        let changes = self.wakeups.changes_of_catalogue();
        self.offers.find(connection, viewer, anew, ids, changes).await
    }
}

/// Something in the catalogue. Everybody in its tenant may see it.
trait Article<Id>: Owned<Model: DeserializeOwned> {
    fn names(row: &Self::Model) -> (TenantId, Id);
}

impl Article<ProductId> for product::Entity {
    fn names(row: &product::Model) -> (TenantId, ProductId) {
        (row.tenant_id, row.id)
    }
}

impl Article<OfferId> for offer::Entity {
    fn names(row: &offer::Model) -> (TenantId, OfferId) {
        (row.tenant_id, row.id)
    }
}

/// Rows of one kind.
#[derive(Debug)]
struct Shelf<E: EntityTrait, Id>(Mutex<Remembered<E, Id>>);

type Remembered<E, Id> = HashMap<(TenantId, Id), Seen<<E as EntityTrait>::Model>>;

#[derive(Debug)]
struct Seen<M> {
    row: Arc<M>,
    /// Before it was read.
    at: Instant,
    /// How often the catalogue was known to have changed by then.
    changes: u64,
}

impl<E: EntityTrait, Id> Default for Shelf<E, Id> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E, Id> Shelf<E, Id>
where
    E: Article<Id>,
    Id: Copy + Eq + Hash + Into<Value>,
{
    async fn find(
        &self,
        connection: &DatabaseConnection,
        viewer: &Viewer,
        anew: bool,
        ids: Vec<Id>,
        changes: u64,
    ) -> Result<HashMap<Id, Arc<E::Model>>, DbErr> {
        let at = Instant::now();
        let (mut found, unknown) = if anew {
            (HashMap::new(), ids)
        } else {
            self.recall(viewer.tenant_id, ids, at, changes)
        };
        if !unknown.is_empty() {
            let rows = access::visible::<E>(viewer).filter(E::ID.is_in(evenly(&unknown)));
            let rows = bundle::all(connection, rows).await?;
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            found.extend(rows.iter().map(|row| (E::names(row).1, row.clone())));
            self.remember(rows, at, changes);
        }
        Ok(found)
    }

    /// What is remembered, and what is not.
    fn recall(
        &self,
        tenant_id: TenantId,
        ids: Vec<Id>,
        now: Instant,
        changes: u64,
    ) -> (HashMap<Id, Arc<E::Model>>, Vec<Id>) {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        for id in ids {
            match rows.get(&(tenant_id, id)) {
                Some(seen) if seen.is_good(now, changes) => {
                    found.insert(id, seen.row.clone());
                }
                Some(_) | None => unknown.push(id),
            }
        }
        (found, unknown)
    }

    fn remember(&self, rows: Vec<Arc<E::Model>>, at: Instant, changes: u64) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() + rows.len() > MOST {
            remembered.retain(|_, seen| seen.is_good(at, changes));
            if remembered.len() + rows.len() > MOST {
                remembered.clear();
            }
        }
        remembered.extend(rows.into_iter().map(|row| (E::names(&row), Seen { row, at, changes })));
    }
}

impl<M> Seen<M> {
    fn is_good(&self, now: Instant, changes: u64) -> bool {
        self.changes == changes && now.duration_since(self.at) < MOMENT
    }
}
