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

    fn id(row: &Self::Model) -> Self::Id;

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self>;
}

impl Catalogue {
    pub fn new(wakeups: Wakeups) -> Self {
        Self { wakeups, products: Memory::default(), offers: Memory::default() }
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
            let known = if anew { None } else { remembered.find(&(viewer.tenant_id, id), now) };
            if let Some(row) = known {
                found.insert(id, row);
            } else {
                unknown.push(id);
            }
        }
        if !unknown.is_empty() {
            let rows = access::visible::<E>(viewer).filter(E::ID.is_in(evenly(&unknown)));
            for row in bundle::all(connection, rows).await? {
                let (id, row) = (E::id(&row), Arc::new(row));
                found.insert(id, row.clone());
                remembered.remember(now, (viewer.tenant_id, id), row);
            }
        }
        Ok(found)
    }
}

impl Article for product::Entity {
    type Id = ProductId;

    fn id(row: &product::Model) -> ProductId {
        row.id
    }

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self> {
        &catalogue.products
    }
}

impl Article for offer::Entity {
    type Id = OfferId;

    fn id(row: &offer::Model) -> OfferId {
        row.id
    }

    fn shelf(catalogue: &Catalogue) -> &Shelf<Self> {
        &catalogue.offers
    }
}
