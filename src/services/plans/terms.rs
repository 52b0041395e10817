//! What must be right about a plan: its steps and components, what may be chosen, and which price may be said.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    Billing, BillingPeriod, BillingTiming, ComponentChoice, PlanComponentId, PlanId, PlanStepId,
    ProductId, TaxCodeId, offer, plan, plan_component, plan_instance::Timing, plan_step,
    pricing::Pricing, product,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::{
    access,
    error::{Outcome, Refusal, Refusals},
    services::{
        prices::{NewPricing, check_pricing, rate_of_price},
        unit::Unit,
        validate,
    },
};

const MOST_STEPS: usize = 20;
const MOST_COMPONENTS: usize = 50;
const MOST_PERIODS: i32 = 1_200;

/// A component that a step is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComponent {
    pub product_id: ProductId,
    /// None: as the offer is charged.
    pub timing: Option<Timing>,
    /// What its units cost for a period.
    pub pricing: NewPricing,
    /// 2500 is 25 %. Given exactly where there is no tax code.
    pub tax_basis_points: Option<i32>,
    /// The code whose rate of the day is charged.
    pub tax_code_id: Option<TaxCodeId>,
}

/// A step that a plan is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStep {
    /// None exactly for the last step, which lasts.
    pub periods: Option<i32>,
    /// None: as the offer's are.
    pub billing_period: Option<BillingPeriod>,
    /// The plan's own price of one unit and period; none: what the components cost together.
    pub unit_amount: Option<i64>,
    pub components: Vec<NewComponent>,
}

/// Which components may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceRule {
    pub choice: ComponentChoice,
    /// Both are given exactly for a range.
    pub min_components: Option<i32>,
    pub max_components: Option<i32>,
}

/// Which price an order may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverrideRule {
    /// None: from zero on.
    pub minimum: Option<i64>,
    /// None: without a limit.
    pub maximum: Option<i64>,
}

/// A step that was checked.
pub(super) struct CheckedStep {
    periods: Option<i32>,
    billing_period: Option<BillingPeriod>,
    unit_amount: Option<i64>,
    components: Vec<CheckedComponent>,
}

struct CheckedComponent {
    product_id: ProductId,
    timing: Timing,
    pricing: Pricing,
    tax_basis_points: i32,
    tax_code_id: Option<TaxCodeId>,
}

