//! Ending a price.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PriceId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::Day,
        types::{Price, UserError},
    },
    services::prices::end::{EndPrice, end_price},
};

/// A price that is to end.
#[derive(Debug, InputObject)]
pub struct EndPriceInput {
    /// The price.
    id: Id<PriceId>,
    /// The first day on which it is no longer asked, in the seller's time zone: today or later. Left out: today.
    on: Option<Day>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `endPrice`.
#[derive(Debug, SimpleObject)]
pub struct EndPricePayload {
    /// The price as it is now; null if the request was refused.
    price: Option<Price>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct EndPriceMutation;

#[Object]
impl EndPriceMutation {
    /// Ends a price, or has one that is to come never begin. What was sold at it goes on as it is.
    #[graphql(guard = "May(SELLERS)")]
    async fn end_price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The price and its end.")] input: EndPriceInput,
    ) -> Result<EndPricePayload> {
        let command = EndPrice { price_id: input.id.0, on: input.on.map(|day| day.0) };
        let (price, user_errors) = apply(ctx, input.idempotency_key, command, end_price).await?;
        Ok(EndPricePayload { price, user_errors })
    }
}
