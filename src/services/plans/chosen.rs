//! What an order has of a plan: what it chose is checked, and copied with its prices.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    billing::{BillingError, allocate},
    plan_choice::{NotChosen, NotOverridden, choose, may_override, step_price, trial_steps},
    viewer::{Scope, Viewer},
};
use entity::{
    CatalogStatus, OfferId, PartnerId, PlanId, PlanStepId, ProductId, offer, plan, plan_component,
    plan_instance::{self, PlanComponent, PlanInstance, PlanStep, Timing},
    plan_step,
    pricing::Pricing,
    product, tenant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode},
    services::{billing::plan_instance::sold_commitment, unit::Unit},
};

/// What an order chooses of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub plan_id: PlanId,
    /// None: all of its products.
    pub product_ids: Option<Vec<ProductId>>,
    /// The price of one unit and period instead of the plan's, in minor units.
    pub price_override: Option<i64>,
    /// Begin after the plan's trial.
    pub skip_trial: bool,
}

impl Selection {
    /// Refuses a price that a customer says: that is for who sells, the seller's people and partners (IFS-10). What they have
    /// said stays when the customer submits their draft.
    pub(crate) fn check_who_says_price(&self, viewer: &Viewer, field: &str) -> Result<(), Refusal> {
        if self.price_override.is_none() || !matches!(viewer.scope, Scope::Customer { .. }) {
            return Ok(());
        }
        let message = "Only the seller and its partners say a price. Leave this field out.";
        Err(Refusal::of(RefusalCode::PriceOverrideNotAllowed, field, message))
    }
}

impl From<&plan_instance::PlanSelection> for Selection {
    fn from(stored: &plan_instance::PlanSelection) -> Self {
        Self {
            plan_id: stored.plan_id,
            product_ids: stored.product_ids.clone(),
            price_override: stored.price_override,
            skip_trial: stored.skips_trial,
        }
    }
}

/// The order that wants it.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) offer_id: OfferId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) currency: &'a str,
    /// The seller's day.
    pub(crate) today: NaiveDate,
}

/// Some plans, as they are now.
pub(crate) struct Plans(HashMap<PlanId, StoredPlan>);

struct StoredPlan {
    plan: plan::Model,
    steps: Vec<StoredStep>,
}

struct StoredStep {
    step: plan_step::Model,
    components: Vec<(plan_component::Model, product::Model)>,
}

/// A choice that was checked.
pub(crate) struct Chosen<'a> {
    stored: &'a StoredPlan,
    selection: &'a Selection,
    /// In the plan's order.
    products: Vec<ProductId>,
}

impl Plans {
    /// Loads those plans that exist for the viewer.
    pub(crate) async fn load(unit: &Unit, ids: impl Iterator<Item = PlanId>) -> Outcome<Self> {
        Self::load_of(unit, access::visible::<plan::Entity>(&unit.viewer), ids).await
    }

    /// Loads plans that are ordered, whether they exist for the viewer or not.
    pub(crate) async fn load_all(unit: &Unit, ids: impl Iterator<Item = PlanId>) -> Outcome<Self> {
        Self::load_of(unit, access::within_tenant::<plan::Entity>(&unit.viewer), ids).await
    }

