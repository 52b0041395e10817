//! What something would come to if it were asked for, by the functions that do it.

mod billing;
mod orders;
mod price_migrations;
mod subscriptions;

use async_graphql::MergedObject;

/// What can be asked before something is done.
#[derive(Default, MergedObject)]
pub(super) struct PreviewsQuery(
    billing::BillingPreviewsQuery,
    orders::OrderPreviewsQuery,
    subscriptions::SubscriptionPreviewsQuery,
    price_migrations::PriceMigrationPreviewsQuery,
);
