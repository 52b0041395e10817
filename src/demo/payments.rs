//! How the made-up seller is paid: by invoice, or at a provider that is made up as well.

use std::sync::Arc;

use domain::viewer::Viewer;
use secrecy::SecretString;

use super::World;
use crate::{
    app::App,
    error::Outcome,
    services::{
        change::Change,
        payment_agreements::rotate_secret::{
            RotatePaymentCallbackSecret, rotate_payment_callback_secret,
        },
        tenants::update_settings::{UpdateTenantSettings, update_tenant_settings},
        unit::Unit,
    },
};

impl World {
    /// Has payers sent to a page, and makes the secret with which is signed what comes of it.
    pub async fn take_payments(&self, app: &App, page_url: String) -> Outcome<SecretString> {
        let system = Viewer::system(self.shop.tenant_id);
        let unit = Unit::begin(app, Arc::new(system)).await?;
        let settings = UpdateTenantSettings {
            payment_page_url: Change::Set(page_url),
            ..UpdateTenantSettings::default()
        };
        update_tenant_settings(&unit, settings).await?;
        let made = rotate_payment_callback_secret(&unit, RotatePaymentCallbackSecret).await?;
        unit.commit().await?;
        Ok(made.secret.ok_or_else(|| anyhow::anyhow!("a new secret was not told"))?)
    }
}
