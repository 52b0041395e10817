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
    graphql::{error::Result, loaders::Loaders, request::RequestFacts},
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
        let app = ctx.data_unchecked::<Arc<App>>();
        let mut data = Data::default();
        if asks_for_log_head(ctx) {
            // Read first: state that is read later holds everything up to here, so following from here has no hole.
            let head = log::extent(app.store.readers(), viewer.tenant_id).await;
            data.insert(LogHead(head.map_err(Into::into)));
        }
        data.insert(Loaders::new(app.store.readers().clone(), viewer.clone()));
        next.run_with_data(ctx, operation_name, data).await
    }
}

fn asks_for_log_head(ctx: &ExtensionContext<'_>) -> bool {
    ctx.data_opt::<RequestFacts>()
        .is_some_and(|facts| facts.root_fields.iter().any(|field| field == "feedCursor"))
}
