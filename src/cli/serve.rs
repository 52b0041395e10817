//! `ordergate serve`: the API for real.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tracing::info;

use super::{
    args::ServeArgs,
    failure::Failure,
    lifetime::Lifetime,
    listen,
    storage::{self, Expect},
};
use crate::{
    app::App,
    auth::{AuthConfig, Authenticator},
    clock::Clock,
    config::DatabaseKind,
    graphql,
    http::{self, GraphiqlPage, HttpConfig},
    jobs,
};

pub(super) async fn serve(args: ServeArgs) -> Result<ExitCode, Failure> {
    let auth = args.sign_in.auth_config().map_err(Failure::usage)?;
    let kind = args.database.database_url.kind().map_err(Failure::usage)?;
    let wakeups = args.nodes.wakeups(kind).map_err(Failure::usage)?;
    let replica = args.nodes.replica(kind).map_err(Failure::usage)?;
    let mailer = args.mail.mailer().map_err(Failure::usage)?;
    let lifetime = Lifetime::until_signal()?;
    let listener = listen::bind(&args.http.listen).await?;
    let callers_wait_for = Some(args.http.timeouts.request_timeout());
    let mut store =
        storage::open_within(&args.database, Expect::Anything, callers_wait_for, &lifetime).await?;
    let migrate = args.migrate || kind == DatabaseKind::Sqlite;
    storage::prepare(&store, &args.database, migrate).await?;
    info!("using the database at {}", args.database.database_url.place());
    if let Some(url) = replica {
        store
            .read_from(url.expose(), &storage::use_of(&args.database, callers_wait_for))
            .await
            .with_context(|| format!("cannot read from {url}"))?;
        info!("reading from {url}");
    }
    let (tasks, stop) = lifetime.background();
    if let Some(carrier) = wakeups.carrier(&store) {
        store.wakeups().join(carrier, store.node(), tasks, stop);
    }
    let public_url = args.http.public_url.clone().unwrap_or_default();
    let app = App::new(store, Clock::System, tasks, stop).reached_at(public_url);
    let app = Arc::new(App { mailer, ..app.reaching(args.webhooks.client()) });
    storage::hint_at_tenants(&app, &args.database).await?;
    let keep_events_for = args.event_retention_days.map(|days| TimeDelta::days(days.into()));
    jobs::start(&app, keep_events_for, tasks, stop);
    let mut http = args.http.http_config(GraphiqlPage::default());
    if kind == DatabaseKind::Postgres {
        http.database_connections = Some(args.database.pool.database_connections);
    }
    run(&app, auth, http, listener, &lifetime).await?;
    drop(app);
    lifetime.end().await;
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Serves the app until the program is told to stop, and lets its clients finish.
pub(super) async fn run(
    app: &Arc<App>,
    auth: AuthConfig,
    config: HttpConfig,
    listener: TcpListener,
    lifetime: &Lifetime,
) -> Result<(), Failure> {
    let (background, stop_background) = lifetime.background();
    let (clock, store) = (app.clock.clone(), app.store.clone());
    let authenticator = Authenticator::start(store, clock, auth, background, stop_background)
        .map_err(Failure::usage)?;
    let schema = graphql::build(app.clone());
    let (tasks, stop) = lifetime.requests();
    let router = http::router(
        schema,
        authenticator,
        app.clone(),
        config.clone(),
        stop.clone(),
        tasks.clone(),
    );
    http::serve(listener, router, &config, &app.metrics, stop.clone(), tasks.clone()).await?;
    Ok(())
}
