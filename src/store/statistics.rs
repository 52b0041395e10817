//! What SQLite knows about how many rows there are of what.
//!
//! Without it, SQLite takes all rows of a tenant for ten, and would rather walk through a million orders than look up the
//! sixteen that it was given the ids of. PostgreSQL counts by itself.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

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

pub(super) async fn keep(writer: DatabaseConnection, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(EVERY)).await.is_some() {
        if let Err(error) = gather(&writer).await {
            tracing::warn!(%error, "could not count what the tables hold");
        }
    }
}
