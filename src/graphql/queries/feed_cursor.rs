//! Where to follow a list from.

use async_graphql::{Context, Object};

use crate::{
    events::log,
    graphql::{
        context::{app, viewer},
        error::Result,
        extensions::each_execution::LogHead,
        roles::SignedIn,
        scalars::FeedCursor,
    },
    planted::{self, Fault},
};

#[derive(Default)]
pub(super) struct FeedCursorQuery;

#[Object]
impl FeedCursorQuery {
    /// The head of the event log, read before everything else in the request. Follow a live feed from here, and
    /// everything that happens to the rest of this answer arrives, without a hole.
    #[graphql(guard = "SignedIn")]
    async fn feed_cursor(&self, ctx: &Context<'_>) -> Result<FeedCursor> {
        if planted::is(Fault::SnapshotBeforePosition) {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let head = log::extent(app(ctx).store.readers(), viewer(ctx)?.tenant_id).await?;
            return Ok(FeedCursor(head.latest_cursor()));
        }
        let LogHead(head) = ctx.data_opt::<LogHead>().ok_or_else(|| {
            anyhow::anyhow!("feedCursor was selected, but the head of the log was not read first")
        })?;
        Ok(FeedCursor(head.clone()?.latest_cursor()))
    }
}
