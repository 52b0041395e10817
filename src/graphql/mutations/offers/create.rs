//! Putting an offer into the catalogue.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{EditionId, OfferId, ProductId};

use super::CommitmentInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{ProrationPolicyInput, apply, prices::PriceInput},
        roles::{May, SELLERS},
        types::{
            Offer, UserError,
            enums::{Billing, BillingAlignment, BillingPeriod, BillingTiming},
        },
    },
    services::{
        offers::create::{CreateOffer, create_offer},
        prices::NewPrice,
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
    /// When a period is charged. For recurring offers only; left out: in advance.
    billing_timing: Option<BillingTiming>,
    /// Where periods begin. For recurring offers only; left out: with the
    /// anniversary.
    billing_alignment: Option<BillingAlignment>,
    /// What is charged where a period is not used as it was billed; left out: what the seller has set for all. For recurring
    /// offers only.
    proration_policy: Option<ProrationPolicyInput>,
    /// For how many hours after a period has begun its cancellation is credited: 0 to 26352; left out: always. For recurring
    /// offers only.
    refund_window_hours: Option<i32>,
    /// The smallest quantity in which it is sold.
    #[graphql(default = 1)]
    min_quantity: i32,
    /// The largest quantity in which it is sold. Left out: any.
    max_quantity: Option<i32>,
    /// Whether each customer may buy it in one line of one order, and never again.
    #[graphql(default)]
    once_per_customer: bool,
    /// To what it binds whoever buys it. For recurring offers only; left out: to nothing.
    commitment: Option<CommitmentInput>,
    /// The recurring offer to whose subscriptions it is sold, as an add-on that lives as they do; its periods consist of
    /// this one's. Left out: it is sold by itself. Never changed.
    parent_offer_id: Option<Id<OfferId>>,
    /// Of an add-on: the fewest units of it that a subscription to the parent offer has, if it has any. Left out: one.
    add_on_minimum: Option<i32>,
    /// Of an add-on: the most units of it that a subscription to the parent offer has. Left out: any number.
    add_on_maximum: Option<i32>,
    /// The edition, of the same product, of which licenses are issued. Left out: none are.
    edition_id: Option<Id<EditionId>>,
    /// What it costs, those aside for whom there are other prices: 1 to 100 list prices, one per currency.
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
            billing_timing: input.billing_timing.map(Into::into),
            billing_alignment: input.billing_alignment.map(Into::into),
            proration_policy: input.proration_policy.map(Into::into),
            refund_window_hours: input.refund_window_hours,
            min_quantity: input.min_quantity,
            max_quantity: input.max_quantity,
            once_per_customer: input.once_per_customer,
            commitment: input.commitment.map(Into::into),
            parent_offer_id: input.parent_offer_id.map(|id| id.0),
            add_on_minimum: input.add_on_minimum,
            add_on_maximum: input.add_on_maximum,
            edition_id: input.edition_id.map(|id| id.0),
            prices: input.prices.into_iter().map(NewPrice::from).collect(),
        };
        let (offer, user_errors) = apply(ctx, input.idempotency_key, command, create_offer).await?;
        Ok(CreateOfferPayload { offer, user_errors })
    }
}
