//! Payment agreements, and what becomes of the orders that they are registered for (IFS-26 to 31): an order is locked first,
//! then its payment agreement.

pub mod cancel;
pub mod complete;
pub mod expire;
pub mod register;

mod ended;
mod submit_paid;

use domain::{order_life, payment_agreement_life::PaymentTrigger};
use entity::{OrderId, OrderStatus, PaymentAgreementStatus, order, payment_agreement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    error::Outcome,
    services::{payment_agreements::row, unit::Unit},
};

/// A payment agreement, locked, and its order before it, if it has one that the viewer may see.
struct Locked {
    order: Option<order::Model>,
    agreement: payment_agreement::Model,
}

/// Locks a payment agreement that was found, and its order before it.
async fn lock(unit: &Unit, found: payment_agreement::Model) -> Outcome<Locked> {
    let order = match found.order_id {
        // It may have been deleted meanwhile.
        Some(id) => unit.lock_if_there::<order::Entity>(id).await?,
        None => None,
    };
    let agreement = unit.lock_related::<payment_agreement::Entity>(found.id).await?;
    Ok(Locked { order, agreement })
}

impl Locked {
    /// The order, where it is a draft that is to be paid by this payment agreement.
    fn draft(&mut self) -> Option<&mut order::Model> {
        let id = self.agreement.id;
        let order = self.order.as_mut();
        order.filter(|it| it.status == OrderStatus::Draft && it.payment_agreement_id == Some(id))
    }
}

/// Cancels what is pending for a locked order that is called off: it can no longer be completed (IFS-28).
pub(super) async fn end_with_order(unit: &Unit, order_id: OrderId) -> Outcome<()> {
    let movers = order_life::movers(unit.viewer.role);
    for mut agreement in row::lock_of_order(unit, order_id).await? {
        if agreement.status == PaymentAgreementStatus::Pending {
            row::advance(unit, &mut agreement, PaymentTrigger::Cancel, movers).await?;
        }
    }
    Ok(())
}

/// The same for a draft that is deleted. What was registered for it is of no order from then on.
pub(super) async fn leave_order(unit: &Unit, order_id: OrderId) -> Outcome<()> {
    end_with_order(unit, order_id).await?;
    payment_agreement::Entity::update_many()
        .col_expr(payment_agreement::Column::OrderId, Expr::value(None::<OrderId>))
        .filter(payment_agreement::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(payment_agreement::Column::OrderId.eq(order_id))
        .exec(&unit.txn)
        .await?;
    Ok(())
}
