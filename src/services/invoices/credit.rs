//! What a credit note takes back of an invoice: worked out from what is loaded, and the same for a preview.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    billing::{BillingError, CreditableLine, CreditedGroup, Period, Share, TaxRate},
    money,
};
use entity::{InvoiceLineId, InvoiceStatus, TaxCategory, invoice, invoice_line, invoice_tax};

use super::taxes;
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
    /// How many units that is, where units were asked for.
    pub quantity: Option<i32>,
    /// Which rest of its period that is, where a day was asked for.
    pub rest: Option<(NaiveDate, Share)>,
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
pub(crate) fn decide(
    invoice: &invoice::Model,
    lines: &[invoice_line::Model],
    groups: Vec<invoice_tax::Model>,
    wanted: Option<&[CreditLine]>,
) -> Outcome<Credit> {
    if invoice.status == InvoiceStatus::Draft {
        let message =
            "Only of what has been issued something can be taken back. Change the draft instead.";
        return Err(Refusal::of(RefusalCode::InvoiceNotIssued, "invoiceId", message).into());
    }
    let taken = match wanted {
        Some(wanted) => taken(lines, wanted)?,
        None => everything(lines)?,
    };
    if taken.is_empty() {
        let message = "Nothing is left that could be taken back.";
        return Err(Refusal::of(RefusalCode::NothingToCredit, "invoiceId", message).into());
    }
    taxed(invoice, taken, groups)
}

fn everything(lines: &[invoice_line::Model]) -> Outcome<Vec<TakenBack>> {
    let mut taken = Vec::new();
    for line in lines {
        let amount = creditable(line).left().map_err(taxes::too_large)?;
        if amount != 0 {
            let line = line.clone();
            let field = "invoiceId".to_owned();
            taken.push(TakenBack { line, amount, quantity: None, rest: None, field });
        }
    }
    Ok(taken)
}

fn taken(lines: &[invoice_line::Model], wanted: &[CreditLine]) -> Outcome<Vec<TakenBack>> {
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
        if let Some(part) = refusals.collect(part_of(line, one.part, &field)) {
            taken.push(part);
        }
    }
    refusals.done()?;
    Ok(taken)
}

fn part_of(
    line: &invoice_line::Model,
    part: CreditPart,
    field: &str,
) -> Result<TakenBack, Refusal> {
    let of = creditable(line);
    let left = of.left().map_err(taxes::too_large)?;
    let (amount, quantity, rest, name) = match part {
        CreditPart::Left => (left, None, None, "lineId"),
        CreditPart::Amount(amount) => (amount, None, None, "amount"),
        CreditPart::Quantity(quantity) => {
            let charged = line.billed_quantity.unwrap_or(line.quantity);
            if quantity < 1 || quantity > charged {
                let message = format!("Give a number from 1 to {charged}: so many were charged.");
                return Err(Refusal::invalid(&format!("{field}.quantity"), message));
            }
            let share = Share::new(quantity.into(), charged.into()).map_err(taxes::too_large)?;
            let amount = of.share(share, line.rounding_mode).map_err(taxes::too_large)?;
            (amount, Some(quantity), None, "quantity")
        }
        CreditPart::From(day) => {
            let share = rest_from(line, day).ok_or_else(|| {
                let message = "Give a day of the period that the line is about.";
                Refusal::invalid(&format!("{field}.from"), message)
            })?;
            let amount = of.share(share, line.rounding_mode).map_err(taxes::too_large)?;
            (amount, None, Some((day, share)), "from")
        }
    };
    let field = format!("{field}.{name}");
    if amount == 0 || of.credit(amount).is_err() {
        return Err(exceeds(&field, left));
    }
    Ok(TakenBack { line: line.clone(), amount, quantity, rest, field })
}

fn creditable(line: &invoice_line::Model) -> CreditableLine {
    CreditableLine { billed: line.net_amount, credited: line.credited_amount }
}

/// Which share of a line's days is left from a day on; none: it is not one of them.
fn rest_from(line: &invoice_line::Model, day: NaiveDate) -> Option<Share> {
    let (starts_on, ends_on) = (line.starts_on?, line.ends_on?);
    if !(starts_on..ends_on).contains(&day) {
        return None;
    }
    let whole = Period::new(starts_on, ends_on).ok()?;
    Share::of_period(Period::new(day, ends_on).ok()?, whole).ok()
}

fn exceeds(field: &str, left: i64) -> Refusal {
    let message = format!("More would be taken back than is left: {left} minor units.");
    Refusal::of(RefusalCode::CreditExceedsLine, field, message)
}

/// The taxes of what is taken back, by the groups in which it was taxed.
fn taxed(
    invoice: &invoice::Model,
    lines: Vec<TakenBack>,
    mut groups: Vec<invoice_tax::Model>,
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
        let taken = credit_group(invoice, group, amount).map_err(|error| {
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

/// Takes an amount back of lines that are taxed alike, and gives what that is, with its tax.
fn credit_group(
    invoice: &invoice::Model,
    group: &mut invoice_tax::Model,
    amount: i64,
) -> Result<invoice_tax::Model, BillingError> {
    let includes_tax = invoice.tax_inclusive;
    let billed = if includes_tax {
        money::sum([group.net_amount, group.tax_amount])?
    } else {
        group.net_amount
    };
    CreditableLine { billed, credited: group.credited_amount }.credit(amount)?;
    let before = CreditedGroup {
        rate: TaxRate { category: group.category, basis_points: group.basis_points },
        includes_tax,
        credited: group.credited_amount,
        credited_tax: group.credited_tax,
    };
    let after = before.credit(amount, invoice.rounding_mode)?;
    let tax = money::difference(after.credited_tax, before.credited_tax)?;
    let net = if includes_tax { money::difference(amount, tax)? } else { amount };
    group.credited_amount = after.credited;
    group.credited_tax = after.credited_tax;
    Ok(invoice_tax::Model {
        net_amount: net,
        tax_amount: tax,
        credited_amount: 0,
        credited_tax: 0,
        ..group.clone()
    })
}
