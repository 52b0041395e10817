//! What a document comes to, and its taxes by category and rate.

use domain::{
    billing::{self, BillingError, DocumentTotals, TaxRate, TaxTotal, TaxedLine},
    money::MoneyError,
};
use entity::{InvoiceId, TaxCategory, customer, invoice, invoice_line, invoice_tax};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::wide_sum;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// What is on a document.
pub(super) struct SoFar {
    /// The number that the next line gets.
    pub(super) next_number: i32,
    /// All lines that are taxed alike as one.
    pub(super) lines: Vec<TaxedLine>,
}

/// What is on a document: as little to read for a thousand lines as for one. Refused with `AMOUNT_TOO_LARGE`.
pub(super) async fn so_far(unit: &Unit, invoice: &invoice::Model) -> Outcome<SoFar> {
    let [high, low] = wide_sum::parts(&invoice_line::Column::NetAmount);
    let groups: Vec<(TaxCategory, i32, i64, i64, i32)> = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::TaxCategory)
        .column(invoice_line::Column::TaxBasisPoints)
        .column_as(high, "high")
        .column_as(low, "low")
        .column_as(invoice_line::Column::LineNumber.max(), "last_number")
        .filter(invoice_line::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(invoice.id))
        .group_by(invoice_line::Column::TaxCategory)
        .group_by(invoice_line::Column::TaxBasisPoints)
        .into_tuple()
        .all(&unit.txn)
        .await?;
    let next_number = groups.iter().map(|group| group.4).max().unwrap_or(0) + 1;
    let lines = groups.into_iter().map(|(category, basis_points, high, low, _)| {
        let rate = TaxRate { category, basis_points };
        Ok(TaxedLine {
            amount: wide_sum::whole(high, low)?,
            rate,
            includes_tax: invoice.tax_inclusive,
        })
    });
    let lines = lines.collect::<Result<_, MoneyError>>().map_err(too_large)?;
    Ok(SoFar { next_number, lines })
}

/// A line of a document in the calculator's terms.
pub(super) fn taxed(invoice: &invoice::Model, line: &invoice_line::Model) -> TaxedLine {
    TaxedLine {
        amount: line.net_amount,
        rate: TaxRate { category: line.tax_category, basis_points: line.tax_basis_points },
        includes_tax: invoice.tax_inclusive,
    }
}

/// Puts on a document what these lines come to with its rounding, and gives it. Refused with `AMOUNT_TOO_LARGE`.
pub(super) fn sum_up(invoice: &mut invoice::Model, lines: &[TaxedLine]) -> Outcome<DocumentTotals> {
    let totals = billing::totals(lines, invoice.rounding_mode).map_err(too_large)?;
    invoice.net_amount = totals.net;
    invoice.tax_amount = totals.tax;
    invoice.gross_amount = totals.gross;
    Ok(totals)
}

/// Writes down what a document comes to for each category and rate.
pub(super) async fn keep(
    unit: &Unit,
    invoice: &invoice::Model,
    totals: &DocumentTotals,
) -> Outcome<()> {
    let exemption =
        unit.related::<customer::Entity>(invoice.customer_id).await?.tax_exemption_reason;
    insert(unit, rows(invoice, totals, exemption.as_deref())).await
}

/// The taxes of an issued document of which none are kept, because an older release has issued it.
pub(super) fn worked_out(
    invoice: &invoice::Model,
    lines: &[invoice_line::Model],
) -> Outcome<Vec<invoice_tax::Model>> {
    let lines: Vec<_> = lines.iter().map(|line| taxed(invoice, line)).collect();
    let totals = billing::totals(&lines, invoice.rounding_mode).map_err(too_large)?;
    Ok(rows(invoice, &totals, None))
}

fn rows(
    invoice: &invoice::Model,
    totals: &DocumentTotals,
    exemption_reason: Option<&str>,
) -> Vec<invoice_tax::Model> {
    let row = |group: &TaxTotal| {
        let taxed = matches!(group.rate.category, TaxCategory::Standard | TaxCategory::ZeroRated);
        invoice_tax::Model {
            tenant_id: invoice.tenant_id,
            invoice_id: invoice.id,
            category: group.rate.category,
            basis_points: group.rate.basis_points,
            net_amount: group.net,
            tax_amount: group.tax,
            exemption_reason: exemption_reason.filter(|_| !taxed).map(str::to_owned),
            credited_amount: 0,
            credited_tax: 0,
        }
    };
    totals.taxes.iter().map(row).collect()
}

/// The taxes of a credit note, below zero, from those of what it takes back.
pub(super) fn taken_back(
    credit_note: InvoiceId,
    taken: &[invoice_tax::Model],
) -> Vec<invoice_tax::Model> {
    let row = |group: &invoice_tax::Model| invoice_tax::Model {
        invoice_id: credit_note,
        net_amount: -group.net_amount,
        tax_amount: -group.tax_amount,
        ..group.clone()
    };
    taken.iter().map(row).collect()
}

pub(super) async fn insert(unit: &Unit, rows: Vec<invoice_tax::Model>) -> Outcome<()> {
    if !rows.is_empty() {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        invoice_tax::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    }
    Ok(())
}

/// How sums that do not fit are refused.
pub(crate) fn too_large<E: Into<BillingError>>(_: E) -> Refusal {
    Refusal::new(
        RefusalCode::AmountTooLarge,
        "The document would come to too large an amount. Issue it first, or put less on it.",
    )
}
