//! Commitments: for how long and for how many units a customer is bound, and what it costs to leave.

use chrono::{Months, NaiveDate};
use entity::{CommitmentRenewal, RoundingMode, commitment::SoldCommitment};

use super::{BillingError, Exact, Period, Share};
use crate::money;

const WHOLE_IN_BASIS_POINTS: i64 = 10_000;

/// What leaving early costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurchargePolicy {
    /// Nothing.
    None,
    /// No fee: billing goes on to the end of the term.
    Continue,
    /// So many hundredths of a percent of what would still be charged in the term.
    Remainder(i64),
    /// A fixed amount.
    Fixed(i64),
}

/// To what a plan binds a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitmentTerms {
    /// How long a term is.
    pub months: u32,
    /// The fewest units during a term; none: as many as there are when it begins.
    pub quantity: Option<i64>,
    /// What leaving early costs.
    pub surcharge: SurchargePolicy,
    /// Whether another term follows each.
    pub renews: bool,
}

impl From<&SoldCommitment> for CommitmentTerms {
    fn from(sold: &SoldCommitment) -> Self {
        let surcharge = match sold.surcharge {
            entity::SurchargePolicy::None => SurchargePolicy::None,
            entity::SurchargePolicy::Continue => SurchargePolicy::Continue,
            entity::SurchargePolicy::Remainder => {
                SurchargePolicy::Remainder(sold.basis_points.unwrap_or_default().into())
            }
            entity::SurchargePolicy::Fixed => {
                SurchargePolicy::Fixed(sold.amount.unwrap_or_default())
            }
        };
        Self {
            months: sold.months,
            quantity: sold.minimum_quantity.map(i64::from),
            surcharge,
            renews: sold.renewal == CommitmentRenewal::Same,
        }
    }
}

/// A commitment as it runs: from when on, and which of its terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    terms: CommitmentTerms,
    /// When the first term began.
    since: NaiveDate,
    /// How many terms were before this one.
    past: u32,
    pub(super) quantity: i64,
}

impl Bound {
    pub(super) fn new(terms: CommitmentTerms, since: NaiveDate, quantity: i64) -> Self {
        Self { terms, since, past: 0, quantity: terms.quantity.unwrap_or(quantity) }
    }

    /// What is to be known of the term.
    pub(super) fn commitment(&self) -> Result<Commitment, BillingError> {
        let CommitmentTerms { surcharge, renews, .. } = self.terms;
        Ok(Commitment { term: self.term()?, quantity: self.quantity, surcharge, renews })
    }

    /// Counted from the first term, so that one that began on a 31st returns to it.
    pub(super) fn term(&self) -> Result<Period, BillingError> {
        let months = |terms: u32| {
            let months = terms.checked_mul(self.terms.months).ok_or(BillingError::TooLarge)?;
            self.since.checked_add_months(Months::new(months)).ok_or(BillingError::TooLarge)
        };
        let next = self.past.checked_add(1).ok_or(BillingError::TooLarge)?;
        Period::new(months(self.past)?, months(next)?)
    }

    /// The same on a later day, on which there are so many units; none: its last term is over.
    pub(super) fn on(
        mut self,
        day: NaiveDate,
        quantity: i64,
    ) -> Result<Option<Self>, BillingError> {
        while self.term()?.end() <= day {
            if !self.terms.renews {
                return Ok(None);
            }
            self.past += 1;
            self.quantity = self.terms.quantity.unwrap_or(quantity);
        }
        Ok(Some(self))
    }
}

/// To what a customer is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// The term.
    pub term: Period,
    /// The fewest units during the term.
    pub quantity: i64,
    /// What leaving early costs.
    pub surcharge: SurchargePolicy,
    /// Whether another term follows.
    pub renews: bool,
}

impl Commitment {
    /// Whether the term has begun and is not over.
    pub fn binds_on(&self, day: NaiveDate) -> bool {
        (self.term.start()..self.term.end()).contains(&day)
    }

    /// The day from which nothing more is billed, if somebody wants to leave on another.
    pub fn billed_until(&self, day: NaiveDate) -> NaiveDate {
        match self.surcharge {
            SurchargePolicy::Continue if self.binds_on(day) => self.term.end(),
            SurchargePolicy::Continue
            | SurchargePolicy::None
            | SurchargePolicy::Remainder(_)
            | SurchargePolicy::Fixed(_) => day,
        }
    }

    /// What it costs to leave on a day, which is the first that is no longer used, when so much would still be charged in the
    /// term. It is told before the customer confirms. Before the term and after it, leaving costs nothing (IFS-45).
    pub fn fee(
        &self,
        day: NaiveDate,
        remaining: i64,
        rounding: RoundingMode,
    ) -> Result<i64, BillingError> {
        if !self.binds_on(day) {
            return Ok(0);
        }
        match self.surcharge {
            SurchargePolicy::None | SurchargePolicy::Continue => Ok(0),
            SurchargePolicy::Fixed(amount) => Ok(amount),
            SurchargePolicy::Remainder(basis_points) => {
                Exact::from(remaining).times(basis_points, WHOLE_IN_BASIS_POINTS)?.rounded(rounding)
            }
        }
    }

    /// [`BillingError::CommitmentBinds`] if a cancellation can no longer be taken back: under a commitment never, otherwise
    /// until it takes effect.
    pub fn may_revoke_cancellation(
        commitment: Option<&Self>,
        today: NaiveDate,
        cancelled_to: NaiveDate,
    ) -> Result<(), BillingError> {
        if commitment.is_some_and(|commitment| commitment.binds_on(today)) {
            return Err(BillingError::CommitmentBinds);
        }
        if today < cancelled_to { Ok(()) } else { Err(BillingError::Ended) }
    }
}

/// What is due beyond the lines of a period so that they come to a minimum. Of a partial period the minimum is a share,
/// rounded by itself as the lines were.
pub fn true_up(
    minimum: i64,
    share: Share,
    billed: &[i64],
    rounding: RoundingMode,
) -> Result<i64, BillingError> {
    let billed = money::sum(billed.iter().copied())?;
    Ok(money::difference(share.of(minimum, rounding)?, billed)?.max(0))
}
