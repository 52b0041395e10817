//! Completing a payment agreement: the provider has said yes or no.

use domain::{
    order_life,
    payment_agreement_life::{Completion, completion},
};
use entity::{
    OrderId, OrderStatus, PaymentAgreementId, PaymentAgreementStatus, PaymentOutcome,
    payment_agreement,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::{Locked, ended::end_unpaid, lock, submit_paid::submit_paid};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{payment_agreements::row, unit::Unit, validate},
};

/// What a payment provider has said, in the words of the seller or of its integration.
#[derive(Clone, Debug)]
pub struct CompletePaymentAgreement {
    /// None: it is found by the provider's reference.
    pub payment_agreement_id: Option<PaymentAgreementId>,
    pub expected_version: Option<i64>,
    pub outcome: PaymentOutcome,
    /// What the provider calls it: up to 64 characters.
    pub provider_reference: Option<String>,
    /// Why not: up to 1,000 characters.
    pub reason: Option<String>,
}

/// What has come of a payment agreement, and of its order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Completed {
    pub payment_agreement_id: PaymentAgreementId,
    pub status: PaymentAgreementStatus,
    pub version: i64,
    pub order_id: Option<OrderId>,
    pub order_status: Option<OrderStatus>,
}

/// Completes a payment agreement once, however often and at however many places at once that is said (IFS-31): whoever says
/// the same again gets the same answer, and nothing is written but a reference that was not known yet. Its order is submitted with it where that was asked for
/// (IFS-29), and kept or cancelled where the provider says no.
///
/// Refused with `PAYMENT_AGREEMENT_NOT_FOUND`; with `PAYMENT_AGREEMENT_STATUS_CONFLICT` and the status where it has ended
/// otherwise; with `PROVIDER_REFERENCE_USED`.
pub async fn complete_payment_agreement(
    unit: &Unit,
    command: CompletePaymentAgreement,
) -> Outcome<Completed> {
    let mut refusals = Refusals::default();
    let reference = validate::short_text("providerReference", command.provider_reference);
    let reference = refusals.value(reference);
    let reason = refusals.value(validate::note("reason", command.reason));
    if reason.is_some() && command.outcome == PaymentOutcome::Approved {
        refusals.push(Refusal::invalid("reason", "It belongs to the outcome REJECTED."));
    }
    refusals.done()?;
    let found = find(unit, command.payment_agreement_id, reference.as_deref()).await?;
    let mut locked = lock(unit, found).await?;
    check_reference(&locked.agreement, reference.as_deref())?;
    let trigger = match completion(locked.agreement.status, command.outcome) {
        Completion::Moves(trigger) => trigger,
        Completion::Stays => {
            row::check_version_again(&locked.agreement, command.expected_version)?;
            if locked.agreement.provider_reference.is_none() && reference.is_some() {
                row::keep_reference(unit, &mut locked.agreement, reference).await?;
            }
            return Ok(completed(&locked));
        }
        Completion::IsTooLate => return Err(row::refuse_status(&locked.agreement).into()),
    };
    validate::version(command.expected_version, &locked.agreement)?;
    locked.agreement.provider_reference = locked.agreement.provider_reference.take().or(reference);
    locked.agreement.reason = reason;
    let movers = order_life::movers(unit.viewer.role);
    row::advance(unit, &mut locked.agreement, trigger, movers).await?;
    match command.outcome {
        PaymentOutcome::Approved => submit_paid(unit, &mut locked).await?,
        PaymentOutcome::Rejected => {
            end_unpaid(unit, &mut locked, "The payment was rejected.").await?;
        }
    }
    Ok(completed(&locked))
}

async fn find(
    unit: &Unit,
    id: Option<PaymentAgreementId>,
    reference: Option<&str>,
) -> Outcome<payment_agreement::Model> {
    if let Some(id) = id {
        return Ok(unit.require::<payment_agreement::Entity>(id, "id").await??);
    }
    let Some(reference) = reference else {
        let message =
            "Say which payment agreement it is, by its id or by the provider's reference.";
        return Err(Refusal::invalid("id", message).into());
    };
    let found = access::visible::<payment_agreement::Entity>(&unit.viewer)
        .filter(payment_agreement::Column::ProviderReference.eq(reference))
        .one(&unit.txn)
        .await?;
    let not_found = || access::not_found::<payment_agreement::Entity>("providerReference");
    Ok(found.ok_or_else(not_found)?)
}

/// A payment agreement keeps the reference that it was first known by: another one is of another payment.
fn check_reference(
    agreement: &payment_agreement::Model,
    reference: Option<&str>,
) -> Result<(), Refusal> {
    match (agreement.provider_reference.as_deref(), reference) {
        (Some(known), Some(told)) if known != told => {
            let message = format!("The payment agreement has the reference {known}.");
            let code = RefusalCode::PaymentAgreementStatusConflict;
            Err(row::conflict(agreement, code, message).at("providerReference"))
        }
        _ => Ok(()),
    }
}

fn completed(locked: &Locked) -> Completed {
    Completed {
        payment_agreement_id: locked.agreement.id,
        status: locked.agreement.status,
        version: locked.agreement.version,
        order_id: locked.agreement.order_id,
        order_status: locked.order.as_ref().map(|order| order.status),
    }
}
