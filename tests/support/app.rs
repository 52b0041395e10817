//! The service as a test sees it.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::viewer::Viewer;
use entity::event;
use futures_util::future::BoxFuture;
use ordergate::{
    app::App,
    clock::Clock,
    error::{Outcome, Refusal, RefusalCode},
    events::log::Trace,
    jobs,
    outbound::{Reach, client::Client},
    services::{perform::perform, unit::Unit},
    store::{Settings, Store},
    wakeups::Carrier,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::database::Database;

/// More than any test has clients at once, so that on a slow machine none is turned away for want of a connection.
const CONNECTIONS: u32 = 70;
/// How long the receiver of a webhook may take to answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(3);

/// A running service on a database of its own, with a clock that stands still. Jobs run when the test says so.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    /// Ended first: what it still writes is on disk when the storage ends.
    background: Stage,
    storage: Stage,
    /// Where every name leads.
    names: Arc<Mutex<Vec<IpAddr>>>,
    // Dropped last: every node must have let go of it.
    pub(crate) database: Arc<Database>,
}

/// Work that ends together.
#[derive(Default)]
struct Stage {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Stage {
    fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }
}

impl TestApp {
    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, Settings::default()).await
    }

    /// The same for one that hardly waits for a lock which another process holds.
    pub(crate) async fn start_impatient(database: Database) -> Self {
        let busy_timeout = Duration::from_millis(100);
        Self::start_with(database, Settings { busy_timeout, ..Settings::default() }).await
    }

    async fn start_with(database: Database, settings: Settings) -> Self {
        database.migrate().await;
        Self::on(Arc::new(database), Clock::fixed(start_of_time()), settings, None).await
    }

    /// Another node on the same database, with the same clock.
    pub(crate) async fn beside(&self) -> Self {
        let settings = Settings::default();
        Self::on(self.database.clone(), self.app.clock.clone(), settings, None).await
    }

    /// Another node that has a replica to read from.
    pub(crate) async fn beside_reading_from(&self, replica: &Database) -> Self {
        let settings = Settings::default();
        Self::on(self.database.clone(), self.app.clock.clone(), settings, Some(replica)).await
    }

    async fn on(
        database: Arc<Database>,
        clock: Clock,
        settings: Settings,
        replica: Option<&Database>,
    ) -> Self {
        let (background, storage) = (Stage::default(), Stage::default());
        let settings = Settings { connections: CONNECTIONS, ..settings };
        let mut store =
            Store::open(&database.url, &settings, &storage.tasks, &storage.stop).await.unwrap();
        if let Some(replica) = replica {
            store.read_from(&replica.url, &settings).await.unwrap();
        }
        let names = Arc::new(Mutex::new(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        let found = names.clone();
        let look_up = Arc::new(move |_: String| {
            let found = found.lock().unwrap().clone();
            Box::pin(async move { Ok(found) }) as BoxFuture<'static, std::io::Result<Vec<IpAddr>>>
        });
        let outbound = Client::looking_up(Reach::Loopback, look_up).within(LONGEST_ANSWER);
        let app = App::new(store, clock, &background.tasks, &background.stop).reaching(outbound);
        Self { app: Arc::new(app), background, storage, names, database }
    }

    /// Tells the other nodes of what happens here, and hears them.
    pub(crate) fn join_nodes(&self) {
        let store = &self.app.store;
        let carrier = Carrier::Postgres(store.readers().clone());
        let Stage { tasks, stop } = &self.background;
        store.wakeups().join(carrier, store.node(), tasks, stop);
    }

    /// Does something as a viewer, the way a mutation does.
    pub(crate) async fn perform<C: Send, T: Serialize + DeserializeOwned + Send>(
        &self,
        viewer: &Viewer,
        command: C,
        use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<T> + Send,
    ) -> Outcome<T> {
        let (viewer, trace) = (Arc::new(viewer.clone()), Trace::default());
        perform(&self.app, viewer, trace, None, command, use_case).await
    }

    /// Has every name lead to these addresses; at first, they lead to this machine.
    pub(crate) fn lead_names_to(&self, addresses: &[&str]) {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        *self.names.lock().unwrap() = addresses.collect();
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.app.clock.advance(by);
    }

    /// Waits until every event that is stored has its position.
    pub(crate) async fn all_positions_given(&self) {
        while self.events_without_position().await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn events_without_position(&self) -> u64 {
        event::Entity::find()
            .filter(event::Column::Position.is_null())
            .count(self.app.store.readers())
            .await
            .unwrap()
    }

    /// Lets jobs run by themselves, until the node stops.
    pub(crate) fn start_jobs(&self) {
        jobs::start(&self.app, None, &self.background.tasks, &self.background.stop);
    }

    /// Stops the node's own work as a shutdown does, and waits for it.
    pub(crate) async fn stop(&self) {
        for stage in [&self.background, &self.storage] {
            stage.stop();
            stage.tasks.wait().await;
        }
    }

    /// Runs every job that is due.
    pub(crate) async fn run_jobs(&self) {
        // It is large, and part of each future that has jobs run.
        Box::pin(jobs::run_due(&self.app, None)).await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.background.stop();
        self.storage.stop();
    }
}

fn start_of_time() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// The one reason for which a use case said no.
pub(crate) fn refusal<T>(outcome: Outcome<T>) -> Refusal {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(ordergate::error::Error::Refused(mut refusals)) => {
            assert_eq!(refusals.len(), 1, "{refusals:?}");
            refusals.remove(0)
        }
        Err(ordergate::error::Error::Failed(cause)) => panic!("it failed: {cause:?}"),
    }
}

/// The code of the one reason.
pub(crate) fn code<T>(outcome: Outcome<T>) -> RefusalCode {
    refusal(outcome).code
}
