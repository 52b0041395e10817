//! A line that is written by hand.

use async_graphql::InputObject;
use entity::TaxCodeId;

use crate::{
    graphql::{id::Id, scalars::MinorUnits, types::enums::TaxCategory},
    services::invoices::free_line::FreeLine,
};

/// A line that is about no subscription.
#[derive(Debug, InputObject)]
pub(super) struct FreeLineInput {
    /// What it is for; up to 200 characters.
    description: String,
    /// What it comes to, above zero: without tax, or with it on a draft whose amounts have it in them.
    amount: MinorUnits,
    /// The tax code that says how it is taxed today, with the customer's own treatment. Instead of a rate.
    tax_code_id: Option<Id<TaxCodeId>>,
    /// With `taxBasisPoints`: why it is taxed as it is. Without it, `STANDARD`.
    tax_category: Option<TaxCategory>,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Zero in every category but `STANDARD`. Instead of a tax code.
    tax_basis_points: Option<i32>,
}

impl From<FreeLineInput> for FreeLine {
    fn from(input: FreeLineInput) -> Self {
        Self {
            description: input.description,
            amount: input.amount.0,
            tax_category: input.tax_category.map(Into::into),
            tax_basis_points: input.tax_basis_points,
            tax_code_id: input.tax_code_id.map(|id| id.0),
        }
    }
}
