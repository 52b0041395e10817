//! What a credit note takes back of an invoice: worked out from what is loaded, and the same for a preview.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    billing::{BillingError, CreditableLine, CreditedGroup, Period, Share, TaxRate},
    money,
};
use entity::{InvoiceLineId, InvoiceStatus, TaxCategory, invoice, invoice_line, invoice_tax};

use super::{corrections::Corrections, taxes};
use crate::error::{Outcome, Refusal, RefusalCode, Refusals};

/// What is to be taken back of a line.
#[derive(Clone, Copy, Debug)]
pub struct CreditLine {
    pub line_id: InvoiceLineId,
    pub part: CreditPart,
}

/// How much of a line.
#[derive(Clone, Copy, Debug)]
pub enum CreditPart {
    /// All that is left of it.
    Left,
    /// An amount in the terms of the line, with its sign.
    Amount(i64),
    /// So many units, of those that were charged.
    Quantity(i32),
    /// The rest of its period from this day on.
    From(NaiveDate),
}

/// What is taken back of a line.
#[derive(Clone, Debug)]
pub struct TakenBack {
    /// The line that was billed.
    pub line: invoice_line::Model,
    /// How much of it, with its sign.
    pub amount: i64,
    /// How many units that is, where units or all were asked for.
    pub quantity: Option<i32>,
    /// From which day on that is the rest of its period, where a day was asked for, and which share of the line; no share
    /// where some of it had been taken back before.
    pub rest: Option<(NaiveDate, Option<Share>)>,
    /// Where the input asked for it.
    field: String,
}

/// What a credit note takes back.
#[derive(Clone, Debug)]
pub struct Credit {
    pub lines: Vec<TakenBack>,
    /// The taxes of the invoice as they are afterwards.
    pub(super) groups: Vec<invoice_tax::Model>,
    /// The taxes of what is taken back, above zero.
    pub taxes: Vec<invoice_tax::Model>,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
}

/// Works out what is taken back of an issued invoice, with its lines and taxes as they are; without `wanted`, all that is
/// left. Never more than is left of a line, or of the lines that are taxed alike; tax is worked out on all that has been
/// credited so far, less the tax that was credited before.
///
/// Refused with `INVOICE_NOT_ISSUED`, `INVOICE_LINE_NOT_FOUND`, `CREDIT_EXCEEDS_LINE` and `NOTHING_TO_CREDIT`.
pub(super) fn decide(
    invoice: &invoice::Model,
    lines: &[invoice_line::Model],
    corrections: &Corrections,
    groups: Vec<invoice_tax::Model>,
    wanted: Option<&[CreditLine]>,
) -> Outcome<Credit> {
    if invoice.status == InvoiceStatus::Draft {
        let message =
            "Only of what has been issued something can be taken back. Change the draft instead.";
        return Err(Refusal::of(RefusalCode::InvoiceNotIssued, "invoiceId", message).into());
    }
    let taken = match wanted {
        Some([]) => {
            let message = "Name a line, or leave this out: then all that is left is taken back.";
            return Err(Refusal::of(RefusalCode::NothingToCredit, "lines", message).into());
        }
        Some(wanted) => taken(lines, corrections, wanted)?,
        None => everything(lines, corrections)?,
    };
    if taken.is_empty() {
        let message = "Nothing is left that could be taken back.";
        return Err(Refusal::of(RefusalCode::NothingToCredit, "invoiceId", message).into());
    }
    taxed(invoice, taken, groups, &credited_elsewhere(lines, corrections)?)
}

fn everything(lines: &[invoice_line::Model], corrections: &Corrections) -> Outcome<Vec<TakenBack>> {
    let mut taken = Vec::new();
    for line in lines {
        let amount = corrections.creditable(line).left().map_err(taxes::too_large)?;
        if amount != 0 {
            let (quantity, line) = (all_units(line), line.clone());
            let field = "invoiceId".to_owned();
            taken.push(TakenBack { line, amount, quantity, rest: None, field });
        }
    }
    Ok(taken)
}

