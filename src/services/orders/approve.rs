//! Approving an order.

use domain::approval::{self as rules, ApprovesFor};
use entity::{
    ApprovalDecision, ApprovalLinkStatus, ConsentId, OrderId, OrderStatus, OrderTrigger, approval,
    approval_link, consent, order,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::{
    lines,
    row::{self, By},
};
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

/// Says yes for the viewer's level, of which so many different people must. The last yes of the last level approves the
/// order, and provisioning begins on its start date.
///
/// Each yes is an event and a new version of the order, also one that is not the last of its level: whoever follows the
/// order sees it come, and whoever has seen an earlier version is told that there is more to see. Links answer one version
/// of the order, and go along to the new one: nothing of what is asked has changed by a yes, so nobody needs a new link.
///
/// Refused with `NOT_AN_APPROVER` or `OWN_ORDER` (APX-28); with `ALREADY_DECIDED` or `ORDER_NOT_PENDING_APPROVAL` and
/// the current status when it comes too late. The same person counts once: while others are still waited for, another yes
/// is refused with `ALREADY_APPROVED`. The same request again, as its `expected_version` says, changes nothing, and so does
/// the same yes once the level has been decided (APX-29); with another reference it is refused with `ALREADY_DECIDED`.
/// Refused as `createOrder` is, in the fields of its lines, where a plan that was chosen no longer allows that (IFS-17).
pub async fn approve_order(unit: &Unit, command: ApproveOrder) -> Outcome<OrderId> {
    approve_as(unit, command, &unit.viewer.subject).await
}

/// The same, where the viewer speaks for a person who is called otherwise.
pub(super) async fn approve_as(
    unit: &Unit,
    command: ApproveOrder,
    person: &str,
) -> Outcome<OrderId> {
    use OrderTrigger::{ApproveLastStep, ApproveStep};
    let reference = validate::short_text("externalReference", command.external_reference)?;
    let mut order = row::lock(unit, command.order_id).await?;
    let approvals = approvals_of(unit, &order).await?;
    let answer = answer_of(unit, &order, &approvals)?;
    let consents = consents_to(unit, answer).await?;
    if let Some(given) = consents.iter().find(|consent| consent.person == person) {
        check_again(&order, answer, given, command.expected_version, reference.as_ref())?;
        return Ok(order.id);
    }
    check_open(&order, answer)?;
    validate::version(command.expected_version, &order)?;
    Box::pin(lines::check_plans(unit, &order)).await?;
    let is_enough = rules::is_enough(answer, consents.len() + 1);
    let is_last = is_enough && rules::is_last(&approvals, answer);
    let trigger = if is_last { ApproveLastStep } else { ApproveStep };
    let seen = order.version;
    consent(unit, &order, answer, person, reference.clone()).await?;
    if is_enough {
        decide(unit, answer, ApprovalDecision::Approved, None, reference.clone()).await?;
    }
    row::advance(unit, &mut order, trigger, By::Viewer, None).await?;
    if !is_last {
        take_links_along(unit, &order, seen).await?;
    }
    if let Some(reference) = reference {
        subscriptions::row::refer(unit, &order, &reference).await?;
        order.external_reference = Some(reference);
    }
    row::save(unit, &mut order).await?;
    Ok(order.id)
}

/// Checks a yes that its person has said before. It changes nothing if it is the same; a second one does not count.
fn check_again(
    order: &order::Model,
    answer: &approval::Model,
    given: &consent::Model,
    expected_version: Option<i64>,
    reference: Option<&String>,
) -> Outcome<()> {
    let is_same_request = expected_version.is_some() && expected_version == given.order_version;
    if is_open(order, answer) && !is_same_request {
        return Err(already_approved(order).into());
    }
    row::check_version_again(order, expected_version, given.order_version)?;
    // Without one of its own, the yes went with the order's.
    let known = given.external_reference.as_ref().or(order.external_reference.as_ref());
    if reference.is_some() && reference != known {
        let message = "You have approved the order, with another reference.";
        let refusal = row::conflict(order, RefusalCode::AlreadyDecided, message);
        return Err(refusal.at("externalReference").into());
    }
    Ok(())
}

/// The refusal of whoever has said yes, and answers once more.
pub(super) fn already_approved(order: &order::Model) -> Refusal {
    let message = "You have said yes, which counts once. The order waits for others.";
    row::conflict(order, RefusalCode::AlreadyApproved, message)
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

/// Who has said yes to an answer so far.
pub(super) async fn consents_to(
    unit: &Unit,
    answer: &approval::Model,
) -> Outcome<Vec<consent::Model>> {
    Ok(consent::Entity::find()
        .filter(consent::Column::TenantId.eq(answer.tenant_id))
        .filter(consent::Column::ApprovalId.eq(answer.id))
        .all(&unit.txn)
        .await?)
}

/// Writes a yes down.
async fn consent(
    unit: &Unit,
    order: &order::Model,
    answer: &approval::Model,
    person: &str,
    external_reference: Option<String>,
) -> Outcome<()> {
    let consent = consent::Model {
        id: ConsentId::new(unit.now),
        tenant_id: order.tenant_id,
        order_id: order.id,
        approval_id: answer.id,
        partner_id: answer.partner_id,
        person: person.to_owned(),
        given_by: unit.viewer.subject.clone(),
        given_at: unit.now,
        order_version: Some(order.version),
        external_reference,
    };
    unit.insert(consent).await?;
    Ok(())
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

fn is_open(order: &order::Model, answer: &approval::Model) -> bool {
    order.status == OrderStatus::PendingApproval && answer.decision == ApprovalDecision::Pending
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
