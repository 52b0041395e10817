//! Billing periods on the calendar of the seller's time zone.
//!
//! A subscription has an anchor: a date, a day of the month that it returns to, and an interval. Period `n` is worked out
//! from the anchor, never from the period before, so what begins on 31 January begins on 28 February, and on 31 March
//! again. Periods are half open, `[start, end)`, and their lengths are differences of local dates: a day of 23 hours is a
//! day. An instant becomes a date in the seller's zone first, and nothing else of it counts.
//!
//! Zones come from `chrono-tz`: dates and instants are chrono's everywhere else in the program, and the rules of all zones
//! are compiled in, so that all nodes of one release agree whatever their machines have installed. `jiff` has the same rules
//! for local times that a clock change skips or repeats, but would want each date turned into another type and back.

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeDelta, TimeZone, Utc,
};
pub use chrono_tz::Tz;
use entity::{BillingAlignment, BillingPeriod};

use super::BillingError;

/// How far apart anchors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    length: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
}

impl Interval {
    /// Every seven days.
    pub const WEEKLY: Self = Self { length: 7, unit: Unit::Days };
    /// Every month.
    pub const MONTHLY: Self = Self { length: 1, unit: Unit::Months };
    /// Every three months.
    pub const QUARTERLY: Self = Self { length: 3, unit: Unit::Months };
    /// Every six months.
    pub const HALF_YEARLY: Self = Self { length: 6, unit: Unit::Months };
    /// Every year.
    pub const YEARLY: Self = Self { length: 12, unit: Unit::Months };
    /// Every third year.
    pub const THREE_YEARLY: Self = Self { length: 36, unit: Unit::Months };

    /// Longer than anything lasts: for what has one period.
    pub const FOR_GOOD: Self = Self { length: 12_000, unit: Unit::Months };

    /// So many days, as trials have. [`BillingError::NotAPeriod`] if there are none.
    pub fn days(length: u32) -> Result<Self, BillingError> {
        Self { length, unit: Unit::Days }.checked()
    }

    /// So many months. [`BillingError::NotAPeriod`] if there are none.
    pub fn months(length: u32) -> Result<Self, BillingError> {
        Self { length, unit: Unit::Months }.checked()
    }

    /// Whether so many of them are as long as another one, so that each time the other begins, one of these does.
    pub fn fits_into(self, longer: Self) -> bool {
        self.unit == longer.unit && longer.length.is_multiple_of(self.length)
    }

    fn checked(self) -> Result<Self, BillingError> {
        if self.length == 0 { Err(BillingError::NotAPeriod) } else { Ok(self) }
    }
}

impl From<BillingPeriod> for Interval {
    fn from(period: BillingPeriod) -> Self {
        match period {
            BillingPeriod::Weekly => Self::WEEKLY,
            BillingPeriod::Monthly => Self::MONTHLY,
            BillingPeriod::Quarterly => Self::QUARTERLY,
            BillingPeriod::HalfYearly => Self::HALF_YEARLY,
            BillingPeriod::Yearly => Self::YEARLY,
            BillingPeriod::ThreeYearly => Self::THREE_YEARLY,
        }
    }
}

/// Local dates from `start` to the day before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    start: NaiveDate,
    end: NaiveDate,
}

impl Period {
    /// `[start, end)`, which may be empty. [`BillingError::NotAPeriod`] if it ends before it starts.
    pub fn new(start: NaiveDate, end: NaiveDate) -> Result<Self, BillingError> {
        if end < start { Err(BillingError::NotAPeriod) } else { Ok(Self { start, end }) }
    }

    /// The first day.
    pub fn start(self) -> NaiveDate {
        self.start
    }

    /// The first day that is no longer of the period.
    pub fn end(self) -> NaiveDate {
        self.end
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.end - self.start).num_days()
    }

    /// What is left of the period on a day, that day included: all of it before it begins, nothing after it.
    #[must_use]
    pub fn rest_from(self, day: NaiveDate) -> Self {
        Self { start: day.clamp(self.start, self.end), end: self.end }
    }

    /// What of the period lies before a day.
    #[must_use]
    pub fn until(self, day: NaiveDate) -> Self {
        Self { start: self.start, end: day.clamp(self.start, self.end) }
    }
}

/// Where the periods of a subscription begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    date: NaiveDate,
    day: u32,
    interval: Interval,
}

impl Anchor {
    /// Periods begin on this date, and return to its day of the month.
    pub fn on(date: NaiveDate, interval: Interval) -> Self {
        Self { date, day: date.day(), interval }
    }

    /// Periods begin on a day of the month, or on the last of a month that has no such day; one does in the month of `date`.
    /// So a subscription that begins on 30 April can have the anchor day 31. Intervals of days return to no day of the
    /// month, and begin on `date`. [`BillingError::NotAPeriod`] if no month has such a day.
    pub fn with_day(date: NaiveDate, day: u32, interval: Interval) -> Result<Self, BillingError> {
        if !(1..=31).contains(&day) {
            return Err(BillingError::NotAPeriod);
        }
        match interval.unit {
            Unit::Days => Ok(Self::on(date, interval)),
            Unit::Months => Ok(Self { date: clamped(month_number(date), day)?, day, interval }),
        }
    }