/// What begins is not over before.
pub(super) fn validity(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<(), Refusal> {
    match (from, until) {
        (Some(from), Some(until)) if until <= from => {
            let message = format!("The first day on which it is over is after the first, {from}.");
            Err(Refusal::invalid("validUntil", message))
        }
        _ => Ok(()),
    }
}

/// The limits of an override are prices, in their order.
pub(super) fn check_override(refusals: &mut Refusals, rule: OverrideRule) {
    for (field, amount) in
        [("priceOverride.minimum", rule.minimum), ("priceOverride.maximum", rule.maximum)]
    {
        if let Some(amount) = amount {
            refusals.collect(validate::unit_amount(field, amount));
        }
    }
    if let (Some(minimum), Some(maximum)) = (rule.minimum, rule.maximum)
        && maximum < minimum
    {
        let message = "The most that may be said is not below the least.";
        refusals.push(Refusal::invalid("priceOverride.maximum", message));
    }
}

/// A range has two bounds, of which the plan has components enough; nothing else has any.
pub(super) fn check_choice(refusals: &mut Refusals, rule: ChoiceRule, components: usize) {
    let bounds = [
        ("componentChoice.minComponents", rule.min_components),
        ("componentChoice.maxComponents", rule.max_components),
    ];
    for (field, bound) in bounds {
        match (rule.choice, bound) {
            (ComponentChoice::Range, Some(bound)) => {
                let most = i32::try_from(components).unwrap_or(i32::MAX);
                refusals.collect(validate::between(field, bound, 1..=most));
            }
            (ComponentChoice::Range, None) => {
                refusals.push(Refusal::invalid(field, "Say how many: the choice is a range."));
            }
            (ComponentChoice::None | ComponentChoice::Any, Some(_)) => {
                let message = "It belongs to the choice RANGE. Leave it out.";
                refusals.push(Refusal::invalid(field, message));
            }
            (ComponentChoice::None | ComponentChoice::Any, None) => {}
        }
    }
    if let (Some(min), Some(max)) = (rule.min_components, rule.max_components)
        && max < min
    {
        let message = format!("The largest number cannot be below the smallest, {min}.");
        refusals.push(Refusal::invalid("componentChoice.maxComponents", message));
    }
}

/// The steps as they are to be stored. All that is wrong with them is told at once, as `steps.<index>.<field>`.
pub(super) async fn steps(
    unit: &Unit,
    refusals: &mut Refusals,
    offer: &offer::Model,
    steps: Vec<NewStep>,
) -> Outcome<Vec<CheckedStep>> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        let message = format!("A plan has 1 to {MOST_STEPS} steps.");
        refusals.push(Refusal::invalid("steps", message));
        return Ok(Vec::new());
    }
    if offer.billing == Billing::OneTime && steps.len() > 1 {
        let message = "What is charged once has one step.";
        refusals.push(Refusal::invalid("steps", message));
    }
    let products = known_products(unit, &steps).await?;
    let (count, first) = (steps.len(), lasting(offer, &steps[0]));
    let today = unit.today().await?;
    let mut rates = HashMap::new();
    let mut checked = Vec::with_capacity(count);
    for (index, step) in steps.into_iter().enumerate() {
        let field = |name: &str| format!("steps.{index}.{name}");
        check_periods(refusals, &field("periods"), step.periods, index + 1 == count);
        refusals.collect(check_interval(offer, step.billing_period, &field("billingPeriod")));
        if let Some(amount) = step.unit_amount {
            refusals.collect(validate::unit_amount(&field("unitAmount"), amount));
        }
        if step.components.is_empty() || step.components.len() > MOST_COMPONENTS {
            let message = format!("A step has 1 to {MOST_COMPONENTS} components.");
            refusals.push(Refusal::invalid(&field("components"), message));
        }
        let recurring = offer.billing != Billing::OneTime;
        if recurring && lasting(offer, &step) != first {
            let message = "Every step has the same products that are charged for each period.";
            refusals.push(Refusal::invalid(&field("components"), message));
        }
        if recurring && first.is_empty() {
            let message = "At least one component is charged for each period.";
            refusals.push(Refusal::invalid(&field("components"), message));
        }
        let mut components = Vec::with_capacity(step.components.len());
        let mut seen = HashSet::new();
        for (place, new) in step.components.into_iter().enumerate() {
            let field = |name: &str| format!("steps.{index}.components.{place}.{name}");
            if !products.contains(&new.product_id) {
                refusals.push(access::not_found::<product::Entity>(&field("productId")));
            } else if !seen.insert(new.product_id) {
                let message = "The step has this product already.";
                refusals.push(Refusal::invalid(&field("productId"), message));
            }
            let timing = timing(offer, new.timing);
            refusals.collect(check_timing(offer, timing, index, &field("timing")));
            let at = format!("steps.{index}.components.{place}");
            let pricing = check_pricing(refusals, &at, &new.pricing);
            let (rate, code) = (new.tax_basis_points, new.tax_code_id);
            let rate = refusals
                .collect(validate::rate_or_code(&field("taxBasisPoints"), rate, code))
                .flatten();
            let rate = if let Some(rate) = code.and_then(|code| rates.get(&code)) {
                *rate
            } else {
                let field = field("taxCodeId");
                rate_of_price(unit, refusals, rate, code, &field, today).await?
            };
            rates.extend(code.map(|code| (code, rate)));
            components.push(CheckedComponent {
                product_id: new.product_id,
                timing,
                pricing,
                tax_basis_points: rate,
                tax_code_id: code,
            });
        }
        checked.push(CheckedStep {
            periods: step.periods,
            billing_period: step.billing_period.or(offer.billing_period),
            unit_amount: step.unit_amount,
            components,
        });
    }
    Ok(checked)
}

/// How many different products there are to choose from.
pub(super) fn products(steps: &[CheckedStep]) -> usize {
    let products = steps.iter().flat_map(|step| &step.components).map(|it| it.product_id);
    products.collect::<HashSet<_>>().len()
}

/// Those products of the steps that exist.
async fn known_products(unit: &Unit, steps: &[NewStep]) -> Outcome<HashSet<ProductId>> {
    let wanted: HashSet<_> =
        steps.iter().flat_map(|step| &step.components).map(|it| it.product_id).collect();
    let products = access::visible::<product::Entity>(&unit.viewer)
        .filter(product::Column::Id.is_in(wanted))
        .all(&unit.txn)
        .await?;
    Ok(products.into_iter().map(|product| product.id).collect())
}

/// The products of a step that are charged for each period.
fn lasting(offer: &offer::Model, step: &NewStep) -> HashSet<ProductId> {
    let lasts = |it: &&NewComponent| timing(offer, it.timing).is_for_time();
    step.components.iter().filter(lasts).map(|it| it.product_id).collect()
}

fn timing(offer: &offer::Model, said: Option<Timing>) -> Timing {
    said.unwrap_or(match (offer.billing, offer.billing_timing) {
        (Billing::OneTime, _) => Timing::Once,
        (Billing::Recurring | Billing::Usage, BillingTiming::InAdvance) => Timing::InAdvance,
        (Billing::Recurring | Billing::Usage, BillingTiming::InArrears) => Timing::InArrears,
    })
}

fn check_periods(refusals: &mut Refusals, field: &str, periods: Option<i32>, is_last: bool) {
    match (periods, is_last) {
        (Some(periods), false) => {
            refusals.collect(validate::between(field, periods, 1..=MOST_PERIODS));
        }
        (None, true) => {}
        (Some(_), true) => {
            refusals.push(Refusal::invalid(field, "The last step lasts: leave this field out."));
        }
        (None, false) => {
            refusals.push(Refusal::invalid(field, "Say for how many periods: another follows."));
        }
    }
}

fn check_interval(
    offer: &offer::Model,
    period: Option<BillingPeriod>,
    field: &str,
) -> Result<(), Refusal> {
    if offer.billing == Billing::OneTime && period.is_some() {
        return Err(Refusal::invalid(field, "What is charged once has no period."));
    }
    Ok(())
}

