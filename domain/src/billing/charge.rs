//! What is charged: the one function that previews, orders, renewals and cancellations ask.
//!
//! It goes through what happened in order, from the first day on, and has each period, change and end say which lines follow.
//! What was billed before is told to it and taken as it was billed, with its own amount and rounding, whatever the settings
//! are now. Only what is due and not billed yet comes out. So asking twice gives nothing twice, whoever asks late gets all
//! that was missed, the oldest first, and a preview is what would be written.

use std::{cmp::Ordering, collections::HashMap, mem};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Anchor, BillingError, Change, ChangeKind, Commitment, Component, Discount, Exact, NewAnchor,
    Period, Plan, Proration, Share, Step, SurchargePolicy, SuspensionBilling, Timing, Tz, date_in,
    day_begins, issued_on, reduced,
};
use crate::money::{self, Rounding};

/// A subscription: what was sold, what happened to it, and what was billed of it.
#[derive(Clone, Debug)]
pub struct Sold<'a> {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The date of that in the seller's zone as it was then.
    pub first_day: NaiveDate,
    /// Where its periods begin.
    pub anchor: Anchor,
    /// A copy of the plan.
    pub plan: &'a Plan,
    /// How many units were sold.
    pub quantity: i64,
    /// The fewest units it may have: one, or none where the offer says so.
    pub minimum_quantity: i64,
    /// To what the customer is bound.
    pub commitment: Option<&'a Commitment>,
    /// In the order in which percentages are taken off.
    pub discounts: &'a [Discount],
    /// What happened to it and what will; in any order.
    pub changes: &'a [Change],
    /// What was billed of it.
    pub billed: &'a [BilledLine],
}

/// The seller's settings, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Where the seller's days begin.
    pub zone: Tz,
    /// How new lines are rounded.
    pub rounding: Rounding,
    /// How many days before it is due a renewal is issued.
    pub lead_days: u32,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChargeKind {
    /// Once, at the beginning.
    OneTimeFee,
    /// For a period, or a stretch of one.
    CycleFee,
    /// For the difference that a change makes.
    Correction,
    /// For leaving a commitment early.
    ExitFee,
}

/// Why there is a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A period of the subscription, by its number; the first has the number 1.
    Period(u32),
    /// A change, by its id.
    Change(Uuid),
}

/// Whether a line charges or takes back; one change does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It charges.
    Charge,
    /// It takes back.
    Credit,
}

/// What tells a line from all others of its subscription. Two lines with one key are the same line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChargeKey {
    /// The component, or the plan of which an exit is charged.
    pub component: Uuid,
    /// What it is for.
    pub kind: ChargeKind,
    /// The first day that it is about: one period may have several stretches.
    pub from: NaiveDate,
    /// Why there is a line.
    pub cause: Cause,
    /// Whether it charges or takes back.
    pub direction: Direction,
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
    /// How much less that is than without discounts, of a fee.
    pub discount: i64,
    /// With what it was rounded. What is credited of it later is rounded alike.
    pub rounding: Rounding,
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

/// What is due, and where the subscription stands then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// What is due and not billed yet, in the order in which it came to be due.
    pub lines: Vec<ChargeLine>,
    /// The last period that has been charged, or is charged at its end. None before the first, while a suspension stops
    /// billing, and after the end.
    pub period: Option<Period>,
    /// On which day there will be something to charge or to close next, if nothing changes.
    pub next_on: Option<NaiveDate>,
}

/// What is due of a subscription at a moment and not billed yet.
///
/// Changes later than the moment count for nothing, with one exception: a renewal that is issued early is issued as the
/// changes say that are registered for its first day.
///
/// [`BillingError::QuantityTooLow`], [`BillingError::Suspended`] and [`BillingError::Ended`] for changes that should have
/// been refused; [`BillingError::Negative`] where a component's price is below zero.
pub fn charges(
    sold: &Sold<'_>,
    terms: Terms,
    as_of: DateTime<Utc>,
) -> Result<Charges, BillingError> {
    let today = date_in(terms.zone, as_of);
    let mut changes: Vec<_> = sold.changes.iter().map(|change| binding(sold, change)).collect();
    changes.sort_by(Change::order);
    let mut course = Course::new(sold, terms, &changes);
    for change in changes.iter().filter(|change| change.at <= as_of && change.on <= today) {
        course.go_on(change.on, !change.opens_day)?;
        course.carry_out(change)?;
    }
    course.go_on(today, true)?;
    Ok(Charges {
        period: course.running.last().map(|running| running.period),
        next_on: course.next_event()?.map(|(day, _)| day),
        lines: course.lines,
    })
}

