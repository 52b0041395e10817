//! Billing: charges what is due, day by day, and issues the drafts that have closed. What is late comes out as it would have
//! in time, because each day is done before the next.
//!
//! A round does a page of each tenant's oldest day, found anew each time, so that a node that dies leaves nothing behind.

mod documents;
mod dry_run;
mod due;
mod pace;
mod subscriptions;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{InvoiceId, TenantId, billing_run};
use tokio_util::sync::CancellationToken;

use self::due::Next;
use super::{
    Round, about,
    rounds::{Rests, Rounds},
};
use crate::{
    app::App,
    error::Outcome,
    services::{billing_runs::row, unit::Unit},
    store::Lease,
};

pub(super) use self::due::SUBSCRIPTIONS;

/// How late a run begins.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long all of it rests when it cannot be looked for, or when something fails that is about no single subscription.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Longer than a page takes, however large its subscriptions are.
const LEASE_LASTS: Duration = Duration::from_secs(10);

/// What does the work, while this node has the lease.
pub(super) struct Biller {
    lease: Lease,
    /// Drafts that could not be issued, and when each is tried again.
    put_off: HashMap<InvoiceId, DateTime<Utc>>,
}

impl Default for Biller {
    fn default() -> Self {
        Self { lease: Lease::new("billing", LEASE_LASTS), put_off: HashMap::new() }
    }
}

impl Rounds for Biller {
    const NAME: &'static str = "billing";
    const RESTS: Rests =
        Rests { look_every: LOOK_EVERY, together: None, after_failure: REST_AFTER_FAILURE };

    fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Does one page of what each tenant has to do. What fails keeps no other tenant's from being done; the first failure
    /// is given at the end.
    async fn do_what_is_due(&mut self, app: &App, stop: &CancellationToken) -> Outcome<Round> {
        let now = app.clock.now();
        self.put_off.retain(|_, until| *until > now);
        let mut outcome = Ok(Round::NothingDue);
        for tenant_id in due::tenants(app).await? {
            if stop.is_cancelled() {
                break;
            }
            if !self.lease.hold(&app.store).await? {
                return outcome.and(Ok(Round::DoneElsewhere));
            }
            match self.do_next(app, tenant_id).await {
                Ok(true) => outcome = outcome.and(Ok(Round::Done)),
                Ok(false) => {}
                Err(cause) => {
                    outcome = outcome.and(Err(about(cause, &format!("tenant {tenant_id}"))));
                }
            }
        }
        outcome
    }
}

impl Biller {
    /// Does a tenant's next page; false: there is nothing that can be done now.
    async fn do_next(&mut self, app: &App, tenant_id: TenantId) -> Outcome<bool> {
        let run = due::run(app, tenant_id, false).await?;
        let as_of = run.as_ref().map_or_else(|| app.clock.now(), |run| run.as_of);
        let next = due::next(app, tenant_id, as_of, &self.put_off).await?;
        let (Some(run), Some(next)) = (&run, next) else {
            return match run {
                Some(run) => self.finish(app, &run).await,
                None if next.is_some() => self.begin(app, tenant_id).await,
                None => dry_run::go_on(app, &self.lease, tenant_id).await,
            };
        };
        if run.version == row::FIRST_VERSION {
            return self.count(app, run).await;
        }
        match next {
            Next::Bill { until } => subscriptions::bill(app, &self.lease, run, until).await,
            Next::Issue { closed_by } => {
                documents::issue(app, &self.lease, run, closed_by, &mut self.put_off).await
            }
        }
    }

    /// Begins a run because of the date.
    async fn begin(&self, app: &App, tenant_id: TenantId) -> Outcome<bool> {
        let Some(unit) = begin(app, &self.lease, tenant_id).await? else { return Ok(false) };
        row::begin(&unit, unit.now, false).await?;
        unit.commit().await?;
        Ok(true)
    }

    /// Counts what is due of a run that has just begun.
    async fn count(&self, app: &App, run: &billing_run::Model) -> Outcome<bool> {
        let due = due::count(app, run).await?;
        let unit = begin(app, &self.lease, run.tenant_id).await?;
        let Some(unit) = unit else { return Ok(false) };
        row::count(&unit, run.id, due).await?;
        unit.commit().await?;
        Ok(true)
    }

    async fn finish(&self, app: &App, run: &billing_run::Model) -> Outcome<bool> {
        let unit = begin(app, &self.lease, run.tenant_id).await?;
        let Some(unit) = unit else { return Ok(false) };
        row::finish(&unit, run.id).await?;
        unit.commit().await?;
        Ok(true)
    }
}

/// A transaction of this job; none if it is another node's by now.
async fn begin(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<Option<Unit>> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    Ok(lease.allows(&unit.txn).await?.then_some(unit))
}
