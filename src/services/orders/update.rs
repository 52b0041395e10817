//! Changing a draft.

use chrono::{DateTime, Utc};
use domain::approval;
use entity::{AgreementId, EventKind, OrderId, OrderStatus, customer, order};

use super::{
    create,
    lines::{self, Buying, NewLine},
    row,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        change::Change,
        payment_agreements::selection::{self, PaymentSelection},
        unit::Unit,
        validate,
    },
};

/// What is to be different about a draft. What is kept stays as it is; lines replace all lines.
#[derive(Clone, Debug)]
pub struct UpdateOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
    pub agreement_id: Change<AgreementId>,
    pub reference: Change<String>,
    pub po_number: Change<String>,
    pub start_at: Change<DateTime<Utc>>,
    pub lines: Change<Vec<NewLine>>,
    pub payment_selection: Change<PaymentSelection>,
}

/// Changes a draft. A submitted order is refused with `ORDER_NOT_EDITABLE` (APX-10, APX-18).
pub async fn update_order(unit: &Unit, command: UpdateOrder) -> Outcome<OrderId> {
    let mut order = row::lock(unit, command.order_id).await?;
    validate::version(command.expected_version, &order)?;
    if order.status != OrderStatus::Draft {
        return Err(row::refuse_status(&order, RefusalCode::OrderNotEditable, "changed").into());
    }
    let before = order.clone();
    let mut refusals = Refusals::default();
    refusals.collect(command.reference.put_optional(
        &mut order.reference,
        "reference",
        validate::short_text,
    ));
    refusals.collect(command.po_number.put_optional(
        &mut order.po_number,
        "poNumber",
        validate::po_number,
    ));
    refusals.done()?;
    if let Some(start_at) = command.start_at.changed() {
        order.start_at = start_at;
    }
    change_agreement(unit, &mut order, command.agreement_id).await?;
    change_payment(unit, &mut order, command.payment_selection).await?;
    let new_lines = command.lines.changed();
    let relined = new_lines.is_some();
    if let Some(new_lines) = new_lines {
        // An order without lines is refused, whichever way it is asked for.
        let new_lines = new_lines.unwrap_or_default();
        let customer = unit.related::<customer::Entity>(order.customer_id).await?;
        let lines = Box::pin(lines::buy(unit, Buying::of(&order), customer, new_lines)).await?;
        lines::delete(unit, order.id).await?;
        lines::insert(unit, &lines).await?;
        order.rounding_mode = unit.tenant().await?.rounding_mode;
        order.tax_inclusive = lines::include_tax(&lines);
        lines::sum_up(&mut order, &lines)?;
        approval::sign(&mut order, &unit.viewer.subject);
    }
    if order == before && !relined {
        return Ok(order.id);
    }
    row::record_edit(unit, &mut order, EventKind::OrderUpdated).await?;
    row::index(unit, &order).await?;
    row::save(unit, &mut order).await?;
    Ok(order.id)
}

/// While somebody may be paying, it stays clear what for: the payment agreement is cancelled first.
async fn change_payment(
    unit: &Unit,
    order: &mut order::Model,
    change: Change<PaymentSelection>,
) -> Outcome<()> {
    let Some(selection) = change.changed() else { return Ok(()) };
    let before = order.payment_agreement_id;
    if let Some(selection) = selection {
        selection::select(unit, order, selection).await?;
    } else {
        (order.payment_method, order.payment_agreement_id) = (None, None);
    }
    if order.payment_agreement_id != before {
        selection::refuse_pending(unit, order.id).await?;
    }
    Ok(())
}

/// An order keeps its currency, so another agreement must have the same.
async fn change_agreement(
    unit: &Unit,
    order: &mut order::Model,
    change: Change<AgreementId>,
) -> Outcome<()> {
    match change {
        Change::Keep => {}
        Change::Clear => order.agreement_id = None,
        Change::Set(id) => {
            let agreement = create::usable_agreement(unit, id, order.customer_id).await?;
            if agreement.currency != order.currency {
                let message = format!(
                    "Agreement {} is in {}, the order in {}.",
                    agreement.number, agreement.currency, order.currency
                );
                return Err(Refusal::invalid("agreementId", message).into());
            }
            order.agreement_id = Some(agreement.id);
        }
    }
    Ok(())
}
