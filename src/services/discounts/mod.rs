//! Discounts: what a seller offers to take off, by a code that buyers give or by applying it to what they have. What was
//! given is copied, and is taken off by billing.

pub mod apply;
pub mod create;
pub mod remove;
mod terms;
pub mod update;

mod codes;
mod held;
mod redeem;
mod restriction;

pub use terms::DiscountChanges;

pub(crate) use codes::{Buyer, Codes, reduced};
use entity::discount;

use super::{
    search::{self, Kind},
    unit::Unit,
};
use crate::error::Outcome;

pub(crate) use redeem::{give_back, redeem, redeem_again};

/// Makes it found by its code and name.
async fn index(unit: &Unit, discount: &discount::Model) -> Outcome<()> {
    let texts = [discount.code.as_str(), discount.name.as_str()];
    Ok(search::index(&unit.txn, Kind::Discount, discount.id.0, &texts).await?)
}
