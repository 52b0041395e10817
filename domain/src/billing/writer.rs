//! Writing lines: what is charged, and what is taken back of lines that were billed.

use std::{cmp::Ordering, collections::HashMap};

use chrono::NaiveDate;
use entity::RoundingMode;
use uuid::Uuid;

use super::{
    BilledLine, BillingError, Cause, Change, ChargeDirection, ChargeKey, ChargeLine, ChargeType,
    Component, Corrected, Exact, Period, Share,
    part::{Due, Hold, Part},
};
use crate::money;

/// The days that a line is about, and why it is written.
#[derive(Clone, Copy)]
pub(super) struct Occasion {
    pub(super) period: Period,
    pub(super) share: Share,
    pub(super) cause: Cause,
    pub(super) issued_on: NaiveDate,
    pub(super) due_on: NaiveDate,
    /// How what is charged is rounded; what is taken back is rounded as it was billed.
    pub(super) rounding: RoundingMode,
}

impl Occasion {
    /// What tells the line of a component from all others.
    pub(super) fn key(
        self,
        component: Uuid,
        kind: ChargeType,
        direction: ChargeDirection,
    ) -> ChargeKey {
        ChargeKey { component, kind, from: self.period.start(), cause: self.cause, direction }
    }

    fn line(self, key: ChargeKey, quantity: i64, amount: i64) -> ChargeLine {
        ChargeLine {
            key,
            period: self.period,
            share: self.share,
            quantity,
            amount,
            discount: 0,
            rounding: self.rounding,
            issued_on: self.issued_on,
            due_on: self.due_on,
            corrects: Vec::new(),
        }
    }
}

/// What is written of one subscription.
pub(super) struct Writer<'a> {
    billed: HashMap<ChargeKey, &'a BilledLine>,
    written: Vec<ChargeLine>,
}

impl<'a> Writer<'a> {
    /// What is billed already is taken as it was billed.
    pub(super) fn new(billed: &'a [BilledLine]) -> Self {
        let billed = billed.iter().map(|billed| (billed.line.key, billed)).collect();
        Self { billed, written: Vec::new() }
    }

    /// The lines that have not been billed.
    pub(super) fn written(self) -> Vec<ChargeLine> {
        self.written
    }

    /// Charges a fee that is not for a period. What costs nothing even without discounts has no line.
    pub(super) fn charge_once(
        &mut self,
        key: ChargeKey,
        occasion: Occasion,
        quantity: i64,
        amount: i64,
        discount: i64,
    ) {
        if amount != 0 || discount != 0 {
            let line = occasion.line(key, quantity, amount);
            self.write(ChargeLine { discount, ..line });
        }
    }

    /// Charges a share of what a component costs, with what discounts take off it. What costs nothing even without discounts
    /// has no line.
    pub(super) fn charge(
        &mut self,
        component: &Component,
        due: Due,
        occasion: Occasion,
    ) -> Result<Option<Hold>, BillingError> {
        if due.before_discounts == Exact::ZERO {
            return Ok(None);
        }
        let rounded = |whole| occasion.share.exactly(whole)?.rounded(occasion.rounding);
        let (full, amount) = (rounded(due.before_discounts)?, rounded(due.amount)?);
        let discount = money::difference(full, amount)?;
        let key = occasion.key(component.id, ChargeType::CycleFee, ChargeDirection::Charge);
        let line = occasion.line(key, due.quantity, amount);
        let line = self.write(ChargeLine { discount, ..line });
        Ok(Some(self.hold(&line, due.amount)?))
    }

    /// One line for what a part costs more or less, from a day on. All changes of a day come to what one change would have
    /// come to that led there at once: each is the difference between what there was since the day began before it and
    /// after it. So whoever goes up by steps and down at once earns nothing by what was rounded.
    pub(super) fn correct(
        &mut self,
        part: &mut Part<'_>,
        due: Due,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        if part.day != occasion.period.start() {
            part.day = occasion.period.start();
            part.at_first = part.due;
        }
        let more = due.amount.minus(part.due.amount)?;
        if more == Exact::ZERO {
            part.due = due;
            return Ok(());
        }
        let taken_back = more.sign() == Ordering::Less;
        let as_billed = part.rounding().filter(|_| taken_back);
        let rounding = as_billed.unwrap_or(occasion.rounding);
        let since_day_began = |due: Exact, at_first: Exact| {
            occasion.share.exactly(due.minus(at_first)?)?.rounded(rounding)
        };
        let more_of = |of: fn(Due) -> Exact| {
            let now = since_day_began(of(due), of(part.at_first))?;
            Ok::<_, BillingError>(money::difference(
                now,
                since_day_began(of(part.due), of(part.at_first))?,
            )?)
        };
        let amount = more_of(|due| due.amount)?;
        let quantity = due.quantity.saturating_sub(part.due.quantity);
        if taken_back {
            let given_up = part.given_up(Exact::ZERO.minus(more)?)?;
            self.take_back(part, -amount, &given_up, quantity, occasion)?;
            for (hold, given_up) in part.holds.iter_mut().zip(given_up) {
                hold.whole = hold.whole.minus(given_up)?;
            }
        } else {
            let key =
                occasion.key(part.component.id, ChargeType::Correction, ChargeDirection::Charge);
            if amount > 0 || self.billed.contains_key(&key) {
                let full = more_of(|due| due.before_discounts)?;
                let discount = money::difference(full, amount)?.max(0);
                let line = occasion.line(key, quantity, amount);
                let line = self.write(ChargeLine { discount, ..line });
                part.holds.push(self.hold(&line, more)?);
            }
        }
        part.due = due;
        Ok(())
    }

