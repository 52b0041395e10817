//! Changing a rule.

use entity::ApprovalRuleId;

use super::{
    lock,
    terms::{self, RuleTerms},
};
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateApprovalRule {
    pub rule_id: ApprovalRuleId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub terms: RuleTerms,
}

/// Changes what is named. Orders that were submitted before need the answers that they needed.
pub async fn update_approval_rule(
    unit: &Unit,
    command: UpdateApprovalRule,
) -> Outcome<ApprovalRuleId> {
    let seen = lock(unit, command.rule_id).await?;
    validate::version(command.expected_version, seen.version)?;
    let mut rule = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut rule.name, "name", validate::name));
    Box::pin(terms::put(unit, command.terms, &mut rule, &mut refusals)).await?;
    refusals.done()?;
    if rule != seen {
        rule.version += 1;
        rule.updated_at = unit.now;
        unit.save(rule).await?;
    }
    Ok(seen.id)
}
