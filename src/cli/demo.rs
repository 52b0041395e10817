//! `ordergate demo`: a made-up seller to look around in.

mod documents;
mod first_screen;
mod graphiql;
mod keys_file;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use rand::RngExt;
use tracing::{info, warn};

use self::first_screen::FirstScreen;
use super::{
    args::DemoArgs,
    failure::Failure,
    lifetime::Lifetime,
    listen, serve,
    storage::{self, Expect},
};
use crate::{
    app::App,
    clock::Clock,
    config::{DatabaseSettings, DatabaseUrl},
    demo::{self, Wishes},
    error::Error,
    graphql::id::Id,
    http::SimulatedPayments,
    jobs,
    mail::{Mailer, Way},
    outbound::{Reach, client::Client},
};

pub(super) async fn demo(args: DemoArgs) -> Result<ExitCode, Failure> {
    let auth = args.sign_in.auth_config().map_err(Failure::usage)?;
    let lifetime = Lifetime::until_signal()?;
    let listener = listen::bind(&args.http.listen).await?;
    let address = listener.local_addr()?;
    let folder = TemporaryFolder::new()?;
    let database_url = args.database_url.clone().unwrap_or_else(|| folder.database_url());
    let database = DatabaseSettings { database_url, pool: args.pool };
    let callers_wait_for = Some(args.http.timeouts.request_timeout());
    let store =
        storage::open_within(&database, Expect::Anything, callers_wait_for, &lifetime).await?;
    storage::prepare(&store, &database, true).await?;
    let (tasks, stopping) = lifetime.background();
    let here = format!("http://{}", first_screen::reachable(address));
    let public_url = args.http.public_url.clone().unwrap_or(here);
    let app = App::new(store, Clock::System, tasks, stopping).reached_at(public_url);
    // Whoever tries webhooks has a receiver on this machine.
    let app = app.reaching(Client::new(Reach::Loopback));
    let mailer =
        Mailer::new(Way::Folder(folder.mail()), "Northwind Cloud <orders@northwind.example>")?;
    let app = Arc::new(App { mailer: Some(mailer), ..app });
    let wishes =
        Wishes { purchases: args.orders.try_into().unwrap_or(usize::MAX), seed: args.seed };
    let world = demo::make(&app, wishes).await?;
    let shop = world.shop.clone();
    let links = world.approval_links(&app).await?;
    let approve_url = links.and_then(|links| links.approve.url(&app.public_url));
    world.people_get_mail(&app).await?;
    let mut http = args.http.http_config(graphiql::page(&world));
    http.simulated_payments = simulated_payments(&app, &world, address).await?;
    // Only now: the story's past is told by its own clock.
    jobs::start(&app, None, tasks, stopping);
    if !args.quiet {
        tasks.spawn(world.go_on(app.clone(), stopping.clone()));
    }
    if let Some(path) = &args.keys_file {
        keys_file::write(path, &shop.keys)?;
    }
    let screen = FirstScreen {
        address,
        shop: &shop,
        approve_url,
        graphiql: args.http.graphiql.is_on(),
        live: !args.quiet,
        kept_in: args.database_url.as_ref(),
        mail: &folder.mail(),
    };
    screen.print()?;
    serve::run(&app, auth, http, listener, &lifetime).await?;
    drop(app);
    lifetime.end().await;
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// A payment provider on this machine, at which the made-up seller is paid; none: payers would be sent where others read along.
async fn simulated_payments(
    app: &App,
    world: &demo::World,
    address: SocketAddr,
) -> Result<Option<SimulatedPayments>, Failure> {
    let page_url = format!("{}/demo/payments", app.public_url);
    let secret = match world.take_payments(app, page_url).await {
        Ok(secret) => secret,
        Err(Error::Refused(_)) => {
            warn!(
                "no payments are simulated: {} is neither https nor this machine",
                app.public_url
            );
            return Ok(None);
        }
        Err(failed @ Error::Failed(_)) => return Err(failed.into()),
    };
    let (tenant_id, port) = (world.shop.tenant_id, address.port());
    // By the name under which programs on this machine are reached.
    let callback_url = format!("http://localhost:{port}/payments/{}/callback", Id(tenant_id));
    Ok(Some(SimulatedPayments { tenant_id, secret, callback_url }))
}

/// A folder of this demo alone, removed when it is dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> anyhow::Result<Self> {
        let name = format!("ordergate-demo-{:016x}", rand::rng().random::<u64>());
        let path = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .with_context(|| format!("cannot make a temporary folder at {}", path.display()))?;
        Ok(Self(path))
    }

    fn database_url(&self) -> DatabaseUrl {
        DatabaseUrl::from(format!("sqlite://{}", self.0.join("demo.db").display()))
    }

    /// Where mail is kept.
    fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!("cannot remove {}: {error}", self.0.display());
        }
    }
}
