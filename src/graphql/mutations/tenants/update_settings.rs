//! Changing how a tenant works.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::{
    graphql::{
        error::Result,
        mutations::{apply, change},
        roles::{ADMINS, May},
        types::{Tenant, UserError},
    },
    services::tenants::update_settings::{UpdateTenantSettings, update_tenant_settings},
};

/// What is to change about how the tenant works.
#[derive(Debug, InputObject)]
pub struct UpdateTenantSettingsInput {
    /// Refuse with `VERSION_CONFLICT` unless the tenant has this version.
    expected_version: Option<i32>,
    /// What people call the tenant: up to 200 characters.
    name: MaybeUndefined<String>,
    /// The ISO 4217 code of the currency of new agreements and orders that name none.
    default_currency: MaybeUndefined<String>,
    /// Whether every submitted order waits for the seller's approval.
    approval_required: MaybeUndefined<bool>,
    /// The days after which an unanswered approval lapses and cancels its order: 1 to 365; null: never.
    approval_lapse_days: MaybeUndefined<i32>,
    /// The days between issue and due date of an invoice: 0 to 365.
    payment_terms_days: MaybeUndefined<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateTenantSettings`.
#[derive(Debug, SimpleObject)]
pub struct UpdateTenantSettingsPayload {
    /// The tenant as it is now; null if the request was refused.
    tenant: Option<Tenant>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateTenantSettingsMutation;

#[Object]
impl UpdateTenantSettingsMutation {
    /// Changes the settings of the caller's tenant. A field that is left out keeps its value; null clears it. What is
    /// submitted or issued from then on follows the new settings.
    #[graphql(guard = "May(ADMINS)")]
    async fn update_tenant_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The settings to change.")] input: UpdateTenantSettingsInput,
    ) -> Result<UpdateTenantSettingsPayload> {
        let command = UpdateTenantSettings {
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            default_currency: change(input.default_currency, identity),
            approval_required: change(input.approval_required, identity),
            approval_lapse_days: change(input.approval_lapse_days, identity),
            payment_terms_days: change(input.payment_terms_days, identity),
        };
        let (tenant, user_errors) =
            apply(ctx, input.idempotency_key, command, update_tenant_settings).await?;
        Ok(UpdateTenantSettingsPayload { tenant, user_errors })
    }
}
