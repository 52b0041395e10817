//! What must be right about an offer: how it is charged, how many can be bought, what it costs.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    Billing, BillingPeriod, EditionId, ProductId, TaxCodeId, edition, pricing::Pricing, tax_code,
    tax_rate,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{
        days,
        prices::{NewPricing, check_pricing},
        unit::Unit,
        validate,
    },
};

/// What an offer costs in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    pub currency: String,
    /// What its units cost for a period.
    pub pricing: NewPricing,
    /// 2500 is 25 %. Given exactly where there is no tax code.
    pub tax_basis_points: Option<i32>,
    /// The code whose rate of the day is charged.
    pub tax_code_id: Option<TaxCodeId>,
    /// Whether the price has the tax in it.
    pub tax_inclusive: bool,
}

/// A price that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaxedPrice {
    pub(super) currency: String,
    pub(super) pricing: Pricing,
    /// Of a price with a tax code, the rate that the code has now.
    pub(super) tax_basis_points: i32,
    pub(super) tax_code_id: Option<TaxCodeId>,
    pub(super) tax_inclusive: bool,
}

/// What is charged once has no period; everything else has one.
pub(super) fn billing_period(
    billing: Billing,
    period: Option<BillingPeriod>,
) -> Result<Option<BillingPeriod>, Refusal> {
    match (billing, period) {
        (Billing::OneTime, None) | (Billing::Recurring | Billing::Usage, Some(_)) => Ok(period),
        (Billing::OneTime, Some(_)) => {
            Err(Refusal::invalid("billingPeriod", "An offer that is charged once has no period."))
        }
        (Billing::Recurring | Billing::Usage, None) => Err(Refusal::invalid(
            "billingPeriod",
            format!("An offer with the billing {billing} needs a period."),
        )),
    }
}

/// Refuses what makes sense for recurring offers only.
pub(super) fn only_recurring(field: &str, billing: Billing, is_given: bool) -> Result<(), Refusal> {
    match billing {
        Billing::OneTime | Billing::Usage if is_given => {
            let message = format!("An offer with the billing {billing} has none.");
            Err(Refusal::invalid(field, message))
        }
        Billing::OneTime | Billing::Usage | Billing::Recurring => Ok(()),
    }
}

/// Hours in which a cancellation is credited: up to three years.
pub(super) fn refund_window_hours(field: &str, hours: i32) -> Result<i32, Refusal> {
    validate::between(field, hours, 0..=3 * 366 * 24)
}

pub(super) fn min_quantity(field: &str, quantity: i32) -> Result<i32, Refusal> {
    validate::between(field, quantity, 1..=i32::MAX)
}

/// The most that can be bought is not less than the least.
pub(super) fn quantities(min: i32, max: Option<i32>) -> Result<(), Refusal> {
    match max {
        Some(max) if max < min => Err(Refusal::invalid(
            "maxQuantity",
            format!("The largest quantity cannot be below the smallest, {min}."),
        )),
        Some(_) | None => Ok(()),
    }
}

/// At least one price, and one per currency, each with a rate or a tax code of the seller's.
pub(super) async fn prices(
    unit: &Unit,
    refusals: &mut Refusals,
    prices: Vec<NewPrice>,
) -> Outcome<Vec<TaxedPrice>> {
    let pricings = check(refusals, &prices);
    let today = days::of(&unit.tenant().await?, unit.now)?;
    let mut checked = Vec::with_capacity(prices.len());
    for (index, (price, pricing)) in prices.into_iter().zip(pricings).enumerate() {
        let field = |name: &str| format!("prices.{index}.{name}");
        let tax_basis_points = match price.tax_code_id {
            Some(id) => {
                let code = unit.require::<tax_code::Entity>(id, &field("taxCodeId")).await?;
                refusals.collect(code);
                rate_of(unit, id, today).await?
            }
            None => price.tax_basis_points.unwrap_or_default(),
        };
        checked.push(TaxedPrice {
            currency: refusals.value(validate::currency(&field("currency"), price.currency)),
            pricing,
            tax_basis_points,
            tax_code_id: price.tax_code_id,
            tax_inclusive: price.tax_inclusive,
        });
    }
    Ok(checked)
}

