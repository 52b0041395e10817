//! The one place where money is worked out: what was sold and what happened to it, in; lines with amounts, out. Previews,
//! orders, renewals, cancellations and credit notes all ask here, so that they cannot disagree.
//!
//! - Amounts are whole minor units. On the way they are fractions of whole numbers ([`Exact`]), and each line is rounded
//!   once. What does not fit is an error, never a wrong number.
//! - Time is local dates, half open. Shares are days of days of the actual period ([`Share`]).
//! - The day of a change belongs to what comes after it.
//! - A period is worked out from the subscription's anchor ([`Anchor`]), never from the one before.
//! - What is taken back is taken off the line that was billed, with that line's rounding, and is never more than is left.
//! - Tax is rounded once for each category and rate of a document ([`totals`]).

#![warn(missing_docs)]

mod allocation;
mod calendar;
mod change;
mod charge;
mod commitment;
mod credit;
mod discount;
mod error;
mod exact;
mod line;
mod part;
mod periods;
mod plan;
mod price;
mod share;
mod sold;
mod tax;
mod usage;
mod writer;

pub use entity::{
    BillingAlignment, CancellationDay, ChargeDirection, ChargeType, PendingCancellation, Proration,
    RoundingMode, SuspensionBilling, TaxCategory, TaxTreatment, plan_instance::Timing,
};

pub use self::{
    allocation::allocate,
    calendar::{Anchor, Interval, Period, Tz, date_in, day_begins, instant_in, issued_on},
    change::{Change, ChangeKind, NewAnchor, may_change},
    charge::{Begun, Charges, charges},
    commitment::{Commitment, CommitmentTerms, SurchargePolicy, true_up},
    credit::{
        CreditSettlement, CreditableLine, CreditedGroup, EarlierCredit, PaymentSettlement,
        settle_credit, settle_payment,
    },
    discount::{Discount, DiscountDuration, DiscountKind, over_lines, reduced},
    error::BillingError,
    exact::Exact,
    line::{BilledLine, Cause, ChargeKey, ChargeLine, Corrected},
    plan::{Component, Plan, ProrationPolicy, Step},
    price::{Price, PriceModel, Rate, Tier, Tiers, whole_price},
    share::{Share, cumulative, first_free_day, split},
    sold::{Sold, Terms},
    tax::{DocumentTotals, TaxRate, TaxTotal, TaxedLine, cash_rounding, rate_on, tax_for, totals},
    usage::{Meter, Usage, without_usage},
};
