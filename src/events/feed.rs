//! One feed: it backfills from the log, then follows it. The seam between the two is a position, fixed under the lock
//! under which the tail moves on: earlier events are read from the log, later ones arrive in the feed's mailbox.

use std::sync::Arc;

use async_stream::try_stream;
use domain::viewer::Viewer;
use entity::event;
use futures_util::Stream;
use sea_orm::DbErr;

use super::{
    cursor::Cursor,
    interest::{Filter, Interest},
    log,
    mailbox::Letter,
    progress::{Handover, Progress, State},
    tail::{Tail, Tails},
};
use crate::planted::{self, Fault};

/// How many events one read of a backfill brings.
const BACKFILL_BATCH: u64 = 256;

/// Why a feed cannot be served, or not any further.
#[derive(Debug)]
pub enum FeedError {
    /// The events after the cursor are not, or no longer, in the log. Read afresh and follow from `latest`.
    Gap {
        reason: GapReason,
        earliest: Cursor,
        latest: Cursor,
    },
    Failed(DbErr),
}

/// Why a cursor cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The cursor belongs to another history.
    EpochChanged,
    /// The cursor lies past the end of the log.
    PastHead,
    /// Some of the events after the cursor are no longer kept.
    HistoryGone,
}

impl From<DbErr> for FeedError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

/// A feed that was accepted, from its start on.
pub struct Feed {
    interest: Arc<Interest>,
    progress: Progress,
    tail: Arc<Tail>,
    start: Cursor,
    /// The end of the log when the feed was accepted.
    head: i64,
    makes_offers: bool,
}

/// An event, and the cursor behind it.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub cursor: Cursor,
    pub event: Arc<event::Model>,
}

impl Feed {
    /// Accepts a watcher that has seen everything up to `after`; without it, the feed has future events only.
    pub async fn open(
        tails: &Tails,
        viewer: Arc<Viewer>,
        filter: Filter,
        after: Option<Cursor>,
        progress: Progress,
    ) -> Result<Self, FeedError> {
        let (tail, extent) = tails.follow(viewer.tenant_id).await?;
        let start = after.unwrap_or_else(|| extent.latest_cursor());
        if let Some(reason) = gap(&extent, start) {
            return Err(FeedError::Gap {
                reason,
                earliest: extent.earliest_cursor(),
                latest: extent.latest_cursor(),
            });
        }
        let interest = Arc::new(Interest { filter, viewer });
        Ok(Self { interest, progress, tail, start, head: extent.latest, makes_offers: true })
    }

    /// Leaves it to the caller to offer the feed for a handover, because its next event depends on its state.
    #[must_use]
    pub fn with_state(self) -> Self {
        Self { makes_offers: false, ..self }
    }

    /// Begins at another cursor of the same log: everything up to there is known already.
    #[must_use]
    pub fn from(self, start: Cursor) -> Self {
        Self { start, ..self }
    }

    /// The cursor after which the feed starts.
    pub fn start(&self) -> Cursor {
        self.start
    }

    /// The end of the log when the feed was accepted. State that is read later holds everything up to here.
    pub fn head(&self) -> Cursor {
        Cursor { position: self.head, ..self.start }
    }

    /// Every later event that the viewer wants and may see, in position order, each once.
    ///
    /// Ends with an error only. A feed that is handed over is dropped.
    pub fn deliveries(self) -> impl Stream<Item = Result<Delivery, FeedError>> + Send {
        try_stream! {
            let mut cursor = self.start;
            // Not earlier: a snapshot before the first event must not be passed before it is delivered.
            self.progress.pass(cursor);
            self.offer(cursor, self.head).await;
            loop {
                // Later events than `head` arrive in the mailbox; the others are in the log.
                let Some((registration, head)) = self.tail.register(self.interest.clone()) else {
                    Err(self.gap_now(cursor).await?)?
                };
                while cursor.position < head {
                    for event in self.after(cursor.position).await? {
                        if planted::is(Fault::RetentionUntold) {
                            cursor.position = event.position.unwrap_or_default() - 1;
                        }
                        if event.position != Some(cursor.position + 1) {
                            Err(self.gap_now(cursor).await?)?;
                        }
                        cursor.position += 1;
                        if self.interest.covers(&event) {
                            self.progress.hand_out(cursor);
                            yield Delivery { cursor, event };
                            self.offer(cursor, head).await;
                        } else {
                            self.progress.pass(cursor);
                        }
                        if cursor.position == head {
                            break;
                        }
                    }
                }
                self.offer(cursor, head).await;
                self.progress.follow(Some(registration.clone()));
                loop {
                    match registration.next().await {
                        // The feed begins ahead of the tail, which has yet to read these events.
                        Letter::Event(event) if event.position <= Some(cursor.position) => {}
                        Letter::Event(event) => {
                            cursor.position = event.position.unwrap_or(cursor.position);
                            self.progress.hand_out(cursor);
                            yield Delivery { cursor, event };
                            self.offer(cursor, cursor.position).await;
                        }
                        Letter::Missed => break,
                        Letter::Broken => Err(self.gap_now(cursor).await?)?,
                    }
                }
                self.progress.follow(None);
            }
        }
    }

    async fn offer(&self, at: Cursor, head: i64) {
        if self.makes_offers {
            let behind = head - at.position;
            self.progress.offer(Handover { at, behind, state: State::default() }).await;
        }
    }

    /// The next events, from memory where they are recent. Empty only if they are gone from the log.
    async fn after(&self, position: i64) -> Result<Vec<Arc<event::Model>>, FeedError> {
        if let Some(events) = self.tail.recent_after(position)
            && !events.is_empty()
        {
            return Ok(events);
        }
        let events = self.tail.read_after(position, BACKFILL_BATCH).await?;
        if events.is_empty() {
            let cursor = Cursor { epoch: self.start.epoch, position };
            return Err(self.gap_now(cursor).await?);
        }
        Ok(events.into_iter().map(Arc::new).collect())
    }

    /// The refusal for a watcher at `cursor` whose next event is not in the log.
    async fn gap_now(&self, cursor: Cursor) -> Result<FeedError, FeedError> {
        let extent = self.tail.extent().await?;
        Ok(FeedError::Gap {
            reason: gap(&extent, cursor).unwrap_or(GapReason::HistoryGone),
            earliest: extent.earliest_cursor(),
            latest: extent.latest_cursor(),
        })
    }
}

/// Why a log that reaches this far cannot be followed from a cursor; none: it can.
fn gap(extent: &log::Extent, cursor: Cursor) -> Option<GapReason> {
    if cursor.epoch != extent.epoch {
        Some(GapReason::EpochChanged)
    } else if cursor.position > extent.latest {
        Some(GapReason::PastHead)
    } else if cursor.position + 1 < extent.earliest {
        Some(GapReason::HistoryGone)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cursor_can_be_followed_exactly_while_what_comes_after_it_is_kept() {
        let epoch = Uuid::from_u128(1);
        let extent = log::Extent { epoch, earliest: 5, latest: 9 };
        let at = |epoch, position| gap(&extent, Cursor { epoch, position });
        assert_eq!(at(epoch, 3), Some(GapReason::HistoryGone));
        assert_eq!(at(epoch, 4), None);
        assert_eq!(at(epoch, 9), None);
        assert_eq!(at(epoch, 10), Some(GapReason::PastHead));
        assert_eq!(at(Uuid::from_u128(2), 9), Some(GapReason::EpochChanged));
    }
}
