//! An invoice's row: the draft found or begun, written back, and told to the log.

use chrono::NaiveDate;
use entity::{
    AgreementId, EventKind, InvoiceId, InvoiceKind, InvoiceStatus, PartnerId, RoundingMode,
    invoice, order, subscription,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::{Unit, locked},
    store::statement::is_exactly,
};

/// Writes a locked invoice back as its next version.
pub(super) async fn save(unit: &Unit, invoice: &mut invoice::Model) -> Outcome<()> {
    invoice.version += 1;
    invoice.updated_at = unit.now;
    Ok(unit.save(invoice.clone()).await?)
}

/// An event about an invoice.
pub(super) fn about(kind: EventKind, invoice: &invoice::Model) -> NewEvent {
    NewEvent::about(kind, Subject::Invoice(invoice.id), invoice.customer_id, invoice.partner_id)
}

/// The customer's open draft, locked; begun where there is none. There is one per customer, partner, currency and
/// agreement (APG-09).
pub(super) async fn lock_draft(
    unit: &Unit,
    order: &order::Model,
    subscription: &subscription::Model,
) -> Outcome<invoice::Model> {
    let new = invoice::Model {
        id: InvoiceId::new(unit.now),
        tenant_id: subscription.tenant_id,
        number: None,
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        agreement_id: subscription.agreement_id,
        kind: InvoiceKind::Invoice,
        status: InvoiceStatus::Draft,
        closes_on: NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default(),
        currency: subscription.currency.clone(),
        net_amount: 0,
        tax_amount: 0,
        gross_amount: 0,
        rounding_mode: RoundingMode::HalfEven,
        time_zone: "UTC".to_owned(),
        tax_inclusive: false,
        seller: None,
        buyer: None,
        corrects_invoice_id: None,
        credit_reason: None,
        note: None,
        paid_amount: 0,
        open_amount: 0,
        settled_at: None,
        overdue_since: None,
        issued_at: None,
        issued_on: None,
        due_on: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    if let Some(draft) = find_draft(unit, subscription).await? {
        return Ok(draft);
    }
    // Somebody else may create it at the same time: the unique index keeps one, and both find it.
    let inserted = invoice::Entity::insert(new.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&unit.txn)
        .await;
    match inserted {
        Ok(0) | Err(DbErr::RecordNotInserted) => {}
        Ok(_) => {
            let event = about(EventKind::InvoiceCreated, &new)
                .by_order(Some(order.id))
                .with_statuses(None, InvoiceStatus::Draft.as_str());
            unit.record(event).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let draft = find_draft(unit, subscription).await?;
    Ok(draft
        .ok_or_else(|| anyhow::anyhow!("a draft invoice was issued while it was looked for"))?)
}

async fn find_draft(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<Option<invoice::Model>> {
    let of_agreement = match subscription.agreement_id {
        Some(AgreementId(_)) => invoice::Column::AgreementId.eq(subscription.agreement_id),
        None => invoice::Column::AgreementId.is_null(),
    };
    let of_partner = match subscription.partner_id {
        Some(PartnerId(_)) => invoice::Column::PartnerId.eq(subscription.partner_id),
        None => invoice::Column::PartnerId.is_null(),
    };
    let draft = invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(subscription.tenant_id))
        .filter(invoice::Column::CustomerId.eq(subscription.customer_id))
        .filter(invoice::Column::Currency.eq(subscription.currency.clone()))
        .filter(is_exactly(invoice::Column::Status, InvoiceStatus::Draft))
        .filter(of_partner)
        .filter(of_agreement);
    Ok(locked(draft).one(&unit.txn).await?)
}
