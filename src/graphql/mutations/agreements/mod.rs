//! What can be changed about agreements.

pub mod create;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct AgreementMutations(create::CreateAgreementMutation, update::UpdateAgreementMutation);
