//! A payment agreement's row: begun, moved, and told to the log.

use domain::{
    order_life::Mover,
    payment_agreement_life::{self as life, PaymentTrigger},
    viewer::Scope,
};
use entity::{EventKind, OrderId, PaymentAgreementStatus, payment_agreement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    error::{Current, Error, Outcome, Refusal, RefusalCode},
    events::log::{NewEvent, Subject},
    services::{
        unit::{Unit, locked},
        validate,
    },
    store,
};

impl From<&payment_agreement::Model> for Current {
    fn from(agreement: &payment_agreement::Model) -> Self {
        Self { status: Some(agreement.status.as_str()), version: agreement.version }
    }
}

/// A refusal that tells where the payment agreement is now.
pub(crate) fn conflict(
    agreement: &payment_agreement::Model,
    code: RefusalCode,
    message: impl Into<String>,
) -> Refusal {
    Refusal { current: Some(agreement.into()), ..Refusal::new(code, message) }
}

/// The payment agreements that were registered for an order, the first one first. Nobody else can change them until this work
/// has ended.
pub(crate) async fn lock_of_order(
    unit: &Unit,
    order_id: OrderId,
) -> Outcome<Vec<payment_agreement::Model>> {
    let of_order = payment_agreement::Entity::find()
        .filter(payment_agreement::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(payment_agreement::Column::OrderId.eq(order_id))
        .order_by_asc(payment_agreement::Column::CreatedAt)
        .order_by_asc(payment_agreement::Column::Id);
    Ok(locked(of_order).all(&unit.txn).await?)
}

/// Writes a new payment agreement, and tells the log. Refused with `PROVIDER_REFERENCE_USED`.
pub(crate) async fn insert(unit: &Unit, agreement: &payment_agreement::Model) -> Outcome<()> {
    unit.record(event(unit, agreement, None)).await?;
    unit.insert(agreement.clone()).await.map_err(|error| refuse_reference(error, agreement))
}

/// Moves a locked payment agreement, tells the log, and writes it. Refused with `PAYMENT_AGREEMENT_STATUS_CONFLICT` where its
/// status does not allow the move, and with `PROVIDER_REFERENCE_USED`.
pub(crate) async fn advance(
    unit: &Unit,
    agreement: &mut payment_agreement::Model,
    trigger: PaymentTrigger,
    movers: &[Mover],
) -> Outcome<()> {
    let from = agreement.status;
    let to = life::next(Some(from), trigger, movers).ok_or_else(|| refuse_status(agreement))?;
    agreement.status = to;
    agreement.version += 1;
    agreement.decided_at = Some(unit.now);
    agreement.updated_at = unit.now;
    unit.record(event(unit, agreement, Some(from))).await?;
    unit.save(agreement.clone()).await.map_err(|error| refuse_reference(error, agreement))
}

/// Writes what the provider calls an agreement that has been completed. It says nothing of its status, and so has no event
/// and leaves the version as it is. Refused with `PROVIDER_REFERENCE_USED`.
pub(crate) async fn keep_reference(
    unit: &Unit,
    agreement: &mut payment_agreement::Model,
    reference: Option<String>,
) -> Outcome<()> {
    agreement.provider_reference = reference;
    agreement.updated_at = unit.now;
    unit.save(agreement.clone()).await.map_err(|error| refuse_reference(error, agreement))
}

/// The refusal of what cannot be done in the status that it has.
pub(crate) fn refuse_status(agreement: &payment_agreement::Model) -> Refusal {
    let message = format!("The payment agreement is {}.", agreement.status);
    conflict(agreement, RefusalCode::PaymentAgreementStatusConflict, message)
}

/// Checks the version where the caller says again what has been done already: the version on which that was done is as good as
/// the current one, because a request that is sent again is the same request.
pub(crate) fn check_version_again(
    agreement: &payment_agreement::Model,
    expected: Option<i64>,
) -> Result<(), Refusal> {
    // Nothing but its status changes it, and nothing after that.
    if expected == Some(agreement.version - 1) {
        Ok(())
    } else {
        validate::version(expected, agreement)
    }
}

/// An event about a change of status. What customers do is done in their place by others.
fn event(
    unit: &Unit,
    agreement: &payment_agreement::Model,
    from: Option<PaymentAgreementStatus>,
) -> NewEvent {
    use PaymentAgreementStatus::{Active, Cancelled, Pending};
    let is_customers =
        matches!((from, agreement.status), (None, Pending | Active) | (_, Cancelled));
    let is_customer = matches!(unit.viewer.scope, Scope::Customer { .. });
    let represented = (is_customers && !is_customer).then_some(agreement.customer_id);
    let subject = Subject::PaymentAgreement(agreement.id);
    let kind = EventKind::PaymentAgreementStatusChanged;
    NewEvent::about(kind, subject, agreement.customer_id, agreement.partner_id)
        .by_order(agreement.order_id)
        .with_statuses(from.map(PaymentAgreementStatus::as_str), agreement.status.as_str())
        .in_place_of(represented)
        .with_reason(agreement.reason.clone())
}

fn refuse_reference(error: sea_orm::DbErr, agreement: &payment_agreement::Model) -> Error {
    if !store::violates_unique(&error, "provider_reference") {
        return error.into();
    }
    let reference = agreement.provider_reference.as_deref().unwrap_or_default();
    let message = format!("Another payment agreement has the reference {reference}.");
    Refusal::of(RefusalCode::ProviderReferenceUsed, "providerReference", message).into()
}
