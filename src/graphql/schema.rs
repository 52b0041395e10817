//! The schema as it is executed.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use async_graphql::{Data, Executor, Request, Response};
use domain::viewer::Viewer;
use futures_util::stream::BoxStream;
use sea_orm::DatabaseBackend;

use super::{
    Mutation, Query, Subscription, builder,
    extensions::each_execution::{self, EachExecution},
    read::{Bindings, Selections, output::MayRemember, remembered::Remembered},
    request::MayLag,
};
use crate::app::App;

type Executable = async_graphql::Schema<Query, Mutation, Subscription>;

/// Executes operations that the front end for documents has read. Cheap to clone.
///
/// Queries and mutations are executed without the library's extensions, which would be asked before each field of each
/// row. Feeds need one, because each of their events is an execution of its own.
#[derive(Clone)]
pub struct Schema(Arc<Schemas>);

struct Schemas {
    app: Arc<App>,
    /// On PostgreSQL.
    remembered: Option<Arc<Remembered>>,
    once: Executable,
    feeds: Executable,
}

impl Schema {
    pub(super) fn new(app: Arc<App>) -> Self {
        let executable =
            || builder().data(app.clone()).data(Bindings::default()).data(Selections::default());
        let store = &app.store;
        let remembered = (store.backend() == DatabaseBackend::Postgres).then(|| {
            Remembered::new(store.readers_of(true).connection.clone(), store.wakeups().clone())
                .into()
        });
        Self(Arc::new(Schemas {
            once: executable().finish(),
            feeds: executable().extension(EachExecution).finish(),
            remembered,
            app,
        }))
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, request: impl Into<Request>) -> Response {
        let mut request = request.into();
        let Schemas { app, remembered, once, .. } = &*self.0;
        if let Some(viewer) = in_data::<Arc<Viewer>>(&request.data).cloned() {
            let facts = in_data(&request.data).cloned();
            let may_lag = in_data::<MayLag>(&request.data).is_some();
            let data = &mut request.data;
            let lags = each_execution::equip(app, &viewer, facts.as_ref(), may_lag, data).await;
            if lags && let Some(remembered) = remembered {
                data.insert(MayRemember(remembered.clone()));
            }
        }
        once.execute(request).await
    }

    /// Opens a feed.
    pub fn execute_stream(&self, request: impl Into<Request>) -> BoxStream<'static, Response> {
        self.execute_stream_with(request.into(), None)
    }

    fn execute_stream_with(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        Executor::execute_stream(&self.0.feeds, request, session)
    }
}

impl Executor for Schema {
    fn execute(&self, request: Request) -> impl Future<Output = Response> + Send {
        Self::execute(self, request)
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        self.execute_stream_with(request, session)
    }
}

fn in_data<T: Any>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>())?.downcast_ref()
}
