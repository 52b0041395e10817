//! What can be changed about offers.

pub mod create;
pub mod update;

use async_graphql::{InputObject, MergedObject};
use entity::commitment::{OfferCommitment, SurchargeAmount};

use crate::graphql::{
    scalars::MinorUnits,
    types::enums::{CommitmentRenewal, SurchargePolicy},
};

#[derive(Default, MergedObject)]
pub struct OfferMutations(create::CreateOfferMutation, update::UpdateOfferMutation);

/// To what an offer binds whoever buys it.
#[derive(Debug, InputObject)]
pub struct CommitmentInput {
    /// How many months a term has: 1 to 120. The first begins with the subscription, or when it is changed to the offer.
    months: i32,
    /// The fewest units to begin with and during a term, and no more than the offer's `maxQuantity`. Left out: as many as there
    /// are when it begins.
    minimum_quantity: Option<i32>,
    /// What leaving early costs.
    surcharge: SurchargePolicy,
    /// With `REMAINDER`, and with that only: how much of what remains, in hundredths of a percent: 1 to 10000.
    basis_points: Option<i32>,
    /// With `FIXED`, and with that only: what leaving costs in each currency in which the offer has a price.
    #[graphql(default, validator(max_items = 100))]
    amounts: Vec<SurchargeAmountInput>,
    /// What follows a term.
    #[graphql(default_with = "CommitmentRenewal::None")]
    renewal: CommitmentRenewal,
}

/// What leaving costs in one currency.
#[derive(Debug, InputObject)]
pub struct SurchargeAmountInput {
    /// The ISO 4217 code of the currency, such as `EUR`.
    currency: String,
    /// The amount without tax, in the minor unit of the currency: above 0.
    amount: MinorUnits,
}

impl From<CommitmentInput> for OfferCommitment {
    fn from(input: CommitmentInput) -> Self {
        let amounts = input.amounts.into_iter();
        let amounts =
            amounts.map(|it| SurchargeAmount { currency: it.currency, amount: it.amount.0 });
        Self {
            months: input.months,
            minimum_quantity: input.minimum_quantity,
            surcharge: input.surcharge.into(),
            basis_points: input.basis_points,
            amounts: amounts.collect(),
            renewal: input.renewal.into(),
        }
    }
}
