//! The attempts at a line: begun and ended with it, and kept when it is tried again.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{LineOutcome, OrderLineAttemptId, WebhookEndpointId, order_line, order_line_attempt};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use crate::{error::Outcome, services::unit::Unit};

/// Where an attempt is posted to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    pub(super) endpoint_id: WebhookEndpointId,
    /// How long the vendor may take to say what became of the line.
    pub(super) answer_within: TimeDelta,
}

/// Writes down that the present attempt at a line has begun, and where it is posted to.
pub(super) async fn begin(
    unit: &Unit,
    line: &order_line::Model,
    posting: Option<Posting>,
) -> Outcome<()> {
    let row = row(unit, line);
    let Some(Posting { endpoint_id, answer_within }) = posting else {
        return insert(unit, row).await;
    };
    let posted = order_line_attempt::Model {
        webhook_endpoint_id: Some(endpoint_id),
        answer_within_minutes: i32::try_from(answer_within.num_minutes()).ok(),
        message_id: Some(row.id.0),
        post_at: Some(unit.now),
        answer_by: Some(unit.now + answer_within),
        ..row
    };
    insert(unit, posted).await
}

/// The present attempt at a line, if it was written down.
pub(super) async fn present(
    unit: &Unit,
    line: &order_line::Model,
) -> Outcome<Option<order_line_attempt::Model>> {
    use order_line_attempt::Column::{AttemptNumber, OrderLineId, TenantId};
    Ok(order_line_attempt::Entity::find()
        .filter(TenantId.eq(line.tenant_id))
        .filter(OrderLineId.eq(line.id))
        .filter(AttemptNumber.eq(line.attempts))
        .one(&unit.txn)
        .await?)
}

/// Has nothing more posted of the present attempt at a line.
pub(super) async fn stop_posting(unit: &Unit, line: &order_line::Model) -> Outcome<()> {
    let never = Expr::value(None::<DateTime<Utc>>);
    update(line).col_expr(order_line_attempt::Column::PostAt, never).exec(&unit.txn).await?;
    Ok(())
}

/// The same, and waits no longer for the vendor: the buyer is asked.
pub(super) async fn rest(unit: &Unit, line: &order_line::Model) -> Outcome<()> {
    let never = || Expr::value(None::<DateTime<Utc>>);
    update(line)
        .col_expr(order_line_attempt::Column::PostAt, never())
        .col_expr(order_line_attempt::Column::AnswerBy, never())
        .exec(&unit.txn)
        .await?;
    Ok(())
}

fn update(line: &order_line::Model) -> UpdateMany<order_line_attempt::Entity> {
    use order_line_attempt::Column::{AttemptNumber, OrderLineId, TenantId};
    order_line_attempt::Entity::update_many()
        .filter(TenantId.eq(line.tenant_id))
        .filter(OrderLineId.eq(line.id))
        .filter(AttemptNumber.eq(line.attempts))
}

/// Writes down what came of the present attempt at a line, which says so itself.
pub(super) async fn end(
    unit: &Unit,
    line: &order_line::Model,
    outcome: LineOutcome,
    reference: Option<String>,
) -> Outcome<()> {
    use order_line_attempt::Column::{EndedAt, Message, Outcome, PostAt, ProvisioningReference};
    let message = line.failure_reason.clone();
    let ended = update(line)
        .col_expr(EndedAt, Expr::value(unit.now))
        .col_expr(Outcome, Expr::value(outcome.to_value()))
        .col_expr(Message, Expr::value(message.clone()))
        .col_expr(ProvisioningReference, Expr::value(reference.clone()))
        .col_expr(PostAt, Expr::value(None::<DateTime<Utc>>))
        .exec(&unit.txn)
        .await?;
    if ended.rows_affected > 0 {
        return Ok(());
    }
    // It was begun by the release before, which writes down no attempts.
    let late = order_line_attempt::Model {
        ended_at: Some(unit.now),
        outcome: Some(outcome),
        message,
        provisioning_reference: reference,
        ..row(unit, line)
    };
    insert(unit, late).await
}

fn row(unit: &Unit, line: &order_line::Model) -> order_line_attempt::Model {
    order_line_attempt::Model {
        id: OrderLineAttemptId::new(unit.now),
        tenant_id: line.tenant_id,
        order_line_id: line.id,
        attempt_number: line.attempts,
        started_at: line.started_at.unwrap_or(unit.now),
        ended_at: None,
        outcome: None,
        message: None,
        provisioning_reference: None,
        webhook_endpoint_id: None,
        answer_within_minutes: None,
        message_id: None,
        post_at: None,
        answer_by: None,
        accepted_at: None,
        posts: 0,
        status_code: None,
        error: None,
    }
}

async fn insert(unit: &Unit, row: order_line_attempt::Model) -> Outcome<()> {
    unit.insert(row).await?;
    Ok(())
}
