//! Submitting an order that was to be submitted once it is paid.

use entity::{EventKind, order};

use super::Locked;
use crate::{
    error::{Error, Outcome, Refusal},
    events::log::{NewEvent, Subject},
    services::{
        orders::{row::By, submit::submit_draft},
        unit::Unit,
    },
};

/// Submits the draft, if its payment agreement is to do that, as Ordergate itself: whoever registered it has said so before.
///
/// What speaks against the order now takes nothing from the payment: the payment agreement stays active, the order stays a
/// draft as it was, and the log says why.
pub(super) async fn submit_paid(unit: &Unit, locked: &mut Locked) -> Outcome<()> {
    if !locked.agreement.submits_order {
        return Ok(());
    }
    let Some(order) = locked.draft() else { return Ok(()) };
    let mut submitted = order.clone();
    let submitting = Box::pin(submit_draft(unit, &mut submitted, By::System));
    match unit.txn.all_or_nothing(submitting).await? {
        Ok(()) => *order = submitted,
        Err(Error::Refused(refusals)) => unit.record(refused(order, &refusals)).await?,
        Err(failed @ Error::Failed(_)) => return Err(failed),
    }
    Ok(())
}

fn refused(order: &order::Model, refusals: &[Refusal]) -> NewEvent {
    let reasons: Vec<_> = refusals.iter().map(|it| it.message.as_str()).collect();
    let (kind, about) = (EventKind::OrderSubmissionRefused, Subject::Order(order.id));
    NewEvent::about(kind, about, order.customer_id, order.partner_id)
        .with_reason(Some(reasons.join(" ")))
}
