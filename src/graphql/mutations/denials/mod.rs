//! What can be denied to customers.

pub mod deny;
pub mod lift;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct DenialMutations(deny::DenyCustomerMutation, lift::LiftDenialMutation);
