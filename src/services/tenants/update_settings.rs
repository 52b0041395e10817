//! Changing how a tenant works.

use entity::{
    CancellationDay, CreditBy, RoundingMode, SuspensionBilling, TenantId, UnpaidOrders,
    plan_instance::ProrationPolicy,
};

use super::terms;
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug, Default)]
pub struct UpdateTenantSettings {
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub default_currency: Change<String>,
    pub approval_required: Change<bool>,
    pub approval_lapse_days: Change<i32>,
    pub payment_terms_days: Change<i32>,
    /// A name of the IANA time zone database.
    pub time_zone: Change<String>,
    pub rounding_mode: Change<RoundingMode>,
    /// Cleared: by days, whatever happens.
    pub proration_policy: Change<ProrationPolicy>,
    pub cancellation_day: Change<CancellationDay>,
    pub suspension_billing: Change<SuspensionBilling>,
    pub credit_by: Change<CreditBy>,
    pub invoice_per_order: Change<bool>,
    pub line_cancellation_days: Change<i32>,
    pub invoice_lead_days: Change<i32>,
    pub past_start_days: Change<i32>,
    pub draft_grace_days: Change<i32>,
    /// Minor units of whatever currency is paid in.
    pub payment_tolerance: Change<i32>,
    pub invoice_prefix: Change<String>,
    pub credit_note_prefix: Change<String>,
    pub number_width: Change<i32>,
    pub legal_name: Change<String>,
    pub street: Change<String>,
    pub postal_code: Change<String>,
    pub city: Change<String>,
    pub country: Change<String>,
    pub tax_number: Change<String>,
    pub registration_number: Change<String>,
    pub email: Change<String>,
    pub payment_instructions: Change<String>,
    pub payment_required: Change<bool>,
    pub payment_page_url: Change<String>,
    pub unpaid_orders: Change<UnpaidOrders>,
}

/// Changes the settings named, of the viewer's tenant. They hold for what is submitted or issued from then on.
pub async fn update_tenant_settings(
    unit: &Unit,
    command: UpdateTenantSettings,
) -> Outcome<TenantId> {
    let id = unit.viewer.tenant_id;
    let seen = unit.lock_tenant().await?;
    validate::version(command.expected_version, seen.version)?;

    let mut tenant = (*seen).clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut tenant.name, "name", validate::name));
    refusals.value(command.default_currency.put(
        &mut tenant.default_currency,
        "defaultCurrency",
        validate::currency,
    ));
    refusals.value(command.approval_required.put(
        &mut tenant.approval_required,
        "approvalRequired",
        validate::any,
    ));
    refusals.value(command.approval_lapse_days.put_optional(
        &mut tenant.approval_lapse_days,
        "approvalLapseDays",
        terms::approval_lapse_days,
    ));
    refusals.value(command.payment_terms_days.put(
        &mut tenant.payment_terms_days,
        "paymentTermsDays",
        terms::payment_terms_days,
    ));
    refusals.value(command.time_zone.put(&mut tenant.time_zone, "timeZone", terms::time_zone));
    refusals.value(command.rounding_mode.put(
        &mut tenant.rounding_mode,
        "roundingMode",
        validate::any,
    ));
    refusals.value(command.proration_policy.put_optional(
        &mut tenant.proration_policy,
        "prorationPolicy",
        validate::any,
    ));
    refusals.value(command.cancellation_day.put(
        &mut tenant.cancellation_day,
        "cancellationDay",
        validate::any,
    ));
    refusals.value(command.suspension_billing.put(
        &mut tenant.suspension_billing,
        "suspensionBilling",
        validate::any,
    ));
    refusals.value(command.credit_by.put(&mut tenant.credit_by, "creditBy", validate::any));
    refusals.value(command.invoice_per_order.put(
        &mut tenant.invoice_per_order,
        "invoicePerOrder",
        validate::any,
    ));
    refusals.value(command.line_cancellation_days.put(
        &mut tenant.line_cancellation_days,
        "lineCancellationDays",
        terms::line_cancellation_days,
    ));
    refusals.value(command.past_start_days.put(
        &mut tenant.past_start_days,
        "pastStartDays",
        terms::past_start_days,
    ));
    refusals.value(command.invoice_lead_days.put(
        &mut tenant.invoice_lead_days,
        "invoiceLeadDays",
        terms::invoice_lead_days,
    ));
    refusals.value(command.draft_grace_days.put(
        &mut tenant.draft_grace_days,
        "draftGraceDays",
        terms::draft_grace_days,
    ));
    refusals.value(command.payment_tolerance.put(
        &mut tenant.payment_tolerance,
        "paymentTolerance",
        terms::payment_tolerance,
    ));
    refusals.value(command.number_width.put(
        &mut tenant.number_width,
        "numberWidth",
        terms::number_width,
    ));
    for (change, place, field) in [
        (command.invoice_prefix, &mut tenant.invoice_prefix, "invoicePrefix"),
        (command.credit_note_prefix, &mut tenant.credit_note_prefix, "creditNotePrefix"),
    ] {
        refusals.value(change.put(place, field, terms::number_prefix));
    }
    refusals.value(terms::number_series(unit, &seen, &tenant).await?);
    for (change, place, field) in [
        (command.legal_name, &mut tenant.legal_name, "legalName"),
        (command.street, &mut tenant.street, "street"),
        (command.city, &mut tenant.city, "city"),
    ] {
        refusals.value(change.put_optional(place, field, validate::text));
    }
    for (change, place, field) in [
        (command.postal_code, &mut tenant.postal_code, "postalCode"),
        (command.tax_number, &mut tenant.tax_number, "taxNumber"),
        (command.registration_number, &mut tenant.registration_number, "registrationNumber"),
    ] {
        refusals.value(change.put_optional(place, field, validate::short_text));
    }
    refusals.value(command.country.put_optional(&mut tenant.country, "country", validate::country));
    refusals.value(command.email.put_optional(&mut tenant.email, "email", validate::email));
    refusals.value(command.payment_instructions.put_optional(
        &mut tenant.payment_instructions,
        "paymentInstructions",
        validate::note,
    ));
    refusals.value(command.payment_required.put(
        &mut tenant.payment_required,
        "paymentRequired",
        validate::any,
    ));
    refusals.value(command.payment_page_url.put_optional(
        &mut tenant.payment_page_url,
        "paymentPageUrl",
        terms::payment_page_url,
    ));
    refusals.value(command.unpaid_orders.put(
        &mut tenant.unpaid_orders,
        "unpaidOrders",
        validate::any,
    ));
    refusals.done()?;

    if tenant != *seen {
        tenant.version += 1;
        tenant.updated_at = unit.now;
        unit.save_tenant(tenant).await?;
    }
    Ok(id)
}
