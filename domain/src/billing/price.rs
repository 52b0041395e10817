//! What a number of units costs for a whole period: one table of tiers, five ways to read it.

use entity::{
    RoundingMode,
    pricing::{PriceTier, Pricing},
};

use super::{BillingError, Exact};

/// What units cost, before it is known how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    amount: i64,
    units: i64,
    started: bool,
}

impl Rate {
    /// An amount for each unit.
    pub fn each(amount: i64) -> Self {
        Self { amount, units: 1, started: false }
    }

    /// An amount for so many units, and the exact part of it for fewer: 6.00 per 10 000 is 0.0006 for each, which no whole
    /// minor unit could say. [`BillingError::NotAPrice`] unless there are any.
    pub fn per(amount: i64, units: i64) -> Result<Self, BillingError> {
        Self { amount, units, started: false }.checked()
    }

    /// An amount for each package of so many units that is begun. [`BillingError::NotAPrice`] unless there are any.
    pub fn package(amount: i64, units: i64) -> Result<Self, BillingError> {
        Self { amount, units, started: true }.checked()
    }

    fn checked(self) -> Result<Self, BillingError> {
        if self.units > 0 { Ok(self) } else { Err(BillingError::NotAPrice) }
    }

    fn of(self, quantity: i64) -> Result<Exact, BillingError> {
        if self.started {
            let packages = quantity / self.units + i64::from(quantity % self.units != 0);
            return Exact::from(self.amount).times(packages, 1);
        }
        Exact::from(self.amount).times(quantity, self.units)
    }
}

/// A row of a price table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The last unit of the tier; none: it is the last tier.
    pub up_to: Option<i64>,
    /// What its units cost.
    pub rate: Rate,
    /// What is due once when the tier is used.
    pub flat_amount: i64,
}

/// A price table: tiers that rise, without gaps or overlaps, of which the last has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers(Vec<Tier>);

impl Tiers {
    /// [`BillingError::NotAPrice`] unless the bounds rise and exactly the last tier is open.
    pub fn new(tiers: Vec<Tier>) -> Result<Self, BillingError> {
        let bounds: Vec<i64> = tiers.iter().map_while(|tier| tier.up_to).collect();
        let rises =
            bounds.first().is_none_or(|first| *first > 0) && bounds.is_sorted_by(|a, b| a < b);
        if rises && bounds.len() + 1 == tiers.len() {
            Ok(Self(tiers))
        } else {
            Err(BillingError::NotAPrice)
        }
    }

    /// Each tier with the units that are in it.
    fn shared_out(&self, quantity: i64) -> impl Iterator<Item = (Tier, i64)> {
        let mut below = 0;
        self.0.iter().map(move |tier| {
            let end = tier.up_to.map_or(quantity, |bound| bound.min(quantity));
            let units = (end - below).max(0);
            below = tier.up_to.unwrap_or(below);
            (*tier, units)
        })
    }

    /// The tier in which the last of so many units is; of none, the first.
    fn of_last(&self, quantity: i64) -> Option<Tier> {
        self.0.iter().find(|tier| tier.up_to.is_none_or(|bound| quantity <= bound)).copied()
    }
}

/// How a price table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceModel {
    /// One amount, however many units there are.
    Flat(i64),
    /// The same for each unit.
    PerUnit(Rate),
    /// Each tier prices the units that are in it.
    Tiered(Tiers),
    /// The tier of the last unit prices all of them. Just above a bound, more units may cost less.
    Volume(Tiers),
    /// Each package that is begun costs the same.
    Package(Rate),
}

/// The price of a component for a whole period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// How units are priced.
    pub model: PriceModel,
    /// Units that cost nothing, and are taken off first.
    pub included: i64,
    /// The least that is due for the period, whatever the model says.
    pub minimum: Option<i64>,
    /// The most that is due for the period.
    pub maximum: Option<i64>,
    /// Whether the first tier's flat amount is due where no unit is used.
    pub flat_amount_at_zero: bool,
}

