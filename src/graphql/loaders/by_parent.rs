//! Rows by what they belong to. Whoever asks knows that the viewer may see the parent.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use entity::{
    InvoiceId, OfferId, OrderId, SubscriptionId, approval, invoice_line, license, order,
    order_line, price, subscription, subscription_period,
};
use sea_orm::{
    ColumnTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use super::{Rows, Wanted};
use crate::{
    access,
    store::{bundle::of_page, statement::is_one_of},
    viewer::Viewer,
};

macro_rules! children {
    ($($(#[$doc:meta])* $key:ident($id:ident): $table:ident by $column:ident as $field:ident in order of $order:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Rows for $key {
            type Entity = $table::Entity;
            type Found = Arc<[$table::Model]>;

            fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity> {
                $table::Entity::find()
                    .filter($table::Column::TenantId.eq(viewer.tenant_id))
                    .filter(wanted.by($table::Column::$column, |key| key.0))
                    .order_by_asc($table::Column::$order)
            }

            fn gather(rows: Vec<$table::Model>) -> HashMap<Self, Self::Found> {
                grouped(rows, |row| Some(Self(row.$field)))
            }
        }
    )+};
}

children! {
    LinesOfOrder(OrderId): order_line by OrderId as order_id in order of LineNumber,
    ApprovalsOfOrder(OrderId): approval by OrderId as order_id in order of Level,
    PricesOfOffer(OfferId): price by OfferId as offer_id in order of Currency,
    PeriodsOfSubscription(SubscriptionId):
        subscription_period by SubscriptionId as subscription_id in order of PeriodNumber,
}

/// The lines of an invoice, as far as the viewer may see what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinesOfInvoice(pub InvoiceId);

impl Rows for LinesOfInvoice {
    type Entity = invoice_line::Entity;
    type Found = Arc<[invoice_line::Model]>;

    fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity> {
        access::visible_charges(viewer)
            .filter(wanted.by(invoice_line::Column::InvoiceId, |key| key.0))
            .order_by_asc(invoice_line::Column::LineNumber)
    }

    fn gather(rows: Vec<invoice_line::Model>) -> HashMap<Self, Self::Found> {
        grouped(rows, |row| Some(Self(row.invoice_id)))
    }
}

macro_rules! licenses {
    ($($key:ident($id:ident): $column:ident as $field:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Rows for $key {
            type Entity = license::Entity;
            type Found = Arc<[license::Model]>;

            fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity> {
                access::visible::<license::Entity>(viewer)
                    .filter(wanted.by(license::Column::$column, |key| key.0))
            }

            /// Oldest first. Sorted here: asked to, SQLite would rather walk along all licenses by their age.
            fn gather(mut rows: Vec<license::Model>) -> HashMap<Self, Self::Found> {
                rows.sort_by_key(|row| (row.created_at, row.id));
                grouped(rows, |row| row.$field.map(Self))
            }
        }
    )+};
}

licenses! {
    LicensesOfOrder(OrderId): OrderId as order_id,
    LicensesOfSubscription(SubscriptionId): SubscriptionId as subscription_id,
}

/// The rows of each parent, in their order.
fn grouped<K: Eq + Hash, M>(
    rows: Vec<M>,
    parent: impl Fn(&M) -> Option<K>,
) -> HashMap<K, Arc<[M]>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        if let Some(parent) = parent(&row) {
            found.entry(parent).or_default().push(row);
        }
    }
    found.into_iter().map(|(parent, rows)| (parent, rows.into())).collect()
}

/// The subscriptions that the lines of a page's orders act on, as far as the viewer may see them.
pub fn subscriptions_of_page(
    viewer: &Viewer,
    backend: DatabaseBackend,
) -> Select<subscription::Entity> {
    let lines = order_line::Entity::find()
        .select_only()
        .column(order_line::Column::SubscriptionId)
        .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(is_one_of(backend, order_line::Column::OrderId, of_page(order::Column::Id)))
        .into_query();
    access::visible(viewer).filter(is_one_of(backend, subscription::Column::Id, lines))
}
