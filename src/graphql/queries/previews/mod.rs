//! What something would come to if it were asked for, by the functions that do it.

mod orders;
mod subscriptions;

use async_graphql::MergedObject;

/// What can be asked before something is done.
#[derive(Default, MergedObject)]
pub(super) struct PreviewsQuery(
    orders::OrderPreviewsQuery,
    subscriptions::SubscriptionPreviewsQuery,
);
