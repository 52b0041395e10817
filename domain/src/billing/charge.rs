//! What is charged: the one function that previews, orders, renewals and cancellations ask.
//!
//! It goes through what happened in order, from the first day on, and has each period, change and end say which lines follow.
//! What was billed before is told to it and taken as it was billed, with its own amount and rounding, whatever the settings
//! are now. Only what is due and not billed yet comes out. So asking twice gives nothing twice, whoever asks late gets all
//! that was missed, the oldest first, and a preview is what would be written.

use std::{cmp::Ordering, mem};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Anchor, BillingError, Cause, Change, ChangeKind, ChargeDirection, ChargeLine, ChargeType,
    Commitment, Component, Exact, Meter, NewAnchor, Period, Plan, Proration, Share, Sold, Step,
    SurchargePolicy, SuspensionBilling, Terms, Timing, allocate,
    commitment::Bound,
    date_in, first_free_day, issued_on,
    part::{Due, NOTHING_DUE, Part, Stretch},
    periods::{Beginning, Periods},
    reduced,
    usage::{Metered, charge_usage},
    writer::{Occasion, Writer},
};
use crate::money;

/// What is due, and where the subscription stands then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// What is due and not billed yet, in the order in which it came to be due.
    pub lines: Vec<ChargeLine>,
    /// The period that runs. None before the first, where a suspension has stopped billing, and after the end.
    pub period: Option<Period>,
    /// All periods that have begun, or are billed before they do, the first one first.
    pub begun: Vec<Begun>,
    /// Where its periods begin from now on.
    pub anchor: Anchor,
    /// On which day there will be something to charge or to close next, if nothing changes.
    pub next_on: Option<NaiveDate>,
    /// To what the customer is bound.
    pub commitment: Option<Commitment>,
    /// The stretches in which use is added up, as they began.
    pub meters: Vec<Meter>,
    /// On which day there will be something to charge next because it was reported late, also after the end.
    pub usage_on: Option<NaiveDate>,
}

/// A period that has begun, or is billed before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The first one has the number 1.
    pub number: u32,
    /// Its days.
    pub period: Period,
    /// The step in which the plan is then, which is the one that was in force at its end; the first one is 0.
    pub step: usize,
    /// How many more periods that step has after it; none: it lasts.
    pub left: Option<u32>,
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
    // What has been carried out is not in the future, even where the seller has moved to another zone since.
    let carried_out = sold.changes.iter().filter(|change| change.at <= as_of);
    let today =
        carried_out.map(|change| change.on).fold(date_in(terms.zone, as_of)?, NaiveDate::max);
    let mut changes = sold.changes.to_vec();
    changes.sort_by(Change::order);
    let mut course = Course::new(sold, terms, &changes);
    for change in changes.iter().filter(|change| change.at <= as_of && change.on <= today) {
        course.end_deferred(change.on)?;
        course.go_on(change.on, !change.opens_day)?;
        course.carry_out(change)?;
    }
    course.end_deferred(today)?;
    course.go_on(today, true)?;
    let (meters, usage_on) =
        charge_usage(&course.meters, sold.usage, terms.rounding, today, &mut course.writer)?;
    let next_on = course.next_event()?.map(|(day, _)| day);
    Ok(Charges {
        period: course
            .running
            .iter()
            .map(|running| running.period)
            .find(|period| period.start() <= today),
        next_on: next_on.into_iter().chain(usage_on).min(),
        commitment: course.commitment_on(today)?,
        begun: course.begun,
        anchor: course.periods.anchor,
        lines: in_order(course.writer.written()),
        meters,
        usage_on,
    })
}

