//! A database full of orders, the server that has it, and keys to ask with.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use sea_orm::{Database as Connections, DatabaseConnection};

use crate::{
    arguments::Database,
    fill,
    postgres::Postgres,
    processes::{Server, run},
};

/// How many connections to the database every server may have.
pub(crate) const DATABASE_CONNECTIONS: u32 = 16;

/// How many orders have led to what customers hold, at most.
const MOST_HOLDINGS: u64 = 5_000;

/// What all measurements share.
pub(crate) struct Place {
    pub(crate) ordergate: PathBuf,
    /// The program of before.
    pub(crate) before: Option<PathBuf>,
    pub(crate) folder: PathBuf,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) quick: bool,
}

/// The same orders twice, where there is a program of before: each program has its own tables, and changes no rows of
/// the other.
pub(crate) struct Worlds {
    pub(crate) now: World,
    pub(crate) before: Option<World>,
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) url: String,
    pub(crate) server: Server,
    /// A key that places orders, and one that approves them.
    pub(crate) seller: String,
    pub(crate) approver: String,
}

impl Place {
    /// The address of a database that is empty yet.
    pub(crate) async fn empty(&mut self, database: Database, name: &str) -> anyhow::Result<String> {
        match database {
            Database::Sqlite => {
                Ok(format!("sqlite://{}", self.folder.join(format!("{name}.db")).display()))
            }
            Database::Postgres => {
                let postgres = self.postgres.as_mut().context("PostgreSQL was not started")?;
                postgres.create(name).await
            }
        }
    }

    /// Fills a database with so many orders and serves it.
    pub(crate) async fn world(
        &mut self,
        database: Database,
        name: &str,
        orders: u64,
    ) -> anyhow::Result<World> {
        self.world_with(database, name, orders, orders.min(MOST_HOLDINGS)).await
    }

    /// The same with so many holdings, of the first of the orders.
    pub(crate) async fn world_with(
        &mut self,
        database: Database,
        name: &str,
        orders: u64,
        holdings: u64,
    ) -> anyhow::Result<World> {
        self.world_of(&self.ordergate.clone(), database, name, orders, holdings).await
    }

    /// The same, and once more for the program of before.
    pub(crate) async fn worlds(
        &mut self,
        database: Database,
        name: &str,
        orders: u64,
    ) -> anyhow::Result<Worlds> {
        let now = self.world(database, name, orders).await?;
        let before = match self.before.clone() {
            Some(before) => {
                let name = format!("{name}_before");
                let holdings = orders.min(MOST_HOLDINGS);
                Some(self.world_of(&before, database, &name, orders, holdings).await?)
            }
            None => None,
        };
        Ok(Worlds { now, before })
    }

    async fn world_of(
        &mut self,
        ordergate: &Path,
        database: Database,
        name: &str,
        orders: u64,
        holdings: u64,
    ) -> anyhow::Result<World> {
        eprintln!("{}: filling with {orders} orders", database.name());
        let url = self.empty(database, name).await?;
        let filling = open_to_fill(ordergate, &url).await?;
        fill::people_and_catalogue(&filling).await?;
        fill::orders(&filling, 1, orders).await?;
        fill::holdings(&filling, holdings).await?;
        fill::settle(&filling).await?;
        filling.close().await?;
        let key = |role: &str| {
            let tenant = fill::tenant_id();
            run(Command::new(ordergate)
                .args(["key", "create", "--tenant", &tenant, "--role", role, "--name", role])
                .args(["--database-url", &url]))
        };
        let (seller, approver) = (key("seller")?, key("approver")?);
        let log = self.folder.join(format!("{name}-{}.log", database.name()));
        let server = serve(ordergate, &log, &url).await?;
        Ok(World { database, url, server, seller, approver })
    }
}

impl Worlds {
    /// The program of before, if there is one, and the present one: in this order they run in turn.
    pub(crate) fn each(&self) -> impl Iterator<Item = &World> {
        self.before.iter().chain([&self.now])
    }
}

/// Makes the tables of an empty database and gives one connection to fill them.
pub(crate) async fn open_to_fill(
    ordergate: &Path,
    url: &str,
) -> anyhow::Result<DatabaseConnection> {
    run(Command::new(ordergate).args(["migrate", "up", "--database-url", url]))?;
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Connections::connect(options).await?)
}

/// Starts `ordergate serve` with limits that a single busy client does not meet.
pub(crate) async fn serve(program: &Path, log: &Path, url: &str) -> anyhow::Result<Server> {
    const NO_LIMITS: [&str; 12] = [
        "--migrate",
        "--metrics=on",
        "--log-level=warn",
        "--limit-queries-per-second=0",
        "--limit-mutations-per-second=0",
        "--limit-in-flight=1000",
        "--limit-connections=20000",
        "--limit-connections-per-address=20000",
        "--limit-watchers=20000",
        "--limit-watchers-per-tenant=20000",
        "--limit-websockets-per-caller=20000",
        "--drain-timeout-seconds=1",
    ];
    Server::start(program, log, |address| {
        let own = [
            "serve".to_owned(),
            format!("--listen={address}"),
            format!("--database-url={url}"),
            format!("--database-connections={DATABASE_CONNECTIONS}"),
        ];
        own.into_iter().chain(NO_LIMITS.map(str::to_owned)).collect()
    })
    .await
}
