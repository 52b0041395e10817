//! Live feeds: one file per field.

use async_graphql::{Context, Subscription};
use futures_util::{Stream, TryStreamExt};

use super::{
    context::{app, viewer},
    error::{ApiError, Code, Result},
    guards::SignedIn,
    scalars::FeedCursor,
};
use crate::events::{
    feed::{Feed, FeedError, Filter},
    progress::Progress,
};

/// What can be watched. Each feed is one operation of the type `subscription`, over a websocket or server-sent events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscription;

// The API calls what a customer holds a subscription, so the root of live feeds has another name.
#[Subscription(name = "Feeds")]
impl Subscription {
    /// The cursor of each event that the caller may see, in the order of the log, each once.
    #[graphql(guard = "SignedIn")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Start with the event that follows this one. Without it, only what is yet to happen is told."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<FeedCursor>>> {
        let progress = ctx.data_opt::<Progress>().cloned().unwrap_or_default();
        let after = after.map(|after| after.0);
        let feed =
            Feed::open(app(ctx).clone(), viewer(ctx)?.clone(), Filter::default(), after, progress)
                .await
                .map_err(refused)?;
        Ok(feed.deliveries().map_ok(|delivery| FeedCursor(delivery.cursor)).map_err(refused))
    }
}

fn refused(error: FeedError) -> ApiError {
    match error {
        FeedError::Gap { earliest, latest, .. } => ApiError::new(
            Code::ResumeFromCursor,
            "The feed cannot go on from this cursor. Read afresh.",
        )
        .with("earliest", earliest.to_string())
        .with("latest", latest.to_string()),
        FeedError::Failed(cause) => cause.into(),
    }
}
