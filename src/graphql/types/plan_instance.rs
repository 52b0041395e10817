//! What was sold, as it was when it was.

use entity::{PlanId, ProductId, plan_instance};

use super::{
    Money, PriceTier,
    enums::{BillingPeriod, PriceModel, TaxCategory, Timing},
    made_of,
};
use crate::graphql::{
    id::Id,
    read::{
        shape::{Shown, shape},
        table::{Cell, Shows},
    },
};

/// What was sold, as it was when it was. It never changes.
#[derive(Clone, Debug)]
pub struct PlanInstance {
    instance: plan_instance::PlanInstance,
    currency: String,
}

/// A part of the life of what was sold.
#[derive(Clone, Debug)]
pub struct PlanInstanceStep {
    step: plan_instance::PlanStep,
    currency: String,
}

/// One of the things that were sold.
#[derive(Clone, Debug)]
pub struct PlanInstanceComponent {
    component: plan_instance::PlanComponent,
    currency: String,
}

/// What one component of an order line comes to.
#[derive(Clone, Debug)]
pub struct OrderLineComponent {
    component: plan_instance::LineComponent,
    currency: String,
}

shape! {
    /// What was sold, as it was when it was: a copy, which never changes. A change of the catalogue does not reach it.
    PlanInstance;

    /// The plan that it was made of. Null: an offer was sold by itself.
    plan_id: Option<Id<PlanId>> = |it| it.chosen().map(|it| Id(it.plan_id).to_string()).into();
    /// The version that the plan had then.
    plan_version: Option<i32> = |it| it.chosen().map(|it| i32::try_from(it.plan_version).unwrap_or(i32::MAX)).into();
    /// The products that were chosen of the plan. Null: all, because nothing was chosen.
    product_ids: Option<Vec<Id<ProductId>>> = |it| match it.chosen().and_then(|it| it.product_ids.as_ref()) {
        Some(ids) => Shown::List(ids.iter().map(|id| Id(*id).to_string().into()).collect()),
        None => Shown::Null,
    };
    /// The price of one unit and period that the order said in the place of the plan's. Null: none.
    price_override: Option<Money>, of Money = |it| match it.chosen().and_then(|it| it.price_override) {
        Some(amount) => Shown::object(Money::new(amount, &it.currency)),
        None => Shown::Null,
    };
    /// Whether it began after the plan's trial.
    skips_trial: bool = |it| it.chosen().is_some_and(|it| it.skips_trial).into();
    /// Whether its prices have the tax in them.
    tax_inclusive: bool = |it| it.instance.tax_inclusive.into();
    /// Its steps, one after the other; the last one lasts.
    steps: Vec<PlanInstanceStep>, of PlanInstanceStep = |it| Shown::objects(
        it.instance.steps.iter().map(|step| PlanInstanceStep {
            step: step.clone(),
            currency: it.currency.clone(),
        }),
    );
}

shape! {
    /// A part of the life of what was sold.
    PlanInstanceStep;

    /// For how many periods it lasts. Null: it lasts.
    periods: Option<i32> = |it| it.step.periods.and_then(|periods| i32::try_from(periods).ok()).into();
    /// How long one period is. Null where it is charged once.
    billing_period: Option<BillingPeriod> = |it| match it.step.billing_period {
        Some(period) => Shown::Word(period.as_str()),
        None => Shown::Null,
    };
    /// What is sold in it. Empty where time charges for nothing.
    components: Vec<PlanInstanceComponent>, of PlanInstanceComponent = |it| Shown::objects(
        it.step.components.iter().map(|component| PlanInstanceComponent {
            component: component.clone(),
            currency: it.currency.clone(),
        }),
    );
}

