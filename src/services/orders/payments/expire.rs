//! Letting a payment agreement expire that nobody has completed in time.

use domain::{order_life::Mover, payment_agreement_life::PaymentTrigger};
use entity::{PaymentAgreementId, PaymentAgreementStatus, payment_agreement};

use super::{ended::end_unpaid, lock};
use crate::{
    error::Outcome,
    services::{payment_agreements::row, unit::Unit},
};

/// A payment agreement whose time may be over.
#[derive(Clone, Copy, Debug)]
pub struct ExpirePaymentAgreement {
    pub payment_agreement_id: PaymentAgreementId,
}

/// Lets it expire if it is still pending and its time is over, and keeps or cancels its order; says whether it did.
///
/// Until this is written down it can be completed: a payment that arrives a little late is a payment.
pub async fn expire_payment_agreement(
    unit: &Unit,
    command: ExpirePaymentAgreement,
) -> Outcome<bool> {
    let id = command.payment_agreement_id;
    let Some(found) = unit.find::<payment_agreement::Entity>(id).await? else { return Ok(false) };
    let mut locked = lock(unit, found).await?;
    let is_over = locked.agreement.expires_at.is_some_and(|until| until <= unit.now);
    if locked.agreement.status != PaymentAgreementStatus::Pending || !is_over {
        return Ok(false);
    }
    let by = &[Mover::System];
    row::advance(unit, &mut locked.agreement, PaymentTrigger::Expire, by).await?;
    end_unpaid(unit, &mut locked, "The order was not paid in time.").await?;
    Ok(true)
}
