//! What can be changed about partners.

pub mod create;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct PartnerMutations(create::CreatePartnerMutation, update::UpdatePartnerMutation);
