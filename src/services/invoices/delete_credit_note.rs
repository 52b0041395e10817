//! Deleting the draft of a credit note.

use anyhow::anyhow;
use entity::{EventKind, InvoiceId, invoice, invoice_line, invoice_tax, subscription};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    Statement, sea_query::Expr,
};

use super::{issue, row};
use crate::{
    access,
    error::Outcome,
    services::{
        unit::{Unit, locked},
        validate,
    },
};

/// Which draft is to go.
#[derive(Clone, Copy, Debug)]
pub struct DeleteCreditNote {
    pub credit_note_id: InvoiceId,
    pub expected_version: Option<i64>,
}

/// Deletes a draft that somebody has begun. What it was to take back can be taken back by others again. Its events stay in
/// the log. Refused with `INVOICE_ALREADY_ISSUED`; a draft that charges collect on is no credit note yet.
pub async fn delete_credit_note(unit: &Unit, command: DeleteCreditNote) -> Outcome<InvoiceId> {
    let draft = issue::lock_draft(unit, command.credit_note_id).await?;
    if draft.credit_reason.is_none() {
        return Err(access::not_found::<invoice::Entity>("id").into());
    }
    validate::version(command.expected_version, draft.version)?;
    if let Some(id) = draft.corrects_invoice_id {
        give_back(unit, &draft, id).await?;
    }
    unit.record(row::about(EventKind::CreditNoteDeleted, &draft)).await?;
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
    invoice::Entity::delete_by_id(draft.id).exec(&unit.txn).await?;
    Ok(draft.id)
}

/// Makes what a draft has taken of an invoice free again.
async fn give_back(unit: &Unit, draft: &invoice::Model, of: InvoiceId) -> Outcome<()> {
    let invoice = locked(invoice::Entity::find_by_id(of)).one(&unit.txn).await?;
    let mut invoice = invoice.ok_or_else(|| anyhow!("invoice {of} is gone"))?;
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
    row::save(unit, &mut invoice).await
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
