//! What each execution has of its own: a budget, and what it reads with.
//!
//! An HTTP operation is one execution; in a feed, each event is one.

use std::sync::Arc;

use async_graphql::{
    Data, Response,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use domain::viewer::Viewer;

use crate::{
    app::App,
    document::{OperationKind, RequestFacts},
    events::log::{self, Extent},
    graphql::{
        budget::Budget,
        error::Result,
        request::{EventPermits, MayLag, OneEvent},
    },
};

/// Makes the extension.
#[derive(Clone, Copy, Debug)]
pub struct EachExecution;

/// How far the log reached before anything else of the execution was read.
#[derive(Clone, Debug)]
pub struct LogHead(pub Result<Extent>);

impl ExtensionFactory for EachExecution {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for EachExecution {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let _permit = match ctx.data_opt::<EventPermits>() {
            Some(EventPermits(wait)) => Some(wait().await),
            None => None,
        };
        let Some(viewer) = ctx.data_opt::<Arc<Viewer>>() else {
            return next.run(ctx, operation_name).await;
        };
        let app = ctx.data_unchecked::<Arc<App>>();
        let (facts, may_lag) = (ctx.data_opt(), ctx.data_opt::<MayLag>().is_some());
        let mut data = Data::default();
        equip(app, viewer, facts, may_lag, &mut data).await;
        if ctx.data_opt::<OneEvent>().is_some() {
            data.insert(Budget::of_payload());
        }
        next.run_with_data(ctx, operation_name, data).await
    }
}

/// Gives an execution what it has of its own. True if what it reads may be a moment old.
pub async fn equip(
    app: &App,
    viewer: &Arc<Viewer>,
    facts: Option<&RequestFacts>,
    may_lag: bool,
    data: &mut Data,
) -> bool {
    let store = &app.store;
    let mut lags = false;
    if facts.is_some_and(asks_for_log_head) {
        // Read first: state that is read later holds everything up to here, so following from here has no hole.
        let head = log::extent(store.readers(), viewer.tenant_id).await;
        data.insert(LogHead(head.map_err(Into::into)));
    } else if may_lag && facts.is_some_and(|facts| facts.kind == OperationKind::Query) {
        // What a mutation has changed, and what a feed tells of, is read anew, and where it was written.
        lags = true;
    }
    data.insert(Budget::default());
    data.insert(store.readers_of(lags).clone());
    lags
}

fn asks_for_log_head(facts: &RequestFacts) -> bool {
    facts.root_fields.iter().any(|field| field == "feedCursor")
}
