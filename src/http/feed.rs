//! A feed as a stream of frames, whatever transport sends them.
//!
//! A frame's bytes do not depend on the watcher, so they are made once for many.

use std::time::Duration;

use async_graphql::{Response, Value};
use axum::body::Bytes;
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{answer, errors};
use crate::events::{
    cursor::Cursor,
    progress::{Handover, Progress},
};

/// A message of a feed.
#[derive(Clone)]
pub(super) enum Frame {
    /// An answer, as JSON, and the cursor behind which the watcher can resume.
    Answer { body: Bytes, cursor: Option<Cursor> },
    /// The last answer: it has no data, and nothing follows. `errors` is its list of errors alone. After a gap, the
    /// watcher can read afresh and resume from `go_on`.
    Failed { body: Bytes, errors: Bytes, go_on: Option<Cursor> },
    /// A heartbeat; with a cursor if it has moved since the last frame.
    Idle { cursor: Option<Cursor> },
}

/// An item of a feed's stream.
pub(super) enum Part<F> {
    Frame(Frame),
    /// The feed was handed over: nothing follows here, and the feed is not over.
    HandedOver(F),
}

impl Frame {
    /// The length of the answer.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Answer { body, .. } | Self::Failed { body, .. } => body.len(),
            Self::Idle { .. } => 0,
        }
    }
}

/// The frames of a feed. When they end, the feed is over, unless the last part says that it was handed over.
///
/// `take_over` is called with every offer of a handover, and may accept it. The feed waits meanwhile, so no frame is
/// delivered beyond the handover.
pub(super) fn frames<F: Send>(
    answers: impl Stream<Item = Response> + Send + 'static,
    progress: Progress,
    heartbeat: Duration,
    take_over: impl Fn(&Handover) -> Option<F> + Send,
) -> impl Stream<Item = Part<F>> + Send {
    async_stream::stream! {
        let mut answers = Box::pin(answers);
        let mut heartbeats = interval_at(Instant::now() + heartbeat, heartbeat);
        heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sent = None;
        let mut early = None;
        loop {
            let answer = if let Some(answer) = early.take() {
                answer
            } else {
                tokio::select! {
                    biased;
                    answer = answers.next() => answer,
                    // Made by the feed when it was asked just now.
                    offer = progress.offered() => {
                        if let Some(by) = take_over(&offer.handover) {
                            drop(answers);
                            yield Part::HandedOver(by);
                            return;
                        }
                        continue;
                    }
                    _ = heartbeats.tick() => {
                        let passed = progress.passed();
                        let moved = passed.filter(|_| passed != sent);
                        sent = passed;
                        yield Part::Frame(Frame::Idle { cursor: moved });
                        continue;
                    }
                }
            };
            let Some(mut answer) = answer else { return };
            let cursor = progress.in_hand();
            if let Some(cursor) = cursor {
                answer.extensions.insert("cursor".to_owned(), Value::from(cursor.to_string()));
            }
            sent = cursor;
            let body = answer::encode(&answer);
            if answer.data == Value::Null && !answer.errors.is_empty() {
                // A refusal, or a gap: the feed is over behind it, and ends at once.
                early = answers.next().now_or_never();
                if matches!(early, Some(None)) {
                    let errors = answer::encode_errors(&answer.errors);
                    let go_on = end_of_gap(&answer);
                    yield Part::Frame(Frame::Failed { body, errors, go_on });
                    return;
                }
            }
            yield Part::Frame(Frame::Answer { body, cursor });
            // The stream was asked for more, so the frame was delivered.
            if let Some(cursor) = cursor {
                progress.deliver(cursor);
            }
        }
    }
}

