//! Taking back what was billed: never more of a line than is left of it, with the tax that it was billed with, and first
//! off what is still open.
//!
//! A document keeps the rounding mode it was made with, also for what is credited of it later.

use entity::RoundingMode;

use super::{BillingError, Period, Share, TaxRate};
use crate::money;

/// A line of an issued document, in the terms of its prices: net, or gross where they include tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditableLine {
    /// What was billed; below zero on a line that took something back itself.
    pub billed: i64,
    /// What has been credited of it, with the same sign.
    pub credited: i64,
}

impl CreditableLine {
    /// A line of which nothing has been credited.
    pub fn new(billed: i64) -> Self {
        Self { billed, credited: 0 }
    }

    /// What can still be credited.
    pub fn left(self) -> Result<i64, BillingError> {
        Ok(money::difference(self.billed, self.credited)?)
    }

    /// The line after a credit. [`BillingError::CreditExceedsLine`] if the credit is more than is left, or has the other
    /// sign.
    pub fn credit(self, amount: i64) -> Result<Self, BillingError> {
        let left = self.left()?;
        if amount.unsigned_abs() > left.unsigned_abs() || amount.signum() * left.signum() < 0 {
            return Err(BillingError::CreditExceedsLine { left });
        }
        Ok(Self { credited: money::sum([self.credited, amount])?, ..self })
    }

    /// What a share of the line comes to as a credit: of what was billed, but not more than is left.
    pub fn share(self, share: Share, rounding: RoundingMode) -> Result<i64, BillingError> {
        self.at_most_left(share.of(self.billed, rounding)?)
    }

    /// What the rest of the line's period comes to as a credit: its share of what was billed, less what was credited of
    /// these days before, and not more than is left. [`BillingError::CreditExceedsLine`] where that is nothing.
    pub fn rest(
        self,
        rest: Period,
        of: Period,
        earlier: &[EarlierCredit],
        rounding: RoundingMode,
    ) -> Result<i64, BillingError> {
        let mut part = Share::of_period(rest, of)?.of(self.billed, rounding)?;
        for EarlierCredit { amount, period } in earlier {
            let Some(period) = period.filter(|period| period.days() > 0) else { continue };
            let same_days = period.rest_from(rest.start()).until(rest.end());
            let credited = Share::of_period(same_days, period)?.of(*amount, rounding)?;
            part = money::difference(part, credited)?;
        }
        if part.signum() != self.billed.signum() {
            return Err(BillingError::CreditExceedsLine { left: 0 });
        }
        self.at_most_left(part)
    }

    /// What so many units, of those that were billed, come to as a credit. [`BillingError::CreditExceedsLine`] where that
    /// is more than is left, by more than the rounding of so many earlier credits.
    pub fn units(
        self,
        units: Share,
        earlier: usize,
        rounding: RoundingMode,
    ) -> Result<i64, BillingError> {
        let (part, left) = (units.of(self.billed, rounding)?, self.left()?);
        let excess = part.unsigned_abs().saturating_sub(left.unsigned_abs());
        if excess > earlier as u64 {
            return Err(BillingError::CreditExceedsLine { left });
        }
        self.at_most_left(part)
    }

    fn at_most_left(self, part: i64) -> Result<i64, BillingError> {
        let left = self.left()?;
        Ok(if part.unsigned_abs() > left.unsigned_abs() { left } else { part })
    }
}

/// What was credited of a line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierCredit {
    /// How much of it, with the line's sign.
    pub amount: i64,
    /// The days that it was about; none in particular where it was an amount.
    pub period: Option<Period>,
}

/// What has been credited of all lines of a document that are taxed alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditedGroup {
    /// How they were taxed.
    pub rate: TaxRate,
    /// Whether their amounts have the tax in them.
    pub includes_tax: bool,
    /// What was credited, in the terms of the lines.
    pub credited: i64,
    /// The tax of that.
    pub credited_tax: i64,
}

impl CreditedGroup {
    /// Lines of which nothing has been credited.
    pub fn new(rate: TaxRate, includes_tax: bool) -> Self {
        Self { rate, includes_tax, credited: 0, credited_tax: 0 }
    }

    /// The group after a credit. Its tax is that on all that was credited so far, less the tax credited before: single
    /// credits may each be a minor unit off, but when all is credited, so is all of the tax, and no more.
    pub fn credit(self, amount: i64, rounding: RoundingMode) -> Result<Self, BillingError> {
        let credited = money::sum([self.credited, amount])?;
        let credited_tax = self.rate.tax_of(credited, self.includes_tax, rounding)?;
        Ok(Self { credited, credited_tax, ..self })
    }
}

/// Where the gross of a credit note goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditSettlement {
    /// What it takes off the open amount of the invoice.
    pub off_invoice: i64,
    /// What it takes off what was written off of the invoice.
    pub off_write_off: i64,
    /// What is left for the customer: an allowance on the account, or a refund.
    pub to_customer: i64,
}

/// A credit pays what is still open of its invoice first, and then what was not asked for any more; only what was paid can
/// be given back.
pub fn settle_credit(
    credit: i64,
    open: i64,
    written_off: i64,
) -> Result<CreditSettlement, BillingError> {
    let off_invoice = credit.min(open).max(0);
    let rest = money::difference(credit, off_invoice)?;
    let off_write_off = rest.min(written_off).max(0);
    let to_customer = money::difference(rest, off_write_off)?;
    Ok(CreditSettlement { off_invoice, off_write_off, to_customer })
}

/// What a payment does to an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentSettlement {
    /// What is still open; zero: it is paid.
    pub open: i64,
    /// What is not asked for any more, or, below zero, not given back.
    pub written_off: i64,
    /// What was paid beyond it, for the account.
    pub to_customer: i64,
}

/// A payment that misses the open amount by no more than the tolerance settles it; the difference is written off.
pub fn settle_payment(
    open: i64,
    paid: i64,
    tolerance: i64,
) -> Result<PaymentSettlement, BillingError> {
    let missing = money::difference(open, paid)?;
    let settlement =
        |open, written_off, to_customer| Ok(PaymentSettlement { open, written_off, to_customer });
    if missing.unsigned_abs() <= tolerance.max(0).unsigned_abs() {
        settlement(0, missing, 0)
    } else if missing > 0 {
        settlement(missing, 0, 0)
    } else {
        settlement(0, 0, -missing)
    }
}
