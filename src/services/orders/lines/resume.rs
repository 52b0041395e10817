//! A line that waited for an answer has got one.

use domain::line_life::LineTrigger;
use entity::OrderLineId;

use super::{holds, posting, row};
use crate::{
    error::Outcome,
    services::{orders::row::By, unit::Unit, validate},
};

/// A buyer answers.
#[derive(Clone, Debug)]
pub struct ResumeOrderLine {
    pub line_id: OrderLineId,
    /// For the provisioner; kept with the question. Where that has answers to choose from, one of them.
    pub answer: Option<String>,
}

/// Takes a line off hold. The order goes on when none of its lines waits any longer.
pub async fn resume_order_line(unit: &Unit, command: ResumeOrderLine) -> Outcome<OrderLineId> {
    let answer = validate::note("answer", command.answer)?;
    let mut locked = row::lock(unit, command.line_id).await?;
    let from = locked.advance(LineTrigger::Resume)?;
    let answered = holds::answer(unit, locked.line(), answer.clone()).await?;
    posting::go_on(unit, locked.line(), answered).await?;
    locked.line().hold_reason = None;
    locked.line().held_since = None;
    locked.save(unit, from, By::Viewer, answer).await
}
