//! What happens to a subscription after it was sold.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{PendingCancellation, RoundingMode};
use uuid::Uuid;

use super::{Anchor, BillingError, Plan, Terms, date_in, day_begins};

/// A change, when it is carried out. What is only registered is not in force (IFS-37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which; the order line that asked for it.
    pub id: Uuid,
    /// When it is carried out.
    pub at: DateTime<Utc>,
    /// The date of that in the seller's zone as it was then. The day belongs to what comes after the change.
    pub on: NaiveDate,
    /// Whether it is carried out with the first moment of that day, and so before a period that begins on it.
    pub opens_day: bool,
    /// The date on which it was asked for.
    pub registered_on: NaiveDate,
    /// How what it makes dearer is rounded: as the seller's settings were then.
    pub rounding: RoundingMode,
    /// What changes.
    pub kind: ChangeKind,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// So many units from now on: the number itself, not the difference.
    Quantity(i64),
    /// Another plan, which begins with its first step.
    Plan {
        /// A copy of the plan as it is now.
        plan: Box<Plan>,
        /// So many units from now on, where that changes as well.
        quantity: Option<i64>,
        /// What becomes of the anchor.
        anchor: NewAnchor,
    },
    /// No more use for now (APX-25).
    Suspend,
    /// Use again.
    Resume {
        /// Where periods begin from now on, where the pause has moved that.
        anchor: Option<Anchor>,
    },
    /// Periods begin elsewhere from the end of the one that runs: the next is shorter.
    Reanchor(Anchor),
    /// The end.
    Cancel {
        /// Whether what was billed has been paid.
        paid: bool,
    },
    /// The end, as if nothing had been sold: all that was charged is taken back (APX-24).
    Undo,
}

/// What becomes of the anchor when a plan changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewAnchor {
    /// It stays. With another interval, the first new period is the rest of the one that the anchor says.
    Keep,
    /// It is the day of the change: what is left of the old term is credited, and the new one begins in full.
    Restart,
    /// It is this one.
    At(Anchor),
}

impl Change {
    /// A change that is carried out when it is asked for.
    pub fn now(
        id: Uuid,
        at: DateTime<Utc>,
        terms: Terms,
        kind: ChangeKind,
    ) -> Result<Self, BillingError> {
        let on = date_in(terms.zone, at)?;
        let opens_day = at <= day_begins(terms.zone, on)?;
        Ok(Self { id, at, on, opens_day, registered_on: on, rounding: terms.rounding, kind })
    }

    /// A change that was asked for before, and is carried out when a period ends on `on`.
    pub fn on_renewal(
        id: Uuid,
        on: NaiveDate,
        registered_on: NaiveDate,
        terms: Terms,
        kind: ChangeKind,
    ) -> Result<Self, BillingError> {
        let at = day_begins(terms.zone, on)?;
        let rounding = terms.rounding;
        Ok(Self { id, at, on, opens_day: true, registered_on, rounding, kind })
    }

    /// In which order things are carried out: at the beginning of a day cancellations, then other changes, then what was
    /// there to renew; what comes later on the day follows.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let order = |change: &Self| {
            let last = !matches!(change.kind, ChangeKind::Cancel { .. } | ChangeKind::Undo);
            (change.on, !change.opens_day, change.opens_day && last, change.at)
        };
        order(self).cmp(&order(other))
    }
}

/// [`BillingError::CancellationPending`] if a cancellation is pending and nobody said what becomes of it: neither is
/// guessed.
pub fn may_change(
    cancellation_pending: bool,
    choice: Option<PendingCancellation>,
) -> Result<(), BillingError> {
    if cancellation_pending && choice.is_none() {
        return Err(BillingError::CancellationPending);
    }
    Ok(())
}
