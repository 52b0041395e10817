//! Where to follow a list from.

use async_graphql::{Context, Object};

use crate::graphql::{
    error::Result, extensions::fresh_loaders::LogHead, guards::SignedIn, scalars::FeedCursor,
};

#[derive(Default)]
pub(super) struct FeedCursorQuery;

#[Object]
impl FeedCursorQuery {
    /// The head of the event log, read before everything else in the request. Follow a live feed from here, and
    /// everything that happens to the rest of this answer arrives, without a hole.
    #[graphql(guard = "SignedIn")]
    async fn feed_cursor(&self, ctx: &Context<'_>) -> Result<FeedCursor> {
        let LogHead(head) = ctx.data_opt::<LogHead>().ok_or_else(|| {
            anyhow::anyhow!("feedCursor was selected, but the head of the log was not read first")
        })?;
        Ok(FeedCursor(head.clone()?.latest_cursor()))
    }
}
