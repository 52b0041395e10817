//! What an order says about how it is paid, and whether that is enough to submit it.

use domain::payment_agreement_life::{is_ended, lets_submit};
use entity::{
    OrderId, PaymentAgreementId, PaymentAgreementStatus, PaymentMethod, order, payment_agreement,
};

use super::row;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// How an order is to be paid: by a payment agreement that there is, or by a method. One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentSelection {
    pub agreement_id: Option<PaymentAgreementId>,
    pub method: Option<PaymentMethod>,
}

/// Has a draft paid as selected. [`check`] looks at it once more when the draft is submitted.
///
/// Refused with `PAYMENT_SELECTION_INVALID` where not exactly one is given, or the payment agreement is not for this order;
/// with `PAYMENT_AGREEMENT_NOT_FOUND`; with `PAYMENT_AGREEMENT_NOT_ACTIVE` where it has ended.
pub(crate) async fn select(
    unit: &Unit,
    order: &mut order::Model,
    selection: PaymentSelection,
) -> Outcome<()> {
    match (selection.agreement_id, selection.method) {
        (Some(id), None) => {
            let field = "paymentSelection.agreementId";
            let agreement = unit.require::<payment_agreement::Entity>(id, field).await??;
            check_fits(order, &agreement).map_err(|refusal| refusal.at(field))?;
            order.payment_method = Some(agreement.method);
            order.payment_agreement_id = Some(agreement.id);
        }
        (None, Some(method)) => {
            order.payment_method = Some(method);
            order.payment_agreement_id = None;
        }
        (Some(_), Some(_)) | (None, None) => {
            let message = "Give exactly one of agreementId and method.";
            return Err(invalid(message).at("paymentSelection").into());
        }
    }
    Ok(())
}

fn check_fits(order: &order::Model, agreement: &payment_agreement::Model) -> Result<(), Refusal> {
    if agreement.customer_id != order.customer_id || agreement.partner_id != order.partner_id {
        let message = "The payment agreement is with another customer, or through another partner.";
        return Err(invalid(message));
    }
    if agreement.currency.as_ref().is_some_and(|currency| *currency != order.currency) {
        return Err(invalid("The payment agreement is in another currency than the order."));
    }
    if is_ended(agreement.status) {
        return Err(not_active(agreement));
    }
    let is_of_another = agreement.order_id.is_some_and(|id| id != order.id);
    if agreement.status == PaymentAgreementStatus::Pending && is_of_another {
        return Err(invalid("The payment agreement is pending for another order."));
    }
    Ok(())
}

/// Refuses to submit an order that is not paid for as it says, or as the seller asks, with `PAYMENT_AGREEMENT_NOT_ACTIVE`. A
/// payment agreement that is active stays so until this work has ended.
pub(crate) async fn check(unit: &Unit, order: &order::Model) -> Outcome<()> {
    let agreement = match order.payment_agreement_id {
        Some(id) => Some(unit.lock_related::<payment_agreement::Entity>(id).await?),
        None => None,
    };
    let status = agreement.as_ref().map(|agreement| agreement.status);
    if lets_submit(order.payment_method, status, unit.tenant().await?.payment_required) {
        return Ok(());
    }
    if let Some(agreement) = agreement {
        return Err(not_active(&agreement).into());
    }
    let message = match order.payment_method {
        Some(
            method @ (PaymentMethod::Card | PaymentMethod::Wallet | PaymentMethod::DirectDebit),
        ) => {
            format!(
                "The order is to be paid by {method}. Register a payment agreement for it first."
            )
        }
        None | Some(PaymentMethod::Invoice) => {
            "The seller wants orders paid for first. Register a payment agreement for it."
                .to_owned()
        }
    };
    Err(Refusal::new(RefusalCode::PaymentAgreementNotActive, message).into())
}

/// Refuses with `PAYMENT_AGREEMENT_EXISTS` while a payment agreement is pending that was registered for the order: of two that
/// are open at once, both may be paid.
pub(crate) async fn refuse_pending(unit: &Unit, order_id: OrderId) -> Outcome<()> {
    let mut of_order = row::lock_of_order(unit, order_id).await?.into_iter();
    match of_order.find(|it| it.status == PaymentAgreementStatus::Pending) {
        Some(pending) => Err(exists(&pending).into()),
        None => Ok(()),
    }
}

/// The refusal of another payment agreement for an order that has one.
pub(crate) fn exists(agreement: &payment_agreement::Model) -> Refusal {
    let message =
        format!("The order has a payment agreement that is {}. Cancel it first.", agreement.status);
    row::conflict(agreement, RefusalCode::PaymentAgreementExists, message)
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(RefusalCode::PaymentSelectionInvalid, message)
}

fn not_active(agreement: &payment_agreement::Model) -> Refusal {
    let message = format!("The payment agreement is {} and not ACTIVE.", agreement.status);
    row::conflict(agreement, RefusalCode::PaymentAgreementNotActive, message)
}
