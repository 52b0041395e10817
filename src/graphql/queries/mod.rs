//! What can be asked: one file per noun.

mod feed_cursor;

use async_graphql::MergedObject;

/// What can be read. Whatever the caller may not see is answered as if it did not exist.
#[derive(Default, MergedObject)]
pub struct Query(feed_cursor::FeedCursorQuery);
