//! Changing a plan, or retiring it.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{PartnerId, PlanId};

use super::{ComponentChoiceInput, PlanStepInput, PriceOverrideRuleInput};
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        scalars::Day,
        types::{Plan, UserError, enums::CatalogStatus},
    },
    services::plans::update::{UpdatePlan, update_plan},
};

/// What is to change about a plan.
#[derive(Debug, InputObject)]
pub struct UpdatePlanInput {
    /// The plan.
    id: Id<PlanId>,
    /// Refuse with `VERSION_CONFLICT` unless the plan has this version.
    expected_version: Option<i32>,
    /// The partner whose customers alone can order it; null: everybody can.
    partner_id: MaybeUndefined<Id<PartnerId>>,
    /// What people call the plan: up to 200 characters.
    name: MaybeUndefined<String>,
    /// What the plan is: up to 4,000 characters.
    description: MaybeUndefined<String>,
    /// Which of its components may be chosen.
    component_choice: MaybeUndefined<ComponentChoiceInput>,
    /// Which price an order may say in the place of the plan's; null: none.
    price_override: MaybeUndefined<PriceOverrideRuleInput>,
    /// The first day on which it can be ordered, in the seller's time zone; null: it has begun.
    valid_from: MaybeUndefined<Day>,
    /// The first day on which it can no longer be ordered; null: it lasts.
    valid_until: MaybeUndefined<Day>,
    /// `RETIRED` takes the plan from sale; `ACTIVE` brings it back.
    status: MaybeUndefined<CatalogStatus>,
    /// Its steps: replaces all of them. 1 to 20.
    #[graphql(validator(max_items = 20))]
    steps: MaybeUndefined<Vec<PlanStepInput>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updatePlan`.
#[derive(Debug, SimpleObject)]
pub struct UpdatePlanPayload {
    /// The plan as it is now; null if the request was refused.
    plan: Option<Plan>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdatePlanMutation;

#[Object]
impl UpdatePlanMutation {
    /// Changes a plan. A field that is left out keeps its value; null clears it. Orders that were submitted, and what was sold,
    /// keep the plan as it was; an order that waits for approval is approved only if the plan still allows what it chose.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan and its changes.")] input: UpdatePlanInput,
    ) -> Result<UpdatePlanPayload> {
        let command = UpdatePlan {
            plan_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            partner_id: change(input.partner_id, |id| id.0),
            name: change(input.name, identity),
            description: change(input.description, identity),
            choice: change(input.component_choice, Into::into),
            price_override: change(input.price_override, Into::into),
            valid_from: change(input.valid_from, |day| day.0),
            valid_until: change(input.valid_until, |day| day.0),
            status: change(input.status, Into::into),
            steps: change(input.steps, |steps| steps.into_iter().map(Into::into).collect()),
        };
        let (plan, user_errors) = apply(ctx, input.idempotency_key, command, update_plan).await?;
        Ok(UpdatePlanPayload { plan, user_errors })
    }
}
