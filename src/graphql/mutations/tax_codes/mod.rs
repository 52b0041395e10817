//! What can be changed about tax codes.

pub mod create;
pub mod update;

use async_graphql::{InputObject, MergedObject};

use crate::{graphql::scalars::Day, services::tax_codes::NewTaxRate};

#[derive(Default, MergedObject)]
pub struct TaxCodeMutations(create::CreateTaxCodeMutation, update::UpdateTaxCodeMutation);

/// A rate from a day on.
#[derive(Debug, InputObject)]
pub struct TaxRateInput {
    /// The first day on which it holds, of the seller's.
    valid_from: Day,
    /// The rate in hundredths of a percent: 2500 is 25 %. 0 to 10000; 0 in every category but `STANDARD`.
    basis_points: i32,
}

impl From<TaxRateInput> for NewTaxRate {
    fn from(input: TaxRateInput) -> Self {
        Self { valid_from: input.valid_from.0, basis_points: input.basis_points }
    }
}