fn taken(
    lines: &[invoice_line::Model],
    corrections: &Corrections,
    wanted: &[CreditLine],
) -> Outcome<Vec<TakenBack>> {
    let mut refusals = Refusals::default();
    let mut taken: Vec<TakenBack> = Vec::new();
    for (place, one) in wanted.iter().enumerate() {
        let field = format!("lines.{place}");
        let Some(line) = lines.iter().find(|line| line.id == one.line_id) else {
            let message = "The invoice has no such line.";
            let at = format!("{field}.lineId");
            refusals.push(Refusal::of(RefusalCode::InvoiceLineNotFound, &at, message));
            continue;
        };
        if taken.iter().any(|other| other.line.id == line.id) {
            let message = "Name each line once.";
            refusals.push(Refusal::invalid(&format!("{field}.lineId"), message));
            continue;
        }
        if let Some(part) = refusals.collect(part_of(line, corrections, one.part, &field)) {
            taken.push(part);
        }
    }
    refusals.done()?;
    Ok(taken)
}

fn part_of(
    line: &invoice_line::Model,
    corrections: &Corrections,
    part: CreditPart,
    field: &str,
) -> Result<TakenBack, Refusal> {
    let (of, earlier) = (corrections.creditable(line), corrections.earlier(line.id));
    let left = of.left().map_err(taxes::too_large)?;
    let refused = |name: &str, error| {
        if matches!(error, BillingError::CreditExceedsLine { .. }) {
            exceeds(&format!("{field}.{name}"), left)
        } else {
            taxes::too_large(error)
        }
    };
    let (amount, quantity, rest, name) = match part {
        CreditPart::Left => (left, all_units(line), None, "lineId"),
        CreditPart::Amount(amount) if amount.signum() != line.net_amount.signum() => {
            let side = if line.net_amount < 0 { "below" } else { "above" };
            let message = format!("Give an amount {side} zero, as that of the line is.");
            return Err(Refusal::invalid(&format!("{field}.amount"), message));
        }
        CreditPart::Amount(amount) => (amount, None, None, "amount"),
        CreditPart::Quantity(quantity) => {
            let charged = units_of(line);
            if quantity < 1 || quantity > charged {
                let message = format!("Give a number from 1 to {charged}: so many were charged.");
                return Err(Refusal::invalid(&format!("{field}.quantity"), message));
            }
            let share = Share::new(quantity.into(), charged.into()).map_err(taxes::too_large)?;
            let amount = of.units(share, earlier.len(), line.rounding_mode);
            (amount.map_err(|error| refused("quantity", error))?, Some(quantity), None, "quantity")
        }
        CreditPart::From(day) => {
            let (rest, whole) = rest_from(line, day).ok_or_else(|| {
                let message = "Give a day of the period that the line is about.";
                Refusal::invalid(&format!("{field}.from"), message)
            })?;
            let amount = of.rest(rest, whole, earlier, line.rounding_mode);
            let amount = amount.map_err(|error| refused("from", error))?;
            let share = Share::of_period(rest, whole).map_err(taxes::too_large)?;
            let is_whole_share = share.of(line.net_amount, line.rounding_mode) == Ok(amount);
            (amount, None, Some((day, is_whole_share.then_some(share))), "from")
        }
    };
    let field = format!("{field}.{name}");
    if amount == 0 || of.credit(amount).is_err() {
        return Err(exceeds(&field, left));
    }
    Ok(TakenBack { line: line.clone(), amount, quantity, rest, field })
}

/// How many units all that is left of a line is: those that were charged, unless some of it was taken back before.
fn all_units(line: &invoice_line::Model) -> Option<i32> {
    (line.credited_amount == 0).then(|| units_of(line))
}

/// How many units a line is about.
fn units_of(line: &invoice_line::Model) -> i32 {
    line.billed_quantity.unwrap_or(line.quantity).saturating_abs()
}

/// What is left of a line's days from a day on, and all of them; none: it is not one of them.
fn rest_from(line: &invoice_line::Model, day: NaiveDate) -> Option<(Period, Period)> {
    let (starts_on, ends_on) = (line.starts_on?, line.ends_on?);
    let whole = Period::new(starts_on, ends_on).ok()?;
    (starts_on..ends_on).contains(&day).then(|| (whole.rest_from(day), whole))
}

fn exceeds(field: &str, left: i64) -> Refusal {
    let message = format!("More would be taken back than is left: {left} minor units.");
    Refusal::of(RefusalCode::CreditExceedsLine, field, message)
}

