//! A line that is written by hand.

use async_graphql::InputObject;

use crate::{
    graphql::{scalars::MinorUnits, types::enums::TaxCategory},
    services::invoices::create_credit_note::FreeLine,
};

/// A line that is about no subscription.
#[derive(Debug, InputObject)]
pub struct FreeLineInput {
    /// What it is for; up to 200 characters.
    description: String,
    /// What it comes to, above zero: without tax, or with it on a draft whose amounts have it in them.
    amount: MinorUnits,
    /// Why it is taxed as it is. Without it, `STANDARD`.
    tax_category: Option<TaxCategory>,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Zero in every category but `STANDARD`.
    tax_basis_points: i32,
}

impl From<FreeLineInput> for FreeLine {
    fn from(input: FreeLineInput) -> Self {
        Self {
            description: input.description,
            amount: input.amount.0,
            tax_category: input.tax_category.map_or(entity::TaxCategory::Standard, Into::into),
            tax_basis_points: input.tax_basis_points,
        }
    }
}
