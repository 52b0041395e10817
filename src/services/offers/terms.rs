//! What must be right about an offer: how it is charged, how many can be bought, what it costs.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{Billing, BillingPeriod, EditionId, ProductId, edition};
use sea_orm::DbErr;

use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{
        prices::{NewPrice, PriceTerms, check_price},
        unit::Unit,
        validate,
    },
};

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

/// At least one price, and one per currency.
pub(super) async fn prices(
    unit: &Unit,
    refusals: &mut Refusals,
    prices: Vec<NewPrice>,
    today: NaiveDate,
) -> Outcome<Vec<PriceTerms>> {
    if prices.is_empty() {
        refusals.push(Refusal::invalid("prices", "An offer needs at least one price."));
    }
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(prices.len());
    for (index, price) in prices.into_iter().enumerate() {
        let at = format!("prices.{index}");
        if let Ok(currency) = validate::currency(&at, price.currency.clone())
            && !seen.insert(currency.clone())
        {
            let message = format!("There is a price in {currency} in the list already.");
            refusals.push(Refusal::invalid(&format!("{at}.currency"), message));
        }
        checked.push(check_price(unit, refusals, &at, price, today).await?);
    }
    Ok(checked)
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
    fn only_recurring_offers_have_periods_to_charge_for() {
        assert!(only_recurring("billingTiming", Billing::Recurring, true).is_ok());
        for billing in [Billing::OneTime, Billing::Usage] {
            assert!(only_recurring("billingTiming", billing, true).is_err());
            assert!(only_recurring("billingTiming", billing, false).is_ok());
        }
    }
}
