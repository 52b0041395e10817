//! What can be changed about customers.

pub mod create;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct CustomerMutations(create::CreateCustomerMutation, update::UpdateCustomerMutation);
