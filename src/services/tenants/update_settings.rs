//! Changing how a tenant works.

use entity::TenantId;

use super::terms;
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateTenantSettings {
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub default_currency: Change<String>,
    pub approval_required: Change<bool>,
    pub approval_lapse_days: Change<i32>,
    pub payment_terms_days: Change<i32>,
}

/// Changes the settings named, of the viewer's tenant. They hold for what is submitted or issued from then on.
pub async fn update_tenant_settings(
    unit: &Unit,
    command: UpdateTenantSettings,
) -> Outcome<TenantId> {
    let id = unit.viewer.tenant_id;
    let seen = unit.lock_tenant().await?;
    validate::version(command.expected_version, seen.version)?;

    let mut tenant = seen.clone();
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
    refusals.done()?;

    if tenant != seen {
        tenant.version += 1;
        tenant.updated_at = unit.now;
        unit.save(tenant).await?;
    }
    Ok(id)
}