    /// Takes back some days of a component, which stays in force after them.
    pub(super) fn take_back_gap(
        &mut self,
        part: &mut Part<'_>,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        let rounding = part.rounding().unwrap_or(occasion.rounding);
        let amount = occasion.share.exactly(part.due.amount)?.rounded(rounding)?;
        let wholes = part.wholes();
        self.take_back(part, amount, &wholes, 0, occasion)
    }

    /// Charges what was used, or takes back what was charged of it too much; how much that was.
    pub(super) fn charge_use(
        &mut self,
        part: &mut Part<'_>,
        quantity: i64,
        amount: i64,
        occasion: Occasion,
    ) -> Result<i64, BillingError> {
        let component = part.component.id;
        let key = occasion.key(component, ChargeType::UsageFee, ChargeDirection::Charge);
        if amount > 0 || self.billed.contains_key(&key) {
            let line = self.write(occasion.line(key, quantity, amount));
            part.holds.push(self.hold(&line, Exact::ZERO)?);
            return Ok(line.amount);
        }
        let left = part.left()?;
        let nothing_in_particular = vec![Exact::ZERO; part.holds.len()];
        self.take_back(part, -amount, &nothing_in_particular, quantity, occasion)?;
        Ok(money::difference(part.left()?, left)?)
    }

    /// Takes an amount back, or what is left of what was billed if that is less. It comes off the lines in proportion to what
    /// is given up of them, then off whatever is left, the newest first.
    pub(super) fn take_back(
        &mut self,
        part: &mut Part<'_>,
        amount: i64,
        given_up: &[Exact],
        quantity: i64,
        occasion: Occasion,
    ) -> Result<(), BillingError> {
        let key = occasion.key(part.component.id, ChargeType::Correction, ChargeDirection::Credit);
        let left = part.left()?;
        let mut open = amount.clamp(0, left);
        if left == 0 || (open == 0 && !self.billed.contains_key(&key)) {
            return Ok(());
        }
        let rounding = part.rounding().unwrap_or(occasion.rounding);
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
        let line = occasion.line(key, quantity, -amount);
        let line = self.write(ChargeLine { rounding, corrects, ..line });
        for hold in &mut part.holds {
            let taken = line.corrects.iter().find(|corrected| corrected.key == hold.key);
            hold.left = (hold.left - taken.map_or(0, |corrected| corrected.amount)).max(0);
        }
        Ok(())
    }

    /// Takes all back that is left of what was charged before a change: with one line for all that was charged of a component from
    /// the same day on.
    pub(super) fn take_all_back(
        &mut self,
        billed: &[BilledLine],
        change: &Change,
    ) -> Result<(), BillingError> {
        let cause = Cause::Change(change.id);
        let before = |line: &&ChargeLine| line.key.cause != cause;
        let lines: Vec<ChargeLine> = billed
            .iter()
            .map(|billed| &billed.line)
            .chain(&self.written)
            .filter(before)
            .cloned()
            .collect();
        let mut taken: HashMap<ChargeKey, i64> = HashMap::new();
        for corrected in lines.iter().flat_map(|line| &line.corrects) {
            let so_far = taken.entry(corrected.key).or_default();
            *so_far = money::sum([*so_far, corrected.amount])?;
        }
        let charged = lines.iter().filter(|line| line.key.direction == ChargeDirection::Charge);
        let mut alike: Vec<Vec<(&ChargeLine, i64)>> = Vec::new();
        for line in charged {
            let by_hand = self.billed.get(&line.key).map_or(0, |billed| billed.credited);
            let gone = money::sum([by_hand, taken.get(&line.key).copied().unwrap_or_default()])?;
            let left = money::difference(line.amount, gone)?;
            if left <= 0 {
                continue;
            }
            let is_alike = |(other, _): &(&ChargeLine, i64)| {
                (other.key.component, other.key.from) == (line.key.component, line.key.from)
            };
            match alike.iter_mut().find(|lines| lines.iter().any(is_alike)) {
                Some(lines) => lines.push((line, left)),
                None => alike.push(vec![(line, left)]),
            }
        }
        for lines in alike {
            self.write(taking_back(&lines, cause, change)?);
        }
        Ok(())
    }

    /// Writes a line, unless it has been billed: then it is as it was billed.
    fn write(&mut self, line: ChargeLine) -> ChargeLine {
        if let Some(billed) = self.billed.get(&line.key) {
            return billed.line.clone();
        }
        self.written.push(line.clone());
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

/// The line that takes back what is left of lines of one component from one day on, of which there is at least one.
fn taking_back(
    lines: &[(&ChargeLine, i64)],
    cause: Cause,
    change: &Change,
) -> Result<ChargeLine, BillingError> {
    let (first, _) = lines[0];
    let from = first.key.from;
    // What is charged once is about no days that would end.
    let ends = lines.iter().filter(|(line, _)| line.key.kind != ChargeType::OneTimeFee);
    let until = ends.map(|(line, _)| line.period.end()).max().unwrap_or(from);
    let occasion = Occasion {
        period: Period::new(from, until)?,
        share: Share::WHOLE,
        cause,
        issued_on: change.on,
        due_on: change.on,
        rounding: first.rounding,
    };
    let key = occasion.key(first.key.component, ChargeType::Correction, ChargeDirection::Credit);
    let amount = money::sum(lines.iter().map(|(_, left)| *left))?;
    let quantity = money::sum(lines.iter().map(|(line, _)| line.quantity))?;
    let corrects = lines.iter().map(|(line, left)| Corrected { key: line.key, amount: *left });
    let line = occasion.line(key, -quantity, -amount);
    Ok(ChargeLine { corrects: corrects.collect(), ..line })
}
