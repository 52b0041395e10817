//! `removeDiscount`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::SubscriptionDiscountId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{SubscriptionDiscount, UserError},
    },
    services::discounts::remove::{RemoveDiscount, remove_discount},
};

/// Input of `removeDiscount`.
#[derive(Debug, InputObject)]
pub struct RemoveDiscountInput {
    /// What was given to a subscription.
    id: Id<SubscriptionDiscountId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `removeDiscount`.
#[derive(Debug, SimpleObject)]
pub struct RemoveDiscountPayload {
    /// What was given, as it is now; null if the request was refused.
    subscription_discount: Option<SubscriptionDiscount>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RemoveDiscountMutation;

#[Object]
impl RemoveDiscountMutation {
    /// Ends a discount of a subscription: it takes nothing off periods that are not billed yet. One that had not begun counts as
    /// given no longer.
    #[graphql(guard = "May(SELLERS)")]
    async fn remove_discount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RemoveDiscountInput,
    ) -> Result<RemoveDiscountPayload> {
        let command = RemoveDiscount {
            subscription_discount_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (subscription_discount, user_errors) =
            apply(ctx, input.idempotency_key, command, remove_discount).await?;
        Ok(RemoveDiscountPayload { subscription_discount, user_errors })
    }
}
