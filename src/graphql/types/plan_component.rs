//! One of the products that a plan is sold as.

use entity::plan_component;

use super::{Product, TaxCode, money::money, price_tier::tiers};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object, one},
};

object! {
    /// One of the products that a plan is sold as, with its price and tax in a step.
    PlanComponent of plan_component(PlanComponentId), seen as within_tenant::<plan_component::Entity>;

    /// Counts from 1 within the step.
    component_number;
    /// The product.
    product = one!(Product, plan_component.product_id);
    /// When it is charged.
    timing;
    /// How its units are priced where neither the plan nor the order says a price.
    model;
    /// What one unit alone costs for a period then. Only with the model `PER_UNIT` do more units cost this times their number.
    unit_price = money(cell!(plan_component.unit_amount), cell!(plan.currency by plan_id));
    /// Its tiers, from the first unit on. Empty unless the model is `TIERED` or `VOLUME`.
    tiers = tiers(cell!(plan_component.tiers), cell!(plan.currency by plan_id));
    /// How many units a package has. Null unless the model is `PACKAGE`.
    package_size;
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Where there is a tax code, the rate that it had when the price
    /// was set; what is charged is the code's rate of the day.
    tax_basis_points;
    /// The tax code whose rate of the day is charged. Null: the rate above is.
    tax_code = one!(TaxCode, plan_component.tax_code_id);
}