/// What was used is worked out last, and belongs among the rest.
fn in_order(mut lines: Vec<ChargeLine>) -> Vec<ChargeLine> {
    let is_of_use = |line: &ChargeLine| {
        line.key.kind == ChargeType::UsageFee || matches!(line.key.cause, Cause::Reported(_))
    };
    if lines.iter().any(is_of_use) {
        lines.sort_by_key(|line| line.issued_on);
    }
    lines
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

impl<'a> Running<'a> {
    fn beginning(&self) -> Beginning<'a> {
        let Self { number, period, whole, free, step, .. } = *self;
        Beginning { number, period, whole, free, step }
    }

    /// Whether it has begun when something happens on its first day.
    fn has_begun(&self, change: &Change) -> bool {
        let start = self.period.start();
        start < change.on || (start == change.on && !change.opens_day)
    }

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

/// A subscription on its way through time.
struct Course<'a> {
    sold: &'a Sold<'a>,
    terms: Terms,
    changes: &'a [Change],
    plan: &'a Plan,
    periods: Periods,
    quantity: i64,
    /// Since when, and by which change.
    suspended: Option<(NaiveDate, Uuid)>,
    /// To what the customer is bound, as of the last change.
    bound: Option<Bound>,
    /// A cancellation that waits for the end of the term, because billing continues until then.
    deferred: Option<Change>,
    running: Vec<Running<'a>>,
    begun: Vec<Begun>,
    /// What counts use, as it began.
    meters: Vec<Metered<'a>>,
    writer: Writer<'a>,
}

impl<'a> Course<'a> {
    fn new(sold: &'a Sold<'a>, terms: Terms, changes: &'a [Change]) -> Self {
        Self {
            sold,
            terms,
            changes,
            plan: sold.plan,
            periods: Periods::from(sold.first_day, sold.anchor),
            quantity: sold.quantity,
            suspended: None,
            bound: sold
                .plan
                .commitment
                .map(|terms| Bound::new(terms, sold.first_day, sold.quantity)),
            deferred: None,
            running: Vec::new(),
            begun: Vec::new(),
            meters: Vec::new(),
            writer: Writer::new(sold.billed),
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
        let begin = match self.periods.next.filter(|_| self.paused_since().is_none()) {
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
        if self.periods.number == 0 {
            return Ok(start);
        }
        let early = issued_on(start, self.plan.lead_days)?;
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
                | ChangeKind::Cancel { .. }
                | ChangeKind::Undo => None,
            })
            .last()
            .unwrap_or(self.quantity);
        let place = self.plan.place_after(self.periods.of_plan)?;
        let Beginning { number, period, whole, free, step } =
            self.periods.begin(self.plan, start)?;
        let mut running = Running { number, period, whole, free, step, parts: Vec::new() };
        let occasion = Occasion {
            period,
            share: running.share(period)?,
            cause: Cause::Period(number),
            issued_on: known_on,
            due_on: start,
            rounding: self.terms.rounding,
        };
        if number == 1 {
            let whole = Occasion { share: Share::WHOLE, ..occasion };
            self.charge_once(step, number, quantity, whole)?;
        }
        if !free {
            for (component, due) in self.dues(self.plan, step, number, quantity)? {
                running.parts.push(self.begin_part(component, due, occasion)?);
            }
        }
        self.running.push(running);
        self.count_use(self.plan, step, number, period);
        let (step, left) = place;
        self.begun.push(Begun { number, period, step, left });
        Ok(())
    }

    /// Has the use of a step's components be counted from the first of these days on, by what does so already where it is sold
    /// as before.
    fn count_use(&mut self, plan: &'a Plan, step: &'a Step, number: u32, days: Period) {
        let used = || step.components.iter().filter(|it| it.timing == Timing::Usage);
        let mut kept = Vec::new();
        for meter in self.meters.iter_mut().filter(|meter| meter.counts_in(number)) {
            if used().any(|component| component == meter.component) {
                kept.push(meter.component.id);
            } else {
                meter.ends_on(days.start());
            }
        }
        for component in used().filter(|component| !kept.contains(&component.id)) {
            self.meters.push(Metered::new(plan.id, component, number, days));
        }
    }

