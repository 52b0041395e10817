//! Lines that somebody writes by hand: they are about no subscription.

use chrono::{DateTime, Utc};
use domain::billing::{TaxRate, TaxedLine};
use entity::{
    ChargeDirection, ChargeType, InvoiceLineId, TaxCategory, TaxCodeId, invoice, invoice_line,
    tax_code,
};

use crate::{
    error::{Error, Outcome, Refusal, Refusals},
    services::{seller::customer_taxes::CustomerTaxes, unit::Unit, validate},
};

/// The most lines that somebody writes at once.
const MOST_LINES: usize = 100;

/// A line that is about no subscription.
#[derive(Clone, Debug)]
pub struct FreeLine {
    pub description: String,
    /// What it comes to, above zero: without tax, or with it on a draft whose amounts have it in them.
    pub amount: i64,
    /// None, with a rate: [`TaxCategory::Standard`].
    pub tax_category: Option<TaxCategory>,
    /// 2500 is 25 %. Given exactly where there is no tax code.
    pub tax_basis_points: Option<i32>,
    /// The code that says, with the customer's treatment, how it is taxed today.
    pub tax_code_id: Option<TaxCodeId>,
}

/// A line that can be stored.
#[derive(Clone, Debug)]
pub(super) struct CheckedLine {
    description: String,
    pub(super) amount: i64,
    rate: TaxRate,
    tax_code_id: Option<TaxCodeId>,
}

/// Lines as they are stored, or all that is wrong with them.
pub(super) async fn all_checked(
    unit: &Unit,
    taxes: &CustomerTaxes,
    lines: Vec<FreeLine>,
) -> Outcome<Vec<CheckedLine>> {
    if lines.is_empty() || lines.len() > MOST_LINES {
        let message = format!("Give 1 to {MOST_LINES} lines.");
        return Err(Refusal::invalid("lines", message).into());
    }
    let mut refusals = Vec::new();
    let mut all = Vec::with_capacity(lines.len());
    for (place, line) in lines.into_iter().enumerate() {
        match checked(unit, taxes, &format!("lines.{place}"), line).await {
            Ok(line) => all.push(line),
            Err(Error::Refused(more)) => refusals.extend(more),
            Err(failed @ Error::Failed(_)) => return Err(failed),
        }
    }
    if refusals.is_empty() { Ok(all) } else { Err(Error::Refused(refusals)) }
}

/// A line as it is stored, or all that is wrong with it. Refused with `TAX_CODE_NOT_FOUND` and `TAX_RATE_MISSING` too.
pub(super) async fn checked(
    unit: &Unit,
    taxes: &CustomerTaxes,
    field: &str,
    line: FreeLine,
) -> Outcome<CheckedLine> {
    let mut refusals = Refusals::default();
    let at = |name: &str| format!("{field}.{name}");
    if line.amount < 1 {
        refusals.push(Refusal::invalid(&at("amount"), "Give an amount above zero."));
    }
    let rate = refusals.collect(rate(unit, taxes, field, &line).await?);
    let description = refusals.value(validate::name(&at("description"), line.description));
    refusals.done()?;
    let rate = rate.ok_or_else(|| anyhow::anyhow!("a line has neither a rate nor a refusal"))?;
    Ok(CheckedLine { description, amount: line.amount, rate, tax_code_id: line.tax_code_id })
}

/// The rate that a line says, or that its tax code has for the customer today.
async fn rate(
    unit: &Unit,
    taxes: &CustomerTaxes,
    field: &str,
    line: &FreeLine,
) -> Outcome<Result<TaxRate, Refusal>> {
    let at = |name: &str| format!("{field}.{name}");
    let said =
        validate::rate_or_code(&at("taxBasisPoints"), line.tax_basis_points, line.tax_code_id);
    Ok(match (said, line.tax_code_id, line.tax_category) {
        (Err(refusal), _, _) => Err(refusal),
        (Ok(_), Some(_), Some(_)) => {
            let message = "The tax code says the category: leave this field out.";
            Err(Refusal::invalid(&at("taxCategory"), message))
        }
        (Ok(_), Some(code), None) => {
            let field = at("taxCodeId");
            let known = unit.require::<tax_code::Entity>(code, &field).await?;
            known.and_then(|_| taxes.of(0, Some(code), &field))
        }
        (Ok(said), None, category) => {
            let category = category.unwrap_or(TaxCategory::Standard);
            let basis_points = said.unwrap_or_default();
            if basis_points > 0 && category != TaxCategory::Standard {
                let message = "Only what is taxed in the category STANDARD has a rate above zero.";
                return Ok(Err(Refusal::invalid(&at("taxBasisPoints"), message)));
            }
            Ok(TaxRate { category, basis_points })
        }
    })
}

impl CheckedLine {
    /// The line in the calculator's terms, with its sign.
    pub(super) fn taxed(&self, amount: i64) -> TaxedLine {
        TaxedLine { amount, rate: self.rate, includes_tax: false }
    }

    pub(super) fn row(
        self,
        of: &invoice::Model,
        line_number: i32,
        amount: i64,
        now: DateTime<Utc>,
    ) -> invoice_line::Model {
        invoice_line::Model {
            id: InvoiceLineId::new(now),
            tenant_id: of.tenant_id,
            invoice_id: of.id,
            line_number,
            subscription_id: None,
            order_line_id: None,
            charge_type: ChargeType::Manual,
            description: self.description,
            quantity: 1,
            unit_amount: amount,
            tax_basis_points: self.rate.basis_points,
            net_amount: amount,
            po_number: None,
            external_reference: None,
            period_starts_at: None,
            period_ends_at: None,
            component_id: None,
            tax_category: self.rate.category,
            tax_code_id: self.tax_code_id,
            billed_quantity: None,
            discount_amount: 0,
            starts_on: None,
            ends_on: None,
            share_days: None,
            share_of_days: None,
            cause: String::new(),
            direction: if amount < 0 { ChargeDirection::Credit } else { ChargeDirection::Charge },
            rounding_mode: of.rounding_mode,
            issued_on: None,
            due_on: None,
            credited_amount: 0,
            credited_by_hand: 0,
            created_at: now,
        }
    }
}
