//! Rules that say when an order needs whose answer.

pub mod create;
pub mod delete;
mod terms;
pub mod update;

use domain::approval::keeps_rules_of;
use entity::{ApprovalRuleId, PartnerId, approval_rule};

pub use self::terms::RuleTerms;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// Refuses with `NOT_AN_APPROVER` whoever does not keep the rules for the answer of a partner; none: the seller's.
fn check_keeper(unit: &Unit, field: &str, approver: Option<PartnerId>) -> Result<(), Refusal> {
    if keeps_rules_of(&unit.viewer.scope, unit.viewer.role, approver) {
        return Ok(());
    }
    let message = "Rules are kept by those who give the answer that they ask for.";
    Err(Refusal::of(RefusalCode::NotAnApprover, field, message))
}

/// A rule that the viewer may see and keeps. Nobody else changes it until this work has ended.
async fn lock(unit: &Unit, id: ApprovalRuleId) -> Outcome<approval_rule::Model> {
    let rule = unit.lock::<approval_rule::Entity>(id).await?;
    check_keeper(unit, "id", rule.approver_partner_id)?;
    Ok(rule)
}
