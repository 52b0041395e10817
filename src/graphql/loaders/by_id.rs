//! Rows by their id, where the viewer may see them.

use std::{collections::HashMap, sync::Arc};

use entity::{
    AgreementId, ApiKeyId, CustomerId, EditionId, InvoiceId, LicenseId, OfferId, OrderId,
    OrderLineId, PartnerId, ProductId, SubscriptionId, TenantId, agreement, api_key, customer,
    edition, event_log, invoice, license, offer, order, order_line, partner, product, subscription,
    tenant,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Select};

use super::{Lookup, Reader, Rows, Wanted};
use crate::{access, events::log::Extent, viewer::Viewer};

macro_rules! visible_by_id {
    ($($key:ident($id:ident): $table:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Rows for $key {
            type Entity = $table::Entity;
            type Found = Arc<$table::Model>;

            fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity> {
                access::visible::<$table::Entity>(viewer)
                    .filter(wanted.by($table::Column::Id, |key| key.0))
            }

            fn gather(rows: Vec<$table::Model>) -> HashMap<Self, Self::Found> {
                rows.into_iter().map(|row| (Self(row.id), Arc::new(row))).collect()
            }
        }
    )+};
}

visible_by_id! {
    PartnerById(PartnerId): partner,
    ApiKeyById(ApiKeyId): api_key,
    CustomerById(CustomerId): customer,
    EditionById(EditionId): edition,
    AgreementById(AgreementId): agreement,
    OrderById(OrderId): order,
    SubscriptionById(SubscriptionId): subscription,
    LicenseById(LicenseId): license,
    InvoiceById(InvoiceId): invoice,
}

macro_rules! in_the_catalogue {
    ($($key:ident($id:ident): $table:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Lookup for $key {
            type Found = Arc<$table::Model>;

            async fn find(
                reader: Reader,
                keys: Vec<Self>,
            ) -> Result<HashMap<Self, Self::Found>, DbErr> {
                let Reader { connection, viewer, catalogue, anew } = &reader;
                let ids = keys.into_iter().map(|key| key.0).collect();
                let found = catalogue.find::<$table::Entity>(connection, viewer, *anew, ids).await?;
                Ok(found.into_iter().map(|(id, row)| (Self(id), row)).collect())
            }
        }
    )+};
}

in_the_catalogue! {
    ProductById(ProductId): product,
    OfferById(OfferId): offer,
}

/// An order line. Whoever asks knows that the viewer may see its order, or finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderLineById(pub OrderLineId);

impl Rows for OrderLineById {
    type Entity = order_line::Entity;
    type Found = order_line::Model;

    fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity> {
        order_line::Entity::find()
            .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
            .filter(wanted.by(order_line::Column::Id, |key| key.0))
    }

    fn gather(rows: Vec<order_line::Model>) -> HashMap<Self, Self::Found> {
        rows.into_iter().map(|row| (Self(row.id), row)).collect()
    }
}

/// The viewer's own tenant; any other is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantById(pub TenantId);

impl Lookup for TenantById {
    type Found = tenant::Model;

    async fn find(reader: Reader, _: Vec<Self>) -> Result<HashMap<Self, Self::Found>, DbErr> {
        let row =
            tenant::Entity::find_by_id(reader.viewer.tenant_id).one(&reader.connection).await?;
        Ok(row.into_iter().map(|row| (Self(row.id), row)).collect())
    }
}

/// How far the log of the viewer's own tenant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogOfTenant(pub TenantId);

impl Lookup for LogOfTenant {
    type Found = Extent;

    async fn find(reader: Reader, _: Vec<Self>) -> Result<HashMap<Self, Self::Found>, DbErr> {
        let row =
            event_log::Entity::find_by_id(reader.viewer.tenant_id).one(&reader.connection).await?;
        Ok(row
            .into_iter()
            .map(|log| {
                let extent = Extent {
                    epoch: log.epoch,
                    earliest: log.earliest_position,
                    latest: log.latest_position,
                };
                (Self(log.tenant_id), extent)
            })
            .collect())
    }
}
