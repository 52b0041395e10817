//! Lines that were carried out, and are cancelled by a line of another order (APX-24).

use domain::{line_life::LineTrigger, order_life};
use entity::{OrderAction, OrderLineId, OrderLineStatus, order, order_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::row;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        discounts,
        orders::row::{self as order_row, By},
        unit::Unit,
    },
};

/// A line of a locked order that is cancelled.
pub(super) struct Cancelled {
    order: order::Model,
    line: order_line::Model,
}

/// Finds the line, and locks its order, whoever may see that.
pub(super) async fn lock(unit: &Unit, id: OrderLineId) -> Outcome<Cancelled> {
    let find = || {
        order_line::Entity::find_by_id(id)
            .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
            .one(&unit.txn)
    };
    let gone = || anyhow::anyhow!("order line {id} is gone");
    let order_id = find().await?.ok_or_else(gone)?.order_id;
    let order = unit.lock_related::<order::Entity>(order_id).await?;
    // Read again: what was read before the lock may have changed.
    let line = find().await?.ok_or_else(gone)?;
    Ok(Cancelled { order, line })
}

impl Cancelled {
    /// Says of the line that it is cancelled. Its discounts can be given to others. Its order stays what it was: that has ended.
    pub(super) async fn undo(self, unit: &Unit, reason: Option<String>) -> Outcome<()> {
        let Self { mut order, mut line } = self;
        let from = row::move_line(&mut line, LineTrigger::Undo)?;
        line.cancellable_until = None;
        line.ended_at = Some(unit.now);
        discounts::give_back(unit, std::slice::from_ref(&line)).await?;
        order_row::record_line(unit, &mut order, &line, from, By::Viewer, reason).await?;
        unit.save(line).await?;
        order_row::save(unit, &mut order).await
    }
}

/// A line that can be cancelled now, with its order, which is locked. Refused with `ORDER_LINE_NOT_FOUND`, with
/// `LINE_STATUS_CONFLICT` unless it was carried out, with `ORDER_STATUS_CONFLICT` until its order has ended, and with
/// `LINE_NOT_CANCELLABLE` where it bought nothing or its time is over.
pub(in crate::services::orders) async fn lock_cancellable(
    unit: &Unit,
    id: OrderLineId,
) -> Outcome<(order::Model, order_line::Model)> {
    let mut locked = row::lock(unit, id).await?;
    let line = locked.line().clone();
    if line.status != OrderLineStatus::Completed {
        return Err(row::refuse_move(line.status).into());
    }
    if !order_life::is_ended(locked.order.status) {
        let code = RefusalCode::OrderStatusConflict;
        let what = "taken back before it has ended";
        return Err(order_row::refuse_status(&locked.order, code, what).at("id").into());
    }
    let not_cancellable =
        |message: &str| Refusal::of(RefusalCode::LineNotCancellable, "id", message);
    if line.action != OrderAction::Buy {
        let message = "The line bought nothing. What it did is undone by another order.";
        return Err(not_cancellable(message).into());
    }
    if line.cancellable_until.is_none_or(|until| until <= unit.now) {
        let message = "The time in which the line could be cancelled is over, or there was none. The subscription itself \
                       can be cancelled.";
        return Err(not_cancellable(message).into());
    }
    Ok((locked.order, line))
}
