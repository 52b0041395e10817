//! `ordergate key`: API keys.

use std::{
    io::{Write, stdout},
    process::ExitCode,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::viewer::Viewer;
use entity::{TenantId, api_key, tenant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use secrecy::ExposeSecret;

use super::{
    args::{CreateKeyArgs, ListKeysArgs, RevokeKeyArgs},
    failure::Failure,
    lifetime::Lifetime,
    storage::{self, Expect},
};
use crate::{
    app::App,
    error::Error,
    graphql::id::Id,
    services::{
        api_keys::{
            create::{CreateApiKey, create_api_key},
            revoke::{RevokeApiKey, revoke_api_key},
        },
        unit::Unit,
    },
};

pub(super) async fn create(args: CreateKeyArgs) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let app = storage::open_app(&args.database, Expect::Existing, &lifetime).await?;
    check_tenant(&app, args.tenant).await?;
    let unit = begin(&app, args.tenant).await?;
    let days = args.expires_in_days.map(|days| TimeDelta::days(days.into()));
    let command = CreateApiKey {
        name: args.name,
        role: args.role,
        partner_id: args.partner,
        customer_id: args.customer,
        expires_at: days.map(|days| unit.now + days),
    };
    let key = create_api_key(&unit, command).await?;
    unit.commit().await.map_err(Error::from)?;
    if let Some(secret) = key.secret {
        writeln!(stdout(), "{}", secret.expose_secret())?;
        eprintln!("Keep the key: it is not stored and cannot be shown again.");
    }
    drop(app);
    lifetime.end().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn list(args: ListKeysArgs) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let app = storage::open_app(&args.database, Expect::Existing, &lifetime).await?;
    check_tenant(&app, args.tenant).await?;
    let keys = api_key::Entity::find()
        .filter(api_key::Column::TenantId.eq(args.tenant))
        .order_by_asc(api_key::Column::Id)
        .all(app.store.readers())
        .await
        .map_err(Error::from)?;
    let now = app.clock.now();
    let mut out = stdout().lock();
    writeln!(out, "{:<12}  {:<11}  {:<22}  {:<20}  NAME", "PREFIX", "ROLE", "STATE", "CREATED")?;
    for key in keys {
        let created = key.created_at.format("%Y-%m-%d %H:%M UTC");
        let state = state(&key, now);
        writeln!(
            out,
            "{:<12}  {:<11}  {state:<22}  {created:<20}  {}",
            key.prefix,
            key.role.as_str(),
            key.name
        )?;
    }
    drop((out, app));
    lifetime.end().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn revoke(args: RevokeKeyArgs) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let app = storage::open_app(&args.database, Expect::Existing, &lifetime).await?;
    // Whoever gives the whole key by mistake means its prefix.
    let given = args.prefix.strip_prefix("og_").unwrap_or(&args.prefix);
    let prefix = given.split('_').next().unwrap_or(given);
    let key = api_key::Entity::find()
        .filter(api_key::Column::Prefix.eq(prefix))
        .one(app.store.readers())
        .await
        .map_err(Error::from)?
        .ok_or_else(|| Failure::new(format!("there is no key with the prefix {prefix}")))?;
    if let Some(at) = key.revoked_at {
        writeln!(stdout(), "Key {prefix} was revoked on {}.", at.format("%Y-%m-%d %H:%M UTC"))?;
    } else {
        let unit = begin(&app, key.tenant_id).await?;
        revoke_api_key(&unit, RevokeApiKey { api_key_id: key.id }).await?;
        unit.commit().await.map_err(Error::from)?;
        writeln!(stdout(), "Key {prefix} ({}, {}) is revoked.", key.role, key.name)?;
    }
    drop(app);
    lifetime.end().await;
    Ok(ExitCode::SUCCESS)
}

async fn begin(app: &App, tenant_id: TenantId) -> Result<Unit, Failure> {
    let viewer = Arc::new(Viewer::system(tenant_id));
    Ok(Unit::begin(app, viewer).await.map_err(Error::from)?)
}

async fn check_tenant(app: &App, id: TenantId) -> Result<(), Failure> {
    let found =
        tenant::Entity::find_by_id(id).one(app.store.readers()).await.map_err(Error::from)?;
    match found {
        Some(_) => Ok(()),
        None => Err(Failure::new(format!("there is no tenant {}", Id(id)))),
    }
}

fn state(key: &api_key::Model, now: DateTime<Utc>) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", at.format("%Y-%m-%d")),
        (None, Some(at)) if at <= now => format!("expired {}", at.format("%Y-%m-%d")),
        (None, Some(at)) => format!("active until {}", at.format("%Y-%m-%d")),
        (None, None) => "active".to_owned(),
    }
}
