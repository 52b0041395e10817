//! Telling that an invoice is overdue.

use chrono::NaiveDate;
use entity::{EventKind, InvoiceId, InvoiceKind, InvoiceStatus, TenantId, invoice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::row;
use crate::{error::Outcome, services::unit::Unit, store::statement::is_exactly};

/// An invoice that was to be paid by a day that is over.
#[derive(Clone, Copy, Debug)]
pub struct TellOverdue {
    pub invoice_id: InvoiceId,
    /// The day that it is for the seller.
    pub today: NaiveDate,
}

/// The invoices of a seller of which that is to be said on a day.
pub fn overdue(tenant_id: TenantId, today: NaiveDate) -> Select<invoice::Entity> {
    invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(invoice::Column::Status, InvoiceStatus::Issued))
        .filter(is_exactly(invoice::Column::Kind, InvoiceKind::Invoice))
        .filter(invoice::Column::OverdueSince.is_null())
        .filter(invoice::Column::DueOn.lt(today))
        .order_by_asc(invoice::Column::DueOn)
}

/// Says once of an invoice that it is overdue, if something of it is still open; says whether it did. Reminders are left to
/// the seller.
pub async fn tell_overdue(unit: &Unit, command: TellOverdue) -> Outcome<bool> {
    let mut invoice = unit.lock::<invoice::Entity>(command.invoice_id).await?;
    let is_overdue = invoice.kind == InvoiceKind::Invoice
        && invoice.status == InvoiceStatus::Issued
        && invoice.overdue_since.is_none()
        && invoice.due_on.is_some_and(|day| day < command.today);
    if !is_overdue {
        return Ok(false);
    }
    invoice.overdue_since = Some(command.today);
    row::save(unit, &mut invoice).await?;
    unit.record(row::about(EventKind::InvoiceOverdue, &invoice)).await?;
    Ok(true)
}
