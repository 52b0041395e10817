//! Approving an order.

use domain::{
    approval::{self as rules, ApprovesFor},
    viewer::Viewer,
};
use entity::{
    ApprovalDecision, ApprovalLinkStatus, OrderId, OrderStatus, OrderTrigger, approval,
    approval_link, order,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::row::{self, By};
use crate::{
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{subscriptions, unit::Unit, validate},
};

/// A yes.
#[derive(Clone, Debug)]
pub struct ApproveOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
    /// The approver's own id of the deal; goes to every document that comes from the order (APG-13). Of several, the last
    /// one given.
    pub external_reference: Option<String>,
}

/// Says yes for the viewer's level. The last yes approves the order, and provisioning begins on its start date.
///
/// Refused with `NOT_AN_APPROVER` or `OWN_ORDER` (APX-28); with `ALREADY_DECIDED` or `ORDER_NOT_PENDING_APPROVAL` and
/// the current status when it comes too late. The same yes by the same person again changes nothing (APX-29); with
/// another reference it is refused with `ALREADY_DECIDED`.
pub async fn approve_order(unit: &Unit, command: ApproveOrder) -> Outcome<OrderId> {
    use OrderTrigger::{ApproveLastStep, ApproveStep};
    let reference = validate::short_text("externalReference", command.external_reference)?;
    let mut order = row::lock(unit, command.order_id).await?;
    let approvals = approvals_of(unit, &order).await?;
    let answer = answer_of(unit, &order, &approvals)?;
    if repeats(&unit.viewer, answer, ApprovalDecision::Approved) {
        let decided_on = row::pulled_on(unit, &order, &[ApproveStep, ApproveLastStep]).await?;
        row::check_version_again(&order, command.expected_version, decided_on)?;
        // Without one of its own, the answer went with the order's.
        let given = answer.external_reference.as_ref().or(order.external_reference.as_ref());
        if reference.is_some() && reference.as_ref() != given {
            let message = "You have approved the order, with another reference.";
            let refusal = row::conflict(&order, RefusalCode::AlreadyDecided, message);
            return Err(refusal.at("externalReference").into());
        }
        return Ok(order.id);
    }
    check_open(&order, answer)?;
    validate::version(command.expected_version, &order)?;
    let trigger = if rules::is_last(&approvals, answer) { ApproveLastStep } else { ApproveStep };
    let seen = order.version;
    let decision = ApprovalDecision::Approved;
    decide(unit, answer, decision, None, reference.clone()).await?;
    row::advance(unit, &mut order, trigger, By::Viewer, None).await?;
    take_links_along(unit, &order, seen).await?;
    if let Some(reference) = reference {
        subscriptions::row::refer(unit, &order, &reference).await?;
        order.external_reference = Some(reference);
    }
    row::save(unit, &mut order).await?;
    Ok(order.id)
}

/// Has the links that answer version `seen` of an order answer it as it is now: one more yes is nothing that others would
/// have to be asked again for.
async fn take_links_along(unit: &Unit, order: &order::Model, seen: i64) -> Outcome<()> {
    approval_link::Entity::update_many()
        .col_expr(approval_link::Column::OrderVersion, Expr::value(order.version))
        .filter(approval_link::Column::TenantId.eq(order.tenant_id))
        .filter(approval_link::Column::OrderId.eq(order.id))
        .filter(approval_link::Column::OrderVersion.eq(seen))
        .filter(approval_link::Column::Status.eq(ApprovalLinkStatus::Active))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

/// The answers that the order needs, by level.
pub(super) async fn approvals_of(
    unit: &Unit,
    order: &order::Model,
) -> Outcome<Vec<approval::Model>> {
    Ok(approval::Entity::find()
        .filter(approval::Column::TenantId.eq(order.tenant_id))
        .filter(approval::Column::OrderId.eq(order.id))
        .order_by_asc(approval::Column::Level)
        .all(&unit.txn)
        .await?)
}

/// The answer that is the viewer's to give.
pub(super) fn answer_of<'a>(
    unit: &Unit,
    order: &order::Model,
    approvals: &'a [approval::Model],
) -> Outcome<&'a approval::Model> {
    let approves_for = ApprovesFor::of(&unit.viewer.scope, unit.viewer.role);
    match approves_for.answer(approvals) {
        Some(_) if rules::is_own(order, &unit.viewer.subject) => Err(Refusal::of(
            RefusalCode::OwnOrder,
            "id",
            "Whoever placed an order, changed its lines or submitted it cannot decide on it.",
        )
        .into()),
        Some(answer) => Ok(answer),
        // Before submission, and where no approval was asked for, nobody is an approver.
        None if order.status != OrderStatus::PendingApproval => Err(not_pending(order)),
        None => Err(Refusal::of(
            RefusalCode::NotAnApprover,
            "id",
            "This order does not wait for your approval.",
        )
        .into()),
    }
}

/// Whether the viewer has given exactly this answer before.
pub(super) fn repeats(
    viewer: &Viewer,
    answer: &approval::Model,
    decision: ApprovalDecision,
) -> bool {
    answer.decision == decision && answer.decided_by.as_ref() == Some(&viewer.subject)
}

/// Refuses when the answer comes too late.
pub(super) fn check_open(order: &order::Model, answer: &approval::Model) -> Outcome<()> {
    if order.status != OrderStatus::PendingApproval {
        return Err(not_pending(order));
    }
    match answer.decision {
        ApprovalDecision::Pending => Ok(()),
        ApprovalDecision::Approved | ApprovalDecision::Rejected | ApprovalDecision::Void => {
            let message = format!("This level has been {} already.", answer.decision);
            Err(row::conflict(order, RefusalCode::AlreadyDecided, message).into())
        }
    }
}

/// Writes the viewer's answer down.
pub(super) async fn decide(
    unit: &Unit,
    answer: &approval::Model,
    decision: ApprovalDecision,
    reason: Option<String>,
    external_reference: Option<String>,
) -> Outcome<()> {
    let mut answer = answer.clone();
    answer.decision = decision;
    answer.decided_by = Some(unit.viewer.subject.clone());
    answer.decided_at = Some(unit.now);
    answer.reason = reason;
    answer.external_reference = external_reference;
    Ok(unit.save(answer).await?)
}

fn not_pending(order: &order::Model) -> Error {
    let message = format!("The order is {} and does not wait for approval.", order.status);
    row::conflict(order, RefusalCode::OrderNotPendingApproval, message).into()
}
