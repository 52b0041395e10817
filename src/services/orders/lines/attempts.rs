//! The attempts at a line: begun and ended with it, and kept when it is tried again.

use entity::{LineOutcome, OrderLineAttemptId, order_line, order_line_attempt};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};

use crate::{error::Outcome, services::unit::Unit};

/// Writes down that the present attempt at a line has begun.
pub(super) async fn begin(unit: &Unit, line: &order_line::Model) -> Outcome<()> {
    insert(unit, row(unit, line)).await
}

/// Writes down what came of the present attempt at a line, which says so itself.
pub(super) async fn end(
    unit: &Unit,
    line: &order_line::Model,
    outcome: LineOutcome,
    reference: Option<String>,
) -> Outcome<()> {
    use order_line_attempt::Column::{
        AttemptNumber, EndedAt, Message, OrderLineId, Outcome, ProvisioningReference, TenantId,
    };
    let message = line.failure_reason.clone();
    let ended = order_line_attempt::Entity::update_many()
        .col_expr(EndedAt, Expr::value(unit.now))
        .col_expr(Outcome, Expr::value(outcome.to_value()))
        .col_expr(Message, Expr::value(message.clone()))
        .col_expr(ProvisioningReference, Expr::value(reference.clone()))
        .filter(TenantId.eq(line.tenant_id))
        .filter(OrderLineId.eq(line.id))
        .filter(AttemptNumber.eq(line.attempts))
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
    }
}

async fn insert(unit: &Unit, row: order_line_attempt::Model) -> Outcome<()> {
    order_line_attempt::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&unit.txn)
        .await?;
    Ok(())
}