/// A cancellation, moved to the end of the term where the commitment says that billing continues.
fn binding(sold: &Sold<'_>, change: &Change) -> Change {
    let mut change = change.clone();
    if let (ChangeKind::Cancel { .. }, Some(commitment)) = (&change.kind, sold.commitment)
        && commitment.surcharge == SurchargePolicy::Continue
        && commitment.binds_on(change.on)
    {
        change.on = commitment.term.end();
        change.opens_day = true;
    }
    change
}

/// What one line of what was billed still says of the rest of its period.
struct Hold {
    key: ChargeKey,
    from: NaiveDate,
    rounding: Rounding,
    /// For a whole period.
    whole: Exact,
    /// What can still be taken back of it.
    left: i64,
}

/// Days of a period that are charged at its end.
#[derive(Clone)]
struct Stretch {
    from: NaiveDate,
    until: NaiveDate,
    due: Due,
}

/// What so many units of a component cost for a whole period.
#[derive(Clone, Copy, PartialEq)]
struct Due {
    quantity: i64,
    amount: Exact,
    before_discounts: Exact,
}

const NOTHING_DUE: Due = Due { quantity: 0, amount: Exact::ZERO, before_discounts: Exact::ZERO };

/// A component within a period.
struct Part<'a> {
    plan: Uuid,
    component: &'a Component,
    /// What is in force.
    due: Due,
    /// The day of the last change, and what was in force when it began.
    day: NaiveDate,
    at_first: Exact,
    /// Of what is charged in advance, the oldest first.
    holds: Vec<Hold>,
    /// Of what is charged in arrears, without gaps to the end of the period.
    stretches: Vec<Stretch>,
}

impl Part<'_> {
    fn left(&self) -> Result<i64, BillingError> {
        Ok(money::sum(self.holds.iter().map(|hold| hold.left))?)
    }

    /// Has something else be in force from a day on, which is charged at the end of the period.
    fn used_from(&mut self, day: NaiveDate, until: NaiveDate, due: Due) {
        if let Some(last) = self.stretches.last_mut() {
            last.until = last.until.min(day);
        }
        self.stretches.push(Stretch { from: day, until, due });
        self.due = due;
    }

    /// How much of each line is given up where so much less is in force: of the newest first.
    fn given_up(&self, mut less: Exact) -> Result<Vec<Exact>, BillingError> {
        let mut given_up = vec![Exact::ZERO; self.holds.len()];
        for (hold, given_up) in self.holds.iter().zip(&mut given_up).rev() {
            *given_up = hold.whole.at_most(less)?;
            less = less.minus(*given_up)?;
        }
        Ok(given_up)
    }
}

/// A period that has begun, or is billed before it does.
struct Running<'a> {
    number: u32,
    period: Period,
    /// The anchored period of which it is a share.
    whole: Period,
    /// Nothing is charged for it, whatever happens.
    free: bool,
    step: &'a Step,
    parts: Vec<Part<'a>>,
}

impl Running<'_> {
    fn share(&self, stretch: Period) -> Result<Share, BillingError> {
        Share::of_period(stretch, self.whole)
    }
}

/// What happens next if nothing changes.
#[derive(Clone, Copy)]
enum Next {
    Close,
    Begin(NaiveDate),
}

/// What is taken back of a period that is cancelled.
#[derive(Clone, Copy)]
enum TakenBack {
    Nothing,
    /// What the days that are left come to.
    Rest,
    /// What is left when the days that were used have been charged.
    Unused,
    All,
}

/// The days that a line is about, and why it is written.
#[derive(Clone, Copy)]
struct Occasion {
    period: Period,
    share: Share,
    cause: Cause,
    due_on: NaiveDate,
}

/// A subscription on its way through time.
struct Course<'a> {
    sold: &'a Sold<'a>,
    terms: Terms,
    changes: &'a [Change],
    billed: HashMap<ChargeKey, &'a BilledLine>,
    plan: &'a Plan,
    anchor: Anchor,
    quantity: i64,
    /// How many periods the plan has had.
    plan_periods: u32,
    /// How many periods there were.
    number: u32,
    /// Where the next period begins; none: there is none.
    next: Option<NaiveDate>,
    /// Since when, and by which change.
    suspended: Option<(NaiveDate, Uuid)>,
    running: Vec<Running<'a>>,
    lines: Vec<ChargeLine>,
}

