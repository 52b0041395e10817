//! A line has been carried out.

use entity::{OrderLineId, OrderLineStatus, Provisioning};

use super::{carry_out, row};
use crate::{
    domain::line_life::LineTrigger,
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{orders::By, unit::Unit, validate},
};

/// A provisioner reports success.
#[derive(Clone, Debug)]
pub struct CompleteOrderLine {
    pub line_id: OrderLineId,
    /// The provisioner's own id of what it delivered.
    pub provisioning_reference: Option<String>,
}

/// Completes a line in progress: its subscription changes accordingly, a license is issued, the invoice is charged.
///
/// All in one transaction, so it happens once, whatever happens to this process. Refused with
/// `LINE_STATUS_CONFLICT`, or with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription has since become something
/// to which the line's action cannot be applied; such a line is to be failed.
pub async fn complete_order_line(unit: &Unit, command: CompleteOrderLine) -> Outcome<OrderLineId> {
    let reference = validate::short_text("provisioningReference", command.provisioning_reference)?;
    let mut locked = row::lock(unit, command.line_id).await?;
    let from = locked.advance(LineTrigger::Complete)?;
    locked.line().provisioning_reference = reference;
    locked.line().ended_at = Some(unit.now);
    let line = locked.line().clone();
    carry_out::carry_out(unit, &locked.order, &line).await?;
    locked.save(unit, from, By::Viewer, None).await
}

/// Completes, or fails, a line that needs nobody: the second half of instant provisioning. Does nothing if that has
/// been done already.
pub async fn complete_instant_line(unit: &Unit, line_id: OrderLineId) -> Outcome<()> {
    let mut locked = row::lock(unit, line_id).await?;
    let line = locked.line().clone();
    if line.provisioning != Provisioning::Instant || line.status != OrderLineStatus::InProgress {
        return Ok(());
    }
    let (trigger, failure) = match carry_out::carry_out(unit, &locked.order, &line).await {
        Ok(()) => (LineTrigger::Complete, None),
        Err(Error::Refused(refusals)) => (LineTrigger::Fail, Some(told(&refusals))),
        Err(failed @ Error::Failed(_)) => return Err(failed),
    };
    let from = locked.advance(trigger)?;
    locked.line().failure_reason.clone_from(&failure);
    locked.line().ended_at = Some(unit.now);
    locked.save(unit, from, By::System, failure).await?;
    Ok(())
}

fn told(refusals: &[Refusal]) -> String {
    debug_assert!(
        refusals.iter().all(|refusal| refusal.code == RefusalCode::SubscriptionNotModifiable),
        "carrying out refuses before it writes, for this reason only"
    );
    refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" ")
}
