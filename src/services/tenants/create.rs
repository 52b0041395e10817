//! Setting up a seller's world.

use entity::{
    CancellationDay, CreditBy, RoundingMode, SuspensionBilling, TenantId, TenantKind, UnpaidOrders,
    tenant,
};
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::terms;
use crate::{
    error::{Outcome, Refusals},
    events::log,
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateTenant {
    pub name: String,
    pub kind: TenantKind,
    /// ISO 4217.
    pub default_currency: String,
    /// Whether every submitted order waits for the seller's approval.
    pub approval_required: bool,
    /// None: an approval never lapses.
    pub approval_lapse_days: Option<i32>,
    pub payment_terms_days: i32,
    /// A name of the IANA time zone database.
    pub time_zone: String,
}

/// Creates the tenant that the unit was begun for, with an empty event log.
///
/// There is no caller in a tenant that does not exist yet: begin the unit with `Viewer::system` and a new `TenantId`.
pub async fn create_tenant(unit: &Unit, command: CreateTenant) -> Outcome<TenantId> {
    let mut refusals = Refusals::default();
    let name = refusals.value(validate::name("name", command.name));
    let default_currency =
        refusals.value(validate::currency("defaultCurrency", command.default_currency));
    let approval_lapse_days = refusals
        .value(terms::approval_lapse_days("approvalLapseDays", command.approval_lapse_days));
    let payment_terms_days =
        refusals.value(terms::payment_terms_days("paymentTermsDays", command.payment_terms_days));
    let time_zone = refusals.value(terms::time_zone("timeZone", command.time_zone));
    refusals.done()?;

    let id = unit.viewer.tenant_id;
    let row = tenant::ActiveModel {
        id: Set(id),
        name: Set(name),
        kind: Set(command.kind),
        default_currency: Set(default_currency),
        approval_required: Set(command.approval_required),
        approval_lapse_days: Set(approval_lapse_days),
        payment_terms_days: Set(payment_terms_days),
        next_invoice_number: Set(1),
        time_zone: Set(time_zone),
        rounding_mode: Set(RoundingMode::HalfUp),
        proration_policy: Set(None),
        cancellation_day: Set(CancellationDay::Credited),
        suspension_billing: Set(SuspensionBilling::Continues),
        credit_by: Set(CreditBy::CorrectionLine),
        invoice_per_order: Set(false),
        line_cancellation_days: Set(0),
        invoice_lead_days: Set(0),
        past_start_days: Set(0),
        draft_grace_days: Set(0),
        payment_tolerance: Set(0),
        invoice_prefix: Set("INV-".to_owned()),
        credit_note_prefix: Set("CN-".to_owned()),
        number_width: Set(6),
        next_credit_note_number: Set(1),
        legal_name: Set(None),
        street: Set(None),
        postal_code: Set(None),
        city: Set(None),
        country: Set(None),
        tax_number: Set(None),
        registration_number: Set(None),
        email: Set(None),
        payment_instructions: Set(None),
        payment_required: Set(false),
        payment_page_url: Set(None),
        unpaid_orders: Set(UnpaidOrders::Kept),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    tenant::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    log::create(&unit.txn, id).await?;
    Ok(id)
}