impl<'a> Course<'a> {
    fn new(sold: &'a Sold<'a>, terms: Terms, changes: &'a [Change]) -> Self {
        Self {
            sold,
            terms,
            changes,
            billed: sold.billed.iter().map(|billed| (billed.line.key, billed)).collect(),
            plan: sold.plan,
            anchor: sold.anchor,
            quantity: sold.quantity,
            plan_periods: 0,
            number: 0,
            next: Some(sold.first_day),
            suspended: None,
            running: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Begins and closes periods until a day; on it as well where it is included.
    fn go_on(&mut self, day: NaiveDate, included: bool) -> Result<(), BillingError> {
        while let Some((on, next)) = self.next_event()? {
            if on > day || (on == day && !included) {
                break;
            }
            match next {
                Next::Close => self.close()?,
                Next::Begin(start) => self.begin(start)?,
            }
        }
        Ok(())
    }

    fn next_event(&self) -> Result<Option<(NaiveDate, Next)>, BillingError> {
        let close = self.running.first().map(|running| (running.period.end(), Next::Close));
        let begin = match self.next.filter(|_| self.paused_since().is_none()) {
            Some(start) => Some((self.issue_day(start)?, Next::Begin(start))),
            None => None,
        };
        Ok(match (close, begin) {
            (Some(close), Some(begin)) if begin.0 < close.0 => Some(begin),
            (close, begin) => close.or(begin),
        })
    }

    /// When the period that begins on a day is issued: before it, but not before the first, nor where it is known by then
    /// that it will not be as the one before, in more than the number of units.
    fn issue_day(&self, start: NaiveDate) -> Result<NaiveDate, BillingError> {
        if self.number == 0 {
            return Ok(start);
        }
        let early = issued_on(start, self.terms.lead_days)?;
        let only_quantity = self
            .registered(start, early)
            .all(|change| matches!(change.kind, ChangeKind::Quantity(_)));
        Ok(if only_quantity { early } else { start })
    }

    /// The changes for the first moment of a day that are known on another.
    fn registered(
        &self,
        start: NaiveDate,
        known_on: NaiveDate,
    ) -> impl Iterator<Item = &'a Change> {
        let registered = move |change: &&Change| {
            change.on == start && change.opens_day && change.registered_on <= known_on
        };
        self.changes.iter().filter(registered)
    }

    /// Since when a suspension stops billing, and by which change.
    fn paused_since(&self) -> Option<(NaiveDate, Uuid)> {
        self.suspended.filter(|_| self.plan.policy.suspension == SuspensionBilling::Stops)
    }

    fn begin(&mut self, start: NaiveDate) -> Result<(), BillingError> {
        let known_on = self.issue_day(start)?;
        let quantity = self
            .registered(start, known_on)
            .filter_map(|change| match change.kind {
                ChangeKind::Quantity(quantity) => Some(quantity),
                ChangeKind::Plan { .. }
                | ChangeKind::Suspend
                | ChangeKind::Resume { .. }
                | ChangeKind::Reanchor(_)
                | ChangeKind::Cancel { .. } => None,
            })
            .last()
            .unwrap_or(self.quantity);
        let step = self.plan.step_after(self.plan_periods)?;
        if step.interval != self.anchor.interval() {
            self.anchor = self.plan.alignment.anchor(start, step.interval)?;
        }
        self.number += 1;
        self.plan_periods += 1;
        let mut whole = self.anchor.period_with(start)?;
        let period = whole.rest_from(start);
        let mut free = false;
        if self.number == 1 && period != whole {
            match self.plan.policy.first_period {
                Proration::ByDay => {}
                Proration::None => free = true,
                Proration::Full => whole = period,
            }
        }
        let mut running =
            Running { number: self.number, period, whole, free, step, parts: Vec::new() };
        let occasion = Occasion {
            period,
            share: running.share(period)?,
            cause: Cause::Period(self.number),
            due_on: start,
        };
        if self.number == 1 {
            self.charge_once(step, quantity, Occasion { share: Share::WHOLE, ..occasion })?;
        }
        if !free {
            for (component, due) in self.dues(step, self.number, quantity)? {
                running.parts.push(self.first_part(component, due, occasion)?);
            }
        }
        self.running.push(running);
        self.next = Some(period.end());
        Ok(())
    }

    fn charge_once(
        &mut self,
        step: &Step,
        quantity: i64,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        for component in step.components.iter().filter(|one| one.timing == Timing::Once) {
            let amount = component.price.of(quantity)?.rounded(self.terms.rounding)?;
            if amount != 0 {
                let key = key(component, ChargeKind::OneTimeFee, occasion, Direction::Charge);
                self.write(self.line(key, occasion, quantity, amount));
            }
        }
        Ok(())
    }

    /// A component at the beginning of a period. What costs nothing even without discounts has no line.
    fn first_part(
        &mut self,
        component: &'a Component,
        due: Due,
        occasion: Occasion,
    ) -> Result<Part<'a>, BillingError> {
        let period = occasion.period;
        let mut part = Part {
            plan: self.plan.id,
            component,
            due,
            day: period.start(),
            at_first: due.amount,
            holds: Vec::new(),
            stretches: Vec::new(),
        };
        match component.timing {
            Timing::InArrears => part.used_from(period.start(), period.end(), due),
            Timing::InAdvance if due.before_discounts != Exact::ZERO => {
                let key = key(component, ChargeKind::CycleFee, occasion, Direction::Charge);
                let line = self.write(self.fee(key, occasion, due)?);
                part.holds.push(self.hold(&line, due.amount)?);
            }
            Timing::InAdvance | Timing::Once => {}
        }
        Ok(part)
    }

