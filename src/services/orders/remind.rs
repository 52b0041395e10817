//! Reminding those who have not answered an order.

use domain::approval_rules::next_reminder;
use entity::{ApprovalDecision, ApprovalId, EventKind, OrderId, OrderStatus, approval};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::row;
use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::Unit,
};

/// An answer for which a reminder may be due.
#[derive(Clone, Copy, Debug)]
pub struct RemindOfApproval {
    pub order_id: OrderId,
    pub approval_id: ApprovalId,
}

/// Tells those who must give the answer that it is waited for, if that is due; says whether it did. The order stays as it
/// is, and its customer hears nothing.
pub async fn remind_of_approval(unit: &Unit, command: RemindOfApproval) -> Outcome<bool> {
    let order = row::lock(unit, command.order_id).await?;
    let approval = approval::Entity::find()
        .filter(approval::Column::TenantId.eq(order.tenant_id))
        .filter(approval::Column::Id.eq(command.approval_id))
        .one(&unit.txn)
        .await?;
    let Some(mut approval) = approval else { return Ok(false) };
    let waits = order.status == OrderStatus::PendingApproval
        && approval.decision == ApprovalDecision::Pending;
    let (Some(every), Some(due)) = (approval.remind_every_hours, approval.remind_at) else {
        return Ok(false);
    };
    if !waits || due > unit.now {
        return Ok(false);
    }
    approval.remind_at = Some(next_reminder(due, every, unit.now));
    approval.reminded_at = Some(unit.now);
    let about = Subject::Order(order.id);
    let event = NewEvent::about(EventKind::ApprovalReminded, about, None, approval.partner_id);
    unit.record(event).await?;
    unit.save(approval).await?;
    Ok(true)
}
