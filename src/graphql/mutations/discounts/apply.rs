//! `applyDiscount`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{DiscountId, SubscriptionId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations,
        roles::{May, SELLERS},
        types::{SubscriptionDiscount, UserError},
    },
    services::discounts::apply::{ApplyDiscount, apply_discount},
};

/// Input of `applyDiscount`.
#[derive(Debug, InputObject)]
pub struct ApplyDiscountInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// What it is to have.
    discount_id: Id<DiscountId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `applyDiscount`.
#[derive(Debug, SimpleObject)]
pub struct ApplyDiscountPayload {
    /// What was given; null if the request was refused.
    subscription_discount: Option<SubscriptionDiscount>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ApplyDiscountMutation;

#[Object]
impl ApplyDiscountMutation {
    /// Gives a subscription a discount. It begins with the first billing period that is not billed yet, and counts as given. It
    /// must apply as if its code were given.
    #[graphql(guard = "May(SELLERS)")]
    async fn apply_discount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ApplyDiscountInput,
    ) -> Result<ApplyDiscountPayload> {
        let command = ApplyDiscount {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            discount_id: input.discount_id.0,
        };
        let (subscription_discount, user_errors) =
            mutations::apply(ctx, input.idempotency_key, command, apply_discount).await?;
        Ok(ApplyDiscountPayload { subscription_discount, user_errors })
    }
}