    /// Periods are those of the calendar: weeks begin on Mondays, months, quarters and half-years on their first, longer
    /// ones in January. Other numbers of days have no place in the calendar, and begin on `date`.
    pub fn calendar(date: NaiveDate, interval: Interval) -> Result<Self, BillingError> {
        let first = match interval.unit {
            Unit::Days if interval.length == 7 => {
                let since_monday = Days::new(date.weekday().num_days_from_monday().into());
                date.checked_sub_days(since_monday).ok_or(BillingError::OutOfCalendar)?
            }
            Unit::Days => date,
            Unit::Months => {
                let months = month_number(date);
                clamped(months - months.rem_euclid(interval.length.min(12).into()), 1)?
            }
        };
        Ok(Self::on(first, interval))
    }

    /// The anchor of a subscription, or of a step with another interval, that begins on a day: on that day itself, so that
    /// the first period is a whole one, or on the calendar.
    pub fn aligned(
        alignment: BillingAlignment,
        day: NaiveDate,
        interval: Interval,
    ) -> Result<Self, BillingError> {
        match alignment {
            BillingAlignment::Anniversary => Ok(Self::on(day, interval)),
            BillingAlignment::Calendar => Self::calendar(day, interval),
        }
    }

    /// The day of the month that periods return to.
    pub fn day(self) -> u32 {
        self.day
    }

    /// How far apart anchors are.
    pub fn interval(self) -> Interval {
        self.interval
    }

    /// The same day and date with another interval.
    #[must_use]
    pub fn with_interval(self, interval: Interval) -> Self {
        Self { interval, ..self }
    }

    /// Where period `number` begins; the first has the number 0, and those before it numbers below.
    /// [`BillingError::OutOfCalendar`] where no calendar here reaches.
    pub fn start(self, number: i64) -> Result<NaiveDate, BillingError> {
        let distance =
            number.checked_mul(self.interval.length.into()).ok_or(BillingError::OutOfCalendar)?;
        match self.interval.unit {
            Unit::Days => TimeDelta::try_days(distance)
                .and_then(|days| self.date.checked_add_signed(days))
                .ok_or(BillingError::OutOfCalendar),
            Unit::Months => {
                let month = month_number(self.date).checked_add(distance);
                clamped(month.ok_or(BillingError::OutOfCalendar)?, self.day)
            }
        }
    }

    /// Period `number`, from its own start to the next.
    pub fn period(self, number: i64) -> Result<Period, BillingError> {
        let after = number.checked_add(1).ok_or(BillingError::OutOfCalendar)?;
        Period::new(self.start(number)?, self.start(after)?)
    }

    /// The period that has this day.
    pub fn period_with(self, day: NaiveDate) -> Result<Period, BillingError> {
        let length = i64::from(self.interval.length);
        let number = match self.interval.unit {
            Unit::Days => (day - self.date).num_days().div_euclid(length),
            // The period that begins in the month of the day, or in the last month before in which one does. It may begin
            // later in that month.
            Unit::Months => (month_number(day) - month_number(self.date)).div_euclid(length),
        };
        let period = self.period(number)?;
        if period.start > day { self.period(number - 1) } else { Ok(period) }
    }
}

/// The day on which an invoice is issued that is due on another: so many days before (IFS-41).
pub fn issued_on(due: NaiveDate, lead_days: u32) -> Result<NaiveDate, BillingError> {
    due.checked_sub_days(Days::new(lead_days.into())).ok_or(BillingError::OutOfCalendar)
}

/// The date of an instant in a zone.
pub fn date_in(zone: Tz, instant: DateTime<Utc>) -> Result<NaiveDate, BillingError> {
    let utc = instant.naive_utc();
    let local = utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix());
    local.map(|local| local.date()).ok_or(BillingError::OutOfCalendar)
}

/// The instant of a local time. Of a time that occurs twice, the first; a time that is skipped is read with the offset from
/// before the clock change, as RFC 5545 has it.
pub fn instant_in(zone: Tz, local: NaiveDateTime) -> Result<DateTime<Utc>, BillingError> {
    let offset = match zone.offset_from_local_datetime(&local) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => offset,
        MappedLocalTime::None => offset_before_gap(zone, local)?,
    };
    local
        .checked_sub_offset(offset.fix())
        .map(|instant| instant.and_utc())
        .ok_or(BillingError::OutOfCalendar)
}

/// The instant at which a local day begins.
pub fn day_begins(zone: Tz, day: NaiveDate) -> Result<DateTime<Utc>, BillingError> {
    instant_in(zone, day.and_time(NaiveTime::MIN))
}

fn offset_before_gap(
    zone: Tz,
    local: NaiveDateTime,
) -> Result<<Tz as TimeZone>::Offset, BillingError> {
    // The longest gap is a whole day: Samoa went without 30 December 2011.
    (1..=4 * 25)
        .filter_map(|quarters| local.checked_sub_signed(TimeDelta::minutes(15 * quarters)))
        .find_map(|earlier| zone.offset_from_local_datetime(&earlier).latest())
        .ok_or(BillingError::OutOfCalendar)
}

/// Months since the year 0.
fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// A day of a month, or the month's last where it has no such day.
fn clamped(month: i64, day: u32) -> Result<NaiveDate, BillingError> {
    let year = i32::try_from(month.div_euclid(12)).map_err(|_| BillingError::OutOfCalendar)?;
    let month = u32::try_from(month.rem_euclid(12) + 1).map_err(|_| BillingError::OutOfCalendar)?;
    (1..=day)
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or(BillingError::OutOfCalendar)
}
