//! What is sold, copied as it is now.

use entity::{
    Billing, BillingTiming, PriceModel,
    commitment::SoldCommitment,
    offer,
    plan_instance::{PlanComponent, PlanInstance, PlanStep, Timing},
    price, tenant,
};
use uuid::Uuid;

use crate::services::prices::pricing_of;

/// What one unit alone costs for a period of a step: of what is charged for each period, or else of what is charged once, or
/// else by use. None: it costs nothing.
pub(crate) fn unit_amount(step: &PlanStep) -> Option<i64> {
    let of = |timings: &[Timing]| {
        let wanted = step.components.iter().filter(|it| timings.contains(&it.timing));
        wanted.map(|it| it.pricing.unit_amount).reduce(i64::saturating_add)
    };
    let of_time = of(&[Timing::InAdvance, Timing::InArrears]);
    of_time.or_else(|| of(&[Timing::Once])).or_else(|| of(&[Timing::Usage]))
}

/// How the units of a step are priced: of several components, as the first is that is not priced by the unit. What is charged
/// by use beside others is priced by itself.
pub(crate) fn price_model(step: &PlanStep) -> PriceModel {
    let is_used = |it: &&PlanComponent| it.timing == Timing::Usage;
    let all_used = step.components.iter().all(|it| is_used(&it));
    let priced = step.components.iter().filter(|it| all_used || !is_used(it));
    let mut models = priced.map(|component| component.pricing.model);
    models.find(|model| *model != PriceModel::PerUnit).unwrap_or(PriceModel::PerUnit)
}

/// A copy of an offer at a price, as the seller sells now. Its one component has the offer's id.
pub(crate) fn plan_instance(
    tenant: &tenant::Model,
    offer: &offer::Model,
    price: &price::Model,
) -> PlanInstance {
    let timing = match (offer.billing, offer.billing_timing) {
        (Billing::OneTime, _) => Timing::Once,
        (Billing::Recurring, BillingTiming::InAdvance) => Timing::InAdvance,
        (Billing::Recurring, BillingTiming::InArrears) => Timing::InArrears,
        (Billing::Usage, _) => Timing::Usage,
    };
    let component = PlanComponent {
        id: offer.id.0,
        name: offer.name.clone(),
        product_id: None,
        pricing: pricing_of(price),
        timing,
        tax_code_id: price.tax_code_id,
        tax_basis_points: price.tax_basis_points,
    };
    let billing_period = offer.billing_period;
    let components = vec![component];
    PlanInstance {
        id: Uuid::new_v4(),
        steps: vec![PlanStep { periods: None, billing_period, components }],
        alignment: offer.billing_alignment,
        proration: offer.proration_policy.or(tenant.proration_policy).unwrap_or_default(),
        cancellation_day: tenant.cancellation_day,
        suspension: tenant.suspension_billing,
        refund_window_hours: offer.refund_window_hours.and_then(|hours| u32::try_from(hours).ok()),
        lead_days: u32::try_from(tenant.invoice_lead_days).unwrap_or_default(),
        tax_inclusive: price.tax_inclusive,
        selection: None,
        commitment: sold_commitment(offer, &price.currency),
    }
}

/// What an offer binds its buyers to, as it is sold in a currency.
pub(crate) fn sold_commitment(offer: &offer::Model, currency: &str) -> Option<SoldCommitment> {
    let offered = offer.commitment.as_ref()?;
    let mut amounts = offered.amounts.iter();
    Some(SoldCommitment {
        months: u32::try_from(offered.months).unwrap_or_default(),
        minimum_quantity: offered.minimum_quantity,
        surcharge: offered.surcharge,
        basis_points: offered.basis_points,
        amount: amounts.find(|it| it.currency == currency).map(|it| it.amount),
        renewal: offered.renewal,
    })
}
