//! An invoice's row: the draft found or begun, written back, and told to the log.

use chrono::NaiveDate;
use entity::{
    AgreementId, CustomerId, EventKind, InvoiceId, InvoiceKind, InvoiceStatus, OrderId, PartnerId,
    RoundingMode, invoice, tenant,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::{Unit, locked},
    store::statement::is_exactly,
};

/// Who is charged, and by whom: there is a draft for each (APG-09). The partner is the one that sold the subscription: what
/// one sells is on no invoice of another, also after the customer has moved.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) customer_id: CustomerId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) agreement_id: Option<AgreementId>,
    pub(crate) currency: String,
    /// The order that brings the charges about; none: time does.
    pub(crate) order_id: Option<OrderId>,
}

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

/// The day on which a draft closes that nobody has given one: somebody has to issue it.
pub(super) const NEVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// What there is a draft for.
pub(super) struct DraftKey<'a> {
    pub(super) owner: &'a Owner,
    pub(super) kind: InvoiceKind,
    pub(super) tax_inclusive: bool,
    /// The order that has it to itself; none: it is the customer's.
    pub(super) order_id: Option<OrderId>,
}

/// A draft with nothing on it, which closes by hand, has its days in UTC and rounds half up until something else is said.
pub(super) fn draft(
    unit: &Unit,
    owner: &Owner,
    kind: InvoiceKind,
    tax_inclusive: bool,
) -> invoice::Model {
    invoice::Model {
        id: InvoiceId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        number: None,
        customer_id: owner.customer_id,
        partner_id: owner.partner_id,
        agreement_id: owner.agreement_id,
        order_id: None,
        kind,
        status: InvoiceStatus::Draft,
        closes_on: NEVER,
        currency: owner.currency.clone(),
        net_amount: 0,
        tax_amount: 0,
        gross_amount: 0,
        rounding_mode: RoundingMode::HalfUp,
        time_zone: "UTC".to_owned(),
        tax_inclusive,
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
    }
}

/// The draft that closes next, on a day or later, locked.
pub(super) async fn find_draft(
    unit: &Unit,
    key: &DraftKey<'_>,
    earliest: NaiveDate,
) -> Outcome<Option<invoice::Model>> {
    let DraftKey { owner, kind, tax_inclusive, order_id } = key;
    let of_agreement = match owner.agreement_id {
        Some(id) => invoice::Column::AgreementId.eq(id),
        None => invoice::Column::AgreementId.is_null(),
    };
    let of_partner = match owner.partner_id {
        Some(id) => invoice::Column::PartnerId.eq(id),
        None => invoice::Column::PartnerId.is_null(),
    };
    let of_order = match order_id {
        Some(id) => invoice::Column::OrderId.eq(*id),
        None => invoice::Column::OrderId.is_null(),
    };
    let draft = invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(invoice::Column::CustomerId.eq(owner.customer_id))
        .filter(invoice::Column::Currency.eq(owner.currency.as_str()))
        .filter(invoice::Column::Kind.eq(*kind))
        .filter(invoice::Column::TaxInclusive.eq(*tax_inclusive))
        .filter(is_exactly(invoice::Column::Status, InvoiceStatus::Draft))
        // What somebody began by hand collects nothing by itself.
        .filter(invoice::Column::CreditReason.is_null())
        .filter(invoice::Column::ClosesOn.gte(earliest))
        .filter(of_partner)
        .filter(of_agreement)
        .filter(of_order)
        .order_by_asc(invoice::Column::ClosesOn)
        .limit(1);
    Ok(locked(draft).one(&unit.txn).await?)
}

/// A new draft that closes on a day, locked; or the one that somebody else has begun at the same time.
pub(super) async fn begin_draft(
    unit: &Unit,
    tenant: &tenant::Model,
    key: &DraftKey<'_>,
    closes_on: NaiveDate,
) -> Outcome<invoice::Model> {
    let new = invoice::Model {
        closes_on,
        order_id: key.order_id,
        rounding_mode: tenant.rounding_mode,
        time_zone: tenant.time_zone.clone(),
        ..draft(unit, key.owner, key.kind, key.tax_inclusive)
    };
    // Somebody else may create it at the same time: the unique index keeps one, and both find it.
    let inserted = invoice::Entity::insert(new.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&unit.txn)
        .await;
    match inserted {
        Ok(0) | Err(DbErr::RecordNotInserted) => {}
        Ok(_) => {
            let kind = match key.kind {
                InvoiceKind::Invoice => EventKind::InvoiceCreated,
                InvoiceKind::CreditNote => EventKind::CreditNoteCreated,
            };
            let event = about(kind, &new)
                .by_order(key.owner.order_id)
                .with_statuses(None, InvoiceStatus::Draft.as_str());
            unit.record(event).await?;
            return Ok(new);
        }
        Err(error) => return Err(error.into()),
    }
    let draft = find_draft(unit, key, closes_on).await?;
    Ok(draft
        .ok_or_else(|| anyhow::anyhow!("a draft invoice was issued while it was looked for"))?)
}
