//! The draft of a credit note that somebody begins: what it takes back or gives, and what becomes of that when it goes.

use anyhow::anyhow;
use domain::billing::DocumentTotals;
use entity::{
    ChargeDirection, ChargeType, InvoiceId, InvoiceLineId, InvoiceStatus, invoice, invoice_line,
    invoice_tax, line_correction, subscription,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Statement, sea_query::Expr,
};

use super::{
    corrections::{Corrections, lines_of},
    credit::{self, Credit, CreditLine, TakenBack},
    free_line::CheckedLine,
    issue, row, taxes,
};
use crate::{
    access,
    error::Outcome,
    services::{
        days,
        unit::{Unit, locked},
    },
};

/// The draft of a credit note that somebody has begun, by the field `id`, locked. Refused with `INVOICE_ALREADY_ISSUED`; a
/// draft that charges collect on is no credit note yet.
pub(super) async fn lock(unit: &Unit, id: InvoiceId) -> Outcome<invoice::Model> {
    let draft = issue::lock_draft(unit, id).await?;
    if draft.credit_reason.is_none() {
        return Err(access::not_found::<invoice::Entity>("id").into());
    }
    Ok(draft)
}

/// What a credit note with these lines takes back of a locked invoice.
pub(super) async fn decide(
    unit: &Unit,
    invoice: &invoice::Model,
    wanted: Option<&[CreditLine]>,
) -> Outcome<Credit> {
    let lines = locked(lines_of(invoice)).all(&unit.txn).await?;
    let mut groups = locked(groups_of(invoice)).all(&unit.txn).await?;
    if groups.is_empty() && invoice.status != InvoiceStatus::Draft {
        // An older release has issued it.
        groups = taxes::worked_out(invoice, &lines)?;
        taxes::insert(unit, groups.clone()).await?;
    }
    let corrections = Corrections::load(&unit.txn, invoice, &lines).await?;
    credit::decide(invoice, &lines, &corrections, groups, wanted)
}

/// Puts on a draft what it takes back.
pub(super) const fn sum_up(draft: &mut invoice::Model, credit: &Credit) {
    draft.net_amount = -credit.net;
    draft.tax_amount = -credit.tax;
    draft.gross_amount = -credit.gross;
}

/// Writes the lines and the taxes of a draft, and what they take beside what was billed.
pub(super) async fn take_back(
    unit: &Unit,
    draft: &invoice::Model,
    mut invoice: invoice::Model,
    credit: &Credit,
) -> Outcome<()> {
    for (place, taken) in credit.lines.iter().enumerate() {
        take_back_line(unit, draft, place, taken).await?;
    }
    for group in &credit.groups {
        unit.save(group.clone()).await?;
    }
    taxes::insert(unit, taxes::taken_back(draft.id, &credit.taxes)).await?;
    row::save(unit, &mut invoice).await
}

/// What is kept of the taxes of a document.
pub(super) fn groups_of(invoice: &invoice::Model) -> Select<invoice_tax::Entity> {
    invoice_tax::Entity::find()
        .filter(invoice_tax::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_tax::Column::InvoiceId.eq(invoice.id))
        .order_by_asc(invoice_tax::Column::Category)
        .order_by_asc(invoice_tax::Column::BasisPoints)
}

