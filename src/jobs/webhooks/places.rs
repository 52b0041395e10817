//! How far endpoints are known to have come beyond what is written down: where nothing was for them, it is not written
//! down each time.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use domain::viewer::Viewer;
use entity::{TenantId, WebhookEndpointId};
use tokio::time::Instant;

use super::{Busy, due::Due};
use crate::{
    app::App,
    error::Outcome,
    services::{
        unit::Unit,
        webhooks::pass::{Passed, keep_passed},
    },
    store::Lease,
};

/// It is written down at the latest after so long, or when it is so far.
const KEPT_AFTER: Duration = Duration::from_secs(5);
const KEPT_FROM: i64 = 256;

#[derive(Debug, Default)]
pub(super) struct Places(HashMap<WebhookEndpointId, Place>);

/// A stretch of the log of which nothing is for an endpoint, as it is in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Where the endpoint is, as it is written down.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) version: i64,
}

/// What an endpoint has passed, and since when that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) passed: Stretch,
    tenant: TenantId,
    since: Instant,
}

impl Place {
    pub(super) const fn is_of(&self, position: i64, version: i64) -> bool {
        self.passed.from == position && self.passed.version == version
    }

    fn is_to_be_kept(&self) -> bool {
        self.passed.to - self.passed.from >= KEPT_FROM || self.since.elapsed() >= KEPT_AFTER
    }
}

impl Places {
    pub(super) fn of(&self, endpoint: WebhookEndpointId) -> Option<Place> {
        self.0.get(&endpoint).copied()
    }

    /// Whether there is more than is known not to be for the endpoint.
    pub(super) fn has_more(&self, due: &Due) -> bool {
        let passed =
            self.0.get(&due.endpoint).filter(|place| place.is_of(due.position, due.version));
        due.test || passed.is_none_or(|place| place.passed.to < due.latest)
    }

    pub(super) fn passed(&mut self, busy: &Busy, passed: Stretch) {
        if passed.from == passed.to {
            return self.forget(busy.endpoint);
        }
        let since = match self.0.get(&busy.endpoint) {
            Some(place) if place.is_of(passed.from, passed.version) => place.since,
            Some(_) | None => Instant::now(),
        };
        self.0.insert(busy.endpoint, Place { passed, tenant: busy.tenant, since });
    }

    pub(super) fn forget(&mut self, endpoint: WebhookEndpointId) {
        self.0.remove(&endpoint);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes down what is due to be.
    pub(super) async fn keep(&mut self, app: &App, lease: &Lease) -> Outcome<()> {
        self.keep_those(app, lease, Place::is_to_be_kept).await
    }

    /// Writes everything down.
    pub(super) async fn keep_all(&mut self, app: &App, lease: &Lease) -> Outcome<()> {
        self.keep_those(app, lease, |_| true).await
    }

    async fn keep_those(
        &mut self,
        app: &App,
        lease: &Lease,
        wanted: impl Fn(&Place) -> bool,
    ) -> Outcome<()> {
        let mut tenants: BTreeMap<TenantId, Vec<Passed>> = BTreeMap::new();
        for (id, place) in self.0.iter().filter(|(_, place)| wanted(place)) {
            let passed = Passed {
                webhook_endpoint_id: *id,
                version: place.passed.version,
                from: place.passed.from,
                to: place.passed.to,
            };
            tenants.entry(place.tenant).or_default().push(passed);
        }
        for (tenant_id, mut all) in tenants {
            // Always in the same order, so that nobody waits for each other.
            all.sort_by_key(|passed| passed.webhook_endpoint_id);
            let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
            if !lease.allows(&unit.txn).await? {
                return Ok(());
            }
            for passed in &all {
                keep_passed(&unit, *passed).await?;
            }
            unit.commit().await?;
            for passed in all {
                self.forget(passed.webhook_endpoint_id);
            }
        }
        Ok(())
    }
}
