//! Deleting a draft.

use entity::{EventKind, OrderId, OrderStatus, order};
use sea_orm::EntityTrait;

use super::{lines, payments, row};
use crate::{
    error::{Outcome, RefusalCode},
    services::{search, unit::Unit, validate},
};

/// Which draft is to go.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
}

/// Deletes a draft with its lines. Its events stay in the log. A submitted order is refused with
/// `ORDER_NOT_EDITABLE`.
pub async fn delete_order(unit: &Unit, command: DeleteOrder) -> Outcome<OrderId> {
    let mut order = row::lock(unit, command.order_id).await?;
    validate::version(command.expected_version, &order)?;
    if order.status != OrderStatus::Draft {
        return Err(row::refuse_status(&order, RefusalCode::OrderNotEditable, "deleted").into());
    }
    row::record_edit(unit, &mut order, EventKind::OrderDeleted).await?;
    payments::leave_order(unit, order.id).await?;
    lines::delete(unit, order.id).await?;
    search::index(&unit.txn, search::Kind::Order, order.id.0, &[]).await?;
    order::Entity::delete_by_id(order.id).exec(&unit.txn).await?;
    Ok(order.id)
}
