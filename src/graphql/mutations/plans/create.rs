//! Making a plan of an offer.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{ComponentChoice, OfferId, PartnerId};

use super::{ComponentChoiceInput, PlanStepInput, PriceOverrideRuleInput};
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::Day,
        types::{Plan, UserError},
    },
    services::plans::{
        ChoiceRule,
        create::{CreatePlan, create_plan},
    },
};

/// A plan that is to be.
#[derive(Debug, InputObject)]
pub struct CreatePlanInput {
    /// The offer that is sold so: one that is charged once or for each period. Never changed.
    offer_id: Id<OfferId>,
    /// The partner whose customers alone can order it. Left out: everybody can.
    partner_id: Option<Id<PartnerId>>,
    /// The code by which the plan is known: up to 64 characters, unique, never changed.
    code: String,
    /// What people call the plan: up to 200 characters.
    name: String,
    /// What the plan is: up to 4,000 characters.
    description: Option<String>,
    /// The ISO 4217 code of the currency of its prices, such as `EUR`. Never changed.
    currency: String,
    /// Whether its prices have the tax in them. Never changed.
    #[graphql(default)]
    tax_inclusive: bool,
    /// Which of its components may be chosen. Left out: none, it is sold as it is.
    component_choice: Option<ComponentChoiceInput>,
    /// Which price an order may say in the place of the plan's. Left out: none.
    price_override: Option<PriceOverrideRuleInput>,
    /// The first day on which it can be ordered, in the seller's time zone. Left out: today.
    valid_from: Option<Day>,
    /// The first day on which it can no longer be ordered. Left out: it lasts.
    valid_until: Option<Day>,
    /// Its steps, one after the other: 1 to 20. A plan of an offer that is charged once has one.
    #[graphql(validator(max_items = 20))]
    steps: Vec<PlanStepInput>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createPlan`.
#[derive(Debug, SimpleObject)]
pub struct CreatePlanPayload {
    /// The new plan; null if the request was refused.
    plan: Option<Plan>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreatePlanMutation;

#[Object]
impl CreatePlanMutation {
    /// Makes a plan of an offer: it is sold as several products, each with its own price and tax, of which buyers may choose.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the plan is to be.")] input: CreatePlanInput,
    ) -> Result<CreatePlanPayload> {
        const NO_CHOICE: ChoiceRule = ChoiceRule {
            choice: ComponentChoice::None,
            min_components: None,
            max_components: None,
        };
        let command = CreatePlan {
            offer_id: input.offer_id.0,
            partner_id: input.partner_id.map(|id| id.0),
            code: input.code,
            name: input.name,
            description: input.description,
            currency: input.currency,
            tax_inclusive: input.tax_inclusive,
            choice: input.component_choice.map_or(NO_CHOICE, Into::into),
            price_override: input.price_override.map(Into::into),
            valid_from: input.valid_from.map(|day| day.0),
            valid_until: input.valid_until.map(|day| day.0),
            steps: input.steps.into_iter().map(Into::into).collect(),
        };
        let (plan, user_errors) = apply(ctx, input.idempotency_key, command, create_plan).await?;
        Ok(CreatePlanPayload { plan, user_errors })
    }
}
