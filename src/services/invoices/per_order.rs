//! The document that an order has to itself (APG-21): it waits until the order has ended, and is issued then.

use entity::{InvoiceStatus, OrderId, invoice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tracing::warn;

use super::{issue::issue, row};
use crate::{
    error::Outcome,
    services::unit::{Unit, locked},
    store::statement::is_exactly,
};

/// Issues the draft that a locked order has to itself, if there is one: the order has ended.
///
/// What keeps it from being issued is no reason why the order should not end. It has closed then, and billing issues it like any
/// other draft that has.
pub(crate) async fn issue_of_order(unit: &Unit, order_id: OrderId) -> Outcome<()> {
    let draft = invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(invoice::Column::OrderId.eq(order_id))
        .filter(is_exactly(invoice::Column::Status, InvoiceStatus::Draft));
    let Some(mut draft) = locked(draft).one(&unit.txn).await? else { return Ok(()) };
    draft.closes_on = unit.today().await?;
    row::save(unit, &mut draft).await?;
    if let Err(cause) = unit.txn.all_or_nothing(issue(unit, draft)).await? {
        warn!(order.id = %order_id, ?cause, "could not issue the invoice of an order; billing tries again");
    }
    Ok(())
}