shape! {
    /// One of the things that were sold.
    PlanInstanceComponent;

    /// The product, of a plan. Null: the one of the offer that was sold by itself.
    product_id: Option<Id<ProductId>> = |it| it.component.product_id.map(|id| Id(id).to_string()).into();
    /// What lines of invoices call it.
    name: String = |it| it.component.name.clone().into();
    /// When it is charged.
    timing: Timing = |it| Shown::Word(it.component.timing.as_str());
    /// How its units are priced.
    model: PriceModel = |it| Shown::Word(it.component.pricing.model.as_str());
    /// What one unit alone costs for a period. Only with the model `PER_UNIT` do more units cost this times their number.
    unit_price: Money, of Money = |it| Shown::object(Money::new(it.component.pricing.unit_amount, &it.currency));
    /// Its tiers, from the first unit on. Empty unless the model is `TIERED` or `VOLUME`.
    tiers: Vec<PriceTier>, of PriceTier = |it| Shown::objects(
        it.component.pricing.tiers.0.iter().map(|tier| PriceTier::new(*tier, &it.currency)),
    );
    /// How many units a package has. Null unless the model is `PACKAGE`.
    package_size: Option<i32> = |it| it.component.pricing.package_size.into();
    /// The tax rate in hundredths of a percent that it had then: 2500 is 25 %. What has a tax code is charged with the code's
    /// rate of the day.
    tax_basis_points: i32 = |it| it.component.tax_basis_points.into();
}

shape! {
    /// What one component of an order line comes to.
    OrderLineComponent;

    /// The product.
    product_id: Id<ProductId> = |it| Id(it.component.product_id).to_string().into();
    /// What lines of invoices call it.
    name: String = |it| it.component.name.clone().into();
    /// When it is charged.
    timing: Timing = |it| Shown::Word(it.component.timing.as_str());
    /// What one unit alone costs for a period.
    unit_price: Money, of Money = |it| Shown::object(Money::new(it.component.unit_amount, &it.currency));
    /// What it comes to: of a purchase, in the first period; of a change, what the change charges. Nothing, where it is charged by
    /// use.
    net: Money, of Money = |it| Shown::object(Money::new(it.component.amount, &it.currency));
    /// Why it is taxed as it is.
    tax_category: TaxCategory = |it| Shown::Word(it.component.tax_category.as_str());
    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    tax_basis_points: i32 = |it| it.component.tax_basis_points.into();
}

impl PlanInstance {
    fn shown(instance: Option<plan_instance::PlanInstance>, currency: &str) -> Shown {
        let instance = instance.map(|instance| Self { instance, currency: currency.to_owned() });
        instance.map_or(Shown::Null, Shown::object)
    }

    fn chosen(&self) -> Option<&plan_instance::PlanSelection> {
        self.instance.selection.as_ref()
    }
}

impl OrderLineComponent {
    pub(in crate::graphql) fn new(component: plan_instance::LineComponent, currency: &str) -> Self {
        Self { component, currency: currency.to_owned() }
    }
}

/// What was sold.
pub(super) fn plan_instance(instance: Cell, currency: Cell) -> Shows {
    made_of::<Option<PlanInstance>, PlanInstance>(vec![instance.into(), currency.into()], |given| {
        Ok(PlanInstance::shown(given.json(0)?, &given.some_text(1)?))
    })
}

/// What is sold now, or else what was sold first.
pub(super) fn plan_instance_now(now: Cell, first: Cell, currency: Cell) -> Shows {
    made_of::<Option<PlanInstance>, PlanInstance>(
        vec![now.into(), first.into(), currency.into()],
        |given| {
            let instance = if given.has(0)? { given.json(0)? } else { given.json(1)? };
            Ok(PlanInstance::shown(instance, &given.some_text(2)?))
        },
    )
}

/// What each component comes to; none where an offer is sold by itself.
pub(super) fn components(components: Cell, currency: Cell) -> Shows {
    let needs = vec![components.into(), currency.into()];
    made_of::<Vec<OrderLineComponent>, OrderLineComponent>(needs, |given| {
        let sold: Option<plan_instance::LineComponents> = given.json(0)?;
        let currency = given.some_text(1)?;
        let components = sold.into_iter().flat_map(|sold| sold.0);
        Ok(Shown::objects(components.map(|it| OrderLineComponent::new(it, &currency))))
    })
}
