//! A line that is written by hand.

use async_graphql::InputObject;
use entity::TaxCodeId;

use crate::{
    error::Refusal,
    graphql::{id::Id, scalars::MinorUnits, types::enums::TaxCategory},
    services::invoices::free_line::{FreeLine, FreeLineTax},
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

impl FreeLineInput {
    /// The line at a field of the request.
    pub(super) fn line(self, field: &str) -> Result<FreeLine, Refusal> {
        let refused =
            |name: &str, message: &str| Err(Refusal::invalid(&format!("{field}.{name}"), message));
        let tax = match (self.tax_code_id, self.tax_basis_points, self.tax_category) {
            (Some(code), None, None) => FreeLineTax::Code(code.0),
            (None, Some(basis_points), category) => {
                let category = category.map_or(entity::TaxCategory::Standard, Into::into);
                FreeLineTax::Rate { category, basis_points }
            }
            (None, None, _) => return refused("taxBasisPoints", "Give a rate or a tax code."),
            (Some(_), Some(_), _) => {
                return refused(
                    "taxBasisPoints",
                    "The tax code says the rate: leave this field out.",
                );
            }
            (Some(_), None, Some(_)) => {
                return refused(
                    "taxCategory",
                    "The tax code says the category: leave this field out.",
                );
            }
        };
        Ok(FreeLine { description: self.description, amount: self.amount.0, tax })
    }
}
