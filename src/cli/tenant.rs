//! `ordergate tenant`: sellers.

use std::{
    io::{Write, stdout},
    process::ExitCode,
    sync::Arc,
};

use domain::viewer::Viewer;
use entity::{Role, TenantId};
use secrecy::ExposeSecret;

use super::{
    args::CreateTenantArgs,
    failure::Failure,
    lifetime::Lifetime,
    storage::{self, Expect},
};
use crate::{
    error::Error,
    graphql::id::Id,
    services::{
        api_keys::create::{CreateApiKey, create_api_key},
        tenants::create::{CreateTenant, create_tenant},
        unit::Unit,
    },
};

pub(super) async fn create(args: CreateTenantArgs) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let app = storage::open_app(&args.database, Expect::Anything, &lifetime).await?;
    let id = TenantId::new(app.clock.now());
    let unit = Unit::begin(&app, Arc::new(Viewer::system(id))).await.map_err(Error::from)?;
    let tenant = CreateTenant {
        name: args.name,
        kind: args.kind,
        default_currency: args.currency,
        approval_required: args.approval_required,
        approval_lapse_days: args.approval_lapse_days,
        payment_terms_days: args.payment_terms_days,
        time_zone: args.time_zone,
    };
    create_tenant(&unit, tenant).await?;
    let key = CreateApiKey {
        name: "First key".to_owned(),
        role: Role::Admin,
        partner_id: None,
        customer_id: None,
        expires_at: None,
    };
    let key = create_api_key(&unit, key).await?;
    unit.commit().await.map_err(Error::from)?;
    let mut out = stdout().lock();
    writeln!(out, "tenant:    {}", Id(id))?;
    if let Some(secret) = key.secret {
        writeln!(out, "admin key: {}", secret.expose_secret())?;
        // Apart from the values, so that a script that reads standard output gets nothing else.
        eprintln!("Keep the key: it is not stored and cannot be shown again.");
        eprintln!("The tenant is in {}.", args.database.database_url.place());
    }
    drop((out, app));
    lifetime.end().await;
    Ok(ExitCode::SUCCESS)
}