    async fn load_of(
        unit: &Unit,
        plans: Select<plan::Entity>,
        ids: impl Iterator<Item = PlanId>,
    ) -> Outcome<Self> {
        let ids: HashSet<_> = ids.collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let plans = plans.filter(plan::Column::Id.is_in(ids)).all(&unit.txn).await?;
        let steps = plan_step::Entity::find()
            .filter(plan_step::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(plan_step::Column::PlanId.is_in(plans.iter().map(|plan| plan.id)))
            .order_by_asc(plan_step::Column::StepNumber)
            .all(&unit.txn)
            .await?;
        let components = plan_component::Entity::find()
            .find_also_related(product::Entity)
            .filter(plan_component::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(plan_component::Column::PlanStepId.is_in(steps.iter().map(|step| step.id)))
            .order_by_asc(plan_component::Column::ComponentNumber)
            .all(&unit.txn)
            .await?;
        let mut of_step: HashMap<PlanStepId, Vec<_>> = HashMap::new();
        for (component, product) in components {
            let Some(product) = product else { continue };
            of_step.entry(component.plan_step_id).or_default().push((component, product));
        }
        let mut of_plan: HashMap<PlanId, Vec<_>> = HashMap::new();
        for step in steps {
            let components = of_step.remove(&step.id).unwrap_or_default();
            of_plan.entry(step.plan_id).or_default().push(StoredStep { step, components });
        }
        let stored = plans.into_iter().map(|plan| {
            let steps = of_plan.remove(&plan.id).unwrap_or_default();
            (plan.id, StoredPlan { plan, steps })
        });
        Ok(Self(stored.collect()))
    }

    /// The offer that a plan is of, if the plan exists for the viewer.
    pub(crate) fn offer_of(&self, id: PlanId, field: &str) -> Result<OfferId, Refusal> {
        let stored = self.0.get(&id).ok_or_else(|| access::not_found::<plan::Entity>(field))?;
        Ok(stored.plan.offer_id)
    }

    /// Whether what is chosen of a plan may begin with a trial.
    pub(crate) fn may_begin_with_trial(&self, selection: &Selection) -> bool {
        let plan = self.0.get(&selection.plan_id);
        !selection.skip_trial && plan.is_some_and(|plan| plan.steps.len() > 1)
    }

    /// Checks what an order chooses, as a line is asked for, submitted and approved (IFS-17). Refuses with all that is wrong,
    /// in the fields below `field`:
    ///
    /// - `PLAN_NOT_FOUND`; `PLAN_NOT_ORDERABLE` for one that is retired, has not begun, is pinned to another partner, or has a
    ///   product that is no longer sold; `PLAN_EXPIRED` when it is over; `PRICE_MISSING` in another currency (IFS-19);
    /// - `CHOICES_NOT_ALLOWED`, `PRODUCT_NOT_IN_PLAN` and `CHOICES_OUT_OF_RANGE` (IFS-07);
    /// - `PRICE_OVERRIDE_NOT_ALLOWED` and `PRICE_OVERRIDE_OUT_OF_RANGE` (IFS-10, IFS-13).
    pub(crate) fn choose<'a>(
        &'a self,
        wanted: Wanted<'_>,
        selection: &'a Selection,
        field: &str,
    ) -> Result<Chosen<'a>, Vec<Refusal>> {
        let at = |name: &str| format!("{field}.{name}");
        let Some(stored) = self.0.get(&selection.plan_id) else {
            return Err(vec![access::not_found::<plan::Entity>(&at("planId"))]);
        };
        may_be_ordered(&stored.plan, wanted, &at("planId")).map_err(|refusal| vec![refusal])?;
        let mut refusals = Vec::new();
        if let Some(amount) = selection.price_override
            && let Err(error) = may_override(&stored.plan, amount)
        {
            refusals.push(not_overridden(&stored.plan, error, &at("priceOverride")));
        }
        let chosen = selection.product_ids.as_deref();
        match choose(&stored.plan, &stored.products(), chosen) {
            Ok(products) => {
                let chosen = Chosen { stored, selection, products };
                refusals.extend(chosen.check(&at("planId"), &at("productIds")));
                if refusals.is_empty() { Ok(chosen) } else { Err(refusals) }
            }
            Err(errors) => {
                let told = |error| not_chosen(&stored.plan, error, &at("productIds"));
                refusals.extend(errors.into_iter().map(told));
                Err(refusals)
            }
        }
    }
}

impl StoredPlan {
    /// All products of the plan, each once.
    fn products(&self) -> Vec<ProductId> {
        let mut products = Vec::new();
        for (component, _) in self.steps.iter().flat_map(|step| &step.components) {
            if !products.contains(&component.product_id) {
                products.push(component.product_id);
            }
        }
        products
    }
}

