//! `updateDiscount`.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{CustomerId, DiscountId, OfferId, PartnerId};

use super::create::bare;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        scalars::{Day, MinorUnits},
        types::{
            Discount, UserError,
            enums::{CatalogStatus, DiscountDuration},
        },
    },
    services::discounts::{
        DiscountChanges,
        update::{UpdateDiscount, update_discount},
    },
};

/// What is to change about a discount.
#[derive(Debug, InputObject)]
pub struct UpdateDiscountInput {
    /// The discount.
    id: Id<DiscountId>,
    /// Refuse with `VERSION_CONFLICT` unless the discount has this version.
    expected_version: Option<i32>,
    /// What it is called: up to 200 characters.
    name: MaybeUndefined<String>,
    /// Of a percentage, in hundredths of a percent: 1 to 10000.
    basis_points: MaybeUndefined<i32>,
    /// Of an amount, in the minor unit of its currency: above 0.
    amount: MaybeUndefined<MinorUnits>,
    /// For how long it holds once it is given.
    duration: MaybeUndefined<DiscountDuration>,
    /// For how many billing periods it holds: 1 to 1000. With the duration `PERIODS`, and with that only.
    periods: MaybeUndefined<i32>,
    /// The first day on which it can be given, in the seller's time zone; null: any.
    valid_from: MaybeUndefined<Day>,
    /// The first day on which it can be given no longer; null: none.
    valid_until: MaybeUndefined<Day>,
    /// The offers off which it takes something: replaces all, up to 100. Null or empty: all.
    #[graphql(validator(max_items = 100))]
    offer_ids: MaybeUndefined<Vec<Id<OfferId>>>,
    /// The customers who may have it: replaces all, up to 100. Null or empty: all.
    #[graphql(validator(max_items = 100))]
    customer_ids: MaybeUndefined<Vec<Id<CustomerId>>>,
    /// It is for what is sold through this partner; null: for all.
    partner_id: MaybeUndefined<Id<PartnerId>>,
    /// How often it can be given in all; null: as often as anybody wants. What was given counts.
    max_redemptions: MaybeUndefined<i32>,
    /// How often it can be given to one customer; null: as often as it wants. What was given counts.
    max_redemptions_per_customer: MaybeUndefined<i32>,
    /// Of several, percentages are taken off in this order, and then amounts: 0 to 1000000.
    precedence: MaybeUndefined<i32>,
    /// `RETIRED`: it can be given no longer; `ACTIVE`: it can again.
    status: MaybeUndefined<CatalogStatus>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateDiscount`.
#[derive(Debug, SimpleObject)]
pub struct UpdateDiscountPayload {
    /// The discount as it is now; null if the request was refused.
    discount: Option<Discount>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateDiscountMutation;

#[Object]
impl UpdateDiscountMutation {
    /// Changes a discount, or retires it. A field that is left out keeps its value; null clears it. What was given stays as it
    /// was given: orders that were submitted and subscriptions keep their copies.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_discount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount and its changes.")] input: UpdateDiscountInput,
    ) -> Result<UpdateDiscountPayload> {
        let terms = DiscountChanges {
            name: change(input.name, identity),
            basis_points: change(input.basis_points, identity),
            amount: change(input.amount, |amount| amount.0),
            duration: change(input.duration, Into::into),
            periods: change(input.periods, identity),
            valid_from: change(input.valid_from, |day| day.0),
            valid_until: change(input.valid_until, |day| day.0),
            offer_ids: change(input.offer_ids, bare),
            customer_ids: change(input.customer_ids, bare),
            partner_id: change(input.partner_id, |id| id.0),
            max_redemptions: change(input.max_redemptions, identity),
            max_redemptions_per_customer: change(input.max_redemptions_per_customer, identity),
            precedence: change(input.precedence, identity),
        };
        let command = UpdateDiscount {
            discount_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            status: change(input.status, Into::into),
            terms,
        };
        let (discount, user_errors) =
            apply(ctx, input.idempotency_key, command, update_discount).await?;
        Ok(UpdateDiscountPayload { discount, user_errors })
    }
}