impl From<PriceModel> for Price {
    fn from(model: PriceModel) -> Self {
        Self { model, included: 0, minimum: None, maximum: None, flat_amount_at_zero: false }
    }
}

impl TryFrom<&Pricing> for Price {
    type Error = BillingError;

    /// A price as it is stored. [`BillingError::NotAPrice`] where it lacks what its model needs.
    fn try_from(stored: &Pricing) -> Result<Self, BillingError> {
        let tiers = || {
            let tiers = stored.tiers.0.iter().map(Tier::try_from);
            Tiers::new(tiers.collect::<Result<_, _>>()?)
        };
        let model = match stored.model {
            entity::PriceModel::Flat => PriceModel::Flat(stored.unit_amount),
            entity::PriceModel::PerUnit => PriceModel::PerUnit(Rate::each(stored.unit_amount)),
            entity::PriceModel::Tiered => PriceModel::Tiered(tiers()?),
            entity::PriceModel::Volume => PriceModel::Volume(tiers()?),
            entity::PriceModel::Package => {
                let size = stored.package_size.ok_or(BillingError::NotAPrice)?;
                PriceModel::Package(Rate::package(stored.unit_amount, size.into())?)
            }
        };
        Ok(model.into())
    }
}

impl TryFrom<&PriceTier> for Tier {
    type Error = BillingError;

    fn try_from(stored: &PriceTier) -> Result<Self, BillingError> {
        let rate = match stored.package_size {
            Some(size) => Rate::package(stored.unit_amount, size.into())?,
            None => Rate::each(stored.unit_amount),
        };
        Ok(Self { up_to: stored.up_to.map(i64::from), rate, flat_amount: stored.flat_amount })
    }
}

/// What so many units cost for a whole period at a price as it is stored, in whole minor units.
pub fn whole_price(
    pricing: &Pricing,
    quantity: i32,
    rounding: RoundingMode,
) -> Result<i64, BillingError> {
    Price::try_from(pricing)?.of(quantity.into())?.rounded(rounding)
}

impl Price {
    /// The same amount for each unit.
    pub fn each(amount: i64) -> Self {
        PriceModel::PerUnit(Rate::each(amount)).into()
    }

    /// What so many units cost for a whole period. What is reported in parts is added up before it is priced.
    ///
    /// [`BillingError::Negative`] for fewer than no units.
    pub fn of(&self, quantity: i64) -> Result<Exact, BillingError> {
        if quantity < 0 || self.included < 0 {
            return Err(BillingError::Negative);
        }
        let amount = self.of_paid((quantity - self.included).max(0))?;
        let amount = self.minimum.map_or(Ok(amount), |least| amount.at_least(least.into()))?;
        self.maximum.map_or(Ok(amount), |most| amount.at_most(most.into()))
    }

    fn of_paid(&self, quantity: i64) -> Result<Exact, BillingError> {
        let flat_amount = |tier: Tier| {
            if quantity > 0 || self.flat_amount_at_zero { tier.flat_amount } else { 0 }
        };
        match &self.model {
            PriceModel::Flat(amount) => Ok((*amount).into()),
            PriceModel::PerUnit(rate) | PriceModel::Package(rate) => rate.of(quantity),
            PriceModel::Tiered(tiers) => {
                let mut used = tiers.shared_out(quantity).enumerate();
                used.try_fold(Exact::ZERO, |sum, (position, (tier, units))| {
                    let flat = if units > 0 || position == 0 { flat_amount(tier) } else { 0 };
                    sum.plus(tier.rate.of(units)?)?.plus(flat.into())
                })
            }
            PriceModel::Volume(tiers) => {
                let tier = tiers.of_last(quantity).ok_or(BillingError::NotAPrice)?;
                tier.rate.of(quantity)?.plus(flat_amount(tier).into())
            }
        }
    }
}