impl Chosen<'_> {
    pub(crate) fn tax_inclusive(&self) -> bool {
        self.stored.plan.tax_inclusive
    }

    /// The products that were chosen.
    pub(crate) fn products(&self) -> &[ProductId] {
        &self.products
    }

    /// What is sold, as the seller sells it now.
    pub(crate) fn sold(
        &self,
        tenant: &tenant::Model,
        offer: &offer::Model,
        field: &str,
    ) -> Result<PlanInstance, Refusal> {
        let plan = &self.stored.plan;
        let trial = self.trial();
        let steps = self.stored.steps.iter().enumerate();
        let steps = steps.map(|(place, step)| self.step(step, place < trial));
        let steps = steps.collect::<Result<Vec<_>, _>>().map_err(|_| {
            Refusal::of(RefusalCode::AmountTooLarge, field, "The amount is too large.")
        })?;
        let steps = if self.selection.skip_trial { without_trial(steps, trial) } else { steps };
        let selection = plan_instance::PlanSelection {
            plan_id: plan.id,
            plan_version: plan.version,
            product_ids: self.selection.product_ids.is_some().then(|| self.products.clone()),
            price_override: self.selection.price_override,
            skips_trial: self.selection.skip_trial,
        };
        Ok(PlanInstance {
            id: Uuid::new_v4(),
            steps,
            alignment: offer.billing_alignment,
            proration: offer.proration_policy.or(tenant.proration_policy).unwrap_or_default(),
            cancellation_day: tenant.cancellation_day,
            suspension: tenant.suspension_billing,
            refund_window_hours: offer
                .refund_window_hours
                .and_then(|hours| u32::try_from(hours).ok()),
            lead_days: u32::try_from(tenant.invoice_lead_days).unwrap_or_default(),
            tax_inclusive: plan.tax_inclusive,
            selection: Some(selection),
            commitment: sold_commitment(offer, &plan.currency),
        })
    }

    /// Whether what is sold begins with a trial.
    pub(crate) fn has_trial(&self) -> bool {
        !self.selection.skip_trial && self.trial() > 0
    }

    /// How many steps are the trial of what was chosen, whatever the order says of the price.
    fn trial(&self) -> usize {
        trial_steps(self.stored.steps.iter().map(|stored| {
            let chosen =
                stored.components.iter().filter(|(it, _)| self.products.contains(&it.product_id));
            let mut lasting = chosen.filter(|(it, _)| it.timing.is_for_time());
            let is_free = match stored.step.unit_amount {
                Some(price) => price == 0,
                None => lasting.all(|(it, product)| is_free(&component(it, product).pricing)),
            };
            (is_free, periods(stored))
        }))
    }

    /// A step with what was chosen. Its price is that of what lasts: what is charged once or by use beside it has its own.
    fn step(&self, stored: &StoredStep, is_trial: bool) -> Result<PlanStep, BillingError> {
        let chosen =
            stored.components.iter().filter(|(it, _)| self.products.contains(&it.product_id));
        let mut components: Vec<_> = chosen.map(|(it, product)| component(it, product)).collect();
        let is_charged_once = stored.step.billing_period.is_none();
        let lasts = |it: &PlanComponent| is_charged_once || it.timing.is_for_time();
        let said = self.selection.price_override;
        if let Some(price) = step_price(stored.step.unit_amount, is_trial, said) {
            let shared: Vec<_> = components.iter_mut().filter(|it| lasts(it)).collect();
            let full: Vec<_> = shared.iter().map(|it| it.pricing.unit_amount).collect();
            for (component, part) in shared.into_iter().zip(allocate(price, &full)?) {
                component.pricing = Pricing::each(part);
            }
        }
        Ok(PlanStep {
            periods: periods(stored),
            billing_period: stored.step.billing_period,
            components,
        })
    }

    /// What is wrong with it, though it is one of the plan's.
    fn check(&self, plan_field: &str, products_field: &str) -> Vec<Refusal> {
        let plan = &self.stored.plan;
        let steps = || self.stored.steps.iter();
        let chosen = |id: &ProductId| self.products.contains(id);
        let components = || steps().flat_map(|step| &step.components);
        let retired = components().find(|(component, product)| {
            chosen(&component.product_id) && product.status == CatalogStatus::Retired
        });
        let mut refusals = Vec::new();
        if let Some((_, product)) = retired {
            let message = format!("{} can no longer be bought.", product.name);
            refusals.push(Refusal::of(RefusalCode::PlanNotOrderable, plan_field, message));
        }
        let has_periods = steps().any(|step| step.step.billing_period.is_some());
        let lasts = components().any(|(it, _)| it.timing.is_for_time() && chosen(&it.product_id));
        if has_periods && !lasts {
            let message =
                format!("Choose something of {} that is charged for each period.", plan.name);
            refusals.push(Refusal::invalid(products_field, message));
        }
        refusals
    }
}

/// For how many periods a step lasts; none: it lasts.
fn periods(stored: &StoredStep) -> Option<u32> {
    stored.step.periods.and_then(|periods| u32::try_from(periods).ok())
}

