//! Whom a new price would touch.

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    graphql::{
        context::{app, viewer},
        error::Result,
        mutations::subscriptions::migrate_prices::{MigrateSubscriptionPricesInput, MigratedPrice},
        roles::{May, SELLERS},
        types::UserError,
    },
    services::{
        perform::rehearse,
        price_migrations::migrate::{MigratedPrices, migrate_prices},
    },
};

/// What would become of running subscriptions, a page of them.
#[derive(Debug, Default, SimpleObject)]
pub(in crate::graphql) struct PriceMigrationPreview {
    /// What would become of each, the oldest first.
    nodes: Vec<MigratedPrice>,
    /// Give it as `after` to see those that follow. Null where none do.
    end_cursor: Option<String>,
    /// Why it would be refused; empty if it would not.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct PriceMigrationPreviewsQuery;

#[Object]
impl PriceMigrationPreviewsQuery {
    /// Whom `migrateSubscriptionPrices` would touch with this input, with what they pay and what they would, worked out by the
    /// same function. Nothing is written, and no idempotency key is used up.
    #[graphql(guard = "May(SELLERS)")]
    async fn preview_price_migration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What might be asked for.")] input: MigrateSubscriptionPricesInput,
    ) -> Result<PriceMigrationPreview> {
        let asked = rehearse(app(ctx), viewer(ctx)?.clone(), input.into(), migrate_prices);
        Ok(match UserError::told(Box::pin(asked).await)? {
            Ok(MigratedPrices { currency, subscriptions, end_cursor }) => {
                let nodes = subscriptions.into_iter().map(|it| MigratedPrice::of(it, &currency));
                let (nodes, user_errors) = (nodes.collect(), Vec::new());
                PriceMigrationPreview { nodes, end_cursor, user_errors }
            }
            Err(user_errors) => {
                PriceMigrationPreview { user_errors, ..PriceMigrationPreview::default() }
            }
        })
    }
}
