//! The schema as it is executed.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use async_graphql::{Data, Executor, Request, Response, ValidationMode};
use futures_util::stream::BoxStream;

use super::{
    Mutation, Query, Subscription, builder,
    documents::DocumentKey,
    extensions::fresh_loaders::{self, FreshLoaders},
    known::{Key, Known, key_of},
    request::MayLag,
};
use crate::{app::App, viewer::Viewer};

/// How many documents with their variables are remembered, at least. Each takes about a hundred bytes.
const MOST_KNOWN: usize = 5_000;

type Executable = async_graphql::Schema<Query, Mutation, Subscription>;

/// Executes operations. Cheap to clone.
///
/// Queries and mutations are executed without the library's extensions, which would be asked before each field of each
/// row. Feeds need one, because each of their events is an execution of its own.
#[derive(Clone)]
pub struct Schema(Arc<Schemas>);

struct Schemas {
    app: Arc<App>,
    once: Executable,
    /// For documents that were found valid before: it looks at nothing but what they may cost.
    once_more: Executable,
    feeds: Executable,
    /// What was executed without an error. What validation says depends on the document and on the values of its
    /// variables, so both together are what is known.
    known: Known<()>,
}

impl Schema {
    pub(super) fn new(app: Arc<App>) -> Self {
        let executable = || builder().data(app.clone());
        Self(Arc::new(Schemas {
            once: executable().finish(),
            once_more: executable().validation_mode(ValidationMode::Fast).finish(),
            feeds: executable().extension(FreshLoaders).finish(),
            known: Known::new(MOST_KNOWN),
            app,
        }))
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, request: impl Into<Request>) -> Response {
        let mut request = request.into();
        let Schemas { app, once, once_more, known, .. } = &*self.0;
        if let Some(viewer) = in_data::<Arc<Viewer>>(&request.data).cloned() {
            let facts = in_data(&request.data).cloned();
            let may_lag = in_data::<MayLag>(&request.data).is_some();
            fresh_loaders::equip(app, &viewer, facts.as_ref(), may_lag, &mut request.data).await;
        }
        let key = key(&request);
        if key.is_some_and(|key| known.get(&key).is_some()) {
            return once_more.execute(request).await;
        }
        let response = once.execute(request).await;
        if let Some(key) = key
            && response.errors.is_empty()
        {
            known.insert(key, (), 1);
        }
        response
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

/// What a request with a known document is known by, together with its variables.
fn key(request: &Request) -> Option<Key> {
    let document = in_data::<DocumentKey>(&request.data)?;
    Some(key_of(&[&document.0, &serde_json::to_vec(&request.variables).ok()?]))
}

fn in_data<T: Any>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>())?.downcast_ref()
}