fn component(stored: &plan_component::Model, product: &product::Model) -> PlanComponent {
    PlanComponent {
        id: stored.product_id.0,
        name: product.name.clone(),
        product_id: Some(stored.product_id),
        pricing: Pricing {
            model: stored.model,
            unit_amount: stored.unit_amount,
            package_size: stored.package_size,
            tiers: stored.tiers.clone().unwrap_or_default(),
        },
        timing: stored.timing,
        tax_code_id: stored.tax_code_id,
        tax_basis_points: stored.tax_basis_points,
    }
}

fn may_be_ordered(plan: &plan::Model, wanted: Wanted<'_>, field: &str) -> Result<(), Refusal> {
    let refused = |code, message| Err(Refusal::of(code, field, message));
    if plan.offer_id != wanted.offer_id {
        return Err(Refusal::invalid(field, format!("{} is a plan of another offer.", plan.name)));
    }
    if plan.status == CatalogStatus::Retired {
        let message = format!("{} can no longer be bought.", plan.name);
        return refused(RefusalCode::PlanNotOrderable, message);
    }
    if plan.partner_id.is_some_and(|partner| Some(partner) != wanted.partner_id) {
        let message = format!("{} is not sold to this customer.", plan.name);
        return refused(RefusalCode::PlanNotOrderable, message);
    }
    if let Some(day) = plan.valid_from.filter(|day| wanted.today < *day) {
        let message = format!("{} can be bought from {day} on.", plan.name);
        return refused(RefusalCode::PlanNotOrderable, message);
    }
    if let Some(day) = plan.valid_until.filter(|day| wanted.today >= *day) {
        let message = format!("{} could be bought before {day}.", plan.name);
        return refused(RefusalCode::PlanExpired, message);
    }
    if plan.currency != wanted.currency {
        let message = format!("{} has its price in {}.", plan.name, plan.currency);
        return refused(RefusalCode::PriceMissing, message);
    }
    Ok(())
}

fn not_chosen(plan: &plan::Model, error: NotChosen, field: &str) -> Refusal {
    let name = &plan.name;
    match error {
        NotChosen::NotAllowed => {
            let message = format!("{name} is sold as it is. Leave this field out.");
            Refusal::of(RefusalCode::ChoicesNotAllowed, field, message)
        }
        NotChosen::Empty => {
            Refusal::invalid(field, "Choose something, or leave this field out to have all.")
        }
        NotChosen::NotInPlan(position) => {
            let field = format!("{field}.{position}");
            let message = format!("{name} has no such product.");
            Refusal::of(RefusalCode::ProductNotInPlan, &field, message)
        }
        NotChosen::Twice(position) => {
            let field = format!("{field}.{position}");
            Refusal::invalid(&field, "The product is in the list already.")
        }
        NotChosen::OutOfRange { least, most } => {
            let message = format!("Choose {least} to {most} of what {name} has.");
            Refusal::of(RefusalCode::ChoicesOutOfRange, field, message)
        }
    }
}

fn not_overridden(plan: &plan::Model, error: NotOverridden, field: &str) -> Refusal {
    let (name, currency) = (&plan.name, &plan.currency);
    match error {
        NotOverridden::NotAllowed => {
            let message = format!("{name} is sold at its own price. Leave this field out.");
            Refusal::of(RefusalCode::PriceOverrideNotAllowed, field, message)
        }
        NotOverridden::OutOfRange { least, most } => {
            let range = match most {
                Some(most) => format!("from {least} to {most}"),
                None => format!("of {least} or more"),
            };
            let message = format!("Give a price {range}, in minor units of {currency}.");
            Refusal::of(RefusalCode::PriceOverrideOutOfRange, field, message)
        }
    }
}

/// What is sold without so many steps that are its trial. What is charged once stays.
fn without_trial(steps: Vec<PlanStep>, trial: usize) -> Vec<PlanStep> {
    let mut rest = steps;
    let trials: Vec<_> = rest.drain(..trial).collect();
    let once = trials.into_iter().flat_map(|step| step.components);
    let once = once.filter(|component| component.timing == Timing::Once);
    if let Some(first) = rest.first_mut() {
        first.components.splice(0..0, once);
    }
    rest
}

/// Whether units cost nothing, however many there are.
pub(super) fn is_free(pricing: &Pricing) -> bool {
    let mut tiers = pricing.tiers.0.iter();
    pricing.unit_amount == 0 && tiers.all(|tier| tier.unit_amount == 0 && tier.flat_amount == 0)
}
