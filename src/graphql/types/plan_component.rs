//! One of the products that a plan is sold as.

use entity::plan_component;

use super::{Product, TaxCode, money::money};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object, one},
};

object! {
    /// One of the products that a plan is sold as, with its price and tax in a step.
    PlanComponent of plan_component(PlanComponentId), seen as within_tenant::<plan_component::Entity>;

    /// Counts from 1 within the step.
    position;
    /// The product.
    product = one!(Product, plan_component.product_id);
    /// When it is charged.
    timing;
    /// What one unit costs for a period where neither the plan nor the order says another price.
    unit_price = money(cell!(plan_component.unit_amount), cell!(plan.currency by plan_id));
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Where there is a tax code, the rate that it had when the price
    /// was set; what is charged is the code's rate of the day.
    tax_basis_points;
    /// The tax code whose rate of the day is charged. Null: the rate above is.
    tax_code = one!(TaxCode, plan_component.tax_code_id);
}
