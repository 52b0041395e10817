//! The figures that billing has to come to: one row for each published case, by its id, in the file of its subject.
//! Amounts are written as people read them; `-` takes back.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

mod allocations;
mod calendars;
mod cancellations;
mod commitments;
mod credits;
mod currencies;
mod invariants;
mod partial_periods;
mod plan_changes;
mod prices;
mod quantities;
mod renewals;
mod reports;
mod taxes;
mod usage;
mod zones;

use RoundingMode::{HalfEven, HalfUp};
use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{
    Anchor, BilledLine, BillingAlignment, BillingError, Change, ChangeKind, ChargeLine, Charges,
    Component, Exact, Interval, Period, Plan, Price, ProrationPolicy, RoundingMode, Share, Sold,
    Step, Terms, Timing, Tz, Usage, charges, day_begins,
};
use uuid::Uuid;

const BOTH: [RoundingMode; 2] = [HalfEven, HalfUp];

/// An amount in minor units, written with as many decimals as its currency has.
fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

fn amounts(amounts: &str) -> Vec<i64> {
    amounts.split_whitespace().map(minor).collect()
}

fn day(date: &str) -> NaiveDate {
    date.parse().unwrap()
}

fn days(dates: &str) -> Vec<NaiveDate> {
    dates.split_whitespace().map(day).collect()
}

fn period(start: &str, end: &str) -> Period {
    Period::new(day(start), day(end)).unwrap()
}

fn instant(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

fn share(amount: &str, days: i64, of_days: i64, rounding: RoundingMode) -> i64 {
    Share::new(days, of_days).unwrap().of(minor(amount), rounding).unwrap()
}

/// An amount times a quantity, then its share.
fn units(quantity: i64, amount: &str, days: i64, of_days: i64) -> i64 {
    let whole = Exact::from(minor(amount)).times(quantity, 1).unwrap();
    Share::new(days, of_days).unwrap().exactly(whole).unwrap().rounded(HalfUp).unwrap()
}

/// A subscription with all that can be said of it, to be changed by a test.
#[derive(Clone, Debug)]
struct Story {
    zone: Tz,
    rounding: RoundingMode,
    starts_at: DateTime<Utc>,
    first_day: NaiveDate,
    anchor: Anchor,
    plan: Plan,
    quantity: i64,
    discounts: Vec<domain::billing::Discount>,
    changes: Vec<Change>,
    billed: Vec<BilledLine>,
    usage: Vec<Usage>,
}

impl Story {
    /// A subscription of one unit that begins at noon and is charged in advance, in UTC.
    fn of(price: &str, first_day: &str, interval: Interval) -> Self {
        Self::of_plan(plan(price, interval), first_day)
    }

    fn of_plan(plan: Plan, first_day: &str) -> Self {
        let first_day = day(first_day);
        Self {
            zone: Tz::UTC,
            rounding: HalfUp,
            starts_at: first_day.and_hms_opt(12, 0, 0).unwrap().and_utc(),
            first_day,
            anchor: Anchor::aligned(plan.alignment, first_day, plan.first_interval().unwrap())
                .unwrap(),
            plan,
            quantity: 1,
            discounts: Vec::new(),
            changes: Vec::new(),
            billed: Vec::new(),
            usage: Vec::new(),
        }
    }

    fn anchored(mut self, date: &str, anchor_day: u32) -> Self {
        self.anchor =
            Anchor::with_day(day(date), anchor_day, self.plan.first_interval().unwrap()).unwrap();
        self
    }

    fn units(mut self, quantity: i64) -> Self {
        self.quantity = quantity;
        self
    }

    fn rounded(mut self, rounding: RoundingMode) -> Self {
        self.rounding = rounding;
        self
    }

    /// A change at noon; what comes later on the same day comes later at noon.
    fn then(mut self, date: &str, kind: ChangeKind) -> Self {
        let number = u32::try_from(self.changes.len()).unwrap();
        let at = day(date).and_hms_opt(12, 0, number + 1).unwrap().and_utc();
        let id = Uuid::from_u128(1000 + self.changes.len() as u128);
        self.changes.push(Change::now(id, at, self.terms(), kind).unwrap());
        self
    }

    /// A change at the first moment of a day, asked for on another.
    fn on_renewal(mut self, date: &str, registered: &str, kind: ChangeKind) -> Self {
        let id = Uuid::from_u128(1000 + self.changes.len() as u128);
        let change = Change::on_renewal(id, day(date), day(registered), self.terms(), kind);
        self.changes.push(change.unwrap());
        self
    }

    fn sold(&self) -> Sold<'_> {
        Sold {
            starts_at: self.starts_at,
            first_day: self.first_day,
            anchor: self.anchor,
            plan: &self.plan,
            quantity: self.quantity,
            minimum_quantity: 1,
            discounts: &self.discounts,
            changes: &self.changes,
            billed: &self.billed,
            usage: &self.usage,
        }
    }

    fn ask(&self, as_of: DateTime<Utc>) -> Result<Charges, BillingError> {
        charges(&self.sold(), self.terms(), as_of)
    }

    fn terms(&self) -> Terms {
        Terms { zone: self.zone, rounding: self.rounding }
    }

    /// What is due at the end of a day.
    fn lines(&self, until: &str) -> Vec<ChargeLine> {
        self.ask(self.end_of(until)).unwrap().lines
    }

    fn end_of(&self, date: &str) -> DateTime<Utc> {
        day_begins(self.zone, day(date).succ_opt().unwrap()).unwrap()
            - chrono::TimeDelta::seconds(1)
    }

    fn amounts(&self, until: &str) -> Vec<i64> {
        self.lines(until).iter().map(|line| line.amount).collect()
    }

    /// Has what is due at the end of a day be billed.
    fn bill(&mut self, until: &str) -> Vec<i64> {
        let lines = self.lines(until);
        let amounts = lines.iter().map(|line| line.amount).collect();
        self.billed.extend(lines.into_iter().map(|line| BilledLine { line, credited: 0 }));
        amounts
    }
}

fn component(id: u128, price: Price, timing: Timing) -> Component {
    Component { id: Uuid::from_u128(id), price, timing }
}

fn plan_of(steps: Vec<Step>, alignment: BillingAlignment, policy: ProrationPolicy) -> Plan {
    Plan::new(Uuid::from_u128(1), steps, alignment, policy, 0).unwrap()
}

/// A plan with one component, charged in advance.
fn plan(price: &str, interval: Interval) -> Plan {
    timed(price, interval, Timing::InAdvance)
}

fn timed(price: &str, interval: Interval, timing: Timing) -> Plan {
    let components = vec![component(1, Price::each(minor(price)), timing)];
    let steps = vec![Step { periods: None, interval, components }];
    plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default())
}

fn with_policy(mut plan: Plan, policy: ProrationPolicy) -> Plan {
    plan.policy = policy;
    plan
}

/// Another copy of a plan.
fn copy(mut plan: Plan, id: u128) -> Plan {
    plan.id = Uuid::from_u128(id);
    plan
}

fn switch(plan: Plan, anchor: domain::billing::NewAnchor) -> ChangeKind {
    ChangeKind::Plan { plan: Box::new(plan), quantity: None, anchor }
}
