//! Changing an offer, or retiring it.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{EditionId, OfferId};

use super::CommitmentInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{ProrationPolicyInput, apply, change, prices::PriceInput},
        roles::{May, SELLERS},
        types::{
            Offer, UserError,
            enums::{BillingAlignment, BillingTiming, CatalogStatus},
        },
    },
    services::{
        offers::update::{UpdateOffer, update_offer},
        prices::NewPrice,
    },
};

/// What is to change about an offer.
#[derive(Debug, InputObject)]
pub struct UpdateOfferInput {
    /// The offer.
    id: Id<OfferId>,
    /// Refuse with `VERSION_CONFLICT` unless the offer has this version.
    expected_version: Option<i32>,
    /// What people call the offer: up to 200 characters.
    name: MaybeUndefined<String>,
    /// What the offer is: up to 4,000 characters.
    description: MaybeUndefined<String>,
    /// When a period is charged. For recurring offers only.
    billing_timing: MaybeUndefined<BillingTiming>,
    /// Where periods begin. For recurring offers only.
    billing_alignment: MaybeUndefined<BillingAlignment>,
    /// What is charged where a period is not used as it was billed; null: what the seller has set for all. For recurring
    /// offers only.
    proration_policy: MaybeUndefined<ProrationPolicyInput>,
    /// For how many hours after a period has begun its cancellation is credited: 0 to 26352; null: always. For recurring
    /// offers only.
    refund_window_hours: MaybeUndefined<i32>,
    /// The smallest quantity in which it is sold.
    min_quantity: MaybeUndefined<i32>,
    /// The largest quantity in which it is sold; null: any.
    max_quantity: MaybeUndefined<i32>,
    /// Whether each customer may buy it in one line of one order, and never again. What was bought before counts.
    once_per_customer: MaybeUndefined<bool>,
    /// To what it binds whoever buys it from now on; null: to nothing. For recurring offers only.
    commitment: MaybeUndefined<CommitmentInput>,
    /// Of an add-on: the fewest units of it that a subscription to the parent offer has, if it has any; null: one.
    add_on_minimum: MaybeUndefined<i32>,
    /// Of an add-on: the most units of it that a subscription to the parent offer has; null: any number. What is there
    /// already stays.
    add_on_maximum: MaybeUndefined<i32>,
    /// The edition, of the same product, of which licenses are issued; null: none are.
    edition_id: MaybeUndefined<Id<EditionId>>,
    /// `RETIRED` takes the offer from sale; `ACTIVE` brings it back.
    status: MaybeUndefined<CatalogStatus>,
    /// What it costs from today on: replaces all list prices that are asked or to come. 1 to 100, one per currency. A price
    /// that is the same stays, any other ends and a new one begins. Prices for partners, customers and agreements stay.
    #[graphql(validator(max_items = 100))]
    prices: MaybeUndefined<Vec<PriceInput>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateOffer`.
#[derive(Debug, SimpleObject)]
pub struct UpdateOfferPayload {
    /// The offer as it is now; null if the request was refused.
    offer: Option<Offer>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateOfferMutation;

#[Object]
impl UpdateOfferMutation {
    /// Changes an offer. A field that is left out keeps its value; null clears it. Orders that were submitted keep
    /// their prices, and what was sold goes on as it was sold.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The offer and its changes.")] input: UpdateOfferInput,
    ) -> Result<UpdateOfferPayload> {
        let command = UpdateOffer {
            offer_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            description: change(input.description, identity),
            billing_timing: change(input.billing_timing, Into::into),
            billing_alignment: change(input.billing_alignment, Into::into),
            proration_policy: change(input.proration_policy, Into::into),
            refund_window_hours: change(input.refund_window_hours, identity),
            min_quantity: change(input.min_quantity, identity),
            max_quantity: change(input.max_quantity, identity),
            once_per_customer: change(input.once_per_customer, identity),
            commitment: change(input.commitment, Into::into),
            add_on_minimum: change(input.add_on_minimum, identity),
            add_on_maximum: change(input.add_on_maximum, identity),
            edition_id: change(input.edition_id, |id| id.0),
            status: change(input.status, Into::into),
            prices: change(input.prices, |prices| prices.into_iter().map(NewPrice::from).collect()),
        };
        let (offer, user_errors) = apply(ctx, input.idempotency_key, command, update_offer).await?;
        Ok(UpdateOfferPayload { offer, user_errors })
    }
}
