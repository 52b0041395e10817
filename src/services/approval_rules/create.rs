//! Making a rule.

use entity::{ApprovalRuleId, PartnerId, approval_rule, partner};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    check_keeper,
    terms::{self, RuleTerms},
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{keeper, unit::Unit, validate},
};

/// How many rules there may be for the answer of one partner, or the seller's.
const MOST: u64 = 100;

#[derive(Clone, Debug)]
pub struct CreateApprovalRule {
    pub name: String,
    /// The partner that must answer; none: the seller, or the partner that the viewer speaks for.
    pub approver_partner_id: Option<PartnerId>,
    pub terms: RuleTerms,
}

/// Makes a rule. It holds for orders that are submitted from then on. Refused with `NOT_AN_APPROVER` where the viewer does
/// not give the answer that it asks for, and with `TOO_MANY_APPROVAL_RULES`.
pub async fn create_approval_rule(
    unit: &Unit,
    command: CreateApprovalRule,
) -> Outcome<ApprovalRuleId> {
    let field = "approverPartnerId";
    if let Some(id) = command.approver_partner_id {
        unit.require::<partner::Entity>(id, field).await??;
    }
    let approver = command.approver_partner_id.or(unit.viewer.partner());
    check_keeper(unit, field, approver)?;
    check_room(unit, approver).await?;

    let mut refusals = Refusals::default();
    let mut rule = approval_rule::Model {
        id: ApprovalRuleId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        name: refusals.value(validate::name("name", command.name)),
        enabled: true,
        approver_partner_id: approver,
        currency: None,
        minimum_amount: None,
        credit_limit: None,
        product_id: None,
        vendor: None,
        action: None,
        customer_id: None,
        partner_id: None,
        first_order: false,
        approvers_needed: 1,
        lapse_after_hours: None,
        remind_every_hours: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    Box::pin(terms::put(unit, command.terms, &mut rule, &mut refusals)).await?;
    refusals.done()?;

    let id = rule.id;
    unit.insert(rule).await?;
    Ok(id)
}

/// Whether there may be one more.
async fn check_room(unit: &Unit, approver: Option<PartnerId>) -> Outcome<()> {
    let message = format!("There are up to {MOST} rules for the same answer.");
    let full = Refusal::new(RefusalCode::TooManyApprovalRules, message);
    let rules = approval_rule::Entity::find()
        .filter(approval_rule::Column::TenantId.eq(unit.viewer.tenant_id));
    let column = approval_rule::Column::ApproverPartnerId;
    keeper::check_room(unit, rules, column, approver, MOST, full).await
}