/// What can be seen of prices themselves; gives how each prices its units.
fn check(refusals: &mut Refusals, prices: &[NewPrice]) -> Vec<Pricing> {
    if prices.is_empty() {
        refusals.push(Refusal::invalid("prices", "An offer needs at least one price."));
    }
    let mut seen = HashSet::new();
    let mut pricings = Vec::with_capacity(prices.len());
    for (index, price) in prices.iter().enumerate() {
        let field = |name: &str| format!("prices.{index}.{name}");
        if let Ok(currency) = validate::currency(&field("currency"), price.currency.clone())
            && !seen.insert(currency.clone())
        {
            let message = format!("There is a price in {currency} in the list already.");
            refusals.push(Refusal::invalid(&field("currency"), message));
        }
        pricings.push(check_pricing(refusals, &format!("prices.{index}"), &price.pricing));
        refusals.collect(validate::rate_or_code(
            &field("taxBasisPoints"),
            price.tax_basis_points,
            price.tax_code_id,
        ));
    }
    pricings
}

/// The rate that a tax code has now; of one whose rates are to come, the first.
async fn rate_of(unit: &Unit, id: TaxCodeId, today: NaiveDate) -> Result<i32, DbErr> {
    let rates = tax_rate::Entity::find()
        .filter(tax_rate::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(tax_rate::Column::TaxCodeId.eq(id))
        .order_by_asc(tax_rate::Column::ValidFrom)
        .all(&unit.txn)
        .await?;
    let held = rates.iter().rfind(|rate| rate.valid_from <= today);
    Ok(held.or(rates.first()).map_or(0, |rate| rate.basis_points))
}

/// The edition exists and belongs to the offer's product.
pub(super) async fn edition_of(
    unit: &Unit,
    id: EditionId,
    product_id: ProductId,
) -> Result<Result<EditionId, Refusal>, DbErr> {
    let found = unit.require::<edition::Entity>(id, "editionId").await?;
    Ok(found.and_then(|edition| {
        if edition.product_id == product_id {
            Ok(id)
        } else {
            Err(Refusal::invalid("editionId", "The edition belongs to another product."))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn what_is_charged_once_and_only_that_has_no_period() {
        let monthly = Some(BillingPeriod::Monthly);
        assert!(billing_period(Billing::OneTime, None).is_ok());
        assert!(billing_period(Billing::OneTime, monthly).is_err());
        for billing in [Billing::Recurring, Billing::Usage] {
            assert!(billing_period(billing, monthly).is_ok());
            assert!(billing_period(billing, None).is_err());
        }
    }

    #[test]
    fn quantities_are_in_order_and_start_at_one() {
        assert!(quantities(5, Some(5)).is_ok());
        assert!(quantities(5, None).is_ok());
        assert!(quantities(5, Some(4)).is_err());
        assert!(min_quantity("minQuantity", 0).is_err());
    }

    #[test]
    fn all_that_is_wrong_with_prices_is_told_at_once() {
        let price = |currency: &str, unit_amount| NewPrice {
            currency: currency.to_owned(),
            pricing: NewPricing::each(unit_amount),
            tax_basis_points: Some(2_500),
            tax_code_id: None,
            tax_inclusive: false,
        };
        let mut refusals = Refusals::default();
        let untaxed = NewPrice { tax_basis_points: None, ..price("DKK", 1) };
        check(&mut refusals, &[price("EUR", 100), price("eur", -1), untaxed]);
        let Err(Error::Refused(refused)) = refusals.done() else { panic!("not refused") };
        let fields: Vec<_> = refused.iter().map(|refusal| refusal.field.join(".")).collect();
        assert_eq!(fields, ["prices.1.currency", "prices.1.unitAmount", "prices.2.taxBasisPoints"]);
    }

    #[test]
    fn only_recurring_offers_have_periods_to_charge_for() {
        assert!(only_recurring("billingTiming", Billing::Recurring, true).is_ok());
        for billing in [Billing::OneTime, Billing::Usage] {
            assert!(only_recurring("billingTiming", billing, true).is_err());
            assert!(only_recurring("billingTiming", billing, false).is_ok());
        }
    }

    #[test]
    fn an_offer_without_a_price_is_refused() {
        let mut refusals = Refusals::default();
        check(&mut refusals, &[]);
        assert!(refusals.done().is_err());
    }
}
