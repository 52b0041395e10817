//! Adding a price to an offer.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{AgreementId, CustomerId, OfferId, PartnerId};

use super::PriceInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::Day,
        types::{Price, UserError},
    },
    services::prices::create::{CreatePrice, create_price},
};

/// A price that is to be.
#[derive(Debug, InputObject)]
pub struct CreatePriceInput {
    /// The offer that it is a price of.
    offer_id: Id<OfferId>,
    /// What the offer costs.
    price: PriceInput,
    /// The first day on which it is asked, in the seller's time zone: today or later. Left out: today.
    valid_from: Option<Day>,
    /// The first day on which it is no longer asked. Left out: it lasts.
    valid_until: Option<Day>,
    /// The partner for what it sells. Give one of this and the two below at most; none: it is of the list, for all.
    partner_id: Option<Id<PartnerId>>,
    /// The customer for which it is, as long as it buys through the partner that it has.
    customer_id: Option<Id<CustomerId>>,
    /// The agreement for what is bought under it. It has the same currency.
    agreement_id: Option<Id<AgreementId>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createPrice`.
#[derive(Debug, SimpleObject)]
pub struct CreatePricePayload {
    /// The new price; null if the request was refused.
    price: Option<Price>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreatePriceMutation;

#[Object]
impl CreatePriceMutation {
    /// Adds a price to an offer, from a day on, for all or for some. An order is charged the price of the day on which it is
    /// submitted: that for its agreement, or else for its customer, for its partner, and then that of the list. A price for the
    /// same that has no end ends where a new one without an end begins; one that has a day in common otherwise is in the way.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the price is to be.")] input: CreatePriceInput,
    ) -> Result<CreatePricePayload> {
        let command = CreatePrice {
            offer_id: input.offer_id.0,
            price: input.price.into(),
            partner_id: input.partner_id.map(|id| id.0),
            customer_id: input.customer_id.map(|id| id.0),
            agreement_id: input.agreement_id.map(|id| id.0),
            valid_from: input.valid_from.map(|day| day.0),
            valid_until: input.valid_until.map(|day| day.0),
        };
        let (price, user_errors) = apply(ctx, input.idempotency_key, command, create_price).await?;
        Ok(CreatePricePayload { price, user_errors })
    }
}
