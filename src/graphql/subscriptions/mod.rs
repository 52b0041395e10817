//! Live feeds: one file per field.

pub mod events;
mod live_state;
pub mod order_counts;
pub mod order_line_queue;
pub mod order_queue;
pub mod order_status_changed;
pub mod order_updated;
pub mod payment_agreement_updated;
mod queue;

use std::{any::Any, sync::Arc};

use async_graphql::{Context, MergedSubscription};

use super::{
    context::{app, viewer},
    error::{ApiError, Code, Result},
    request::ResumeFrom,
    scalars::FeedCursor,
};
use crate::events::{
    cursor::Cursor,
    feed::{Feed, FeedError, GapReason},
    interest::Filter,
    progress::{CarryOn, Progress},
};

/// What can be watched. Each feed is one operation of the type `subscription`, over a websocket, server-sent events or
/// multipart HTTP. A feed tells every later event that the caller may see, in the order of the tenant's log, each once;
/// after an interruption, go on with `after` and the last cursor that was received. Every payload carries its cursor
/// in `extensions.cursor` as well.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    order_status_changed::OrderStatusChangedFeed,
    order_updated::OrderUpdatedFeed,
    order_queue::OrderQueueFeed,
    order_line_queue::OrderLineQueueFeed,
    order_counts::OrderCountsFeed,
    payment_agreement_updated::PaymentAgreementUpdatedFeed,
    events::EventsFeed,
);

/// Opens the caller's feed where it asks to go on.
async fn open(ctx: &Context<'_>, filter: Filter, after: Option<FeedCursor>) -> Result<Feed> {
    let after = begin(ctx, after)?;
    Feed::open(&app(ctx).tails, viewer(ctx)?.clone(), filter, after, progress(ctx))
        .await
        .map_err(ApiError::from)
}

/// The cursor that the feed goes on from; none: it begins.
///
/// A browser that reconnects by itself says in a header where it left off, which is newer than the argument of the
/// request that it repeats. A feed that is carried on for others begins where it was handed over.
fn begin(ctx: &Context<'_>, after: Option<FeedCursor>) -> Result<Option<Cursor>> {
    if let Some(CarryOn { after, .. }) = ctx.data_opt() {
        return Ok(Some(*after));
    }
    match ctx.data_opt::<ResumeFrom>() {
        Some(ResumeFrom(text)) => text.parse().map(Some).map_err(|_| {
            ApiError::bad_user_input("Last-Event-ID must be a cursor that this API gave out.")
        }),
        None => Ok(after.map(|after| after.0)),
    }
}

/// What another feed had told when this one was to carry it on; none: the state is to be read and told.
fn carried<T: Any + Send + Sync>(ctx: &Context<'_>) -> Option<Arc<T>> {
    ctx.data_opt::<CarryOn>()?.state.value()
}

fn progress(ctx: &Context<'_>) -> Progress {
    ctx.data_opt::<Progress>().cloned().unwrap_or_default()
}

impl From<FeedError> for ApiError {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Gap { reason, earliest, latest } => {
                let reason = match reason {
                    GapReason::EpochChanged => "EPOCH_CHANGED",
                    GapReason::PastHead => "PAST_HEAD",
                    GapReason::HistoryGone => "HISTORY_GONE",
                };
                Self::new(
                    Code::ResumeGap,
                    "The feed cannot go on from this cursor without leaving something out. Read afresh and follow \
                     from the latest cursor.",
                )
                .with("reason", reason)
                .with("earliest", earliest.to_string())
                .with("latest", latest.to_string())
            }
            FeedError::Failed(cause) => cause.into(),
        }
    }
}
