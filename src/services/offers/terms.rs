//! What must be right about an offer: how it is charged, how many can be bought, what it costs.

use std::collections::HashSet;

use entity::{Billing, BillingPeriod, EditionId, ProductId, edition};
use sea_orm::DbErr;

use crate::{
    error::{Refusal, Refusals},
    services::{unit::Unit, validate},
};

/// What one unit of an offer costs in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    pub currency: String,
    /// Net price of one unit and period, in minor units of the currency.
    pub unit_amount: i64,
    /// 2500 is 25 %.
    pub tax_basis_points: i32,
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
pub(super) fn prices(refusals: &mut Refusals, prices: Vec<NewPrice>) -> Vec<NewPrice> {
    if prices.is_empty() {
        refusals.push(Refusal::invalid("prices", "An offer needs at least one price."));
    }
    let mut seen = HashSet::new();
    let checked = prices.into_iter().enumerate().map(|(index, price)| {
        let field = |name: &str| format!("prices.{index}.{name}");
        let currency = refusals.value(validate::currency(&field("currency"), price.currency));
        if !currency.is_empty() && !seen.insert(currency.clone()) {
            let message = format!("There is a price in {currency} in the list already.");
            refusals.push(Refusal::invalid(&field("currency"), message));
        }
        NewPrice {
            currency,
            unit_amount: refusals
                .value(validate::unit_amount(&field("unitAmount"), price.unit_amount)),
            tax_basis_points: refusals.value(validate::tax_basis_points(
                &field("taxBasisPoints"),
                price.tax_basis_points,
            )),
        }
    });
    checked.collect()
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
            unit_amount,
            tax_basis_points: 2_500,
        };
        let mut refusals = Refusals::default();
        prices(&mut refusals, vec![price("EUR", 100), price("eur", -1), price("XXX", 5)]);
        let Err(Error::Refused(refused)) = refusals.done() else { panic!("not refused") };
        let fields: Vec<_> = refused.iter().map(|refusal| refusal.field.join(".")).collect();
        assert_eq!(fields, ["prices.1.currency", "prices.1.unitAmount", "prices.2.currency"]);
    }

    #[test]
    fn an_offer_without_a_price_is_refused() {
        let mut refusals = Refusals::default();
        prices(&mut refusals, Vec::new());
        assert!(refusals.done().is_err());
    }
}
