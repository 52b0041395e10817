//! The schema, and the statements that it reads with.

use std::sync::{Arc, Mutex};

use domain::viewer::Viewer;
use ordergate::{
    app::App,
    graphql::{self, Schema},
    jobs,
    store::{Settings, Store},
};
use sea_orm::Statement;
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{api, app::TestApp};

/// The schema over the database of a service, read through connections of its own.
pub(crate) struct Watched {
    app: Arc<App>,
    schema: Schema,
    statements: Arc<Mutex<Vec<Statement>>>,
    stop: CancellationToken,
}

impl Watched {
    pub(crate) async fn over(app: &TestApp) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let settings = Settings::default();
        let mut store = Store::open(&app.database.url, &settings, &tasks, &stop).await.unwrap();
        let statements = Arc::new(Mutex::new(Vec::new()));
        let seen = statements.clone();
        store.watch_readers(move |info| seen.lock().unwrap().push(info.statement.clone()));
        let app = Arc::new(App::new(store, app.app.clock.clone(), &tasks, &stop));
        Self { schema: graphql::build(app.clone()), app, statements, stop }
    }

    /// What is read by the jobs, which find nothing to do.
    pub(crate) async fn run_jobs(&self) -> Vec<Statement> {
        self.statements.lock().unwrap().clear();
        jobs::run_due(&self.app, None).await.unwrap();
        std::mem::take(&mut *self.statements.lock().unwrap())
    }

    /// The answer, and what was read for it.
    pub(crate) async fn ask(
        &self,
        viewer: &Viewer,
        document: &str,
        variables: Value,
    ) -> (Value, Vec<Statement>) {
        self.statements.lock().unwrap().clear();
        let request = api::request(Some(viewer), document, variables).unwrap();
        // In a task, as the server does.
        let schema = self.schema.clone();
        let answer = tokio::spawn(async move { schema.execute(request).await }).await.unwrap();
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let statements = std::mem::take(&mut *self.statements.lock().unwrap());
        (api::data(&answer.data), statements)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
