//! Issuing an invoice: it gets its number, its PO numbers and its due date, and never changes again.

use std::collections::HashMap;

use chrono::Days;
use entity::{
    AgreementId, EventKind, InvoiceId, InvoiceStatus, SubscriptionId, agreement, invoice,
    invoice_line, subscription, tenant,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::LockType,
};

use super::draft;
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode},
    services::{search, unit::Unit, validate},
};

/// Which draft is to be issued.
#[derive(Clone, Copy, Debug)]
pub struct IssueInvoice {
    pub invoice_id: InvoiceId,
    pub expected_version: Option<i64>,
}

/// Issues a draft. Its number is the tenant's next, without gaps. Each line keeps the PO number of its subscription,
/// or else the default of the agreement under which that was bought (APG-12, APG-16).
///
/// Refused with `INVOICE_ALREADY_ISSUED`.
pub async fn issue_invoice(unit: &Unit, command: IssueInvoice) -> Outcome<InvoiceId> {
    let mut invoice = access::visible::<invoice::Entity>(&unit.viewer)
        .filter(invoice::Column::Id.eq(command.invoice_id))
        .lock(LockType::NoKeyUpdate)
        .one(&unit.txn)
        .await?
        .ok_or_else(|| {
            Refusal::of(RefusalCode::InvoiceNotFound, "id", "There is no such invoice.")
        })?;
    if invoice.status == InvoiceStatus::Issued {
        let message = format!("Invoice {} has been issued.", invoice.number.unwrap_or_default());
        return Err(Refusal::of(RefusalCode::InvoiceAlreadyIssued, "id", message).into());
    }
    validate::version(command.expected_version, invoice.version)?;
    keep_po_numbers(unit, &invoice).await?;
    let tenant = take_number(unit).await?;
    let day = unit.now.date_naive();
    let terms = u64::try_from(tenant.payment_terms_days).unwrap_or_default();
    let number = format!("INV-{:06}", tenant.next_invoice_number);
    search::index(&unit.txn, search::Kind::Invoice, invoice.id.0, &[&number]).await?;
    invoice.number = Some(number);
    invoice.status = InvoiceStatus::Issued;
    invoice.issued_at = Some(unit.now);
    invoice.due_on = Some(day.checked_add_days(Days::new(terms)).unwrap_or(day));
    draft::save(unit, &mut invoice).await?;
    let event = draft::about(EventKind::InvoiceIssued, &invoice)
        .with_statuses(Some(InvoiceStatus::Draft.as_str()), InvoiceStatus::Issued.as_str());
    unit.record(event).await?;
    Ok(invoice.id)
}

/// Counts up and gives the tenant as it was before.
async fn take_number(unit: &Unit) -> Outcome<tenant::Model> {
    let tenant = tenant::Entity::find_by_id(unit.viewer.tenant_id)
        .lock(LockType::NoKeyUpdate)
        .one(&unit.txn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("tenant {} is gone", unit.viewer.tenant_id))?;
    let mut row = tenant.clone().into_active_model();
    row.next_invoice_number = Set(tenant.next_invoice_number + 1);
    row.update(&unit.txn).await?;
    Ok(tenant)
}

async fn keep_po_numbers(unit: &Unit, invoice: &invoice::Model) -> Outcome<()> {
    let lines = draft::lines_of(unit, invoice).await?;
    let subscriptions: HashMap<SubscriptionId, subscription::Model> = subscription::Entity::find()
        .filter(subscription::Column::TenantId.eq(invoice.tenant_id))
        .filter(subscription::Column::Id.is_in(lines.iter().map(|line| line.subscription_id)))
        .all(&unit.txn)
        .await?
        .into_iter()
        .map(|subscription| (subscription.id, subscription))
        .collect();
    let bought_under = subscriptions.values().filter_map(|subscription| subscription.agreement_id);
    let agreements: HashMap<AgreementId, agreement::Model> = agreement::Entity::find()
        .filter(agreement::Column::TenantId.eq(invoice.tenant_id))
        .filter(agreement::Column::Id.is_in(bought_under))
        .all(&unit.txn)
        .await?
        .into_iter()
        .map(|agreement| (agreement.id, agreement))
        .collect();
    for line in lines {
        let subscription = subscriptions.get(&line.subscription_id);
        let agreement = subscription
            .and_then(|subscription| subscription.agreement_id)
            .and_then(|id| agreements.get(&id));
        let po_number = subscription
            .and_then(|subscription| subscription.po_number.clone())
            .or_else(|| agreement.and_then(|agreement| agreement.default_po_number.clone()));
        let mut row: invoice_line::ActiveModel = line.into_active_model();
        row.po_number = Set(po_number);
        row.update(&unit.txn).await?;
    }
    Ok(())
}
