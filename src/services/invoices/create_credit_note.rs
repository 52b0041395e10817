//! Beginning a credit note: a draft that takes something back of an invoice, or gives something that no invoice is about.

use domain::{billing::CreditSettlement, viewer::Viewer};
use entity::{
    AgreementId, CreditReason, CustomerId, EventKind, InvoiceId, InvoiceKind, InvoiceStatus,
    invoice,
};
use sea_orm::{ColumnTrait, QueryFilter, Select};

use super::{
    corrections::{Corrections, lines_of},
    credit::{self, Credit, CreditLine},
    credit_draft,
    free_line::{self, FreeLine},
    receiver,
    row::{self, Owner},
    settle, taxes,
};
use crate::{
    access,
    app::App,
    error::{Outcome, Refusal, RefusalCode},
    services::{
        seller::customer_taxes::CustomerTaxes,
        unit::{Unit, locked},
        validate,
    },
};

/// What a credit note takes back of an invoice.
#[derive(Clone, Debug)]
pub struct CreateCreditNote {
    pub invoice_id: InvoiceId,
    /// None: all that is left of it.
    pub lines: Option<Vec<CreditLine>>,
    pub reason: CreditReason,
    pub note: Option<String>,
}

/// What a credit note gives that no invoice is about (APG-23).
#[derive(Clone, Debug)]
pub struct CreateStandaloneCreditNote {
    pub customer_id: CustomerId,
    pub agreement_id: Option<AgreementId>,
    /// None: the agreement's, or else the tenant's.
    pub currency: Option<String>,
    pub lines: Vec<FreeLine>,
    pub reason: CreditReason,
    pub note: Option<String>,
}

/// Begins a credit note. What it takes back counts as taken back from now on, so that no other takes it as well;
/// deleting the draft gives it back.
///
/// Refused with `INVOICE_NOT_ISSUED`, `INVOICE_LINE_NOT_FOUND`, `CREDIT_EXCEEDS_LINE` and `NOTHING_TO_CREDIT`.
pub async fn create_credit_note(unit: &Unit, command: CreateCreditNote) -> Outcome<InvoiceId> {
    let note = validate::note("note", command.note)?;
    of_invoice(unit, command.invoice_id, command.lines.as_deref(), command.reason, note).await
}

/// Begins a credit note that takes nothing back, of the partner that the customer has now.
pub async fn create_standalone_credit_note(
    unit: &Unit,
    command: CreateStandaloneCreditNote,
) -> Outcome<InvoiceId> {
    let CreateStandaloneCreditNote { customer_id, agreement_id, currency, lines, reason, note } =
        command;
    let note = validate::note("note", note)?;
    let owner = receiver::owner(unit, customer_id, agreement_id, currency).await?;
    of_none(unit, &owner, lines, reason, note).await
}

/// What a credit note would take back, and where that would go.
#[derive(Debug)]
pub struct CreditPreview {
    pub invoice: invoice::Model,
    pub credit: Credit,
    pub settlement: CreditSettlement,
}

/// What a credit note with these lines would take back of an invoice, by the function that writes it.
pub async fn preview_credit(
    app: &App,
    viewer: &Viewer,
    invoice_id: InvoiceId,
    wanted: Option<&[CreditLine]>,
) -> Outcome<CreditPreview> {
    let readers = app.store.readers();
    let invoice = invoice_of(viewer, invoice_id).one(readers).await?;
    let invoice = invoice.ok_or_else(|| access::not_found::<invoice::Entity>("invoiceId"))?;
    let lines = lines_of(&invoice).all(readers).await?;
    let groups = credit_draft::groups_of(&invoice).all(readers).await?;
    let groups = if groups.is_empty() { taxes::worked_out(&invoice, &lines)? } else { groups };
    let corrections = Corrections::load(readers, &invoice, &lines).await?;
    let credit = credit::decide(&invoice, &lines, &corrections, groups, wanted)?;
    let settlement = settle::credit(readers, &invoice, credit.gross).await?;
    Ok(CreditPreview { invoice, credit, settlement })
}

async fn of_invoice(
    unit: &Unit,
    invoice_id: InvoiceId,
    wanted: Option<&[CreditLine]>,
    reason: CreditReason,
    note: Option<String>,
) -> Outcome<InvoiceId> {
    let invoice = lock_invoice(unit, invoice_id).await?;
    let credit = credit_draft::decide(unit, &invoice, wanted).await?;
    let owner = Owner {
        customer_id: invoice.customer_id,
        partner_id: invoice.partner_id,
        agreement_id: invoice.agreement_id,
        currency: invoice.currency.clone(),
        order_id: None,
    };
    let mut draft = invoice::Model {
        corrects_invoice_id: Some(invoice.id),
        credit_reason: Some(reason),
        note,
        rounding_mode: invoice.rounding_mode,
        time_zone: invoice.time_zone.clone(),
        ..row::draft(unit, &owner, InvoiceKind::CreditNote, invoice.tax_inclusive)
    };
    credit_draft::sum_up(&mut draft, &credit);
    begin(unit, &draft).await?;
    credit_draft::take_back(unit, &draft, invoice, &credit).await?;
    Ok(draft.id)
}

/// The invoice with this id; a credit note is none.
pub(super) fn invoice_of(viewer: &Viewer, id: InvoiceId) -> Select<invoice::Entity> {
    access::visible::<invoice::Entity>(viewer)
        .filter(invoice::Column::Id.eq(id))
        .filter(invoice::Column::Kind.eq(InvoiceKind::Invoice))
}

/// The invoice that the caller names in the field `invoiceId`, locked. A credit note that the caller may see is told from
/// what is not there.
pub(super) async fn lock_invoice(unit: &Unit, id: InvoiceId) -> Outcome<invoice::Model> {
    let found = locked(invoice_of(&unit.viewer, id)).one(&unit.txn).await?;
    if let Some(invoice) = found {
        return Ok(invoice);
    }
    let credit_note = unit.require::<invoice::Entity>(id, "invoiceId").await??;
    let number = credit_note.number.unwrap_or_default();
    let message = format!("{number} is a credit note: it is nothing to pay or to take back of.");
    Err(Refusal::of(RefusalCode::InvoiceNotFound, "invoiceId", message).into())
}

async fn begin(unit: &Unit, draft: &invoice::Model) -> Outcome<()> {
    unit.insert(draft.clone()).await?;
    let event = row::about(EventKind::CreditNoteCreated, draft)
        .with_statuses(None, InvoiceStatus::Draft.as_str());
    Ok(unit.record(event).await?)
}

async fn of_none(
    unit: &Unit,
    owner: &Owner,
    lines: Vec<FreeLine>,
    reason: CreditReason,
    note: Option<String>,
) -> Outcome<InvoiceId> {
    let charged = CustomerTaxes::load(unit, owner.customer_id).await?;
    let lines = free_line::all_checked(unit, &charged, lines).await?;
    let tenant = &charged.seller.tenant;
    let mut draft = invoice::Model {
        credit_reason: Some(reason),
        note,
        rounding_mode: tenant.rounding_mode,
        time_zone: tenant.time_zone.clone(),
        ..row::draft(unit, owner, InvoiceKind::CreditNote, false)
    };
    let totals = credit_draft::sum_up_given(&mut draft, &lines)?;
    begin(unit, &draft).await?;
    credit_draft::give(unit, &draft, lines, &totals).await?;
    Ok(draft.id)
}
