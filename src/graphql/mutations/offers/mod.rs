//! What can be changed about offers.

pub mod create;
pub mod update;

use async_graphql::{InputObject, MergedObject};
use entity::TaxCodeId;

use crate::{
    graphql::{id::Id, scalars::MinorUnits},
    services::offers::NewPrice,
};

#[derive(Default, MergedObject)]
pub struct OfferMutations(create::CreateOfferMutation, update::UpdateOfferMutation);

/// What one unit of an offer costs in one currency.
#[derive(Debug, InputObject)]
pub struct PriceInput {
    /// The ISO 4217 code of the currency, such as `EUR`.
    currency: String,
    /// The price of one unit and period, in the minor unit of the currency.
    unit_amount: MinorUnits,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. 0 to 10000. Left out exactly where there is a tax code.
    tax_basis_points: Option<i32>,
    /// The tax code whose rate of the day is charged.
    tax_code_id: Option<Id<TaxCodeId>>,
    /// Whether the price has the tax in it. A customer who pays no tax pays the same price. An order has prices of one kind
    /// only.
    #[graphql(default)]
    tax_inclusive: bool,
}

impl From<PriceInput> for NewPrice {
    fn from(input: PriceInput) -> Self {
        Self {
            currency: input.currency,
            unit_amount: input.unit_amount.0,
            tax_basis_points: input.tax_basis_points,
            tax_code_id: input.tax_code_id.map(|id| id.0),
            tax_inclusive: input.tax_inclusive,
        }
    }
}
