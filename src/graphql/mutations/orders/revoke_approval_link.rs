//! `revokeApprovalLink`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::ApprovalLinkId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{APPROVERS, May},
        types::{ApprovalLink, UserError},
    },
    services::orders::links::revoke::{RevokeApprovalLink, revoke_approval_link},
};

/// Input of `revokeApprovalLink`.
#[derive(Debug, InputObject)]
pub struct RevokeApprovalLinkInput {
    /// The link.
    id: Id<ApprovalLinkId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `revokeApprovalLink`.
#[derive(Debug, SimpleObject)]
pub struct RevokeApprovalLinkPayload {
    /// The link as it is now; null if the request was refused.
    approval_link: Option<ApprovalLink>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RevokeApprovalLinkMutation;

#[Object]
impl RevokeApprovalLinkMutation {
    /// Ends a link that nobody has used. The link of the same pair goes on to work. One that was revoked before stays so. The
    /// seller's approvers revoke any link, those of a partner the ones for the partner's own answer.
    #[graphql(guard = "May(APPROVERS)")]
    async fn revoke_approval_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RevokeApprovalLinkInput,
    ) -> Result<RevokeApprovalLinkPayload> {
        let command = RevokeApprovalLink { link_id: input.id.0 };
        let (approval_link, user_errors) =
            apply(ctx, input.idempotency_key, command, revoke_approval_link).await?;
        Ok(RevokeApprovalLinkPayload { approval_link, user_errors })
    }
}
