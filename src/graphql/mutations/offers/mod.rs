//! What can be changed about offers.

pub mod create;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct OfferMutations(create::CreateOfferMutation, update::UpdateOfferMutation);
