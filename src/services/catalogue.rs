//! The catalogue, remembered for a moment: it changes rarely, and every line of every order leads to it.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use entity::{OfferId, ProductId, TenantId, offer, product};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, Value};
use serde::de::DeserializeOwned;

use crate::{
    access::{self, Owned},
    events::wakeups::Wakeups,
    memory::{Asked, Memory},
    store::bundle::{self, evenly},
    viewer::Viewer,
};

/// The products and offers that were read a moment ago, of all tenants.
#[derive(Debug)]
pub struct Catalogue {
    wakeups: Wakeups,
    products: Shelf<product::Entity>,
    offers: Shelf<offer::Entity>,
}

/// Rows of one kind.
pub type Shelf<E> = Memory<(TenantId, <E as Article>::Id), Arc<<E as EntityTrait>::Model>>;

/// Something in the catalogue. Everybody in its tenant may see it.
pub trait Article: Owned<Model: DeserializeOwned> {
    type Id: Copy + Eq + Hash + Into<Value>;

    fn names(row: &Self::Model) -> (TenantId, Self::Id);

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self>;
}

impl Catalogue {
    pub fn new(wakeups: Wakeups) -> Self {
        Self {
            wakeups,
            products: Shelf::<product::Entity>::default(),
            offers: Shelf::<offer::Entity>::default(),
        }
    }

    /// The articles with these ids that exist for the viewer: read anew, or else as they were at most a second ago, and
    /// never as they were before a change that this node has made or heard of.
    pub async fn find<E: Article>(
        &self,
        connection: &DatabaseConnection,
        viewer: &Viewer,
        anew: bool,
        ids: Vec<E::Id>,
    ) -> Result<HashMap<E::Id, Arc<E::Model>>, DbErr> {
        let now = Asked::now(self.wakeups.changes_of_catalogue());
        let remembered = E::shelf(self);
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        for id in ids {
            match remembered.find(&(viewer.tenant_id, id), now) {
                Some(row) if !anew => drop(found.insert(id, row)),
                Some(_) | None => unknown.push(id),
            }
        }
        if !unknown.is_empty() {
            let rows = access::visible::<E>(viewer).filter(E::ID.is_in(evenly(&unknown)));
            for row in bundle::all(connection, rows).await? {
                let (names, row) = (E::names(&row), Arc::new(row));
                found.insert(names.1, row.clone());
                remembered.remember(now, names, row);
            }
        }
        Ok(found)
    }
}

impl Article for product::Entity {
    type Id = ProductId;

    fn names(row: &product::Model) -> (TenantId, ProductId) {
        (row.tenant_id, row.id)
    }

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self> {
        &catalogue.products
    }
}

impl Article for offer::Entity {
    type Id = OfferId;

    fn names(row: &offer::Model) -> (TenantId, OfferId) {
        (row.tenant_id, row.id)
    }

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self> {
        &catalogue.offers
    }
}
