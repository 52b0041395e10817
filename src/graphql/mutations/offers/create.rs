//! Putting an offer into the catalogue.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{EditionId, ProductId};

use super::PriceInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{
            Offer, UserError,
            enums::{Billing, BillingPeriod},
        },
    },
    services::offers::{
        NewPrice,
        create::{CreateOffer, create_offer},
    },
};

/// An offer that is to be.
#[derive(Debug, InputObject)]
pub struct CreateOfferInput {
    /// The product that the offer belongs to.
    product_id: Id<ProductId>,
    /// The code by which the offer is known: up to 64 characters, unique, never changed.
    code: String,
    /// What people call the offer: up to 200 characters.
    name: String,
    /// What the offer is: up to 4,000 characters.
    description: Option<String>,
    /// How the offer is charged. Never changed.
    billing: Billing,
    /// How long one period is. Left out exactly when the offer is charged once. Never changed.
    billing_period: Option<BillingPeriod>,
    /// The smallest quantity in which it is sold.
    #[graphql(default = 1)]
    min_quantity: i32,
    /// The largest quantity in which it is sold. Left out: any.
    max_quantity: Option<i32>,
    /// The edition, of the same product, of which licenses are issued. Left out: none are.
    edition_id: Option<Id<EditionId>>,
    /// What one unit costs: 1 to 100 prices, one per currency.
    #[graphql(validator(max_items = 100))]
    prices: Vec<PriceInput>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createOffer`.
#[derive(Debug, SimpleObject)]
pub struct CreateOfferPayload {
    /// The new offer; null if the request was refused.
    offer: Option<Offer>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateOfferMutation;

#[Object]
impl CreateOfferMutation {
    /// Puts an offer into the catalogue, at once on sale.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the offer is to be.")] input: CreateOfferInput,
    ) -> Result<CreateOfferPayload> {
        let command = CreateOffer {
            product_id: input.product_id.0,
            code: input.code,
            name: input.name,
            description: input.description,
            billing: input.billing.into(),
            billing_period: input.billing_period.map(Into::into),
            min_quantity: input.min_quantity,
            max_quantity: input.max_quantity,
            edition_id: input.edition_id.map(|id| id.0),
            prices: input.prices.into_iter().map(NewPrice::from).collect(),
        };
        let (offer, user_errors) = apply(ctx, input.idempotency_key, command, create_offer).await?;
        Ok(CreateOfferPayload { offer, user_errors })
    }
}
