//! Cancelling a payment agreement.

use domain::{order_life, payment_agreement_life::PaymentTrigger};
use entity::{PaymentAgreementId, PaymentAgreementStatus, payment_agreement};

use super::{Locked, lock};
use crate::{
    error::Outcome,
    services::{payment_agreements::row, unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct CancelPaymentAgreement {
    pub payment_agreement_id: PaymentAgreementId,
    pub expected_version: Option<i64>,
}

/// Cancels a payment agreement that is pending or active: it can no longer be completed, and no order is submitted by it any
/// more. Its order stays as it is, and so do orders that were submitted by it before. The same again changes nothing.
///
/// Refused with `PAYMENT_AGREEMENT_STATUS_CONFLICT` where it has ended otherwise.
pub async fn cancel_payment_agreement(
    unit: &Unit,
    command: CancelPaymentAgreement,
) -> Outcome<PaymentAgreementId> {
    let found = unit.require::<payment_agreement::Entity>(command.payment_agreement_id, "id");
    let Locked { mut agreement, .. } = lock(unit, found.await??).await?;
    if agreement.status == PaymentAgreementStatus::Cancelled {
        row::check_version_again(&agreement, command.expected_version)?;
        return Ok(agreement.id);
    }
    validate::version(command.expected_version, &agreement)?;
    let movers = order_life::movers(unit.viewer.role);
    row::advance(unit, &mut agreement, PaymentTrigger::Cancel, movers).await?;
    Ok(agreement.id)
}
