//! Whose work waits, and since when.

use entity::TenantId;
use sea_orm::{ConnectionTrait, DbErr, Statement, TryGetable};

/// Rows that are work, of which there is an index by tenant and time, and of no others.
pub(super) struct Waiting {
    pub(super) table: &'static str,
    /// The condition of the index.
    pub(super) waits: &'static str,
    /// The column that says when a row is due.
    pub(super) due: &'static str,
}

/// The tenants that have work, each with when the oldest of it is due. Goes from tenant to tenant in the index, and reads
/// two entries of each, however many there are.
pub(super) async fn oldest_of_each<T: TryGetable>(
    connection: &impl ConnectionTrait,
    Waiting { table, waits, due }: &Waiting,
) -> Result<Vec<(TenantId, T)>, DbErr> {
    let sql = format!(
        "WITH RECURSIVE having_work (tenant_id) AS ( \
             SELECT (SELECT tenant_id FROM {table} WHERE {waits} ORDER BY tenant_id LIMIT 1) \
             UNION ALL \
             SELECT (SELECT piece.tenant_id FROM {table} AS piece \
                 WHERE {waits} AND piece.tenant_id > having_work.tenant_id \
                 ORDER BY piece.tenant_id LIMIT 1) \
             FROM having_work WHERE having_work.tenant_id IS NOT NULL \
         ) \
         SELECT tenant_id, (SELECT piece.{due} FROM {table} AS piece \
                 WHERE {waits} AND piece.tenant_id = having_work.tenant_id \
                 ORDER BY piece.{due} LIMIT 1) \
         FROM having_work WHERE tenant_id IS NOT NULL"
    );
    let backend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
