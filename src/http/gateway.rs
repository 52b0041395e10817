//! The gateway: everything that the transports share.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    caller::Caller,
    config::HttpConfig,
    credential::SignIns,
    health::Trouble,
    lately::Lately,
    live::groups::Groups,
    permits::Permits,
    rate_limit::{Rate, RateLimit},
    watchers::Watchers,
};
use crate::{app::App, auth::Authenticator, document::Documents, graphql::document_schema};

/// However many ask, the database is asked no more often.
const READINESS_GOOD_FOR: Duration = Duration::from_millis(500);
const QUEUES_GOOD_FOR: Duration = Duration::from_secs(5);

/// How long the oldest of each queue waits.
type QueueAges = Vec<(&'static str, Duration)>;

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
    /// Requests of known callers that could not be served.
    pub(super) refusals: RateLimit<Caller>,
    pub(super) sign_ins: SignIns,
    pub(super) permits: Permits,
    pub(super) watchers: Watchers,
    pub(super) groups: Groups,
    /// The answers of the database to `/readyz` and `/metrics`.
    pub(super) readiness: Lately<Result<(), Trouble>>,
    pub(super) queues: Lately<Option<QueueAges>>,
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
            documents: Documents::new(document_schema(), config.documents.clone()),
            authenticator,
            app,
            queries: RateLimit::new(rate(config.queries_per_second, config.queries_burst)),
            mutations: RateLimit::new(rate(config.mutations_per_second, config.mutations_burst)),
            strangers: RateLimit::new(rate(config.strangers_per_second, config.strangers_burst)),
            refusals: RateLimit::new(rate(config.queries_per_second, config.queries_burst)),
            sign_ins: SignIns::new(config.failed_authentications_per_minute),
            permits: Permits::new(&config),
            watchers: Watchers::new(config.watchers_per_tenant, config.watchers),
            groups: Groups::default(),
            readiness: Lately::good_for(READINESS_GOOD_FOR),
            queues: Lately::good_for(QUEUES_GOOD_FOR),
            config,
            started: Instant::now(),
            stop,
            tasks,
        }
    }
}
