//! `deleteApprovalRule`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::ApprovalRuleId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{APPROVERS, May},
        types::UserError,
    },
    services::approval_rules::delete::{DeleteApprovalRule, delete_approval_rule},
};

/// Input of `deleteApprovalRule`.
#[derive(Debug, InputObject)]
pub struct DeleteApprovalRuleInput {
    /// The rule.
    id: Id<ApprovalRuleId>,
    /// Refuse with `VERSION_CONFLICT` unless the rule has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `deleteApprovalRule`.
#[derive(Debug, SimpleObject)]
pub struct DeleteApprovalRulePayload {
    /// The id that the rule had; null if the request was refused.
    deleted_approval_rule_id: Option<Id<ApprovalRuleId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DeleteApprovalRuleMutation;

#[Object]
impl DeleteApprovalRuleMutation {
    /// Deletes a rule. Orders that were submitted before need the answers that they needed.
    #[graphql(guard = "May(APPROVERS)")]
    async fn delete_approval_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeleteApprovalRuleInput,
    ) -> Result<DeleteApprovalRulePayload> {
        let command = DeleteApprovalRule {
            rule_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, delete_approval_rule).await?;
        Ok(match done {
            Ok(id) => DeleteApprovalRulePayload {
                deleted_approval_rule_id: Some(Id(id)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                DeleteApprovalRulePayload { deleted_approval_rule_id: None, user_errors }
            }
        })
    }
}
