//! What can be changed about plans.

pub mod create;
pub mod update;

use async_graphql::{InputObject, MergedObject};
use entity::{PlanId, ProductId, TaxCodeId};

use crate::{
    graphql::{
        id::Id,
        mutations::prices::PriceTierInput,
        scalars::MinorUnits,
        types::enums::{BillingPeriod, ComponentChoice, PriceModel, Timing},
    },
    services::{
        plans::{ChoiceRule, NewComponent, NewStep, OverrideRule, Selection},
        prices::{NewPricing, NewTier},
    },
};

#[derive(Default, MergedObject)]
pub struct PlanMutations(create::CreatePlanMutation, update::UpdatePlanMutation);

/// Which components of a plan may be chosen.
#[derive(Debug, InputObject)]
pub struct ComponentChoiceInput {
    /// Which.
    choice: ComponentChoice,
    /// The fewest: at least 1. Given exactly for `RANGE`, like the most.
    min_components: Option<i32>,
    /// The most: not more than the plan has.
    max_components: Option<i32>,
}

/// Which price of one unit and period an order may say in the place of a plan's.
#[derive(Debug, InputObject)]
pub struct PriceOverrideRuleInput {
    /// The least, in the minor unit of the currency. Left out: 0, which is a price.
    minimum: Option<MinorUnits>,
    /// The most. Left out: no limit.
    maximum: Option<MinorUnits>,
}

/// A part of a plan's life.
#[derive(Debug, InputObject)]
pub struct PlanStepInput {
    /// For how many periods it lasts: 1 to 1200. Left out exactly for the last step, which lasts.
    periods: Option<i32>,
    /// How long one period is. Left out: as long as the offer's. Where it is another than in the step before, periods begin
    /// anew with the step.
    billing_period: Option<BillingPeriod>,
    /// The plan's own price of one unit and period, in the minor unit of the currency: it is shared out over what is chosen, in
    /// proportion to the prices of the components. Left out: what these cost together. Steps at the beginning that cost nothing
    /// and end are a trial, which a customer has once of a product.
    unit_amount: Option<MinorUnits>,
    /// What is sold in it: 1 to 50 components. Every step has the same products that are charged for each period; what is
    /// charged once is in the first step only.
    #[graphql(validator(max_items = 50))]
    components: Vec<PlanComponentInput>,
}

/// One of the products that a plan is sold as.
#[derive(Debug, InputObject)]
pub struct PlanComponentInput {
    /// The product; once in a step.
    product_id: Id<ProductId>,
    /// When it is charged. Left out: as the offer is.
    timing: Option<Timing>,
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
}

/// What an order has of a plan.
#[derive(Clone, Debug, InputObject)]
pub struct PlanSelectionInput {
    /// The plan.
    plan_id: Id<PlanId>,
    /// Which of its products, where the plan lets them be chosen. Left out: all of them.
    #[graphql(validator(max_items = 50))]
    product_ids: Option<Vec<Id<ProductId>>>,
    /// The price of one unit and period in the place of the plan's, in the minor unit of the currency, where the plan allows
    /// that and within its limits. The seller and its partners say it; customers cannot. It holds in every step but those of
    /// the trial, and is shared out over the components.
    price_override: Option<MinorUnits>,
    /// Begin after the plan's trial: a customer has one trial of a product.
    #[graphql(default)]
    skip_trial: bool,
}

impl From<ComponentChoiceInput> for ChoiceRule {
    fn from(input: ComponentChoiceInput) -> Self {
        Self {
            choice: input.choice.into(),
            min_components: input.min_components,
            max_components: input.max_components,
        }
    }
}

impl From<PriceOverrideRuleInput> for OverrideRule {
    fn from(input: PriceOverrideRuleInput) -> Self {
        Self {
            minimum: input.minimum.map(|amount| amount.0),
            maximum: input.maximum.map(|amount| amount.0),
        }
    }
}

impl From<PlanStepInput> for NewStep {
    fn from(input: PlanStepInput) -> Self {
        Self {
            periods: input.periods,
            billing_period: input.billing_period.map(Into::into),
            unit_amount: input.unit_amount.map(|amount| amount.0),
            components: input.components.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PlanComponentInput> for NewComponent {
    fn from(input: PlanComponentInput) -> Self {
        Self {
            product_id: input.product_id.0,
            timing: input.timing.map(Into::into),
            pricing: NewPricing {
                model: input.model.into(),
                unit_amount: input.unit_amount.map(|amount| amount.0),
                package_size: input.package_size,
                tiers: input.tiers.into_iter().map(NewTier::from).collect(),
            },
            tax_basis_points: input.tax_basis_points,
            tax_code_id: input.tax_code_id.map(|id| id.0),
        }
    }
}

impl From<PlanSelectionInput> for Selection {
    fn from(input: PlanSelectionInput) -> Self {
        Self {
            plan_id: input.plan_id.0,
            product_ids: input.product_ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            price_override: input.price_override.map(|amount| amount.0),
            skip_trial: input.skip_trial,
        }
    }
}
