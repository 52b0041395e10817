//! What was given: a copy of a discount.

use entity::discount::{self, LineDiscounts};

use super::{
    Money,
    enums::{DiscountDuration, DiscountKind},
    made, made_of,
};
use crate::graphql::read::{
    shape::{Shown, shape},
    table::{Cell, Shows},
};

/// A discount as it was given.
#[derive(Clone, Debug)]
pub struct DiscountTerms {
    pub(in crate::graphql) terms: discount::DiscountTerms,
    pub(in crate::graphql) currency: String,
}

shape! {
    /// A discount as it was given. It never changes.
    DiscountTerms;

    /// What it is called.
    name: String = |it| it.terms.name.clone().into();
    /// What it takes off.
    kind: DiscountKind = |it| Shown::Word(it.terms.kind.as_str());
    /// Of a percentage, in hundredths of a percent: 2500 is 25 %. Null where an amount is taken off.
    basis_points: Option<i32> = |it| it.terms.basis_points.into();
    /// Of an amount: what is taken off a whole period. Null where a percentage is taken off.
    amount: Option<Money>, of Money = |it| {
        it.terms.amount.map_or(Shown::Null, |amount| Shown::object(Money::new(amount, &it.currency)))
    };
    /// For how long it holds.
    duration: DiscountDuration = |it| Shown::Word(it.terms.duration.as_str());
    /// For how many periods it holds. Null where it holds for one, or for ever.
    periods: Option<i32> = |it| it.terms.periods.into();
    /// Of several, percentages are taken off in this order, and then amounts.
    precedence: i32 = |it| it.terms.precedence.into();
}

/// What was given to a line.
pub(super) fn of_line(discounts: Cell, currency: Cell) -> Shows {
    made_of::<Vec<DiscountTerms>, DiscountTerms>(vec![discounts.into(), currency.into()], |given| {
        let LineDiscounts(discounts) = given.json(0)?.unwrap_or_default();
        let currency = given.some_text(1)?;
        let terms = discounts.into_iter().map(|discount| DiscountTerms {
            terms: discount.terms,
            currency: currency.to_string(),
        });
        Ok(Shown::objects(terms))
    })
}

/// The codes for which it was given to a line.
pub(super) fn codes_of_line(discounts: Cell) -> Shows {
    made::<Vec<String>>(vec![discounts.into()], |given| {
        let LineDiscounts(discounts) = given.json(0)?.unwrap_or_default();
        Ok(Shown::List(discounts.into_iter().map(|discount| discount.code.into()).collect()))
    })
}
