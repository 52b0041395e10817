//! Ids: one type per table, so that an order's id cannot stand where a customer's should.

use sea_orm::{DbErr, DeriveValueType, TryFromU64, prelude::DateTimeUtc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id (UUID v7) that sorts by the time given.
            pub fn new(now: DateTimeUtc) -> Self {
                Self(version_7(now))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                // SeaORM asks this of every primary key type; only numbers counted by the database can answer.
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    TenantId, PartnerId, ApiKeyId, CustomerId, ProductId, OfferId, PriceId, EditionId, AgreementId,
    OrderId, OrderLineId, ApprovalId, SubscriptionId, BillingPeriodId, SubscriptionPeriodId, LicenseId,
    InvoiceId, InvoiceLineId, EventId, TaxCodeId, SubscriptionChangeId, PaymentId,
    AccountTransactionId, BillingRunId,
}

fn version_7(now: DateTimeUtc) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}
