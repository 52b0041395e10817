//! What must be right about what an offer binds its buyers to.

use std::collections::HashSet;

use entity::{
    SurchargePolicy,
    commitment::{OfferCommitment, SurchargeAmount},
};

use crate::{
    error::{Refusal, Refusals},
    services::{prices::PriceTerms, validate},
};

/// Ten years.
const MOST_MONTHS: i32 = 120;

/// The commitment as it is stored; `most` is the largest quantity of the offer, and `currencies` are those of the list prices
/// that it is to have.
pub(super) fn check(
    refusals: &mut Refusals,
    commitment: Option<OfferCommitment>,
    most: Option<i32>,
    currencies: &[String],
) -> Option<OfferCommitment> {
    let mut commitment = commitment?;
    let field = |name: &str| format!("commitment.{name}");
    refusals.value(validate::between(&field("months"), commitment.months, 1..=MOST_MONTHS));
    if let Some(quantity) = commitment.minimum_quantity {
        let field = field("minimumQuantity");
        refusals.value(validate::between(&field, quantity, 1..=i32::MAX));
        if let Some(most) = most.filter(|most| *most < quantity) {
            let message = format!("The offer is sold in quantities of up to {most}.");
            refusals.push(Refusal::invalid(&field, message));
        }
    }
    let remainder = commitment.surcharge == SurchargePolicy::Remainder;
    match commitment.basis_points {
        Some(rate) if remainder => {
            refusals.value(validate::between(&field("basisPoints"), rate, 1..=10_000));
        }
        Some(_) => {
            let message = "It belongs to the surcharge REMAINDER.";
            refusals.push(Refusal::invalid(&field("basisPoints"), message));
        }
        None if remainder => {
            let message = "Say how much of what remains leaving costs.";
            refusals.push(Refusal::invalid(&field("basisPoints"), message));
        }
        None => {}
    }
    check_amounts(refusals, &mut commitment.amounts, commitment.surcharge, currencies);
    Some(commitment)
}

fn check_amounts(
    refusals: &mut Refusals,
    amounts: &mut [SurchargeAmount],
    surcharge: SurchargePolicy,
    currencies: &[String],
) {
    let fixed = surcharge == SurchargePolicy::Fixed;
    if !fixed && !amounts.is_empty() {
        let message = "They belong to the surcharge FIXED.";
        refusals.push(Refusal::invalid("commitment.amounts", message));
    }
    let mut seen = HashSet::new();
    for (index, amount) in amounts.iter_mut().enumerate() {
        let field = |name: &str| format!("commitment.amounts.{index}.{name}");
        let currency = validate::currency(&field("currency"), amount.currency.clone());
        if let Some(currency) = refusals.collect(currency) {
            if !seen.insert(currency.clone()) {
                let message = format!("There is an amount in {currency} already.");
                refusals.push(Refusal::invalid(&field("currency"), message));
            }
            amount.currency = currency;
        }
        if amount.amount <= 0 {
            refusals.push(Refusal::invalid(&field("amount"), "Give an amount above 0."));
        }
    }
    if fixed && let Some(missing) = currencies.iter().find(|it| !seen.contains(*it)) {
        let message =
            format!("Say what leaving costs in {missing}, in which the offer has a price.");
        refusals.push(Refusal::invalid("commitment.amounts", message));
    }
}

/// The currencies of prices.
pub(super) fn currencies(prices: &[PriceTerms]) -> Vec<String> {
    prices.iter().map(|price| price.currency.clone()).collect()
}
