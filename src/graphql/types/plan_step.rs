//! A part of a plan's life.

use entity::plan_step;

use super::{Money, PlanComponent, made_of};
use crate::{
    access::within_tenant,
    graphql::read::{
        shape::Shown,
        table::{cell, many, object},
    },
    services::below,
};

object! {
    /// A part of a plan's life: a trial, some cheap periods, what it costs for good. A step is left at a renewal.
    PlanStep of plan_step(PlanStepId), seen as within_tenant::<plan_step::Entity>;

    /// Counts from 1 within the plan.
    step_number;
    /// For how many periods it lasts. Null: it lasts, as the last step does.
    periods;
    /// How long one period is. Null where it is charged once.
    billing_period;
    /// The plan's own price of one unit and period, which is shared out over what was chosen. Null: what that costs
    /// together. Steps at the beginning that cost nothing and end are a trial, which a customer has once of a product.
    unit_price = made_of::<Option<Money>, Money>(
        vec![cell!(plan_step.unit_amount).into(), cell!(plan.currency by plan_id).into()],
        |given| {
            let Some(amount) = given.some_long(0)? else { return Ok(Shown::Null) };
            Ok(Shown::object(Money::new(amount, &given.some_text(1)?)))
        },
    );
    /// What is sold in it, in the plan's order.
    components = many!(PlanComponent, below::components_of_step);
}
