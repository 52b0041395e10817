//! The tiers of a price.

use entity::pricing::{self, PriceTiers};

use super::{Money, made_of};
use crate::graphql::read::{
    shape::{Shown, shape},
    table::{Cell, Shows},
};

/// Units that are priced alike.
#[derive(Clone, Debug)]
pub struct PriceTier {
    tier: pricing::PriceTier,
    currency: String,
}

impl PriceTier {
    pub(super) fn new(tier: pricing::PriceTier, currency: &str) -> Self {
        Self { tier, currency: currency.to_owned() }
    }

    fn money(&self, amount: i64) -> Shown {
        Shown::object(Money::new(amount, &self.currency))
    }
}

shape! {
    /// Units that are priced alike. A tier begins with the unit after the last of the tier before it.
    PriceTier;

    /// The last unit of the tier. Null: it is the last tier, which has no end.
    up_to: Option<i32> = |it| it.tier.up_to.into();
    /// What each of its units costs for a period; where it has packages, each package of them that is begun.
    unit_price: Money, of Money = |it| it.money(it.tier.unit_amount);
    /// What is due once for a period when the tier is used.
    flat_price: Money, of Money = |it| it.money(it.tier.flat_amount);
    /// How many units a package has. Null: each unit is charged.
    package_size: Option<i32> = |it| it.tier.package_size.into();
}

/// The tiers of a price, from the first unit on; none where its model has none.
pub(super) fn tiers(tiers: Cell, currency: Cell) -> Shows {
    made_of::<Vec<PriceTier>, PriceTier>(vec![tiers.into(), currency.into()], |given| {
        let PriceTiers(tiers) = given.json(0)?.unwrap_or_default();
        let currency = given.some_text(1)?;
        Ok(Shown::objects(tiers.into_iter().map(|tier| PriceTier::new(tier, &currency))))
    })
}
