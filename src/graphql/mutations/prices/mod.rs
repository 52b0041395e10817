//! What can be changed about prices.

pub mod create;
pub mod end;

use async_graphql::{InputObject, MergedObject};
use entity::TaxCodeId;

use crate::{
    graphql::{id::Id, scalars::MinorUnits, types::enums::PriceModel},
    services::prices::{NewPrice, NewPricing, NewTier},
};

#[derive(Default, MergedObject)]
pub struct PriceMutations(create::CreatePriceMutation, end::EndPriceMutation);

/// What an offer costs in one currency.
#[derive(Debug, InputObject)]
pub struct PriceInput {
    /// The ISO 4217 code of the currency, such as `EUR`.
    currency: String,
    /// How its units are priced.
    #[graphql(default_with = "PriceModel::PerUnit")]
    model: PriceModel,
    /// What a unit costs for a period, in the minor unit of the currency; with the model `FLAT` all of them together, with
    /// `PACKAGE` each package that is begun. Left out exactly where there are tiers.
    unit_amount: Option<MinorUnits>,
    /// How many units a package has, from 1 on. With the model `PACKAGE`, and only with that.
    package_size: Option<i32>,
    /// The tiers, from the first unit on: 1 to 100 with the models `TIERED` and `VOLUME`, none with others.
    #[graphql(default, validator(max_items = 100))]
    tiers: Vec<PriceTierInput>,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. 0 to 10000. Left out exactly where there is a tax code.
    tax_basis_points: Option<i32>,
    /// The tax code whose rate of the day is charged.
    tax_code_id: Option<Id<TaxCodeId>>,
    /// Whether the price has the tax in it. A customer who pays no tax pays the same price. An order has prices of one kind
    /// only.
    #[graphql(default)]
    tax_inclusive: bool,
}

/// Units that are priced alike. A tier begins with the unit after the last of the tier before it.
#[derive(Debug, InputObject)]
pub struct PriceTierInput {
    /// The last unit of the tier; more than that of the tier before. Left out exactly in the last tier, which has no end.
    up_to: Option<i32>,
    /// What each of its units costs for a period, in the minor unit of the currency; where it has packages, each package of
    /// them that is begun.
    unit_amount: MinorUnits,
    /// What is due once for a period when the tier is used, in the minor unit of the currency.
    #[graphql(default_with = "MinorUnits(0)")]
    flat_amount: MinorUnits,
    /// How many units a package has, from 1 on. Left out: each unit is charged. What costs less than a minor unit is priced so.
    package_size: Option<i32>,
}

impl From<PriceTierInput> for NewTier {
    fn from(input: PriceTierInput) -> Self {
        Self {
            up_to: input.up_to,
            unit_amount: input.unit_amount.0,
            flat_amount: input.flat_amount.0,
            package_size: input.package_size,
        }
    }
}

impl From<PriceInput> for NewPrice {
    fn from(input: PriceInput) -> Self {
        Self {
            currency: input.currency,
            pricing: NewPricing {
                model: input.model.into(),
                unit_amount: input.unit_amount.map(|amount| amount.0),
                package_size: input.package_size,
                tiers: input.tiers.into_iter().map(NewTier::from).collect(),
            },
            tax_basis_points: input.tax_basis_points,
            tax_code_id: input.tax_code_id.map(|id| id.0),
            tax_inclusive: input.tax_inclusive,
        }
    }
}
