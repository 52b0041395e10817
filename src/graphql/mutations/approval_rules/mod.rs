//! What can be done with rules of approval.

pub mod create;
pub mod delete;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct ApprovalRuleMutations(
    create::CreateApprovalRuleMutation,
    update::UpdateApprovalRuleMutation,
    delete::DeleteApprovalRuleMutation,
);
