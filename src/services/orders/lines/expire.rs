//! A vendor has not answered in time.

use chrono::SecondsFormat;
use entity::{OrderLineId, OrderLineStatus, Provisioning};

use super::{attempts, fail, row};
use crate::{
    error::Outcome,
    services::{orders::row::By, unit::Unit},
};

/// Fails a line that was posted to a vendor whose time to answer is over. Does nothing if the line has moved on, or if
/// there is time left.
pub async fn expire_order_line(unit: &Unit, line_id: OrderLineId) -> Outcome<()> {
    let mut locked = row::lock(unit, line_id).await?;
    let mut line = locked.line().clone();
    if line.provisioning != Provisioning::Webhook || line.status != OrderLineStatus::InProgress {
        return Ok(());
    }
    let attempt = attempts::present(unit, &line).await?;
    let Some((attempt, until)) = attempt.and_then(|it| it.answer_by.map(|until| (it, until)))
    else {
        // It was posted nowhere, so nobody would ever answer.
        line.provisioning = Provisioning::Manual;
        return Ok(unit.save(line).await?);
    };
    if until > unit.now {
        line.next_try_at = until;
        return Ok(unit.save(line).await?);
    }
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    let reason = match attempt.accepted_at {
        Some(_) => format!(
            "The vendor took the line on and was to say until {until} what became of it. It did not."
        ),
        None => format!(
            "The vendor was to answer until {until}. There was no answer that could be taken."
        ),
    };
    fail::fail(unit, locked, By::System, reason, None).await.map(drop)
}
