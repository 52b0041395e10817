//! What can be done about billing.

pub mod release_hold;
pub mod start;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct BillingRunMutations(
    start::StartBillingRunMutation,
    release_hold::ReleaseBillingHoldMutation,
);
