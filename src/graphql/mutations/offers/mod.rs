//! What can be changed about offers.

pub mod create;
pub mod update;

use async_graphql::{InputObject, MergedObject};

use crate::{graphql::scalars::MinorUnits, services::offers::NewPrice};

#[derive(Default, MergedObject)]
pub struct OfferMutations(create::CreateOfferMutation, update::UpdateOfferMutation);

/// What one unit of an offer costs in one currency.
#[derive(Debug, InputObject)]
pub struct PriceInput {
    /// The ISO 4217 code of the currency, such as `EUR`.
    currency: String,
    /// The price of one unit and period before tax, in the minor unit of the currency.
    unit_amount: MinorUnits,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. 0 to 10000.
    tax_basis_points: i32,
}

impl From<PriceInput> for NewPrice {
    fn from(input: PriceInput) -> Self {
        Self {
            currency: input.currency,
            unit_amount: input.unit_amount.0,
            tax_basis_points: input.tax_basis_points,
        }
    }
}
