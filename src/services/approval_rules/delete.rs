//! Taking a rule away.

use entity::{ApprovalRuleId, approval_rule};
use sea_orm::EntityTrait;

use super::lock;
use crate::{
    error::Outcome,
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct DeleteApprovalRule {
    pub rule_id: ApprovalRuleId,
    pub expected_version: Option<i64>,
}

/// Deletes a rule. Orders that were submitted before need the answers that they needed.
pub async fn delete_approval_rule(
    unit: &Unit,
    command: DeleteApprovalRule,
) -> Outcome<ApprovalRuleId> {
    let rule = lock(unit, command.rule_id).await?;
    validate::version(command.expected_version, rule.version)?;
    approval_rule::Entity::delete_by_id(rule.id).exec(&unit.txn).await?;
    Ok(rule.id)
}