/// What billing itself has taken back on other documents of all lines that are taxed alike.
type Elsewhere = BTreeMap<(TaxCategory, i32), i64>;

fn credited_elsewhere(
    lines: &[invoice_line::Model],
    corrections: &Corrections,
) -> Outcome<Elsewhere> {
    let mut elsewhere = Elsewhere::new();
    for line in lines {
        let sum = elsewhere.entry((line.tax_category, line.tax_basis_points)).or_default();
        let more = money::sum([*sum, corrections.billed_elsewhere(line)]);
        *sum = more.map_err(taxes::too_large)?;
    }
    Ok(elsewhere)
}

/// The taxes of what is taken back, by the groups in which it was taxed.
fn taxed(
    invoice: &invoice::Model,
    lines: Vec<TakenBack>,
    mut groups: Vec<invoice_tax::Model>,
    elsewhere: &Elsewhere,
) -> Outcome<Credit> {
    let mut amounts: BTreeMap<(TaxCategory, i32), (Vec<i64>, &str)> = BTreeMap::new();
    for taken in &lines {
        let key = (taken.line.tax_category, taken.line.tax_basis_points);
        let (all, field) = amounts.entry(key).or_default();
        all.push(taken.amount);
        *field = &taken.field;
    }
    let mut taxes = Vec::new();
    for ((category, basis_points), (amounts, field)) in amounts {
        let amount = money::sum(amounts).map_err(taxes::too_large)?;
        let group = groups
            .iter_mut()
            .find(|group| group.category == category && group.basis_points == basis_points)
            .ok_or_else(|| anyhow::anyhow!("invoice {} lacks the tax of a line", invoice.id))?;
        let elsewhere = elsewhere.get(&(category, basis_points)).copied().unwrap_or_default();
        let taken = credit_group(invoice, group, elsewhere, amount).map_err(|error| {
            if let BillingError::CreditExceedsLine { left } = error {
                exceeds(field, left)
            } else {
                taxes::too_large(error)
            }
        })?;
        taxes.push(taken);
    }
    let sum = |of: fn(&invoice_tax::Model) -> i64| {
        money::sum(taxes.iter().map(of)).map_err(taxes::too_large)
    };
    let (net, tax) = (sum(|group| group.net_amount)?, sum(|group| group.tax_amount)?);
    let gross = money::sum([net, tax]).map_err(taxes::too_large)?;
    if gross <= 0 {
        let message = "What is taken back must come to more than nothing.";
        return Err(Refusal::of(RefusalCode::NothingToCredit, "lines", message).into());
    }
    Ok(Credit { lines, groups, taxes, net, tax, gross })
}

/// Takes an amount back of lines that are taxed alike, and gives what that is, with its tax. What billing itself has taken
/// back of them counts with the tax that it had.
fn credit_group(
    invoice: &invoice::Model,
    group: &mut invoice_tax::Model,
    elsewhere: i64,
    amount: i64,
) -> Result<invoice_tax::Model, BillingError> {
    let includes_tax = invoice.tax_inclusive;
    let billed = if includes_tax {
        money::sum([group.net_amount, group.tax_amount])?
    } else {
        group.net_amount
    };
    // What billing has taken back was of single lines, which have less left by that; beside them, a group may have lines that
    // take something back of other documents.
    CreditableLine { billed, credited: group.credited_amount }.credit(amount)?;
    let rate = TaxRate { category: group.category, basis_points: group.basis_points };
    let none = CreditedGroup::new(rate, includes_tax);
    let elsewhere = none.credit(elsewhere, invoice.rounding_mode)?;
    let before = CreditedGroup {
        credited: money::sum([group.credited_amount, elsewhere.credited])?,
        credited_tax: money::sum([group.credited_tax, elsewhere.credited_tax])?,
        ..none
    };
    let after = before.credit(amount, invoice.rounding_mode)?;
    let tax = money::difference(after.credited_tax, before.credited_tax)?;
    let net = if includes_tax { money::difference(amount, tax)? } else { amount };
    group.credited_amount = money::sum([group.credited_amount, amount])?;
    group.credited_tax = money::sum([group.credited_tax, tax])?;
    Ok(invoice_tax::Model {
        net_amount: net,
        tax_amount: tax,
        credited_amount: 0,
        credited_tax: 0,
        ..group.clone()
    })
}
