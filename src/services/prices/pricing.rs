//! How units are priced: the same for each, one amount for all, by tiers, or by packages.

use domain::billing::whole_price;
use entity::{
    PriceModel, RoundingMode, price,
    pricing::{PriceTier, PriceTiers, Pricing},
};

use crate::{
    error::{Refusal, RefusalCode, Refusals},
    services::validate,
};

/// How units are to be priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPricing {
    pub model: PriceModel,
    /// What a unit costs, all of them or a package, in minor units; left out exactly where there are tiers.
    pub unit_amount: Option<i64>,
    /// Given exactly where packages are charged.
    pub package_size: Option<i32>,
    /// Given exactly where the model has any.
    pub tiers: Vec<NewTier>,
}

/// Units that are to be priced alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTier {
    /// The last unit of the tier; none: it is the last tier.
    pub up_to: Option<i32>,
    pub unit_amount: i64,
    /// What is due once when the tier is used.
    pub flat_amount: i64,
    /// How many units a package has; none: each unit is charged.
    pub package_size: Option<i32>,
}

impl NewPricing {
    /// The same amount for each unit.
    pub fn each(unit_amount: i64) -> Self {
        Self {
            model: PriceModel::PerUnit,
            unit_amount: Some(unit_amount),
            package_size: None,
            tiers: Vec::new(),
        }
    }
}

/// Checks how units are to be priced; what is refused is named `<at>.unitAmount`, `<at>.tiers.<index>.upTo` and so on. What
/// it gives is of use only where nothing was refused.
pub(crate) fn check_pricing(refusals: &mut Refusals, at: &str, new: &NewPricing) -> Pricing {
    let NewPricing { model, unit_amount, package_size, tiers } = new;
    let field = |name: &str| format!("{at}.{name}");
    let has_tiers = matches!(model, PriceModel::Tiered | PriceModel::Volume);
    let unit_amount = match (has_tiers, *unit_amount) {
        (false, Some(amount)) => {
            refusals.value(validate::unit_amount(&field("unitAmount"), amount))
        }
        (true, None) => 0,
        (false, None) => {
            refusals.push(Refusal::invalid(&field("unitAmount"), "Give an amount."));
            0
        }
        (true, Some(_)) => {
            let message = "The tiers say what units cost: leave this field out.";
            refusals.push(Refusal::invalid(&field("unitAmount"), message));
            0
        }
    };
    match (model, package_size) {
        (PriceModel::Package, Some(size)) => {
            refusals.value(validate::between(&field("packageSize"), *size, 1..=i32::MAX));
        }
        (PriceModel::Package, None) => {
            let message = "Give the number of units in a package.";
            refusals.push(Refusal::invalid(&field("packageSize"), message));
        }
        (
            PriceModel::PerUnit | PriceModel::Flat | PriceModel::Tiered | PriceModel::Volume,
            Some(_),
        ) => {
            let message = format!("A price with the model {model} has no packages.");
            refusals.push(Refusal::invalid(&field("packageSize"), message));
        }
        (
            PriceModel::PerUnit | PriceModel::Flat | PriceModel::Tiered | PriceModel::Volume,
            None,
        ) => {}
    }
    let before = refusals.count();
    match (has_tiers, tiers.is_empty()) {
        (true, false) => check_tiers(refusals, &field("tiers"), tiers),
        (false, true) => {}
        (true, true) => {
            let message = format!("A price with the model {model} needs at least one tier.");
            refusals.push(Refusal::invalid(&field("tiers"), message));
        }
        (false, false) => {
            let message = format!("A price with the model {model} has no tiers.");
            refusals.push(Refusal::invalid(&field("tiers"), message));
        }
    }
    let tier = |tier: &NewTier| PriceTier {
        up_to: tier.up_to,
        unit_amount: tier.unit_amount,
        flat_amount: tier.flat_amount,
        package_size: tier.package_size,
    };
    let mut pricing = Pricing {
        model: *model,
        unit_amount,
        package_size: *package_size,
        tiers: PriceTiers(tiers.iter().map(tier).collect()),
    };
    if has_tiers && refusals.count() == before {
        // Amounts are whole, so that there is nothing to round.
        if let Ok(amount) = whole_price(&pricing, 1, RoundingMode::HalfUp) {
            pricing.unit_amount = amount;
        } else {
            let message = "The amount is too large.";
            refusals.push(Refusal::of(RefusalCode::AmountTooLarge, &field("tiers"), message));
        }
    }
    pricing
}

/// A copy of what a price says about units.
pub(crate) fn pricing_of(price: &price::Model) -> Pricing {
    Pricing {
        model: price.model,
        unit_amount: price.unit_amount,
        package_size: price.package_size,
        tiers: price.tiers.clone().unwrap_or_default(),
    }
}

