//! The lines that billing comes to.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use entity::{ChargeDirection, ChargeType, RoundingMode};
use uuid::Uuid;

use super::{Period, Share};

/// Why there is a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A period of the subscription, by its number; the first has the number 1.
    Period(u32),
    /// A change, by its id.
    Change(Uuid),
    /// What was used in a period and reported on a day when it was over.
    Reported(NaiveDate),
}

impl fmt::Display for Cause {
    /// As it is stored: `PERIOD-3`, `REPORTED-2027-02-01`, or the change's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(number) => write!(f, "{PERIOD}{number}"),
            Self::Change(id) => id.fmt(f),
            Self::Reported(day) => write!(f, "{REPORTED}{day}"),
        }
    }
}

impl FromStr for Cause {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(number) = text.strip_prefix(PERIOD) {
            return number.parse().map(Self::Period).map_err(drop);
        }
        match text.strip_prefix(REPORTED) {
            Some(day) => day.parse().map(Self::Reported).map_err(drop),
            None => text.parse().map(Self::Change).map_err(drop),
        }
    }
}

const PERIOD: &str = "PERIOD-";
const REPORTED: &str = "REPORTED-";

/// What tells a line from all others of its subscription. Two lines with one key are the same line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChargeKey {
    /// The component.
    pub component: Uuid,
    /// What it is for.
    pub kind: ChargeType,
    /// The first day that it is about: one period may have several stretches.
    pub from: NaiveDate,
    /// Why there is a line.
    pub cause: Cause,
    /// Whether it charges or takes back.
    pub direction: ChargeDirection,
}

/// How much of a line that was billed another line takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// The line that was billed.
    pub key: ChargeKey,
    /// How much of it, above zero.
    pub amount: i64,
}

/// A line, as it is written on an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeLine {
    /// What tells it from all others.
    pub key: ChargeKey,
    /// The days that it is about.
    pub period: Period,
    /// Which share of the anchored period those are.
    pub share: Share,
    /// The units it is about; of a correction, how many more than before.
    pub quantity: i64,
    /// What is charged, or below zero taken back, after discounts; in the terms of the price, with tax or without.
    pub amount: i64,
    /// How much less that is than without discounts; of what is taken back, nothing.
    pub discount: i64,
    /// With what it was rounded. What is credited of it later is rounded alike.
    pub rounding: RoundingMode,
    /// The first day on which it can be issued; a renewal is issued before it is due.
    pub issued_on: NaiveDate,
    /// When it is due.
    pub due_on: NaiveDate,
    /// The lines it takes something back of, with what it takes of each; together all of it.
    pub corrects: Vec<Corrected>,
}

/// A line that was billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledLine {
    /// The line as it was billed.
    pub line: ChargeLine,
    /// What was credited of it by hand, above zero: what lines here take back is known here.
    pub credited: i64,
}
