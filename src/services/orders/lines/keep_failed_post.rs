//! A line could not be posted, or the answer could not be taken.

use domain::webhook_tries::pause;
use entity::OrderLineStatus;

use super::take_answer::{PostedLine, lock, waits};
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

/// Keeps a failure, and has the line posted again, later each time. `wrong` says what was wrong with an answer, and
/// `dice` is a random number from 0 to 1.
pub async fn keep_failed_post(
    unit: &Unit,
    PostedLine { attempt_id, message_id }: PostedLine,
    posted: Posted,
    wrong: Option<String>,
    dice: f64,
) -> Outcome<()> {
    let Some((line, mut attempt)) = lock(unit, attempt_id).await? else { return Ok(()) };
    let (line_id, post) = (line.id, attempt.posts.saturating_add(1));
    let endpoint_id = attempt.webhook_endpoint_id;
    if waits(&line, &attempt, message_id) {
        attempt.posts = post;
        attempt.status_code = posted.status().map(i32::from);
        attempt.error = wrong.clone().or_else(|| posted.answer.as_ref().err().cloned());
        attempt.post_at = Some(unit.now + pause(post, dice));
        unit.save(attempt).await?;
    } else if line.status != OrderLineStatus::InProgress && attempt.post_at.is_some() {
        // It was moved by the release before, which posts nothing.
        attempt.post_at = None;
        unit.save(attempt).await?;
    }
    if let Some(webhook_endpoint_id) = endpoint_id {
        let kept = LinePosted { webhook_endpoint_id, line_id, post, posted, wrong };
        keep_line_posted(unit, kept, dice).await?;
    }
    Ok(())
}