    fn charge_once(
        &mut self,
        step: &'a Step,
        period: u32,
        quantity: i64,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        let is_fee = |component: &Component| component.timing == Timing::Once;
        if !step.components.iter().any(is_fee) {
            return Ok(());
        }
        for (component, due) in self.all_dues(self.plan, step, period, quantity)? {
            if is_fee(component) {
                self.charge_fee(component, due, NOTHING_DUE, occasion)?;
            }
        }
        Ok(())
    }

    /// Charges what is due once, less what was before.
    fn charge_fee(
        &mut self,
        component: &Component,
        due: Due,
        before: Due,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        let more = |due: Exact, before: Exact| due.minus(before)?.rounded(occasion.rounding);
        let amount = more(due.amount, before.amount)?;
        let full = more(due.before_discounts, before.before_discounts)?;
        let discount = money::difference(full, amount)?.max(0);
        let quantity = money::difference(due.quantity, before.quantity)?;
        let key = occasion.key(component.id, ChargeType::OneTimeFee, ChargeDirection::Charge);
        self.writer.charge_once(key, occasion, quantity, amount, discount);
        Ok(())
    }

    fn begin_part(
        &mut self,
        component: &'a Component,
        due: Due,
        occasion: Occasion,
    ) -> Result<Part<'a>, BillingError> {
        let period = occasion.period;
        let mut part = Part::new(self.plan.id, component, period.start());
        if component.timing == Timing::InArrears {
            part.used_from(period.start(), period.end(), due);
        } else {
            part.holds.extend(self.writer.charge(component, due, occasion)?);
            (part.due, part.at_first) = (due, due);
        }
        Ok(part)
    }

    /// What the recurring components of a plan's step cost for a whole period.
    fn dues(
        &self,
        plan: &Plan,
        step: &'a Step,
        period: u32,
        quantity: i64,
    ) -> Result<Vec<(&'a Component, Due)>, BillingError> {
        let mut dues = self.all_dues(plan, step, period, quantity)?;
        dues.retain(|(component, _)| component.timing.is_for_time());
        Ok(dues)
    }

    /// The same with what is charged once, where the period is the one in which it is: a discount is one for all of them.
    fn all_dues(
        &self,
        plan: &Plan,
        step: &'a Step,
        period: u32,
        quantity: i64,
    ) -> Result<Vec<(&'a Component, Due)>, BillingError> {
        let with_fees = period == 1 || step.is_charged_once();
        let is_charged = |one: &&Component| match one.timing {
            Timing::Once => with_fees,
            Timing::InAdvance | Timing::InArrears => true,
            Timing::Usage => false,
        };
        let charged = || step.components.iter().filter(is_charged);
        let prices = charged()
            .map(|component| component.price.of(quantity))
            .collect::<Result<Vec<_>, _>>()?;
        if prices.iter().any(|price| price.sign() == Ordering::Less) {
            return Err(BillingError::Negative);
        }
        let amounts = reduced(&prices, self.sold.discounts, plan.id, period)?;
        let due = |(before_discounts, amount)| Due { quantity, amount, before_discounts };
        Ok(charged().zip(prices.into_iter().zip(amounts).map(due)).collect())
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
            let rounding = self.terms.rounding;
            let occasion = Occasion { period, share, cause, issued_on: due_on, due_on, rounding };
            self.writer.charge(component, due, occasion)?;
        }
        for meter in self.meters.iter_mut().filter(|meter| meter.counts_in(running.number)) {
            meter.close(due_on);
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
        let (share, cause) = (running.share(gap)?, Cause::Change(change));
        let (due_on, rounding) = (gap.end(), self.terms.rounding);
        let occasion = Occasion { period: gap, share, cause, issued_on: due_on, due_on, rounding };
        for part in running.parts.iter_mut().filter(|part| !part.holds.is_empty()) {
            self.writer.take_back_gap(part, occasion)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, change: &'a Change) -> Result<(), BillingError> {
        if self.periods.next.is_none() {
            return Err(BillingError::Ended);
        }
        self.renew_term(change)?;
        match &change.kind {
            ChangeKind::Quantity(quantity) => self.change_quantity(*quantity, change),
            ChangeKind::Plan { plan, quantity, anchor } => {
                if let Some(quantity) = quantity {
                    self.quantity = self.possible(*quantity, change.on)?;
                }
                self.change_plan(plan, *anchor, change)?;
                self.bind(plan, change.on)
            }
            ChangeKind::Suspend => self.suspend(change),
            ChangeKind::Resume { anchor } => self.resume(*anchor, change),
            ChangeKind::Reanchor(anchor) => {
                self.in_use()?;
                self.periods.anchor = *anchor;
                Ok(())
            }
            ChangeKind::Cancel { paid } => self.cancel(*paid, change),
            ChangeKind::Undo => self.undo(change),
        }
    }

    fn in_use(&self) -> Result<(), BillingError> {
        if self.suspended.is_some() { Err(BillingError::Suspended) } else { Ok(()) }
    }

    fn possible(&self, quantity: i64, day: NaiveDate) -> Result<i64, BillingError> {
        let committed = self.commitment_on(day)?;
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
        let possible = self.possible(quantity, change.on)?;
        let before = mem::replace(&mut self.quantity, possible);
        let mut all = mem::take(&mut self.running);
        for running in &mut all {
            self.charge_added(running, before, change)?;
            let dues = self.dues(self.plan, running.step, running.number, self.quantity)?;
            self.charge_difference(running, self.plan.id, &dues, change)?;
        }
        self.running = all;
        Ok(())
    }

    /// Charges the units that are added to what is charged only once. What was bought once is paid for once, and not taken
    /// back.
    fn charge_added(
        &mut self,
        running: &Running<'a>,
        before: i64,
        change: &Change,
    ) -> Result<(), BillingError> {
        let added = money::difference(self.quantity, before)?;
        if added <= 0 || !running.step.is_charged_once() {
            return Ok(());
        }
        let Change { on: due_on, rounding, .. } = *change;
        let occasion = Occasion {
            period: running.period.rest_from(due_on),
            share: Share::WHOLE,
            cause: Cause::Change(change.id),
            issued_on: due_on,
            due_on,
            rounding,
        };
        let dues = |quantity| self.all_dues(self.plan, running.step, running.number, quantity);
        let (before, after) = (dues(before)?, dues(self.quantity)?);
        for ((component, before), (_, after)) in before.into_iter().zip(after) {
            self.charge_fee(component, after, before, occasion)?;
        }
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
        let stays = anchor == NewAnchor::Keep && interval == self.periods.anchor.interval();
        let begins = if self.periods.number == 0 { self.periods.next } else { Some(change.on) };
        let mut charged = 0;
        let mut all = mem::take(&mut self.running);
        for running in &mut all {
            if stays {
                let step = plan.step_after(charged)?;
                let dues = self.dues(plan, step, running.number, self.quantity)?;
                self.count_use(plan, step, running.number, running.period.rest_from(change.on));
                if self.charge_difference(running, plan.id, &dues, change)? {
                    running.step = step;
                    let begun = self.begun.iter_mut().find(|it| it.number == running.number);
                    if let Some(begun) = begun {
                        (begun.step, begun.left) = plan.place_after(charged)?;
                    }
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
            self.periods.next = begins;
            self.periods.anchor = match anchor {
                NewAnchor::Keep => self.periods.anchor.with_interval(interval),
                NewAnchor::Restart => Anchor::on(begins.unwrap_or(change.on), interval),
                NewAnchor::At(anchor) => anchor,
            };
        }
        self.plan = plan;
        self.periods.of_plan = charged;
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
                running.parts.push(Part::new(plan, component, rest.start()));
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
                let Change { on: due_on, rounding, .. } = *change;
                let occasion =
                    Occasion { period: rest, share, cause, issued_on: due_on, due_on, rounding };
                self.writer.correct(part, due, occasion)?;
            }
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
        self.periods.anchor = anchor.unwrap_or(self.periods.anchor);
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
                    let dues = self.dues(self.plan, running.step, running.number, self.quantity)?;
                    self.put_in_force(running, self.plan.id, &dues, rest, None, change)?;
                }
            }
        }
        if anchor.is_some() {
            self.periods.next = Some(change.on);
        } else {
            self.running = all;
            self.periods.next = self.periods.next.map(|next| next.max(change.on));
        }
        Ok(())
    }

    /// Has the term be that in which a change takes place. What ends with the first moment of a day on which a term is over,
    /// ends before the next term begins.
    fn renew_term(&mut self, change: &Change) -> Result<(), BillingError> {
        let Some(bound) = self.bound else { return Ok(()) };
        let ends_with_term = change.opens_day
            && matches!(change.kind, ChangeKind::Cancel { .. })
            && bound
                .on(change.on.pred_opt().unwrap_or(change.on), self.quantity)?
                .is_some_and(|before| before.term().is_ok_and(|term| term.end() == change.on));
        self.bound = if ends_with_term { None } else { bound.on(change.on, self.quantity)? };
        Ok(())
    }

    /// Binds the customer to what a plan says from a day on, unless it is bound for longer already.
    fn bind(&mut self, plan: &Plan, day: NaiveDate) -> Result<(), BillingError> {
        let Some(terms) = plan.commitment else { return Ok(()) };
        let new = Bound::new(terms, day, self.quantity);
        if let Some(bound) = self.bound
            && bound.term()?.end() > new.term()?.end()
        {
            return Ok(());
        }
        if self.quantity < new.quantity {
            return Err(BillingError::QuantityTooLow { minimum: new.quantity });
        }
        self.bound = Some(new);
        Ok(())
    }

    /// To what the customer is bound on a day, which no change before it is later than.
    fn commitment_on(&self, day: NaiveDate) -> Result<Option<Commitment>, BillingError> {
        let bound = self.bound.filter(|_| self.periods.next.is_some());
        let bound = bound.map(|bound| bound.on(day, self.quantity)).transpose()?.flatten();
        bound.as_ref().map(Bound::commitment).transpose()
    }

    /// What leaving costs from the first day on that is no longer used: a part of it for each component, in proportion to
    /// what remains of it in the term, or of a fixed amount in proportion to the prices.
    fn exit_fees(
        &self,
        commitment: &Commitment,
        paid: bool,
        first_free: NaiveDate,
        change: &Change,
    ) -> Result<Vec<(Uuid, i64)>, BillingError> {
        let (components, weights): (Vec<_>, Vec<_>) = match commitment.surcharge {
            SurchargePolicy::None | SurchargePolicy::Continue => return Ok(Vec::new()),
            SurchargePolicy::Remainder(_) => {
                self.remaining(commitment, paid, first_free, change)?.into_iter().unzip()
            }
            SurchargePolicy::Fixed(_) => self.prices(commitment.quantity)?.into_iter().unzip(),
        };
        let remaining = money::sum(weights.iter().copied())?;
        let fee = commitment.fee(first_free, remaining, change.rounding)?;
        if fee == 0 {
            return Ok(Vec::new());
        }
        Ok(components.into_iter().zip(allocate(fee, &weights)?).collect())
    }

    /// What each component would still be charged in a term for the units that are committed: for the periods that run and
    /// those that would follow, and of each the days that nobody has used, rounded as its lines would be. What stays billed
    /// when a period is cancelled does not remain.
    fn remaining(
        &self,
        commitment: &Commitment,
        paid: bool,
        first_free: NaiveDate,
        change: &Change,
    ) -> Result<Vec<(Uuid, i64)>, BillingError> {
        let term = commitment.term;
        let mut remaining: Vec<(Uuid, i64)> = Vec::new();
        let mut add = |running: &Beginning<'a>, stays_billed: bool| {
            if running.free {
                return Ok(());
            }
            let rest = running.period.rest_from(first_free).until(term.end());
            let share = Share::of_period(rest, running.whole)?;
            let dues = self.dues(self.plan, running.step, running.number, commitment.quantity)?;
            for (component, due) in dues {
                if stays_billed && component.timing == Timing::InAdvance {
                    continue;
                }
                let amount = share.exactly(due.amount)?.rounded(change.rounding)?;
                match remaining.iter_mut().find(|(id, _)| *id == component.id) {
                    Some((_, sum)) => *sum = money::sum([*sum, amount])?,
                    None => remaining.push((component.id, amount)),
                }
            }
            Ok::<_, BillingError>(())
        };
        for running in &self.running {
            let taken_back = self.taken_back(paid, running, change);
            add(&running.beginning(), matches!(taken_back, TakenBack::Nothing))?;
        }
        let mut periods = self.periods;
        while let Some(start) = periods.next.filter(|start| *start < term.end()) {
            // Where a suspension has stopped them, they go on from here.
            let start = start.max(change.on);
            add(&periods.begin(self.plan, start)?, false)?;
        }
        Ok(remaining)
    }

    /// What the components cost that are charged for each period: those of the step in which the plan is, or of another one
    /// where it has none.
    fn prices(&self, quantity: i64) -> Result<Vec<(Uuid, i64)>, BillingError> {
        let (place, _) = self.plan.place_after(self.periods.of_plan.saturating_sub(1))?;
        let steps = self.plan.steps().iter();
        let mut steps = steps.clone().skip(place).chain(steps);
        let step = steps.find(|step| step.lasting().next().is_some());
        let lasting = step.into_iter().flat_map(Step::lasting);
        let price = |component: &Component| {
            let price = component.price.of(quantity)?.rounded(self.terms.rounding)?;
            Ok::<_, BillingError>((component.id, price))
        };
        lasting.map(price).collect()
    }

    /// Carries a cancellation out that waited for the end of a term, if that has come by a day.
    fn end_deferred(&mut self, day: NaiveDate) -> Result<(), BillingError> {
        match self.deferred.take() {
            Some(change) if change.on <= day => {
                self.go_on(change.on, false)?;
                self.bound = None;
                self.cancel(matches!(change.kind, ChangeKind::Cancel { paid: true }), &change)
            }
            waiting => {
                self.deferred = waiting;
                Ok(())
            }
        }
    }

    fn cancel(&mut self, paid: bool, change: &Change) -> Result<(), BillingError> {
        let commitment = self.commitment_on(change.on)?;
        if let Some(commitment) = commitment
            && commitment.surcharge == SurchargePolicy::Continue
        {
            self.deferred =
                Some(Change { on: commitment.term.end(), opens_day: true, ..change.clone() });
            return Ok(());
        }
        let first_free = first_free_day(self.plan.policy.cancellation_day, change.on)?;
        let fees = match &commitment {
            Some(commitment) => self.exit_fees(commitment, paid, first_free, change)?,
            None => Vec::new(),
        };
        for mut running in mem::take(&mut self.running) {
            let start = running.period.start();
            let begun = running.has_begun(change);
            let mut free_from = if begun { first_free } else { start };
            if let Some((since, _)) = self.paused_since() {
                free_from = free_from.min(since);
            }
            let rest = running.period.rest_from(free_from);
            let taken_back = self.taken_back(paid, &running, change);
            self.take_back_cancelled(&mut running, taken_back, rest, change)?;
            self.charge_used(&running, rest.start())?;
        }
        self.periods.next = None;
        self.suspended = None;
        if let Some(commitment) = commitment {
            self.charge_exit(&commitment, fees, first_free, change)?;
        }
        Ok(())
    }

    /// Takes all back that was charged, whatever the policy says of cancellations. Nobody is bound by what was never sold.
    fn undo(&mut self, change: &Change) -> Result<(), BillingError> {
        self.writer.take_all_back(self.sold.billed, change)?;
        self.running.clear();
        self.meters.clear();
        self.periods.next = None;
        self.suspended = None;
        self.bound = None;
        self.deferred = None;
        Ok(())
    }

    /// What the policy says is taken back of a period; all of one that has not begun.
    fn taken_back(&self, paid: bool, running: &Running<'_>, change: &Change) -> TakenBack {
        if !running.has_begun(change) {
            return TakenBack::All;
        }
        let policy = self.plan.policy;
        let elapsed = if running.number == 1 {
            change.at - self.sold.starts_at
        } else {
            change.on - running.period.start()
        };
        let window = policy.refund_window_hours.map(|hours| TimeDelta::hours(hours.into()));
        let proration = if paid { policy.paid_cancellation } else { policy.unpaid_cancellation };
        match (proration, paid) {
            _ if window.is_some_and(|window| elapsed >= window) => TakenBack::Nothing,
            (Proration::ByDay, true) => TakenBack::Rest,
            (Proration::ByDay, false) => TakenBack::Unused,
            (Proration::None, true) | (Proration::Full, false) => TakenBack::Nothing,
            (Proration::Full, true) | (Proration::None, false) => TakenBack::All,
        }
    }

    fn take_back_cancelled(
        &mut self,
        running: &mut Running<'a>,
        taken_back: TakenBack,
        rest: Period,
        change: &Change,
    ) -> Result<(), BillingError> {
        let period = match taken_back {
            TakenBack::All => running.period,
            TakenBack::Nothing | TakenBack::Rest | TakenBack::Unused => rest,
        };
        let share = running.share(period)?;
        let cause = Cause::Change(change.id);
        let Change { on: due_on, rounding, .. } = *change;
        let occasion = Occasion { period, share, cause, issued_on: due_on, due_on, rounding };
        if matches!(taken_back, TakenBack::All) {
            running.parts = of_each_component(mem::take(&mut running.parts));
        }
        for part in &mut running.parts {
            if part.component.timing == Timing::InArrears {
                part.used_from(rest.start(), rest.end(), NOTHING_DUE);
                continue;
            }
            let amount = match taken_back {
                TakenBack::Nothing => 0,
                TakenBack::Rest => {
                    self.writer.correct(part, NOTHING_DUE, occasion)?;
                    continue;
                }
                TakenBack::All => part.left()?,
                TakenBack::Unused => part.unused(running.whole, rest)?,
            };
            let (wholes, quantity) = (part.wholes(), -part.due.quantity);
            self.writer.take_back(part, amount, &wholes, quantity, occasion)?;
        }
        Ok(())
    }

    /// Charges what leaving a term costs, each part of it as its component is.
    fn charge_exit(
        &mut self,
        commitment: &Commitment,
        fees: Vec<(Uuid, i64)>,
        first_free: NaiveDate,
        change: &Change,
    ) -> Result<(), BillingError> {
        let period = commitment.term.rest_from(first_free);
        let share = Share::of_period(period, commitment.term)?;
        let cause = Cause::Change(change.id);
        let Change { on: due_on, rounding, .. } = *change;
        let occasion = Occasion { period, share, cause, issued_on: due_on, due_on, rounding };
        for (component, fee) in fees {
            let key = occasion.key(component, ChargeType::ExitFee, ChargeDirection::Charge);
            self.writer.charge_once(key, occasion, 1, fee, 0);
        }
        Ok(())
    }
}

/// One part for all that was billed of a component in advance, under whichever plans.
fn of_each_component(parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let mut merged: Vec<Part<'_>> = Vec::new();
    for part in parts {
        let same = |other: &&mut Part<'_>| {
            other.component.id == part.component.id && !other.holds.is_empty()
        };
        match merged.iter_mut().find(same) {
            Some(earlier) if !part.holds.is_empty() => earlier.absorb(part),
            _ => merged.push(part),
        }
    }
    merged
}

fn total(amounts: impl Iterator<Item = Exact>) -> Result<Exact, BillingError> {
    amounts.into_iter().try_fold(Exact::ZERO, Exact::plus)
}
