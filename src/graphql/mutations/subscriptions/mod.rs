//! Mutations of subscriptions. Each makes and submits an order, but for those that take back what waits, and the seller's
//! change of prices.

pub mod cancel;
pub mod change;
pub mod migrate_prices;
pub mod resume;
pub mod revoke_cancellation;
pub mod revoke_scheduled_change;
pub mod set_auto_renew;
pub mod suspend;

use async_graphql::MergedObject;

/// What can be done with subscriptions.
#[derive(Default, MergedObject)]
pub struct SubscriptionMutations(
    change::ChangeSubscriptionMutation,
    suspend::SuspendSubscriptionMutation,
    resume::ResumeSubscriptionMutation,
    cancel::CancelSubscriptionMutation,
    set_auto_renew::SetAutoRenewMutation,
    revoke_scheduled_change::RevokeScheduledChangeMutation,
    revoke_cancellation::RevokeCancellationMutation,
    migrate_prices::MigrateSubscriptionPricesMutation,
);
