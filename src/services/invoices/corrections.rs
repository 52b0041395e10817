//! What lines take back of others.
//!
//! A charge that is changed before it is issued stands on its document together with what is taken back of it. What is left
//! of the two is what is left of the charge: the line that takes back has nothing more to give.

use std::collections::HashMap;

use domain::billing::{CreditableLine, EarlierCredit, Period};
use entity::{InvoiceLineId, invoice, invoice_line, line_correction};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use crate::error::Outcome;

/// What was taken back of the lines of a document.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// Of each line, by whatever document.
    earlier: HashMap<InvoiceLineId, Vec<EarlierCredit>>,
    /// Of each line, by lines of its own document; with the sign of the line.
    within: HashMap<InvoiceLineId, i64>,
    /// What each line takes back of others of its own document; with the sign of the line that takes back.
    taken_within: HashMap<InvoiceLineId, i64>,
}

impl Corrections {
    /// Loads what was taken back of the lines of a document, by hand and by billing itself, drafts included.
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        document: &invoice::Model,
        lines: &[invoice_line::Model],
    ) -> Outcome<Self> {
        let ids = lines_of(document).select_only().column(invoice_line::Column::Id).into_query();
        let rows = line_correction::Entity::find()
            .filter(line_correction::Column::TenantId.eq(document.tenant_id))
            .filter(line_correction::Column::CorrectsLineId.in_subquery(ids));
        let credits = rows.clone().select_only().column(line_correction::Column::LineId);
        let credits: HashMap<_, _> = invoice_line::Entity::find()
            .filter(invoice_line::Column::TenantId.eq(document.tenant_id))
            .filter(invoice_line::Column::Id.in_subquery(credits.into_query()))
            .all(db)
            .await?
            .into_iter()
            .map(|line| (line.id, line))
            .collect();
        let lines: HashMap<_, _> = lines.iter().map(|line| (line.id, line)).collect();
        let mut found = Self::default();
        for row in rows.all(db).await? {
            let of = lines.get(&row.corrects_line_id).zip(credits.get(&row.line_id));
            let Some((billed, by)) = of else { continue };
            let credit = earlier(billed, by, row.amount);
            found.earlier.entry(billed.id).or_default().push(credit);
            if by.invoice_id == document.id {
                *found.within.entry(billed.id).or_default() += credit.amount;
                *found.taken_within.entry(by.id).or_default() -= credit.amount;
            }
        }
        Ok(found)
    }

    /// What was taken back of a line, one by one.
    pub(super) fn earlier(&self, line: InvoiceLineId) -> &[EarlierCredit] {
        self.earlier.get(&line).map_or(&[], Vec::as_slice)
    }

    /// What can be taken back of a line.
    pub(super) fn creditable(&self, line: &invoice_line::Model) -> CreditableLine {
        let taken = self.taken_within.get(&line.id).copied().unwrap_or_default();
        CreditableLine {
            billed: line.net_amount.saturating_sub(taken),
            credited: line.credited_amount,
        }
    }

    /// What billing itself has taken back of a line on other documents.
    pub(super) fn billed_elsewhere(&self, line: &invoice_line::Model) -> i64 {
        let within = self.within.get(&line.id).copied().unwrap_or_default();
        line.credited_amount.saturating_sub(line.credited_by_hand).saturating_sub(within)
    }
}

/// The lines of a document, in their order.
pub(super) fn lines_of(document: &invoice::Model) -> Select<invoice_line::Entity> {
    invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(document.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(document.id))
        .order_by_asc(invoice_line::Column::LineNumber)
}

/// What a line has taken back of one that was billed: for days of it, for units, or just an amount.
fn earlier(billed: &invoice_line::Model, by: &invoice_line::Model, amount: i64) -> EarlierCredit {
    let is_about_days =
        by.share_days.is_some() || by.billed_quantity.is_some() || by.starts_on > billed.starts_on;
    let period = by.starts_on.zip(by.ends_on).filter(|_| is_about_days);
    let period = period.and_then(|(start, end)| Period::new(start, end).ok());
    let amount = if billed.net_amount < 0 { -amount.abs() } else { amount.abs() };
    EarlierCredit { amount, period }
}
