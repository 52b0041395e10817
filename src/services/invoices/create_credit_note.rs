//! Beginning a credit note: a draft that takes something back of an invoice, or gives something that no invoice is about.

use domain::{billing::CreditSettlement, viewer::Viewer};
use entity::{
    AgreementId, ChargeDirection, ChargeType, CreditReason, CustomerId, EventKind, InvoiceId,
    InvoiceKind, InvoiceLineId, InvoiceStatus, invoice, invoice_line, invoice_tax, line_correction,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select,
};

use super::{
    corrections::{Corrections, lines_of},
    credit::{self, Credit, CreditLine, TakenBack},
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
        days,
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
    let groups = groups_of(&invoice).all(readers).await?;
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
    let mut invoice = lock_invoice(unit, invoice_id).await?;
    let lines = locked(lines_of(&invoice)).all(&unit.txn).await?;
    let mut groups = locked(groups_of(&invoice)).all(&unit.txn).await?;
    if groups.is_empty() && invoice.status != InvoiceStatus::Draft {
        // An older release has issued it.
        groups = taxes::worked_out(&invoice, &lines)?;
        taxes::insert(unit, groups.clone()).await?;
    }
    let corrections = Corrections::load(&unit.txn, &invoice, &lines).await?;
    let credit = credit::decide(&invoice, &lines, &corrections, groups, wanted)?;

    let owner = Owner {
        customer_id: invoice.customer_id,
        partner_id: invoice.partner_id,
        agreement_id: invoice.agreement_id,
        currency: invoice.currency.clone(),
        order_id: None,
    };
    let draft = invoice::Model {
        net_amount: -credit.net,
        tax_amount: -credit.tax,
        gross_amount: -credit.gross,
        corrects_invoice_id: Some(invoice.id),
        credit_reason: Some(reason),
        note,
        rounding_mode: invoice.rounding_mode,
        time_zone: invoice.time_zone.clone(),
        ..row::draft(unit, &owner, InvoiceKind::CreditNote, invoice.tax_inclusive)
    };
    let id = draft.id;
    begin(unit, &draft).await?;
    for (place, taken) in credit.lines.iter().enumerate() {
        take_back(unit, &draft, place, taken).await?;
    }
    for group in &credit.groups {
        unit.save(group.clone()).await?;
    }
    taxes::insert(unit, taxes::taken_back(id, &credit.taxes)).await?;
    row::save(unit, &mut invoice).await?;
    Ok(id)
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

/// What is kept of the taxes of a document.
fn groups_of(invoice: &invoice::Model) -> Select<invoice_tax::Entity> {
    invoice_tax::Entity::find()
        .filter(invoice_tax::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_tax::Column::InvoiceId.eq(invoice.id))
        .order_by_asc(invoice_tax::Column::Category)
        .order_by_asc(invoice_tax::Column::BasisPoints)
}

async fn begin(unit: &Unit, draft: &invoice::Model) -> Outcome<()> {
    let row = draft.clone().into_active_model().reset_all();
    invoice::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    let event = row::about(EventKind::CreditNoteCreated, draft)
        .with_statuses(None, InvoiceStatus::Draft.as_str());
    Ok(unit.record(event).await?)
}

/// Writes the line that takes something back, and what is taken beside the line that was billed.
async fn take_back(
    unit: &Unit,
    draft: &invoice::Model,
    place: usize,
    taken: &TakenBack,
) -> Outcome<()> {
    let TakenBack { line: billed, amount, quantity, rest, .. } = taken;
    let (days, starts_on, share) = match rest {
        Some((from, share)) => {
            (Some(days::begins(days::zone(&draft.time_zone)?, *from)?), Some(*from), *share)
        }
        None => (billed.period_starts_at, billed.starts_on, None),
    };
    let line = invoice_line::Model {
        id: InvoiceLineId::new(unit.now),
        invoice_id: draft.id,
        line_number: number(place),
        order_line_id: None,
        charge_type: ChargeType::Correction,
        quantity: 1,
        unit_amount: -amount,
        net_amount: -amount,
        billed_quantity: quantity.map(|quantity| -quantity),
        discount_amount: 0,
        period_starts_at: days,
        starts_on,
        share_days: share.and_then(|share| i32::try_from(share.days()).ok()),
        share_of_days: share.and_then(|share| i32::try_from(share.of_days()).ok()),
        cause: String::new(),
        direction: ChargeDirection::Credit,
        rounding_mode: draft.rounding_mode,
        issued_on: None,
        due_on: None,
        credited_amount: 0,
        credited_by_hand: 0,
        created_at: unit.now,
        ..billed.clone()
    };
    let correction = line_correction::Model {
        tenant_id: draft.tenant_id,
        line_id: line.id,
        corrects_line_id: billed.id,
        amount: *amount,
    };
    let row = line.into_active_model();
    invoice_line::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    let row = correction.into_active_model();
    line_correction::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(unit
        .save(invoice_line::Model {
            credited_amount: billed.credited_amount + amount,
            credited_by_hand: billed.credited_by_hand + amount,
            ..billed.clone()
        })
        .await?)
}

fn number(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(i32::MAX)
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
    let amounts: Vec<_> = lines.iter().map(|line| line.taxed(-line.amount)).collect();
    let totals = taxes::sum_up(&mut draft, &amounts)?;
    begin(unit, &draft).await?;
    let rows = lines.into_iter().enumerate().map(|(place, line)| {
        let amount = -line.amount;
        line.row(&draft, number(place), amount, unit.now).into_active_model()
    });
    invoice_line::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    taxes::keep(unit, &draft, &totals).await?;
    Ok(draft.id)
}
