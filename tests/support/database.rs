//! A database of its own for each test, gone when the test is over.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Database as SeaOrm, Statement};
use uuid::Uuid;

use super::template;

/// What the file of an SQLite database is called.
const FILE: &str = "ordergate.db";

/// An empty database.
pub(crate) struct Database {
    pub(crate) url: String,
    kind: Kind,
}

enum Kind {
    Sqlite { folder: PathBuf },
    Postgres { server: String, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("ordergate-test-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite://{}", folder.join(FILE).display());
        Self { url, kind: Kind::Sqlite { folder } }
    }

    /// On the server that `ORDERGATE_TEST_POSTGRES_URL` names; `tests/run` starts one.
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("ORDERGATE_TEST_POSTGRES_URL")
            .expect("ORDERGATE_TEST_POSTGRES_URL names a PostgreSQL server; tests/run starts one");
        let name = format!("ordergate_test_{}", Uuid::new_v4().simple());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self { url: url.into(), kind: Kind::Postgres { server, name } }
    }

    /// Another one of the same kind.
    pub(crate) async fn another(&self) -> Self {
        if self.is_postgres() { Self::postgres().await } else { Self::sqlite() }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.kind, Kind::Postgres { .. })
    }

    /// Ends every session of a PostgreSQL database, as a restart of the server does.
    pub(crate) async fn cut_all_connections(&self) {
        let Kind::Postgres { server, name } = &self.kind else { return };
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        execute(server, &sql).await;
    }

    /// Lets nobody connect to a PostgreSQL database, or lets them connect again.
    pub(crate) async fn let_connect(&self, allowed: bool) {
        let Kind::Postgres { server, name } = &self.kind else { return };
        execute(server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")).await;
    }

    /// Runs a statement on a connection of its own, beside the service.
    pub(crate) async fn execute(&self, sql: &str) {
        execute(&self.url, sql).await;
    }

    /// Gives a database the schema of today, unless it has it.
    pub(crate) async fn migrate(&self) {
        match &self.kind {
            Kind::Sqlite { folder } => {
                let file = folder.join(FILE);
                if !file.exists() {
                    std::fs::write(file, template::sqlite().await).unwrap();
                }
            }
            Kind::Postgres { server, name } => {
                if self.has_schema().await {
                    return;
                }
                let template = template::postgres(server).await;
                execute(server, &format!("DROP DATABASE {name}")).await;
                execute(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            }
        }
    }

    async fn has_schema(&self) -> bool {
        let connection = SeaOrm::connect(&self.url).await.unwrap();
        let sql = "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations'";
        let found = Statement::from_string(connection.get_database_backend(), sql);
        let found = connection.query_one_raw(found).await.unwrap();
        connection.close().await.unwrap();
        found.is_some()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.kind {
            Kind::Sqlite { folder } => std::fs::remove_dir_all(folder).unwrap(),
            Kind::Postgres { server, name } => {
                let (server, name) = (server.clone(), name.clone());
                // A drop cannot wait, and the test's runtime is about to end.
                let dropped = std::thread::spawn(move || {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .unwrap()
                        .block_on(execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)")));
                });
                dropped.join().unwrap();
            }
        }
    }
}

pub(super) async fn execute(server: &str, sql: &str) {
    let connection = SeaOrm::connect(server).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}
