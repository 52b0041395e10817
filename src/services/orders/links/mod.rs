//! Links by which somebody without a credential answers an order: in the name, and with the rights, of whoever made them.

pub mod answer;
pub mod create;
pub mod expire;
pub mod follow;
pub mod revoke;
pub mod show;

use chrono::{DateTime, Utc};
use domain::{approval::is_own, viewer::Viewer};
use entity::{
    ApprovalDecision, ApprovalLinkStatus, EventKind, OrderStatus, approval, approval_link, consent,
    order,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectExt};

use super::{approve::already_approved, row};
use crate::{
    error::{Current, Outcome, Refusal, RefusalCode},
    events::log::{NewEvent, Subject},
};

/// Something that happened to a link. It concerns those for whose answer the link is, and not the customer.
fn event(kind: EventKind, link: &approval_link::Model) -> NewEvent {
    NewEvent::about(kind, Subject::ApprovalLink(link.id), None, link.partner_id)
        .by_order(Some(link.order_id))
}

/// Where a link is at a moment: what has expired is not written down at once.
fn status(link: &approval_link::Model, now: DateTime<Utc>) -> ApprovalLinkStatus {
    let has_expired = link.status == ApprovalLinkStatus::Active && link.expires_at <= now;
    if has_expired { ApprovalLinkStatus::Expired } else { link.status }
}

/// Refuses with `APPROVAL_LINK_NOT_ACTIVE` and the status what can no longer be used.
fn check_active(link: &approval_link::Model, now: DateTime<Utc>) -> Outcome<()> {
    let status = status(link, now);
    if status == ApprovalLinkStatus::Active {
        return Ok(());
    }
    let message = format!("The link is {status} and cannot be used.");
    let current = Current { status: Some(status.as_str()), version: link.order_version };
    let refusal = Refusal::new(RefusalCode::ApprovalLinkNotActive, message);
    Err(Refusal { current: Some(current), ..refusal }.into())
}

/// Refuses where the order does not wait for the answer that the link gives, where its recipient has said yes already, where
/// anything but a yes has changed it since the link was made, or where it is the own work of whoever made the link.
async fn check_order(
    connection: &impl ConnectionTrait,
    link: &approval_link::Model,
    order: &order::Model,
) -> Outcome<()> {
    if order.status != OrderStatus::PendingApproval {
        let message = format!("The order is {} and does not wait for approval.", order.status);
        return Err(row::conflict(order, RefusalCode::OrderNotPendingApproval, message).into());
    }
    let answer = approval::Entity::find()
        .filter(approval::Column::TenantId.eq(link.tenant_id))
        .filter(approval::Column::Id.eq(link.approval_id))
        .one(connection)
        .await?;
    let answer = answer.ok_or_else(|| anyhow::anyhow!("approval {} is gone", link.approval_id))?;
    if answer.decision != ApprovalDecision::Pending {
        let message = format!("This level has been {} already.", answer.decision);
        return Err(row::conflict(order, RefusalCode::AlreadyDecided, message).into());
    }
    let said_yes = consent::Entity::find()
        .filter(consent::Column::TenantId.eq(link.tenant_id))
        .filter(consent::Column::ApprovalId.eq(link.approval_id))
        .filter(consent::Column::Person.eq(person(link)))
        .exists(connection)
        .await?;
    if said_yes {
        return Err(already_approved(order).into());
    }
    if order.version != link.order_version {
        let message = "The order was changed since the link was made.";
        return Err(row::conflict(order, RefusalCode::VersionConflict, message).into());
    }
    if is_own(order, &link.created_by) {
        let message = "Whoever made the link has had a hand in the order.";
        return Err(Refusal::new(RefusalCode::OwnOrder, message).into());
    }
    Ok(())
}

/// The refusal where whoever made a link may no longer answer.
fn not_an_approver() -> Refusal {
    let message = "Whoever made the link may no longer answer for this order.";
    Refusal::new(RefusalCode::NotAnApprover, message)
}

/// Who answers by a link, whoever made it: the recipient, however their name is spelled. Who that is nobody can know but
/// whoever made the link, and the log names both.
fn person(link: &approval_link::Model) -> String {
    format!("link:{}", spelling::alike(&link.recipient))
}

/// Who answers by a link, as the log names them: the recipient, in the name of whoever made it.
fn subject(maker: &Viewer, link: &approval_link::Model) -> String {
    format!("link:{} for {}", maker.subject, link.recipient)
}
