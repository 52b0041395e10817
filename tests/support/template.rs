//! Databases that the migrations were applied to once, of which tests get copies: applying them takes ten times as long.

use migration::MigratorTrait;
use sea_orm::Database as SeaOrm;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::database::{Database, execute};

/// The file of a migrated SQLite database.
pub(super) async fn sqlite() -> &'static [u8] {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let migrated = async || {
        let database = Database::sqlite();
        migrate(&format!("{}?mode=rwc", database.url)).await;
        std::fs::read(database.url.strip_prefix("sqlite://").unwrap()).unwrap()
    };
    FILE.get_or_init(migrated).await
}

/// The name of a migrated database on a PostgreSQL server, which stays there. Nobody connects to it, or it could not be
/// copied.
pub(super) async fn postgres(server: &str) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    let migrated = async || {
        let name = format!("ordergate_test_template_{}", Uuid::new_v4().simple());
        execute(server, &format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(server).unwrap();
        url.set_path(&name);
        migrate(url.as_str()).await;
        name
    };
    NAME.get_or_init(migrated).await
}

async fn migrate(url: &str) {
    let connection = SeaOrm::connect(url).await.unwrap();
    migration::Migrator::up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
}
