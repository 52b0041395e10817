//! Ids: one type per table, so that an order's id cannot stand where a customer's should.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{DbErr, DeriveValueType, TryFromU64, prelude::DateTimeUtc};
use serde::{Deserialize, Serialize};
use uuid::{Timestamp, Uuid};

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
            /// A new id (UUID v7) that sorts by the time given, and, of those that this process makes in one
            /// millisecond, after the one before.
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
    TenantId, PartnerId, ApiKeyId, CustomerId, DenialId, ProductId, OfferId, PriceId, EditionId, AgreementId, OrderId, OrderLineId, OrderLineAttemptId, OrderLineHoldId, ApprovalId, ApprovalLinkId, SubscriptionId, BillingPeriodId, SubscriptionPeriodId, LicenseId, InvoiceId, InvoiceLineId, EventId, TaxCodeId, SubscriptionChangeId, PaymentId, AccountTransactionId, BillingRunId, WebhookEndpointId, WebhookDeliveryId, ApprovalRuleId, MailRecipientId, MailId, ConsentId, PlanId, PlanStepId, PlanComponentId, PaymentAgreementId, DiscountId, SubscriptionDiscountId, UsageReportId,
}

/// As wide as leaves 50 random bits, from which numbers are made.
const COUNTER_BITS: u8 = 24;

fn version_7(now: DateTimeUtc) -> Uuid {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed) % (1 << COUNTER_BITS);
    let nanos = now.timestamp_subsec_nanos();
    Uuid::new_v7(Timestamp::from_unix_time(seconds, nanos, counter.into(), COUNTER_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_moment_sort_as_they_were_made() {
        let ids: Vec<_> = (0..10_000).map(|_| OrderId::new(DateTimeUtc::UNIX_EPOCH)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[0].0.get_version_num(), 7);
    }
}
