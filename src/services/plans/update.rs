//! Changing a plan, or retiring it.

use chrono::NaiveDate;
use entity::{CatalogStatus, PartnerId, PlanId, ProductId, offer, partner, plan, plan_component};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::terms::{self, ChoiceRule, NewStep, OverrideRule};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdatePlan {
    pub plan_id: PlanId,
    pub expected_version: Option<i64>,
    pub partner_id: Change<PartnerId>,
    pub name: Change<String>,
    pub description: Change<String>,
    pub choice: Change<ChoiceRule>,
    /// Cleared: its price is its price.
    pub price_override: Change<OverrideRule>,
    pub valid_from: Change<NaiveDate>,
    pub valid_until: Change<NaiveDate>,
    pub status: Change<CatalogStatus>,
    /// All steps.
    pub steps: Change<Vec<NewStep>>,
}

/// Changes the fields named. What was ordered keeps the plan as it was when its order was submitted (IFS-18).
pub async fn update_plan(unit: &Unit, command: UpdatePlan) -> Outcome<PlanId> {
    let id = command.plan_id;
    let seen = unit.lock::<plan::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut plan = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut plan.name, "name", validate::name));
    refusals.value(command.description.put_optional(
        &mut plan.description,
        "description",
        validate::description,
    ));
    refusals.value(command.valid_from.put_optional(
        &mut plan.valid_from,
        "validFrom",
        validate::any,
    ));
    refusals.value(command.valid_until.put_optional(
        &mut plan.valid_until,
        "validUntil",
        validate::any,
    ));
    refusals.value(terms::validity(plan.valid_from, plan.valid_until));
    refusals.value(command.status.put(&mut plan.status, "status", validate::any));
    if let Some(partner_id) = command.partner_id.changed() {
        if let Some(id) = partner_id {
            refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
        }
        plan.partner_id = partner_id;
    }
    if let Some(rule) = command.price_override.changed() {
        plan.allows_override = rule.is_some();
        let rule = rule.unwrap_or_default();
        terms::check_override(&mut refusals, rule);
        (plan.override_minimum, plan.override_maximum) = (rule.minimum, rule.maximum);
    }
    let steps = match command.steps {
        Change::Keep => None,
        Change::Clear => {
            refusals.push(Refusal::invalid("steps", "A plan needs at least one step."));
            None
        }
        Change::Set(steps) => {
            let offer = unit.related::<offer::Entity>(plan.offer_id).await?;
            Some(terms::steps(unit, &mut refusals, &offer, steps).await?)
        }
    };
    match command.choice {
        Change::Keep => {}
        Change::Clear => {
            refusals
                .push(Refusal::invalid("componentChoice", "Say NONE where nothing may be chosen."));
        }
        Change::Set(rule) => {
            plan.choice = rule.choice;
            (plan.min_components, plan.max_components) = (rule.min_components, rule.max_components);
        }
    }
    let rule = ChoiceRule {
        choice: plan.choice,
        min_components: plan.min_components,
        max_components: plan.max_components,
    };
    let products = match &steps {
        Some(steps) => terms::products(steps),
        None => stored_products(unit, &plan).await?,
    };
    terms::check_choice(&mut refusals, rule, products);
    refusals.done()?;

    let steps_are_new = steps.is_some();
    if let Some(steps) = steps {
        terms::replace(unit, &plan, steps).await?;
    }
    if steps_are_new || plan != seen {
        plan.version += 1;
        plan.updated_at = unit.now;
        super::index(unit, id, &plan.code, &plan.name).await?;
        unit.save(plan).await?;
    }
    Ok(id)
}

/// How many different products the plan's steps have.
async fn stored_products(unit: &Unit, plan: &plan::Model) -> Outcome<usize> {
    let products: Vec<ProductId> = plan_component::Entity::find()
        .select_only()
        .column(plan_component::Column::ProductId)
        .distinct()
        .filter(plan_component::Column::TenantId.eq(plan.tenant_id))
        .filter(plan_component::Column::PlanId.eq(plan.id))
        .into_tuple()
        .all(&unit.txn)
        .await?;
    Ok(products.len())
}
