//! What can be changed about editions.

pub mod create;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct EditionMutations(create::CreateEditionMutation);
