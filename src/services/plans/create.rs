//! Making a plan of an offer.

use chrono::NaiveDate;
use entity::{Billing, CatalogStatus, OfferId, PartnerId, PlanId, offer, partner, plan};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::terms::{self, ChoiceRule, NewStep, OverrideRule};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreatePlan {
    /// The offer that is sold so.
    pub offer_id: OfferId,
    /// The partner whose orders alone may have it; none: any.
    pub partner_id: Option<PartnerId>,
    /// Unique in the tenant; never changes.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub currency: String,
    /// Whether its prices have the tax in them.
    pub tax_inclusive: bool,
    pub choice: ChoiceRule,
    /// None: its price is its price.
    pub price_override: Option<OverrideRule>,
    /// The first day on which it can be ordered, and the first on which it no longer can.
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub steps: Vec<NewStep>,
}

/// Creates a plan that can be ordered from its first day on.
pub async fn create_plan(unit: &Unit, command: CreatePlan) -> Outcome<PlanId> {
    let mut refusals = Refusals::default();
    let code = refusals.value(validate::code("code", command.code));
    let name = refusals.value(validate::name("name", command.name));
    let description = refusals.value(validate::description("description", command.description));
    let currency = refusals.value(validate::currency("currency", command.currency));
    refusals.value(terms::validity(command.valid_from, command.valid_until));
    if let Some(rule) = command.price_override {
        terms::check_override(&mut refusals, rule);
    }
    if let Some(id) = command.partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    let offer = unit.require::<offer::Entity>(command.offer_id, "offerId").await?;
    let mut steps = Vec::new();
    if let Some(offer) = refusals.collect(offer.and_then(no_usage)) {
        steps = terms::steps(unit, &mut refusals, &offer, command.steps).await?;
        terms::check_choice(&mut refusals, command.choice, terms::products(&steps));
    }
    if unit.is_taken::<plan::Entity>(plan::Column::Code, code.as_str()).await? {
        refusals.push(taken(&code));
    }
    refusals.done()?;

    let rule = command.price_override.unwrap_or_default();
    let plan = plan::Model {
        id: PlanId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        offer_id: command.offer_id,
        partner_id: command.partner_id,
        code,
        name,
        description,
        currency,
        tax_inclusive: command.tax_inclusive,
        choice: command.choice.choice,
        min_components: command.choice.min_components,
        max_components: command.choice.max_components,
        allows_override: command.price_override.is_some(),
        override_minimum: rule.minimum,
        override_maximum: rule.maximum,
        valid_from: command.valid_from,
        valid_until: command.valid_until,
        status: CatalogStatus::Active,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let row = plan.clone().into_active_model().reset_all();
    unit.insert_unique(row, "code", taken(&plan.code)).await?;
    terms::write(unit, plan.id, steps).await?;
    super::index(unit, plan.id, &plan.code, &plan.name).await?;
    Ok(plan.id)
}

/// A plan has a price for its periods, and may have something beside it that is charged by use.
fn no_usage(offer: offer::Model) -> Result<offer::Model, Refusal> {
    match offer.billing {
        Billing::OneTime | Billing::Recurring => Ok(offer),
        Billing::Usage => {
            Err(Refusal::invalid("offerId", "An offer that is charged by use has no plans."))
        }
    }
}

fn taken(code: &str) -> Refusal {
    let message = format!("There is a plan with the code {code} already.");
    Refusal::of(RefusalCode::DuplicatePlanCode, "code", message)
}
