//! Rows by what they belong to. Whoever asks knows that the viewer may see the parent.

use std::collections::HashMap;

use entity::{
    InvoiceId, OfferId, OrderId, SubscriptionId, approval, invoice_line, license, order_line,
    price, subscription_period,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{Lookup, Reader};
use crate::access;

macro_rules! children {
    ($($(#[$doc:meta])* $key:ident($id:ident): $table:ident by $column:ident as $field:ident in order of $order:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Lookup for $key {
            type Found = Vec<$table::Model>;

            async fn find(
                reader: Reader,
                keys: Vec<Self>,
            ) -> Result<HashMap<Self, Self::Found>, DbErr> {
                let rows = $table::Entity::find()
                    .filter($table::Column::TenantId.eq(reader.viewer.tenant_id))
                    .filter($table::Column::$column.is_in(keys.into_iter().map(|key| key.0)))
                    .order_by_asc($table::Column::$order)
                    .all(&reader.connection)
                    .await?;
                let mut found: HashMap<_, Vec<_>> = HashMap::new();
                for row in rows {
                    found.entry(Self(row.$field)).or_default().push(row);
                }
                Ok(found)
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
    LinesOfInvoice(InvoiceId): invoice_line by InvoiceId as invoice_id in order of LineNumber,
}

macro_rules! licenses {
    ($($key:ident($id:ident): $column:ident as $field:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Lookup for $key {
            type Found = Vec<license::Model>;

            async fn find(
                reader: Reader,
                keys: Vec<Self>,
            ) -> Result<HashMap<Self, Self::Found>, DbErr> {
                let rows = access::visible::<license::Entity>(&reader.viewer)
                    .filter(license::Column::$column.is_in(keys.into_iter().map(|key| key.0)))
                    .order_by_asc(license::Column::CreatedAt)
                    .order_by_asc(license::Column::Id)
                    .all(&reader.connection)
                    .await?;
                let mut found: HashMap<_, Vec<_>> = HashMap::new();
                for row in rows {
                    if let Some(parent) = row.$field {
                        found.entry(Self(parent)).or_default().push(row);
                    }
                }
                Ok(found)
            }
        }
    )+};
}

licenses! {
    LicensesOfOrder(OrderId): OrderId as order_id,
    LicensesOfSubscription(SubscriptionId): SubscriptionId as subscription_id,
}
