//! Giving running subscriptions the price that is asked now.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OfferId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, SELLERS},
        scalars::Day,
        types::{CustomerSubscription, Money, ScheduledChange, UserError, enums::ChangeTime},
    },
    services::{
        page::PageRequest,
        price_migrations::migrate::{self, MigratePrices, MigratedPrices, migrate_prices},
    },
};

/// Which subscriptions are to have the price that is asked of their customers now, and when.
#[derive(Debug, InputObject)]
pub struct MigrateSubscriptionPricesInput {
    /// The offer that they are to.
    offer_id: Id<OfferId>,
    /// The currency in which they are charged, such as `EUR`.
    currency: String,
    /// From when on: `ON_RENEWAL`, at the price of today, or `ON_DATE`, at the price of that day.
    #[graphql(default_with = "ChangeTime::OnRenewal")]
    when: ChangeTime,
    /// The day, in the seller's time zone, for `ON_DATE`: tomorrow or later.
    date: Option<Day>,
    /// How many subscriptions, 1 to 100; 20 if not said.
    first: Option<i32>,
    /// Only those that follow this cursor.
    after: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `migrateSubscriptionPrices`.
#[derive(Debug, SimpleObject)]
pub struct MigrateSubscriptionPricesPayload {
    /// What became of each subscription of the page, the oldest first.
    nodes: Vec<MigratedPrice>,
    /// Give it as `after` to go on with those that follow. Null where none do.
    end_cursor: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

/// What a subscription costs at its new price, or why it keeps the one that it has.
#[derive(Debug, SimpleObject)]
pub(in crate::graphql) struct MigratedPrice {
    /// The subscription.
    subscription: Option<CustomerSubscription>,
    /// What a whole period of it costs as it was sold.
    current_amount: Money,
    /// What a whole period will cost. Null where it keeps its price.
    new_amount: Option<Money>,
    /// The day from which on it does, in the seller's time zone; for `ON_RENEWAL`, as it looks now.
    takes_effect_on: Option<Day>,
    /// The change that waits for that day; null in a preview.
    scheduled_change: Option<ScheduledChange>,
    /// Why it keeps its price, for a person. Null: it does not.
    left_out_because: Option<String>,
}

#[derive(Debug, Default)]
pub struct MigrateSubscriptionPricesMutation;

#[Object]
impl MigrateSubscriptionPricesMutation {
    /// Has running subscriptions be charged the price that is asked of their customers, from their renewal or from a day on,
    /// page by page. Each is a `ScheduledChange` of its own, beside those of the customer, which the seller may take back with
    /// `revokeScheduledChange` until its day. Asked for again, what waits stays; another price or time takes its place.
    #[graphql(guard = "May(SELLERS)")]
    async fn migrate_subscription_prices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which subscriptions, and when.")] input: MigrateSubscriptionPricesInput,
    ) -> Result<MigrateSubscriptionPricesPayload> {
        let idempotency_key = input.idempotency_key.clone();
        let migrated = run(ctx, idempotency_key, input.into(), migrate_prices).await?;
        Ok(match migrated {
            Ok(MigratedPrices { currency, subscriptions, end_cursor }) => {
                let nodes = subscriptions.into_iter().map(|it| MigratedPrice::of(it, &currency));
                let (nodes, user_errors) = (nodes.collect(), Vec::new());
                MigrateSubscriptionPricesPayload { nodes, end_cursor, user_errors }
            }
            Err(user_errors) => {
                let nodes = Vec::new();
                MigrateSubscriptionPricesPayload { nodes, end_cursor: None, user_errors }
            }
        })
    }
}

impl From<MigrateSubscriptionPricesInput> for MigratePrices {
    fn from(input: MigrateSubscriptionPricesInput) -> Self {
        let MigrateSubscriptionPricesInput { first, after, .. } = input;
        Self {
            offer_id: input.offer_id.0,
            currency: input.currency,
            time: input.when.into(),
            on: input.date.map(|day| day.0),
            page: PageRequest { first, after, ..PageRequest::default() },
        }
    }
}

impl MigratedPrice {
    pub(in crate::graphql) fn of(migrated: migrate::MigratedPrice, currency: &str) -> Self {
        let money = |amount| Money::new(amount, currency);
        Self {
            subscription: Some(CustomerSubscription::by_id(migrated.subscription_id)),
            current_amount: money(migrated.current_amount),
            new_amount: migrated.new_amount.map(money),
            takes_effect_on: migrated.takes_effect_on.map(Day),
            scheduled_change: migrated.change_id.map(ScheduledChange::by_id),
            left_out_because: migrated.left_out,
        }
    }
}
