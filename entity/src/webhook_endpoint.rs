//! An address to which events are posted, or order lines that are to be carried out.

use std::fmt;

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    EventKind, PartnerId, TenantId, WebhookDisabledReason, WebhookEndpointId, WebhookPurpose,
    WebhookStatus,
};

/// The kinds of events that are posted; none to an endpoint that carries lines out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Kinds(pub Vec<EventKind>);

/// What messages are signed with, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Secrets(pub Vec<Secret>);

/// A key as Standard Webhooks spells it. Does not show itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    pub key: String,
    /// Signs until then; none: for as long as no other takes its place.
    pub until: Option<DateTimeUtc>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("until", &self.until).finish_non_exhaustive()
    }
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    pub tenant_id: TenantId,
    /// Whose it is; none: the seller's own.
    pub partner_id: Option<PartnerId>,
    pub url: String,
    pub purpose: WebhookPurpose,
    #[sea_orm(column_type = "JsonBinary")]
    pub kinds: Kinds,
    /// What is told, as a subscription to `events` or a query of `orderLine`; none: what is told unless somebody says otherwise.
    pub document: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub secrets: Secrets,
    pub status: WebhookStatus,
    pub disabled_reason: Option<WebhookDisabledReason>,
    /// Everything in the log up to here was delivered, or was not for it.
    pub position: i64,
    /// How often the next event could not be delivered.
    pub failures: i32,
    pub failing_since: Option<DateTimeUtc>,
    pub next_try_at: DateTimeUtc,
    pub test_requested_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
