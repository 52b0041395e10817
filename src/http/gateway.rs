//! What every transport shares.

use std::{net::IpAddr, sync::Arc};

use entity::TenantId;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    config::HttpConfig,
    live::{Groups, MOST_BEGINNING},
    rate_limit::{Rate, RateLimit},
    watchers::Watchers,
};
use crate::{app::App, auth::Authenticator, graphql::documents::Documents, viewer::Viewer};

/// Names a caller on this node: its tenant and its subject.
pub(super) type Caller = (TenantId, String);

/// The schema and all that stands in front of it.
pub(super) struct Gateway<E> {
    pub(super) executor: E,
    pub(super) documents: Documents,
    pub(super) authenticator: Authenticator,
    pub(super) app: Arc<App>,
    pub(super) queries: RateLimit<Caller>,
    pub(super) mutations: RateLimit<Caller>,
    /// For callers without a credential, who may do little.
    pub(super) strangers: RateLimit<IpAddr>,
    pub(super) failed_authentications: RateLimit<(IpAddr, String)>,
    pub(super) in_flight: Semaphore,
    pub(super) watchers: Watchers,
    /// Who has a permit may begin a feed.
    pub(super) beginnings: Semaphore,
    pub(super) groups: Groups,
    pub(super) config: HttpConfig,
    pub(super) started: Instant,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl<E> Gateway<E> {
    pub(super) fn new(
        executor: E,
        authenticator: Authenticator,
        app: Arc<App>,
        config: HttpConfig,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let rate = Rate::per_second;
        Self {
            executor,
            documents: Documents::within(config.documents.clone()),
            authenticator,
            app,
            queries: RateLimit::new(rate(config.queries_per_second, config.queries_burst)),
            mutations: RateLimit::new(rate(config.mutations_per_second, config.mutations_burst)),
            strangers: RateLimit::new(rate(config.queries_per_second, config.queries_burst)),
            failed_authentications: RateLimit::new(Rate::per_minute(
                config.failed_authentications_per_minute,
            )),
            in_flight: Semaphore::new(config.in_flight),
            watchers: Watchers::new(config.watchers_per_tenant, config.watchers),
            beginnings: Semaphore::new(MOST_BEGINNING),
            groups: Groups::default(),
            config,
            started: Instant::now(),
            stop,
            tasks,
        }
    }
}

/// The name of a viewer among all callers.
pub(super) fn caller(viewer: &Viewer) -> Caller {
    (viewer.tenant_id, viewer.subject.clone())
}
