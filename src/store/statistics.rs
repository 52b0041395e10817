//! SQLite's statistics: how many rows there are of each kind.
//!
//! Without it, SQLite takes all rows of a tenant for ten, and would rather walk through a million orders than look up the
//! sixteen that it was given the ids of. PostgreSQL counts by itself.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::group_commit::GroupCommit;

/// A table is counted again once it has ten times as many rows. A reading connection learns of it when it is next opened,
/// which is within half an hour.
const EVERY: Duration = Duration::from_mins(10);

/// Counts tables that have grown. Of an index, 2,000 rows are looked at, so that it takes a moment, however many there are.
pub(super) async fn gather(writer: &DatabaseConnection) -> Result<(), DbErr> {
    writer.execute_unprepared("PRAGMA analysis_limit = 2000").await?;
    // All tables, not only those that this connection has asked for.
    writer.execute_unprepared("PRAGMA optimize = 0x10002").await?;
    Ok(())
}

pub(super) async fn keep(commits: Arc<GroupCommit>, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(EVERY)).await.is_some() {
        // Where nothing can be written, that is reported elsewhere.
        let Ok(alone) = commits.alone().await else { continue };
        if let Err(error) = gather(alone.connection()).await {
            tracing::warn!(%error, "could not count what the tables hold");
            alone.give_up().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, Database, Statement};
    use tokio::time::{advance, pause, resume, timeout};

    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::{
        store::connect::{Settings, SqliteWriter},
        wakeups::Wakeups,
    };

    /// A table in memory with an index whose keys are all the same.
    async fn connect() -> DatabaseConnection {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let connection = Database::connect(options).await.unwrap();
        let sql = "CREATE TABLE thing (kind TEXT); CREATE INDEX thing_by_kind ON thing (kind)";
        connection.execute_unprepared(sql).await.unwrap();
        connection
    }

    async fn grow_to(connection: &DatabaseConnection, rows: u32) {
        let sql = format!(
            "WITH RECURSIVE numbers (i) AS (SELECT count(*) + 1 FROM thing UNION ALL SELECT i + 1 FROM numbers \
             WHERE i < {rows}) INSERT INTO thing SELECT 'a' FROM numbers"
        );
        connection.execute_unprepared(&sql).await.unwrap();
    }

    /// How many rows SQLite takes the table for, and how many of them for those with the same key.
    async fn counted(connection: &DatabaseConnection) -> Option<(u32, u32)> {
        let sql = "SELECT stat FROM sqlite_stat1 WHERE idx = 'thing_by_kind'";
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        // The table of what was counted is made with the first count.
        let row = connection.query_one_raw(statement).await.ok()??;
        let text: String = row.try_get_by_index(0).unwrap();
        let (rows, same) = text.split_once(' ').unwrap();
        Some((rows.parse().unwrap(), same.parse().unwrap()))
    }

    #[tokio::test]
    async fn a_table_is_counted_and_counted_again_once_it_is_ten_times_as_large() {
        let connection = connect().await;
        grow_to(&connection, 100).await;
        assert_eq!(counted(&connection).await, None);
        gather(&connection).await.unwrap();
        assert_eq!(counted(&connection).await, Some((100, 100)));
        grow_to(&connection, 300).await;
        gather(&connection).await.unwrap();
        assert_eq!(counted(&connection).await, Some((100, 100)));
        grow_to(&connection, 1_500).await;
        gather(&connection).await.unwrap();
        assert_eq!(counted(&connection).await, Some((1_500, 1_500)));
    }

    #[tokio::test]
    async fn of_a_large_index_a_part_is_looked_at() {
        let connection = connect().await;
        grow_to(&connection, 20_000).await;
        gather(&connection).await.unwrap();
        let (_, same) = counted(&connection).await.unwrap();
        assert!((2_000..2_100).contains(&same), "{same}");
    }

    #[tokio::test]
    async fn a_table_that_grows_is_counted_in_time_until_the_node_stops() {
        let folder = std::env::temp_dir().join(format!("ordergate-test-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite://{}", folder.join("counted.db").display());
        let (opens, writer) =
            SqliteWriter::create(&url, &Settings::default(), &Arc::default()).await.unwrap();
        let sql = "CREATE TABLE thing (kind TEXT); CREATE INDEX thing_by_kind ON thing (kind)";
        writer.execute_unprepared(sql).await.unwrap();
        grow_to(&writer, 100).await;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let commits = GroupCommit::start(opens, writer, vec![], Wakeups::default(), &tasks, &stop);
        let keeping = tokio::spawn(keep(commits.clone(), stop.clone()));
        tokio::task::yield_now().await;
        let is_counted = async || counted(commits.alone().await.unwrap().connection()).await;
        assert_eq!(is_counted().await, None);
        pause();
        advance(EVERY).await;
        resume();
        let seen = async {
            while is_counted().await.is_none() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), seen).await.unwrap();
        stop.cancel();
        tasks.close();
        timeout(Duration::from_secs(10), keeping).await.unwrap().unwrap();
        timeout(Duration::from_secs(10), tasks.wait()).await.unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