/// The end of the log in the error about a gap.
fn end_of_gap(answer: &Response) -> Option<Cursor> {
    let error = answer.errors.iter().find(|it| errors::code(it) == Some(errors::RESUME_GAP))?;
    match error.extensions.as_ref()?.get("latest")? {
        Value::String(cursor) => cursor.parse().ok(),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use async_graphql::{ServerError, value};
    use futures_util::stream;
    use uuid::Uuid;

    use super::*;
    use crate::events::progress::State;

    const HEARTBEAT: Duration = Duration::from_millis(20);

    fn cursor(position: i64) -> Cursor {
        Cursor { epoch: Uuid::nil(), position }
    }

    /// The frames of a feed that is not handed over.
    fn frames(
        answers: impl Stream<Item = Response> + Send + 'static,
        progress: Progress,
    ) -> impl Stream<Item = Frame> + Send {
        super::frames(answers, progress, HEARTBEAT, |_| None::<Infallible>)
            .map(|Part::Frame(frame)| frame)
    }

    fn failed() -> Response {
        Response::from_errors(vec![ServerError::new("no", None)])
    }

    #[tokio::test]
    async fn every_answer_carries_its_cursor() {
        let progress = Progress::default();
        progress.hand_out(cursor(1));
        let answers = stream::iter([Response::new(value!({ "tick": 1 }))]);
        let frames: Vec<_> = frames(answers, progress).collect().await;
        let [Frame::Answer { body, cursor: Some(at) }] = frames.as_slice() else {
            panic!("one answer is one frame")
        };
        assert_eq!(*at, cursor(1));
        let expected = format!(r#"{{"data":{{"tick":1}},"extensions":{{"cursor":"{at}"}}}}"#);
        assert_eq!(*body, expected);
    }

    /// A group's heartbeat asks for it while the answer is still being delivered.
    #[tokio::test]
    async fn a_cursor_is_passed_only_when_its_answer_was_delivered() {
        let progress = Progress::default();
        progress.pass(cursor(1));
        progress.hand_out(cursor(2));
        let answers = stream::iter([Response::new(value!({ "tick": 2 }))]).chain(stream::pending());
        let mut frames = Box::pin(frames(answers, progress.clone()));
        assert!(
            matches!(frames.next().await, Some(Frame::Answer { cursor: Some(at), .. }) if at == cursor(2))
        );
        assert_eq!(progress.passed(), Some(cursor(1)));
        assert!(matches!(frames.next().await, Some(Frame::Idle { cursor: None })));
        assert_eq!(progress.passed(), Some(cursor(2)));
    }

    #[tokio::test]
    async fn a_cursor_that_moved_without_an_answer_is_sent_once() {
        let progress = Progress::default();
        progress.pass(cursor(5));
        let mut frames = Box::pin(frames(stream::pending(), progress));
        let begun = Instant::now();
        assert!(
            matches!(frames.next().await, Some(Frame::Idle { cursor: Some(at) }) if at == cursor(5))
        );
        assert!(begun.elapsed() >= HEARTBEAT);
        assert!(matches!(frames.next().await, Some(Frame::Idle { cursor: None })));
    }

    #[tokio::test]
    async fn only_the_last_answer_can_be_a_failure() {
        let answers = stream::iter([failed(), Response::new(value!({ "tick": 1 })), failed()]);
        let frames: Vec<_> = frames(answers, Progress::default()).collect().await;
        assert!(matches!(
            frames.as_slice(),
            [Frame::Answer { .. }, Frame::Answer { .. }, Frame::Failed { .. }]
        ));
    }

    /// A feed of two answers, of which the first has failed, that makes an offer after each.
    fn offering(progress: &Progress) -> impl Stream<Item = Response> + Send + use<> {
        let progress = progress.clone();
        async_stream::stream! {
            for (position, answer) in [(1, failed()), (2, Response::new(value!({ "tick": 2 })))] {
                progress.hand_out(cursor(position));
                yield answer;
                let at = cursor(position);
                progress.offer(Handover { at, behind: 0, state: State::default() }).await;
            }
        }
    }

    #[tokio::test]
    async fn a_feed_that_is_handed_over_is_not_over() {
        let progress = Progress::with_offers();
        let take_over = |handover: &Handover| Some(handover.at);
        let parts = super::frames(offering(&progress), progress, HEARTBEAT, take_over);
        let parts: Vec<_> = parts.collect().await;
        assert!(matches!(
            parts.as_slice(),
            [Part::Frame(Frame::Answer { cursor: Some(sent), .. }), Part::HandedOver(at)]
                if *sent == cursor(1) && *at == cursor(1)
        ));
    }

    #[tokio::test]
    async fn a_feed_that_nobody_takes_over_goes_on_by_itself() {
        let progress = Progress::with_offers();
        let frames: Vec<_> = frames(offering(&progress), progress).collect().await;
        assert!(matches!(frames.as_slice(), [Frame::Answer { .. }, Frame::Answer { .. }]));
    }
}
