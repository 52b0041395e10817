//! A line has been carried out.

use domain::line_life::LineTrigger;
use entity::{
    LineOutcome, OrderLineId, OrderLineStatus, Provisioning,
    activation::{Activation, ActivationItem},
};

use super::{activation, attempts, carry_out, fail::fail, in_turn, row};
use crate::{
    error::{Error, Outcome, Refusal},
    services::{orders::row::By, unit::Unit, validate},
};

/// A provisioner reports success.
#[derive(Clone, Debug)]
pub struct CompleteOrderLine {
    pub line_id: OrderLineId,
    /// The provisioner's own id of what it delivered.
    pub provisioning_reference: Option<String>,
    /// What the vendor returns, in place of what it returned of the subscription before; none: that stays.
    pub activation: Option<Vec<ActivationItem>>,
}

/// Completes a line in progress: its subscription changes accordingly, a license is issued, the invoice is charged.
///
/// All in one transaction, so it happens once, whatever happens to this process. Refused with
/// `LINE_STATUS_CONFLICT`; and, where the line cannot be carried out, with `SUBSCRIPTION_NOT_MODIFIABLE`, `PERIOD_ENDED`
/// or `AMOUNT_TOO_LARGE`: such a line is to be failed.
pub async fn complete_order_line(unit: &Unit, command: CompleteOrderLine) -> Outcome<OrderLineId> {
    let reference = validate::short_text("provisioningReference", command.provisioning_reference)?;
    let activation = command.activation.map(activation::check).transpose()?;
    let locked = row::lock(unit, command.line_id).await?;
    complete(unit, locked, reference, activation).await
}

/// The viewer completes a line, with what the vendor calls and returns.
pub(super) async fn complete(
    unit: &Unit,
    mut locked: row::Locked,
    reference: Option<String>,
    activation: Option<Activation>,
) -> Outcome<OrderLineId> {
    let from = locked.advance(LineTrigger::Complete)?;
    locked.line().activation = activation;
    locked.line().provisioning_reference.clone_from(&reference);
    locked.line().ended_at = Some(unit.now);
    let line = locked.line().clone();
    let cancellable_until = carry_out::carry_out(unit, &locked.order, &line).await?;
    locked.line().cancellable_until = cancellable_until;
    attempts::end(unit, &line, LineOutcome::Completed, reference).await?;
    in_turn::save(unit, locked, from, By::Viewer, None).await
}

/// Completes, or fails, a line that needs nobody: the second half of instant provisioning. Does nothing if that has
/// been done already. Of a line that is failed, nothing is kept but that, and why.
pub async fn complete_instant_line(unit: &Unit, line_id: OrderLineId) -> Outcome<()> {
    let Some(mut locked) = lock_instant(unit, line_id).await? else { return Ok(()) };
    let line = locked.line().clone();
    let carried_out = carry_out::carry_out(unit, &locked.order, &line);
    match unit.txn.all_or_nothing(carried_out).await? {
        Ok(cancellable_until) => {
            let from = locked.advance(LineTrigger::Complete)?;
            locked.line().cancellable_until = cancellable_until;
            locked.line().ended_at = Some(unit.now);
            attempts::end(unit, locked.line(), LineOutcome::Completed, None).await?;
            in_turn::save(unit, locked, from, By::System, None).await.map(drop)
        }
        Err(Error::Refused(refusals)) => {
            fail(unit, locked, By::System, told(&refusals), None).await.map(drop)
        }
        Err(failed @ Error::Failed(_)) => Err(failed),
    }
}

/// Fails a line that needs nobody, and that the program could not carry out however often it tried. Does nothing if it
/// has ended.
pub async fn give_up_instant_line(
    unit: &Unit,
    line_id: OrderLineId,
    reason: String,
) -> Outcome<()> {
    match lock_instant(unit, line_id).await? {
        Some(locked) => fail(unit, locked, By::System, reason, None).await.map(drop),
        None => Ok(()),
    }
}

async fn lock_instant(unit: &Unit, line_id: OrderLineId) -> Outcome<Option<row::Locked>> {
    let mut locked = row::lock(unit, line_id).await?;
    let line = locked.line();
    let waits =
        line.provisioning == Provisioning::Instant && line.status == OrderLineStatus::InProgress;
    Ok(waits.then_some(locked))
}

fn told(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" ")
}
