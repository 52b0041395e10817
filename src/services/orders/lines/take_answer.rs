//! A vendor's endpoint has answered.

use entity::{OrderLineAttemptId, OrderLineStatus, order_line, order_line_attempt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    complete::{CompleteOrderLine, complete_order_line},
    fail::{FailOrderLine, fail_order_line},
    hold::{HoldOrderLine, hold_order_line},
    row,
    vendor_answer::{Outcome as Ended, VendorAnswer},
};
use crate::{
    error::Outcome,
    services::{
        unit::Unit,
        webhooks::{
            attempt::Posted,
            line_posted::{LinePosted, keep_line_posted},
        },
    },
};

/// A message about a line that was posted.
#[derive(Clone, Copy, Debug)]
pub struct PostedLine {
    pub attempt_id: OrderLineAttemptId,
    /// What the message was called.
    pub message_id: Uuid,
}

/// Does what the vendor says of a line, as if the vendor had said it by a mutation, and keeps that it was posted. The viewer
/// stands for the vendor's endpoint. Where the line has moved on meanwhile, nothing more is done.
///
/// Refused as those mutations are, and then nothing is to be kept.
pub async fn take_answer(
    unit: &Unit,
    PostedLine { attempt_id, message_id }: PostedLine,
    answer: VendorAnswer,
    posted: Posted,
) -> Outcome<()> {
    let Some((line, mut attempt)) = lock(unit, attempt_id).await? else { return Ok(()) };
    let is_waited_for = waits(&line, &attempt, message_id);
    let (line_id, post) = (line.id, attempt.posts.saturating_add(1));
    let endpoint_id = attempt.webhook_endpoint_id;
    if is_waited_for {
        attempt.posts = post;
        attempt.status_code = posted.status().map(i32::from);
        attempt.error = None;
        attempt.post_at = None;
        if answer == VendorAnswer::Accepted {
            attempt.accepted_at = Some(unit.now);
        }
        unit.save(attempt).await?;
        if let VendorAnswer::Ended(ended) = answer {
            Box::pin(end(unit, line_id, ended)).await?;
        }
    }
    if let Some(webhook_endpoint_id) = endpoint_id {
        let kept = LinePosted { webhook_endpoint_id, line_id, post, posted, wrong: None };
        keep_line_posted(unit, kept, 0.5).await?;
    }
    Ok(())
}

async fn end(unit: &Unit, line_id: entity::OrderLineId, ended: Ended) -> Outcome<()> {
    match ended {
        Ended::Completed { provisioning_reference, activation } => {
            let command = CompleteOrderLine { line_id, provisioning_reference, activation };
            complete_order_line(unit, command).await?;
        }
        Ended::Failed { reason, provisioning_reference } => {
            fail_order_line(unit, FailOrderLine { line_id, reason, provisioning_reference })
                .await?;
        }
        Ended::Held { reason, choices } => {
            hold_order_line(unit, HoldOrderLine { line_id, reason, choices }).await?;
        }
    }
    Ok(())
}

/// A line and the attempt at it that was posted, whose order nobody else can change until this work has ended.
pub(super) async fn lock(
    unit: &Unit,
    id: OrderLineAttemptId,
) -> Outcome<Option<(order_line::Model, order_line_attempt::Model)>> {
    let find = || {
        order_line_attempt::Entity::find_by_id(id)
            .filter(order_line_attempt::Column::TenantId.eq(unit.viewer.tenant_id))
            .one(&unit.txn)
    };
    let Some(attempt) = find().await? else { return Ok(None) };
    let mut locked = row::lock(unit, attempt.order_line_id).await?;
    // Read again: what was read before the lock may have changed.
    Ok(find().await?.map(|attempt| (locked.line().clone(), attempt)))
}

/// Whether a line still waits for the answer to a message.
pub(super) fn waits(
    line: &order_line::Model,
    attempt: &order_line_attempt::Model,
    message_id: Uuid,
) -> bool {
    line.status == OrderLineStatus::InProgress
        && line.attempts == attempt.attempt_number
        && attempt.outcome.is_none()
        && attempt.message_id == Some(message_id)
}
