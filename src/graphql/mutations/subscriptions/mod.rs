//! Mutations of subscriptions. Each makes and submits an order.

pub mod cancel;
pub mod change;
pub mod resume;
pub mod suspend;

use async_graphql::MergedObject;

/// What can be done with subscriptions.
#[derive(Default, MergedObject)]
pub struct SubscriptionMutations(
    change::ChangeSubscriptionMutation,
    suspend::SuspendSubscriptionMutation,
    resume::ResumeSubscriptionMutation,
    cancel::CancelSubscriptionMutation,
);
