//! What provisioners have asked about a line: each question with its answer.

use entity::{OrderLineHoldId, order_line, order_line_hold, order_line_hold::Choices};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    error::{Outcome, Refusal},
    services::unit::Unit,
};

/// Writes down what the viewer asks.
pub(super) async fn ask(
    unit: &Unit,
    line: &order_line::Model,
    question: String,
    choices: Vec<String>,
) -> Outcome<()> {
    let number = last(unit, line).await?.map_or(0, |hold| hold.hold_number) + 1;
    let row = order_line_hold::Model {
        id: OrderLineHoldId::new(unit.now),
        tenant_id: line.tenant_id,
        order_line_id: line.id,
        hold_number: number,
        question,
        choices: (!choices.is_empty()).then_some(Choices(choices)),
        asked_by: unit.viewer.subject.clone(),
        asked_by_partner_id: unit.viewer.partner(),
        asked_at: unit.now,
        answer: None,
        answered_by: None,
        answered_by_partner_id: None,
        ended_at: None,
    };
    unit.insert(row).await?;
    Ok(())
}

/// Writes down what the viewer answers, and gives the question. Refused if that has answers of which this is none.
pub(super) async fn answer(
    unit: &Unit,
    line: &order_line::Model,
    answer: Option<String>,
) -> Outcome<Option<OrderLineHoldId>> {
    // The release before writes down no questions, and answers those that are written down without saying so.
    let asked = open(unit, line).await?;
    let asked = asked.filter(|hold| line.hold_reason.as_ref() == Some(&hold.question));
    let Some(mut hold) = asked else { return Ok(None) };
    if let Some(Choices(choices)) = &hold.choices
        && answer.as_ref().is_none_or(|answer| !choices.contains(answer))
    {
        let message = format!("Answer with one of these: {}.", choices.join(", "));
        return Err(Refusal::invalid("answer", message).into());
    }
    hold.answer = answer;
    hold.answered_by = Some(unit.viewer.subject.clone());
    hold.answered_by_partner_id = unit.viewer.partner();
    hold.ended_at = Some(unit.now);
    let id = hold.id;
    unit.save(hold).await?;
    Ok(Some(id))
}

/// Writes down that nobody has answered, if anything was asked: the line has failed.
pub(super) async fn give_up(unit: &Unit, line: &order_line::Model) -> Outcome<()> {
    let Some(mut hold) = open(unit, line).await? else { return Ok(()) };
    hold.ended_at = Some(unit.now);
    Ok(unit.save(hold).await?)
}

/// The question that waits for an answer.
async fn open(unit: &Unit, line: &order_line::Model) -> Outcome<Option<order_line_hold::Model>> {
    Ok(last(unit, line).await?.filter(|hold| hold.ended_at.is_none()))
}

async fn last(unit: &Unit, line: &order_line::Model) -> Outcome<Option<order_line_hold::Model>> {
    Ok(order_line_hold::Entity::find()
        .filter(order_line_hold::Column::TenantId.eq(line.tenant_id))
        .filter(order_line_hold::Column::OrderLineId.eq(line.id))
        .order_by_desc(order_line_hold::Column::HoldNumber)
        .one(&unit.txn)
        .await?)
}
