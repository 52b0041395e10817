//! Loaders of its own for each execution, so that none serves what another one read earlier.
//!
//! An HTTP operation is one execution; in a feed, each event is one.

use std::sync::Arc;

use async_graphql::{
    Data, Response,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};

use crate::{
    app::App,
    events::log::{self, Extent},
    graphql::{
        context::Readers,
        error::Result,
        loaders::Loaders,
        request::{MayLag, OperationKind, RequestFacts},
    },
    viewer::Viewer,
};

/// Makes the extension.
#[derive(Clone, Copy, Debug)]
pub struct FreshLoaders;

/// How far the log reached before anything else of the execution was read.
#[derive(Clone, Debug)]
pub struct LogHead(pub Result<Extent>);

impl ExtensionFactory for FreshLoaders {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for FreshLoaders {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let Some(viewer) = ctx.data_opt::<Arc<Viewer>>() else {
            return next.run(ctx, operation_name).await;
        };
        let store = &ctx.data_unchecked::<Arc<App>>().store;
        let mut data = Data::default();
        let mut readers = store.readers();
        if asks_for_log_head(ctx) {
            // Read first: state that is read later holds everything up to here, so following from here has no hole.
            let head = log::extent(readers, viewer.tenant_id).await;
            data.insert(LogHead(head.map_err(Into::into)));
        } else if may_lag(ctx) {
            readers = store.lagging_readers();
        }
        data.insert(Readers(readers.clone()));
        data.insert(Loaders::new(readers.clone(), viewer.clone()));
        next.run_with_data(ctx, operation_name, data).await
    }
}

/// What a mutation has changed, and what a feed tells of, is read where it was written.
fn may_lag(ctx: &ExtensionContext<'_>) -> bool {
    ctx.data_opt::<MayLag>().is_some()
        && ctx.data_opt::<RequestFacts>().is_some_and(|facts| facts.kind == OperationKind::Query)
}

fn asks_for_log_head(ctx: &ExtensionContext<'_>) -> bool {
    ctx.data_opt::<RequestFacts>()
        .is_some_and(|facts| facts.root_fields.iter().any(|field| field == "feedCursor"))
}
