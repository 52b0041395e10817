//! One endpoint's turn: its test, and its events, one after the other, or lines.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::SecondsFormat;
use domain::viewer::Viewer;
use entity::{
    ActorKind, Role, TenantId, WebhookDeliveryId, WebhookEndpointId, WebhookPurpose, WebhookStatus,
    event, webhook_endpoint,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tokio::time::Instant;
use tracing::error;
use uuid::Uuid;

use super::places::{Place, Stretch};
use crate::{
    access,
    app::App,
    auth::Absent,
    error::Outcome,
    events::log,
    graphql::{
        id::Id,
        payloads::{Payloads, Wanted},
    },
    services::{
        unit::Unit,
        webhooks::{
            attempt::{Answered, Attempt, Posted, disable_for_gap, keep_attempt},
            signature,
            test_sent::{TestSent, keep_test},
        },
    },
    store::Lease,
};

/// No event is begun after so long, or after so many: then others have their turn. Endpoints that have much to catch up with
/// stay close together so, and are told of an event while its payload is still shared.
const LONGEST_TURN: Duration = Duration::from_secs(2);
const MOST_OF_TURN: usize = 16;
const READ_AT_ONCE: u64 = 128;

/// An endpoint's turn.
pub(super) struct Delivering {
    pub(super) app: Arc<App>,
    pub(super) lease: Arc<Lease>,
    pub(super) payloads: Arc<Payloads>,
    pub(super) tenant_id: TenantId,
    pub(super) endpoint_id: WebhookEndpointId,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    At(Stretch),
    /// Where the endpoint is has to be read again.
    Done,
}

impl Delivering {
    /// Serves the endpoint until it has had all that is for it, has to wait, or its turn is over. What is known from its
    /// turns before need not be read again.
    pub(super) async fn run(&self, passed: Option<Place>) -> Outcome<Ended> {
        let until = Instant::now() + LONGEST_TURN;
        let readers = self.app.store.readers();
        // Before the endpoint: what happens after it has been changed is looked at as it is then.
        let log = log::extent(readers, self.tenant_id).await?;
        let Some(mut endpoint) = self.endpoint().await? else { return Ok(Ended::Done) };
        if endpoint.test_requested_at.is_some() {
            self.send_test(&endpoint).await?;
            // That took a while, in which the endpoint may have been changed.
            return Ok(Ended::Done);
        }
        if endpoint.status == WebhookStatus::Disabled {
            return Ok(Ended::Done);
        }
        let Some(viewer) = self.owner(&endpoint).await? else { return Ok(Ended::Done) };
        if endpoint.purpose == WebhookPurpose::Provisioning {
            // Each line has a pause of its own.
            self.post_lines(&endpoint, &viewer).await?;
            return Ok(Ended::Done);
        }
        if endpoint.failures > 0 && endpoint.next_try_at > self.app.clock.now() {
            return Ok(Ended::Done);
        }
        let ended = |endpoint: &webhook_endpoint::Model, to| {
            Ended::At(Stretch { from: endpoint.position, to, version: endpoint.version })
        };
        let known = passed.filter(|place| place.is_of(endpoint.position, endpoint.version));
        let mut at = known.map_or(endpoint.position, |place| place.passed.to);
        let mut delivered = 0;
        while at < log.latest {
            if Instant::now() >= until {
                return Ok(ended(&endpoint, at));
            }
            let events = log::read_after(readers, self.tenant_id, at, READ_AT_ONCE).await?;
            if events.is_empty() {
                return self.gap(&endpoint, at).await;
            }
            for event in events {
                if event.position != Some(at + 1) {
                    return self.gap(&endpoint, at).await;
                }
                if endpoint.kinds.0.contains(&event.kind) && access::sees_event(&viewer, &event) {
                    if Instant::now() >= until || delivered == MOST_OF_TURN {
                        return Ok(ended(&endpoint, at));
                    }
                    if !self.deliver(&endpoint, &viewer, Arc::new(event), log.epoch).await? {
                        return Ok(Ended::Done);
                    }
                    endpoint.position = at + 1;
                    delivered += 1;
                }
                at += 1;
            }
        }
        Ok(ended(&endpoint, at))
    }

    async fn endpoint(&self) -> Outcome<Option<webhook_endpoint::Model>> {
        let endpoint = webhook_endpoint::Entity::find()
            .filter(webhook_endpoint::Column::TenantId.eq(self.tenant_id))
            .filter(webhook_endpoint::Column::Id.eq(self.endpoint_id));
        Ok(endpoint.one(self.app.store.readers()).await?)
    }

    /// Whose rights messages are made with, as they are now; none: they are gone.
    async fn owner(&self, endpoint: &webhook_endpoint::Model) -> Outcome<Option<Arc<Viewer>>> {
        let owner = Absent {
            tenant_id: endpoint.tenant_id,
            role: if endpoint.partner_id.is_some() { Role::Partner } else { Role::Admin },
            partner_id: endpoint.partner_id,
            subject: String::new(),
            kind: ActorKind::System,
        };
        let viewer = owner.viewer(self.app.store.readers(), self.app.clock.now()).await?;
        Ok(viewer.map(Arc::new))
    }

    /// The event that follows is not in the log. Nothing is passed over in silence.
    async fn gap(&self, endpoint: &webhook_endpoint::Model, at: i64) -> Outcome<Ended> {
        let log = log::extent(self.app.store.readers(), self.tenant_id).await?;
        if at + 1 >= log.earliest {
            return Err(anyhow::anyhow!("the event log has a hole after {at}").into());
        }
        if let Some(unit) = self.begin().await? {
            disable_for_gap(&unit, endpoint.id, endpoint.position).await?;
            unit.commit().await?;
        }
        Ok(Ended::Done)
    }

    /// Posts an event and keeps what came of it. True if the next one can go.
    async fn deliver(
        &self,
        endpoint: &webhook_endpoint::Model,
        viewer: &Arc<Viewer>,
        event: Arc<event::Model>,
        epoch: Uuid,
    ) -> Outcome<bool> {
        let document = endpoint.document.as_deref();
        let wanted = Wanted { viewer, event: &event, epoch, document };
        let posted = match self.payloads.body(wanted).await {
            Ok(body) => self.post(endpoint, &Id(event.id).to_string(), body).await?,
            Err(cause) => {
                error!(?cause, event.id = %event.id, "could not make the payload of event {}", event.id);
                let answer =
                    Err("The message could not be made. This is not the receiver's fault."
                        .to_owned());
                Posted { answer, took: Duration::ZERO }
            }
        };
        self.app.metrics.webhook_tried(posted.is_delivered());
        let Some(unit) = self.begin().await? else { return Ok(false) };
        let attempt = Attempt {
            webhook_endpoint_id: endpoint.id,
            event_id: event.id,
            position: event.position.unwrap_or_default(),
            from: endpoint.position,
            version: endpoint.version,
            posted,
        };
        let goes_on = keep_attempt(&unit, attempt, rand::random()).await?;
        unit.commit().await?;
        Ok(goes_on)
    }

    async fn send_test(&self, endpoint: &webhook_endpoint::Model) -> Outcome<()> {
        let now = self.app.clock.now();
        let id = WebhookDeliveryId::new(now);
        let name = Id(id).to_string();
        let body = json!({
            "id": name, "type": "TEST", "timestamp": now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "cursor": null, "data": null,
        });
        let posted = self.post(endpoint, &name, Bytes::from(body.to_string())).await?;
        if let Some(unit) = self.begin().await? {
            let sent = TestSent { webhook_endpoint_id: endpoint.id, id, posted };
            keep_test(&unit, sent).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    async fn post(
        &self,
        endpoint: &webhook_endpoint::Model,
        id: &str,
        body: Bytes,
    ) -> Outcome<Posted> {
        let headers = self.headers(endpoint, id, &body)?;
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let begun = Instant::now();
        let answer = self.app.outbound.post(&endpoint.url, &headers, body).await;
        let answer = answer.map(|it| Answered { status: it.status, beginning: it.beginning });
        Ok(Posted { answer, took: begun.elapsed() })
    }

    /// What says which message it is, and that it is ours.
    pub(super) fn headers(
        &self,
        endpoint: &webhook_endpoint::Model,
        id: &str,
        body: &[u8],
    ) -> anyhow::Result<[(&'static str, String); 3]> {
        let now = self.app.clock.now();
        let signature = signature::sign(&endpoint.secrets, now, id, body)?;
        Ok([
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.timestamp().to_string()),
            ("webhook-signature", signature),
        ])
    }

    /// A unit of work of this job; none if it is another node's by now.
    pub(super) async fn begin(&self) -> Outcome<Option<Unit>> {
        let unit = Unit::begin(&self.app, Arc::new(Viewer::system(self.tenant_id))).await?;
        Ok(self.lease.allows(&unit.txn).await?.then_some(unit))
    }
}