/// Tiers rise, and exactly the last has no end.
fn check_tiers(refusals: &mut Refusals, at: &str, tiers: &[NewTier]) {
    let mut below = 0;
    for (index, tier) in tiers.iter().enumerate() {
        let field = |name: &str| format!("{at}.{index}.{name}");
        let is_last = index + 1 == tiers.len();
        match tier.up_to {
            None if is_last => {}
            None => {
                let message = "Only the last tier has no end: say which is the last unit of this.";
                refusals.push(Refusal::invalid(&field("upTo"), message));
            }
            Some(_) if is_last => {
                let message = "The last tier has no end: leave this field out.";
                refusals.push(Refusal::invalid(&field("upTo"), message));
            }
            Some(up_to) if up_to <= below => {
                let message =
                    format!("Give more than {below}: each tier begins where the last ends.");
                refusals.push(Refusal::invalid(&field("upTo"), message));
            }
            Some(up_to) => below = up_to,
        }
        refusals.value(validate::unit_amount(&field("unitAmount"), tier.unit_amount));
        refusals.value(validate::unit_amount(&field("flatAmount"), tier.flat_amount));
        if let Some(size) = tier.package_size {
            refusals.value(validate::between(&field("packageSize"), size, 1..=i32::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn tier(up_to: Option<i32>, unit_amount: i64) -> NewTier {
        NewTier { up_to, unit_amount, flat_amount: 0, package_size: None }
    }

    fn tiered(tiers: Vec<NewTier>) -> NewPricing {
        NewPricing { model: PriceModel::Tiered, unit_amount: None, package_size: None, tiers }
    }

    fn refused(new: &NewPricing) -> Vec<String> {
        let mut refusals = Refusals::default();
        check_pricing(&mut refusals, "price", new);
        match refusals.done() {
            Ok(()) => Vec::new(),
            Err(Error::Refused(refused)) => {
                refused.iter().map(|refusal| refusal.field.join(".")).collect()
            }
            Err(Error::Failed(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn each_model_has_what_it_needs_and_nothing_else() {
        let open = vec![tier(None, 100)];
        for model in [PriceModel::PerUnit, PriceModel::Flat] {
            let right = NewPricing { model, ..NewPricing::each(100) };
            assert!(refused(&right).is_empty());
            let wrong = NewPricing { tiers: open.clone(), package_size: Some(5), ..right.clone() };
            assert_eq!(refused(&wrong), ["price.packageSize", "price.tiers"]);
            assert_eq!(refused(&NewPricing { unit_amount: None, ..right }), ["price.unitAmount"]);
        }
        for model in [PriceModel::Tiered, PriceModel::Volume] {
            let right = NewPricing { model, ..tiered(open.clone()) };
            assert!(refused(&right).is_empty());
            let wrong = NewPricing { unit_amount: Some(1), tiers: Vec::new(), ..right };
            assert_eq!(refused(&wrong), ["price.unitAmount", "price.tiers"]);
        }
        let package = NewPricing { model: PriceModel::Package, ..NewPricing::each(100) };
        assert_eq!(refused(&package), ["price.packageSize"]);
        assert_eq!(
            refused(&NewPricing { package_size: Some(0), ..package.clone() }),
            ["price.packageSize"]
        );
        assert!(refused(&NewPricing { package_size: Some(10), ..package }).is_empty());
    }

    #[test]
    fn tiers_rise_and_the_last_one_is_open() {
        assert!(refused(&tiered(vec![tier(Some(5), 7), tier(None, 6)])).is_empty());
        let closed = tiered(vec![tier(Some(5), 7), tier(Some(10), 6)]);
        assert_eq!(refused(&closed), ["price.tiers.1.upTo"]);
        let open_too_early = tiered(vec![tier(None, 7), tier(None, 6)]);
        assert_eq!(refused(&open_too_early), ["price.tiers.0.upTo"]);
        let overlap = tiered(vec![tier(Some(5), 7), tier(Some(5), 6), tier(None, 5)]);
        assert_eq!(refused(&overlap), ["price.tiers.1.upTo"]);
        assert_eq!(refused(&tiered(vec![tier(Some(0), 7), tier(None, 6)])), ["price.tiers.0.upTo"]);
        let wrong = NewTier { flat_amount: -1, package_size: Some(0), ..tier(None, -1) };
        let fields = ["unitAmount", "flatAmount", "packageSize"];
        assert_eq!(refused(&tiered(vec![wrong])), fields.map(|it| format!("price.tiers.0.{it}")));
    }

    #[test]
    fn one_unit_costs_what_the_first_tier_says() {
        let flat = NewTier { flat_amount: 200, ..tier(Some(10), 1_000) };
        let mut refusals = Refusals::default();
        let new = tiered(vec![flat, tier(None, 500)]);
        assert_eq!(check_pricing(&mut refusals, "price", &new).unit_amount, 1_200);
        let too_large = NewTier { flat_amount: i64::MAX, ..tier(None, i64::MAX) };
        assert_eq!(refused(&tiered(vec![too_large])), ["price.tiers"]);
    }
}
