//! `createDiscount`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{CustomerId, OfferId, PartnerId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::{Day, MinorUnits},
        types::{Discount, UserError, enums::DiscountDuration},
    },
    services::{
        change::Change,
        discounts::{
            DiscountChanges,
            create::{CreateDiscount, create_discount},
        },
    },
};

/// A discount that is to be. Give `basisPoints` or `amount`.
#[derive(Debug, InputObject)]
pub struct CreateDiscountInput {
    /// What buyers give to have it: up to 64 characters, unique, never changed. Whoever guesses it has it, so make it a word
    /// for those who may, or name them.
    code: String,
    /// What it is called, for those who get it as well: up to 200 characters.
    name: String,
    /// Takes a percentage off, in hundredths of a percent: 1 to 10000, which is everything.
    basis_points: Option<i32>,
    /// Takes an amount off a whole period, in the minor unit of the currency: above 0. What is more than the price is lost.
    amount: Option<MinorUnits>,
    /// The currency of `amount`, as ISO 4217 spells it. Left out: the seller's. Never changed.
    currency: Option<String>,
    /// For how long it holds once it is given.
    duration: DiscountDuration,
    /// For how many billing periods it holds: 1 to 1000. With `PERIODS`, and with that only.
    periods: Option<i32>,
    /// The first day on which it can be given, in the seller's time zone. Left out: any.
    valid_from: Option<Day>,
    /// The first day on which it can be given no longer. Left out: none.
    valid_until: Option<Day>,
    /// The offers off which it takes something: up to 100. Left out or empty: all.
    #[graphql(validator(max_items = 100))]
    offer_ids: Option<Vec<Id<OfferId>>>,
    /// The customers who may have it: up to 100. Left out or empty: all.
    #[graphql(validator(max_items = 100))]
    customer_ids: Option<Vec<Id<CustomerId>>>,
    /// It is for what is sold through this partner. Left out: for all.
    partner_id: Option<Id<PartnerId>>,
    /// How often it can be given in all. Left out: as often as anybody wants.
    max_redemptions: Option<i32>,
    /// How often it can be given to one customer. Left out: as often as it wants.
    max_redemptions_per_customer: Option<i32>,
    /// Of several, percentages are taken off in this order, and then amounts: 0 to 1000000.
    #[graphql(default)]
    precedence: i32,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createDiscount`.
#[derive(Debug, SimpleObject)]
pub struct CreateDiscountPayload {
    /// The new discount; null if the request was refused.
    discount: Option<Discount>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateDiscountMutation;

#[Object]
impl CreateDiscountMutation {
    /// Makes a discount, which can be given at once, or from its first day on.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_discount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the discount is to be.")] input: CreateDiscountInput,
    ) -> Result<CreateDiscountPayload> {
        let terms = DiscountChanges {
            name: Change::Set(input.name),
            basis_points: said(input.basis_points),
            amount: said(input.amount.map(|amount| amount.0)),
            duration: Change::Set(input.duration.into()),
            periods: said(input.periods),
            valid_from: said(input.valid_from.map(|day| day.0)),
            valid_until: said(input.valid_until.map(|day| day.0)),
            offer_ids: said(input.offer_ids.map(bare)),
            customer_ids: said(input.customer_ids.map(bare)),
            partner_id: said(input.partner_id.map(|id| id.0)),
            max_redemptions: said(input.max_redemptions),
            max_redemptions_per_customer: said(input.max_redemptions_per_customer),
            precedence: Change::Set(input.precedence),
        };
        let command = CreateDiscount { code: input.code, currency: input.currency, terms };
        let (discount, user_errors) =
            apply(ctx, input.idempotency_key, command, create_discount).await?;
        Ok(CreateDiscountPayload { discount, user_errors })
    }
}

/// What is said of something that is nothing yet.
fn said<T>(value: Option<T>) -> Change<T> {
    value.map_or(Change::Keep, Change::Set)
}

/// Ids as the tables have them.
pub(super) fn bare<T>(ids: Vec<Id<T>>) -> Vec<T> {
    ids.into_iter().map(|id| id.0).collect()
}
