//! A line needs an answer before it can go on.

use domain::line_life::LineTrigger;
use entity::OrderLineId;

use super::{attempts, holds, row};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{orders::row::By, unit::Unit, validate},
};

const MOST_CHOICES: usize = 20;

/// A provisioner has a question.
#[derive(Clone, Debug)]
pub struct HoldOrderLine {
    pub line_id: OrderLineId,
    /// What must be answered; 1 to 1,000 characters.
    pub reason: String,
    /// The answers that the question has, of which one is to be given; empty: any text.
    pub choices: Vec<String>,
}

/// Puts a line in progress on hold, and its order with it.
pub async fn hold_order_line(unit: &Unit, command: HoldOrderLine) -> Outcome<OrderLineId> {
    let reason = validate::required_note("reason", command.reason)?;
    let choices = check_choices(command.choices)?;
    let locked = row::lock(unit, command.line_id).await?;
    hold(unit, locked, reason, choices).await
}

/// The viewer puts a line on hold with a question.
pub(super) async fn hold(
    unit: &Unit,
    mut locked: row::Locked,
    question: String,
    choices: Vec<String>,
) -> Outcome<OrderLineId> {
    let from = locked.advance(LineTrigger::Hold)?;
    locked.line().hold_reason = Some(question.clone());
    locked.line().held_since = Some(unit.now);
    holds::ask(unit, locked.line(), question.clone(), choices).await?;
    attempts::rest(unit, locked.line()).await?;
    locked.save(unit, from, By::Viewer, Some(question)).await
}

/// Each is one line that can be seen, and differs from the others.
fn check_choices(choices: Vec<String>) -> Outcome<Vec<String>> {
    if choices.len() > MOST_CHOICES {
        let message = format!("A question has {MOST_CHOICES} answers at most.");
        return Err(Refusal::invalid("choices", message).into());
    }
    let (mut refusals, mut checked) = (Refusals::default(), Vec::new());
    for (index, choice) in choices.into_iter().enumerate() {
        let field = format!("choices.{index}");
        let Some(choice) = refusals.collect(validate::name(&field, choice)) else { continue };
        if checked.contains(&choice) {
            refusals.push(Refusal::invalid(&field, "Give each answer once."));
        }
        checked.push(choice);
    }
    refusals.done()?;
    Ok(checked)
}