    /// What the recurring components of a step cost for a whole period.
    fn dues(
        &self,
        step: &'a Step,
        period: u32,
        quantity: i64,
    ) -> Result<Vec<(&'a Component, Due)>, BillingError> {
        let recurring = || step.components.iter().filter(|one| one.timing != Timing::Once);
        let prices = recurring()
            .map(|component| component.price.of(quantity))
            .collect::<Result<Vec<_>, _>>()?;
        if prices.iter().any(|price| price.sign() == Ordering::Less) {
            return Err(BillingError::Negative);
        }
        let amounts = reduced(&prices, self.sold.discounts, period, self.terms.rounding)?;
        let due = |(before_discounts, amount)| Due { quantity, amount, before_discounts };
        Ok(recurring().zip(prices.into_iter().zip(amounts).map(due)).collect())
    }

    /// Ends the oldest period.
    fn close(&mut self) -> Result<(), BillingError> {
        let mut running = self.running.remove(0);
        if let Some((since, change)) = self.paused_since() {
            let gap = running.period.rest_from(since);
            self.take_back_gap(&mut running, gap, change)?;
        }
        let end = running.period.end();
        self.charge_used(&running, end)
    }

    /// Charges what is charged in arrears, each stretch by itself.
    fn charge_used(
        &mut self,
        running: &Running<'a>,
        due_on: NaiveDate,
    ) -> Result<(), BillingError> {
        let mut stretches: Vec<(&Component, Stretch)> = Vec::new();
        for part in &running.parts {
            for stretch in part.stretches.iter().filter(|one| one.from < one.until) {
                match stretches.iter_mut().find(|(component, before)| {
                    component.id == part.component.id
                        && before.until == stretch.from
                        && before.due == stretch.due
                }) {
                    Some((_, before)) => before.until = stretch.until,
                    None => stretches.push((part.component, stretch.clone())),
                }
            }
        }
        stretches.sort_by_key(|(_, stretch)| stretch.from);
        for (component, Stretch { from, until, due }) in stretches {
            let period = Period::new(from, until)?;
            let share = running.share(period)?;
            let cause = Cause::Period(running.number);
            let occasion = Occasion { period, share, cause, due_on };
            if due.before_discounts != Exact::ZERO {
                let key = key(component, ChargeKind::CycleFee, occasion, Direction::Charge);
                self.write(self.fee(key, occasion, due)?);
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, change: &'a Change) -> Result<(), BillingError> {
        if self.next.is_none() {
            return Err(BillingError::Ended);
        }
        match &change.kind {
            ChangeKind::Quantity(quantity) => self.change_quantity(*quantity, change),
            ChangeKind::Plan { plan, quantity, anchor } => {
                if let Some(quantity) = quantity {
                    self.quantity = self.possible(*quantity, change.on)?;
                }
                self.change_plan(plan, *anchor, change)
            }
            ChangeKind::Suspend => self.suspend(change),
            ChangeKind::Resume { anchor } => self.resume(*anchor, change),
            ChangeKind::Reanchor(anchor) => {
                self.in_use()?;
                self.anchor = *anchor;
                Ok(())
            }
            ChangeKind::Cancel { paid } => self.cancel(*paid, change),
        }
    }

    fn in_use(&self) -> Result<(), BillingError> {
        if self.suspended.is_some() { Err(BillingError::Suspended) } else { Ok(()) }
    }

    fn possible(&self, quantity: i64, day: NaiveDate) -> Result<i64, BillingError> {
        let committed = self.sold.commitment.filter(|commitment| commitment.binds_on(day));
        let least = committed.map_or(0, |commitment| commitment.quantity);
        let minimum = self.sold.minimum_quantity.max(least);
        if quantity < minimum {
            Err(BillingError::QuantityTooLow { minimum })
        } else {
            Ok(quantity)
        }
    }

    fn change_quantity(&mut self, quantity: i64, change: &Change) -> Result<(), BillingError> {
        self.in_use()?;
        self.quantity = self.possible(quantity, change.on)?;
        let mut all = mem::take(&mut self.running);
        for running in &mut all {
            let dues = self.dues(running.step, running.number, self.quantity)?;
            self.charge_difference(running, self.plan.id, &dues, change)?;
        }
        self.running = all;
        Ok(())
    }

    fn change_plan(
        &mut self,
        plan: &'a Plan,
        anchor: NewAnchor,
        change: &Change,
    ) -> Result<(), BillingError> {
        self.in_use()?;
        let interval = plan.first_interval()?;
        let stays = anchor == NewAnchor::Keep && interval == self.anchor.interval();
        let begins = if self.number == 0 { self.next } else { Some(change.on) };
        let mut charged = 0;
        let mut all = mem::take(&mut self.running);
        for running in &mut all {
            if stays {
                let step = plan.step_after(charged)?;
                let dues = self.dues(step, running.number, self.quantity)?;
                if self.charge_difference(running, plan.id, &dues, change)? {
                    running.step = step;
                    charged += 1;
                }
            } else {
                self.end_on(running, change.on, change)?;
                self.charge_used(running, change.on)?;
            }
        }
        if stays {
            self.running = all;
        } else {
            self.next = begins;
            self.anchor = match anchor {
                NewAnchor::Keep => self.anchor.with_interval(interval),
                NewAnchor::Restart => Anchor::on(begins.unwrap_or(change.on), interval),
                NewAnchor::At(anchor) => anchor,
            };
        }
        self.plan = plan;
        self.plan_periods = charged;
        Ok(())
    }

    /// Charges or takes back what the rest of a period costs more or less from a change on, as the policy has it. Whether
    /// anything of the period is changed.
    fn charge_difference(
        &mut self,
        running: &mut Running<'a>,
        plan: Uuid,
        dues: &[(&'a Component, Due)],
        change: &Change,
    ) -> Result<bool, BillingError> {
        let rest = running.period.rest_from(change.on);
        if running.free || rest.days() == 0 {
            return Ok(false);
        }
        let in_advance = |component: &Component| component.timing == Timing::InAdvance;
        let before = running.parts.iter().filter(|part| in_advance(part.component));
        let before = total(before.map(|part| part.due.amount))?;
        let after = dues.iter().filter(|(component, _)| in_advance(component));
        let after = total(after.map(|(_, due)| due.amount))?;
        let policy = self.plan.policy;
        let proration = match after.minus(before)?.sign() {
            Ordering::Greater => policy.increase,
            Ordering::Less => policy.decrease,
            Ordering::Equal => Proration::ByDay,
        };
        let share = match proration {
            Proration::ByDay => Some(running.share(rest)?),
            Proration::Full => Some(Share::WHOLE),
            Proration::None => None,
        };
        self.put_in_force(running, plan, dues, rest, share, change)?;
        Ok(share.is_some())
    }

    /// Takes back the rest of a period, by days.
    fn end_on(
        &mut self,
        running: &mut Running<'a>,
        day: NaiveDate,
        change: &Change,
    ) -> Result<(), BillingError> {
        let rest = running.period.rest_from(day);
        let share = Some(running.share(rest)?);
        self.put_in_force(running, self.plan.id, &[], rest, share, change)
    }

    /// Has these components be in force, and no others, for the rest of a period. What is charged in advance stays as it is
    /// where no share of it is to be charged or taken back.
    fn put_in_force(
        &mut self,
        running: &mut Running<'a>,
        plan: Uuid,
        dues: &[(&'a Component, Due)],
        rest: Period,
        share: Option<Share>,
        change: &Change,
    ) -> Result<(), BillingError> {
        let is = |part: &Part<'_>, component: &Component| {
            part.plan == plan && part.component.id == component.id
        };
        for (component, _) in dues {
            if !running.parts.iter().any(|part| is(part, component)) {
                running.parts.push(Part {
                    plan,
                    component,
                    due: NOTHING_DUE,
                    day: rest.start(),
                    at_first: Exact::ZERO,
                    holds: Vec::new(),
                    stretches: Vec::new(),
                });
            }
        }
        for part in &mut running.parts {
            let due = dues.iter().find(|(component, _)| is(part, component));
            let due = due.map_or(NOTHING_DUE, |(_, due)| *due);
            if part.component.timing == Timing::InArrears {
                if part.due != due {
                    part.used_from(rest.start(), rest.end(), due);
                }
            } else if let Some(share) = share {
                let cause = Cause::Change(change.id);
                let due_on = change.on;
                self.correct(part, due, Occasion { period: rest, share, cause, due_on })?;
            }
        }
        Ok(())
    }

    /// One line for what a part costs more or less, from a day on. All changes of a day come to what one change would have
    /// come to that led there at once: each is the difference between what there was since the day began before it and
    /// after it. So whoever goes up by steps and down at once earns nothing by what was rounded.
    fn correct(
        &mut self,
        part: &mut Part<'a>,
        due: Due,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        if part.day != occasion.period.start() {
            part.day = occasion.period.start();
            part.at_first = part.due.amount;
        }
        let more = due.amount.minus(part.due.amount)?;
        let taken_back = more.sign() == Ordering::Less;
        let newest = part.holds.last().filter(|_| taken_back);
        let rounding = newest.map_or(self.terms.rounding, |hold| hold.rounding);
        let since_day_began =
            |amount: Exact| occasion.share.exactly(amount.minus(part.at_first)?)?.rounded(rounding);
        let amount =
            money::difference(since_day_began(due.amount)?, since_day_began(part.due.amount)?)?;
        let quantity = due.quantity.saturating_sub(part.due.quantity);
        if taken_back {
            let given_up = part.given_up(Exact::ZERO.minus(more)?)?;
            self.take_back(part, -amount, &given_up, quantity, occasion)?;
            for (hold, given_up) in part.holds.iter_mut().zip(given_up) {
                hold.whole = hold.whole.minus(given_up)?;
            }
        } else if amount > 0 {
            let key = key(part.component, ChargeKind::Correction, occasion, Direction::Charge);
            let line = self.write(self.line(key, occasion, quantity, amount));
            part.holds.push(self.hold(&line, more)?);
        }
        part.due = due;
        Ok(())
    }

    /// Takes an amount back, or what is left of what was billed if that is less. It comes off the lines in proportion to what
    /// is given up of them, then off whatever is left, the newest first.
    fn take_back(
        &mut self,
        part: &mut Part<'a>,
        amount: i64,
        given_up: &[Exact],
        quantity: i64,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        let mut open = amount.min(part.left()?);
        if open <= 0 {
            return Ok(());
        }
        let newest = part.holds.last();
        let rounding = newest.map_or(self.terms.rounding, |hold| hold.rounding);
        let mut taken = vec![0_i64; part.holds.len()];
        for ((hold, given_up), taken) in part.holds.iter().zip(given_up).zip(&mut taken).rev() {
            let due = occasion.share.exactly(*given_up)?.rounded(hold.rounding)?;
            *taken = due.min(hold.left).min(open);
            open -= *taken;
        }
        for (hold, taken) in part.holds.iter().zip(&mut taken).rev() {
            let more = (hold.left - *taken).min(open);
            *taken += more;
            open -= more;
        }
        let corrects: Vec<_> = part
            .holds
            .iter()
            .zip(taken)
            .filter(|(_, amount)| *amount > 0)
            .map(|(hold, amount)| Corrected { key: hold.key, amount })
            .collect();
        let amount = money::sum(corrects.iter().map(|corrected| corrected.amount))?;
        let key = key(part.component, ChargeKind::Correction, occasion, Direction::Credit);
        let line = self.line(key, occasion, quantity, -amount);
        let line = self.write(ChargeLine { rounding, corrects, ..line });
        for hold in &mut part.holds {
            let taken = line.corrects.iter().find(|corrected| corrected.key == hold.key);
            hold.left = (hold.left - taken.map_or(0, |corrected| corrected.amount)).max(0);
        }
        Ok(())
    }

    /// Takes back some days of a period, after which it goes on as it was.
    fn take_back_gap(
        &mut self,
        running: &mut Running<'a>,
        gap: Period,
        change: Uuid,
    ) -> Result<(), BillingError> {
        let occasion = Occasion {
            period: gap,
            share: running.share(gap)?,
            cause: Cause::Change(change),
            due_on: gap.end(),
        };
        for part in running.parts.iter_mut().filter(|part| !part.holds.is_empty()) {
            let newest = part.holds.last();
            let rounding = newest.map_or(self.terms.rounding, |hold| hold.rounding);
            let amount = occasion.share.exactly(part.due.amount)?.rounded(rounding)?;
            let given_up: Vec<_> = part.holds.iter().map(|hold| hold.whole).collect();
            self.take_back(part, amount, &given_up, 0, occasion)?;
        }
        Ok(())
    }

    fn suspend(&mut self, change: &Change) -> Result<(), BillingError> {
        self.in_use()?;
        self.suspended = Some((change.on, change.id));
        if self.paused_since().is_some() {
            for running in &mut self.running {
                let rest = running.period.rest_from(change.on);
                for part in running.parts.iter_mut().filter(|part| !part.stretches.is_empty()) {
                    part.used_from(rest.start(), rest.end(), NOTHING_DUE);
                }
            }
        }
        Ok(())
    }

    fn resume(&mut self, anchor: Option<Anchor>, change: &Change) -> Result<(), BillingError> {
        let paused = self.paused_since();
        self.suspended = None;
        self.anchor = anchor.unwrap_or(self.anchor);
        let Some((since, _)) = paused else { return Ok(()) };
        let mut all = mem::take(&mut self.running);
        for running in &mut all {
            if anchor.is_some() {
                self.end_on(running, since, change)?;
                self.charge_used(running, change.on)?;
            } else {
                let gap = running.period.rest_from(since).until(change.on);
                self.take_back_gap(running, gap, change.id)?;
                let rest = running.period.rest_from(change.on);
                if !running.free {
                    let dues = self.dues(running.step, running.number, self.quantity)?;
                    self.put_in_force(running, self.plan.id, &dues, rest, None, change)?;
                }
            }
        }
        if anchor.is_some() {
            self.next = Some(change.on);
        } else {
            self.running = all;
            self.next = self.next.map(|next| next.max(change.on));
        }
        Ok(())
    }

    fn cancel(&mut self, paid: bool, change: &Change) -> Result<(), BillingError> {
        let first_free = self.plan.policy.cancellation_day.first_free(change.on)?;
        for mut running in mem::take(&mut self.running) {
            let start = running.period.start();
            let begun = start < change.on || (start == change.on && !change.opens_day);
            let mut free_from = if begun { first_free } else { start };
            if let Some((since, _)) = self.paused_since() {
                free_from = free_from.min(since);
            }
            let rest = running.period.rest_from(free_from);
            let taken_back =
                if begun { self.taken_back(paid, &running, change)? } else { TakenBack::All };
            self.take_back_cancelled(&mut running, taken_back, rest, change)?;
            self.charge_used(&running, rest.start())?;
        }
        self.next = None;
        self.suspended = None;
        self.charge_exit(first_free, change)
    }

    /// What the policy says is taken back of a period that has begun.
    fn taken_back(
        &self,
        paid: bool,
        running: &Running<'_>,
        change: &Change,
    ) -> Result<TakenBack, BillingError> {
        let policy = self.plan.policy;
        let begun_at = if running.number == 1 {
            self.sold.starts_at
        } else {
            day_begins(self.terms.zone, running.period.start())?
        };
        let window = policy.refund_window_hours.map(|hours| TimeDelta::hours(hours.into()));
        let proration = if paid { policy.paid_cancellation } else { policy.unpaid_cancellation };
        Ok(match (proration, paid) {
            _ if window.is_some_and(|window| change.at - begun_at >= window) => TakenBack::Nothing,
            (Proration::ByDay, true) => TakenBack::Rest,
            (Proration::ByDay, false) => TakenBack::Unused,
            (Proration::None, true) | (Proration::Full, false) => TakenBack::Nothing,
            (Proration::Full, true) | (Proration::None, false) => TakenBack::All,
        })
    }

    fn take_back_cancelled(
        &mut self,
        running: &mut Running<'a>,
        taken_back: TakenBack,
        rest: Period,
        change: &Change,
    ) -> Result<(), BillingError> {
        let share = running.share(rest)?;
        let cause = Cause::Change(change.id);
        let occasion = Occasion { period: rest, share, cause, due_on: change.on };
        for part in &mut running.parts {
            if part.component.timing == Timing::InArrears {
                part.used_from(rest.start(), rest.end(), NOTHING_DUE);
                continue;
            }
            let amount = match taken_back {
                TakenBack::Nothing => 0,
                TakenBack::Rest => {
                    self.correct(part, NOTHING_DUE, occasion)?;
                    continue;
                }
                TakenBack::All => part.left()?,
                TakenBack::Unused => {
                    let unused = part.holds.iter().map(|hold| {
                        let until_end = Period::new(hold.from, rest.end())?;
                        let days = |stretch: Period| {
                            Share::of_period(stretch, running.whole)?
                                .exactly(hold.whole)?
                                .rounded(hold.rounding)
                        };
                        let (all, used) = (days(until_end)?, days(until_end.until(rest.start()))?);
                        Ok(money::difference(all, used)?)
                    });
                    money::sum(unused.collect::<Result<Vec<_>, BillingError>>()?)?
                }
            };
            let given_up: Vec<_> = part.holds.iter().map(|hold| hold.whole).collect();
            self.take_back(part, amount, &given_up, -part.due.quantity, occasion)?;
        }
        Ok(())
    }

    fn charge_exit(&mut self, day: NaiveDate, change: &Change) -> Result<(), BillingError> {
        let Some(commitment) = self.sold.commitment else { return Ok(()) };
        let exit = commitment.exit(day, self.terms.rounding)?;
        if exit.surcharge != 0 {
            let period = commitment.term.rest_from(day);
            let share = Share::of_period(period, commitment.term)?;
            let cause = Cause::Change(change.id);
            let key = ChargeKey {
                component: self.plan.id,
                kind: ChargeKind::ExitFee,
                from: period.start(),
                cause,
                direction: Direction::Charge,
            };
            let occasion = Occasion { period, share, cause, due_on: change.on };
            self.write(self.line(key, occasion, 1, exit.surcharge));
        }
        Ok(())
    }

    /// A line for a share of what a component costs, with what discounts take off it.
    fn fee(
        &self,
        key: ChargeKey,
        occasion: Occasion,
        due: Due,
    ) -> Result<ChargeLine, BillingError> {
        let rounded = |whole| occasion.share.exactly(whole)?.rounded(self.terms.rounding);
        let (full, amount) = (rounded(due.before_discounts)?, rounded(due.amount)?);
        let discount = money::difference(full, amount)?;
        Ok(ChargeLine { discount, ..self.line(key, occasion, due.quantity, amount) })
    }

    fn line(&self, key: ChargeKey, occasion: Occasion, quantity: i64, amount: i64) -> ChargeLine {
        ChargeLine {
            key,
            period: occasion.period,
            share: occasion.share,
            quantity,
            amount,
            discount: 0,
            rounding: self.terms.rounding,
            due_on: occasion.due_on,
            corrects: Vec::new(),
        }
    }

    /// Writes a line, unless it has been billed: then it is as it was billed.
    fn write(&mut self, line: ChargeLine) -> ChargeLine {
        if let Some(billed) = self.billed.get(&line.key) {
            return billed.line.clone();
        }
        self.lines.push(line.clone());
        line
    }

    fn hold(&self, line: &ChargeLine, whole: Exact) -> Result<Hold, BillingError> {
        let credited = self.billed.get(&line.key).map_or(0, |billed| billed.credited);
        Ok(Hold {
            key: line.key,
            from: line.period.start(),
            rounding: line.rounding,
            whole,
            left: money::difference(line.amount, credited)?.max(0),
        })
    }
}

fn key(
    component: &Component,
    kind: ChargeKind,
    occasion: Occasion,
    direction: Direction,
) -> ChargeKey {
    let Occasion { period, cause, .. } = occasion;
    ChargeKey { component: component.id, kind, from: period.start(), cause, direction }
}

fn total(amounts: impl Iterator<Item = Exact>) -> Result<Exact, BillingError> {
    amounts.into_iter().try_fold(Exact::ZERO, Exact::plus)
}