/// Writes the line that takes something back, and what is taken beside the line that was billed.
async fn take_back_line(
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

/// Puts on a draft what it gives.
pub(super) fn sum_up_given(
    draft: &mut invoice::Model,
    lines: &[CheckedLine],
) -> Outcome<DocumentTotals> {
    let amounts: Vec<_> = lines.iter().map(|line| line.taxed(-line.amount)).collect();
    taxes::sum_up(draft, &amounts)
}

/// Writes the lines and the taxes of a draft that takes nothing back.
pub(super) async fn give(
    unit: &Unit,
    draft: &invoice::Model,
    lines: Vec<CheckedLine>,
    totals: &DocumentTotals,
) -> Outcome<()> {
    let rows = lines.into_iter().enumerate().map(|(place, line)| {
        let amount = -line.amount;
        line.row(draft, number(place), amount, unit.now).into_active_model()
    });
    invoice_line::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    taxes::keep(unit, draft, totals).await
}

/// Deletes what is on a draft. What it has taken of an invoice is free again; gives that invoice, locked, to be saved.
pub(super) async fn empty(unit: &Unit, draft: &invoice::Model) -> Outcome<Option<invoice::Model>> {
    let invoice = match draft.corrects_invoice_id {
        Some(id) => Some(give_back(unit, draft, id).await?),
        None => None,
    };
    invoice_line::Entity::delete_many()
        .filter(invoice_line::Column::TenantId.eq(draft.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(draft.id))
        .exec(&unit.txn)
        .await?;
    invoice_tax::Entity::delete_many()
        .filter(invoice_tax::Column::TenantId.eq(draft.tenant_id))
        .filter(invoice_tax::Column::InvoiceId.eq(draft.id))
        .exec(&unit.txn)
        .await?;
    Ok(invoice)
}

async fn give_back(unit: &Unit, draft: &invoice::Model, of: InvoiceId) -> Outcome<invoice::Model> {
    let invoice = locked(invoice::Entity::find_by_id(of)).one(&unit.txn).await?;
    let invoice = invoice.ok_or_else(|| anyhow!("invoice {of} is gone"))?;
    look_again(unit, draft).await?;
    for statement in [LINES, TAXES, CORRECTIONS] {
        unit.txn
            .execute_raw(Statement::from_sql_and_values(
                unit.txn.get_database_backend(),
                statement,
                [draft.tenant_id.into(), draft.id.into()],
            ))
            .await?;
    }
    Ok(invoice)
}

/// Has billing look at the subscriptions again that the draft was about: what a cancellation or a change would have given back
/// meanwhile was not there to be given.
async fn look_again(unit: &Unit, draft: &invoice::Model) -> Outcome<()> {
    use subscription::Column::{ActivatedAt, Id, NextBillingAt, TenantId};
    let about = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::SubscriptionId)
        .filter(invoice_line::Column::TenantId.eq(draft.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(draft.id))
        .filter(invoice_line::Column::SubscriptionId.is_not_null())
        .into_query();
    subscription::Entity::update_many()
        .col_expr(NextBillingAt, Expr::value(unit.now))
        .filter(TenantId.eq(draft.tenant_id))
        .filter(Id.in_subquery(about))
        .filter(ActivatedAt.is_not_null())
        .filter(NextBillingAt.is_null().or(NextBillingAt.gt(unit.now)))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

const LINES: &str = "UPDATE invoice_line SET \
        credited_amount = invoice_line.credited_amount - taken.amount, \
        credited_by_hand = invoice_line.credited_by_hand - taken.amount \
    FROM line_correction AS taken \
    JOIN invoice_line AS own ON own.tenant_id = taken.tenant_id AND own.id = taken.line_id \
    WHERE own.tenant_id = $1 AND own.invoice_id = $2 \
        AND invoice_line.tenant_id = own.tenant_id AND invoice_line.id = taken.corrects_line_id";

const TAXES: &str = "UPDATE invoice_tax SET \
        credited_amount = invoice_tax.credited_amount + taken.net_amount \
            + CASE WHEN draft.tax_inclusive THEN taken.tax_amount ELSE 0 END, \
        credited_tax = invoice_tax.credited_tax + taken.tax_amount \
    FROM invoice AS draft \
    JOIN invoice_tax AS taken ON taken.tenant_id = draft.tenant_id AND taken.invoice_id = draft.id \
    WHERE draft.tenant_id = $1 AND draft.id = $2 \
        AND invoice_tax.tenant_id = draft.tenant_id \
        AND invoice_tax.invoice_id = draft.corrects_invoice_id \
        AND invoice_tax.category = taken.category \
        AND invoice_tax.basis_points = taken.basis_points";

const CORRECTIONS: &str = "DELETE FROM line_correction WHERE tenant_id = $1 AND line_id IN \
    (SELECT id FROM invoice_line WHERE tenant_id = $1 AND invoice_id = $2)";