fn check_timing(
    offer: &offer::Model,
    timing: Timing,
    step: usize,
    field: &str,
) -> Result<(), Refusal> {
    match (offer.billing, timing) {
        (Billing::OneTime, Timing::InAdvance | Timing::InArrears | Timing::Usage) => {
            Err(Refusal::invalid(field, "The offer is charged once, and all that it has."))
        }
        (Billing::Recurring | Billing::Usage, Timing::Once) if step > 0 => {
            Err(Refusal::invalid(field, "What is charged once is charged in the first step."))
        }
        _ => Ok(()),
    }
}

/// Writes steps with their components.
pub(super) async fn write(unit: &Unit, plan_id: PlanId, steps: Vec<CheckedStep>) -> Outcome<()> {
    let tenant_id = unit.viewer.tenant_id;
    let (mut rows, mut components) = (Vec::new(), Vec::new());
    for (step, step_number) in steps.into_iter().zip(1..) {
        let row = plan_step::Model {
            id: PlanStepId::new(unit.now),
            tenant_id,
            plan_id,
            step_number,
            periods: step.periods,
            billing_period: step.billing_period,
            unit_amount: step.unit_amount,
        };
        for (component, component_number) in step.components.into_iter().zip(1..) {
            let component = plan_component::Model {
                id: PlanComponentId::new(unit.now),
                tenant_id,
                plan_id,
                plan_step_id: row.id,
                component_number,
                product_id: component.product_id,
                timing: component.timing,
                model: component.pricing.model,
                unit_amount: component.pricing.unit_amount,
                tiers: (!component.pricing.tiers.is_empty()).then_some(component.pricing.tiers),
                package_size: component.pricing.package_size,
                tax_basis_points: component.tax_basis_points,
                tax_code_id: component.tax_code_id,
            };
            components.push(component.into_active_model().reset_all());
        }
        rows.push(row.into_active_model().reset_all());
    }
    plan_step::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    plan_component::Entity::insert_many(components).exec_without_returning(&unit.txn).await?;
    Ok(())
}

/// Has the plan's steps be these and no others.
pub(super) async fn replace(
    unit: &Unit,
    plan: &plan::Model,
    steps: Vec<CheckedStep>,
) -> Outcome<()> {
    plan_component::Entity::delete_many()
        .filter(plan_component::Column::TenantId.eq(plan.tenant_id))
        .filter(plan_component::Column::PlanId.eq(plan.id))
        .exec(&unit.txn)
        .await?;
    plan_step::Entity::delete_many()
        .filter(plan_step::Column::TenantId.eq(plan.tenant_id))
        .filter(plan_step::Column::PlanId.eq(plan.id))
        .exec(&unit.txn)
        .await?;
    write(unit, plan.id, steps).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn refused(check: impl FnOnce(&mut Refusals)) -> Vec<String> {
        let mut refusals = Refusals::default();
        check(&mut refusals);
        let Err(Error::Refused(refused)) = refusals.done() else { return Vec::new() };
        refused.iter().map(|refusal| refusal.field.join(".")).collect()
    }

    #[test]
    fn a_range_has_bounds_within_the_components_and_nothing_else_has_any() {
        let rule = |choice, min_components, max_components| ChoiceRule {
            choice,
            min_components,
            max_components,
        };
        let wrong = |rule| refused(|refusals| check_choice(refusals, rule, 3));
        assert!(wrong(rule(ComponentChoice::None, None, None)).is_empty());
        assert!(wrong(rule(ComponentChoice::Range, Some(1), Some(3))).is_empty());
        let range = ComponentChoice::Range;
        assert_eq!(
            wrong(rule(range, Some(0), Some(4))),
            ["componentChoice.minComponents", "componentChoice.maxComponents"]
        );
        assert_eq!(wrong(rule(range, Some(3), Some(2))), ["componentChoice.maxComponents"]);
        assert_eq!(wrong(rule(range, Some(1), None)), ["componentChoice.maxComponents"]);
        assert_eq!(
            wrong(rule(ComponentChoice::Any, Some(1), None)),
            ["componentChoice.minComponents"]
        );
    }

    #[test]
    fn the_last_step_lasts_and_only_that() {
        let wrong =
            |periods, is_last| refused(|it| check_periods(it, "periods", periods, is_last)).len();
        assert_eq!(wrong(None, true) + wrong(Some(3), false), 0);
        assert_eq!(wrong(Some(3), true), 1);
        assert_eq!(wrong(None, false) + wrong(Some(0), false), 2);
    }

    #[test]
    fn limits_of_another_price_are_in_their_order() {
        let wrong =
            |minimum, maximum| refused(|it| check_override(it, OverrideRule { minimum, maximum }));
        assert!(wrong(None, None).is_empty() && wrong(Some(0), Some(0)).is_empty());
        assert_eq!(wrong(Some(2), Some(1)), ["priceOverride.maximum"]);
        assert_eq!(wrong(Some(-1), None), ["priceOverride.minimum"]);
    }
}
