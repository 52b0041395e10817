//! To what customers are bound.

use entity::commitment;

use super::{
    Money,
    enums::{CommitmentRenewal, SurchargePolicy},
    made_of,
};
use crate::graphql::{
    read::{
        shape::{Shown, shape},
        table::{Cell, Shows},
    },
    scalars::Day,
};

/// To what an offer binds whoever buys it.
#[derive(Clone, Debug)]
pub struct OfferCommitment(commitment::OfferCommitment);

shape! {
    /// To what an offer binds whoever buys it.
    OfferCommitment;

    /// How many months a term has.
    months: i32 = |it| it.0.months.into();
    /// The fewest units to begin with and during a term. Null: as many as there are when it begins.
    minimum_quantity: Option<i32> = |it| it.0.minimum_quantity.into();
    /// What leaving early costs.
    surcharge: SurchargePolicy = |it| Shown::Word(it.0.surcharge.as_str());
    /// Of `REMAINDER`, how much of what remains, in hundredths of a percent: 5000 is half of it. Null otherwise.
    basis_points: Option<i32> = |it| it.0.basis_points.into();
    /// Of `FIXED`, what leaving costs in each currency. Empty otherwise.
    amounts: Vec<Money>, of Money = |it| {
        Shown::objects(it.0.amounts.iter().map(|it| Money::new(it.amount, &it.currency)).collect::<Vec<_>>())
    };
    /// What follows a term.
    renewal: CommitmentRenewal = |it| Shown::Word(it.0.renewal.as_str());
}

/// The term by which a customer is bound.
#[derive(Clone, Debug)]
pub struct SubscriptionCommitment {
    commitment: commitment::Commitment,
    currency: String,
}

shape! {
    /// The term by which the customer of a subscription is bound. `previewSubscriptionChange` says what leaving would cost.
    SubscriptionCommitment;

    /// The first day of the term, in the seller's time zone.
    starts_on: Day = |it| it.commitment.starts_on.to_string().into();
    /// The first day that the term no longer has.
    ends_on: Day = |it| it.commitment.ends_on.to_string().into();
    /// The fewest units during the term.
    quantity: i32 = |it| i32::try_from(it.commitment.quantity).unwrap_or(i32::MAX).into();
    /// What leaving early costs.
    surcharge: SurchargePolicy = |it| Shown::Word(it.commitment.surcharge.as_str());
    /// Of `REMAINDER`, how much of what remains, in hundredths of a percent: 5000 is half of it. Null otherwise.
    basis_points: Option<i32> = |it| it.commitment.basis_points.into();
    /// Of `FIXED`, what leaving costs. Null otherwise.
    amount: Option<Money>, of Money = |it| {
        let amount = it.commitment.amount;
        amount.map_or(Shown::Null, |amount| Shown::object(Money::new(amount, &it.currency)))
    };
    /// What follows the term.
    renewal: CommitmentRenewal = |it| Shown::Word(it.commitment.renewal.as_str());
}

/// What an offer says.
pub(super) fn of_offer(commitment: Cell) -> Shows {
    made_of::<Option<OfferCommitment>, OfferCommitment>(vec![commitment.into()], |given| {
        Ok(given.json(0)?.map_or(Shown::Null, |it| Shown::object(OfferCommitment(it))))
    })
}

/// What binds the customer of a subscription.
pub(super) fn of_subscription(commitment: Cell, currency: Cell) -> Shows {
    made_of::<Option<SubscriptionCommitment>, SubscriptionCommitment>(
        vec![commitment.into(), currency.into()],
        |given| {
            let Some(commitment) = given.json(0)? else { return Ok(Shown::Null) };
            let currency = given.some_text(1)?.into_owned();
            Ok(Shown::object(SubscriptionCommitment { commitment, currency }))
        },
    )
}
