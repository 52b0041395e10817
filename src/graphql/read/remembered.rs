//! Rows that were read a moment ago: what is in the catalogue changes rarely, and every line of every order leads to it.
//!
//! On PostgreSQL a page is read much quicker without them. SQLite joins them.

use std::{
    collections::HashMap,
    fmt::{self, Debug},
    hash::{Hash, Hasher},
    ptr,
    sync::Arc,
};

use dataloader::{BatchFn, non_cached::Loader};
use domain::viewer::Viewer;
use entity::TenantId;
use futures_util::future::try_join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, ExprTrait};
use uuid::Uuid;

use super::{
    cells::{Datum, KeptRow, ResultSet, items},
    plan::{CellPlan, RowPlan},
    statement::{Prepared, id_of},
    table::{Cell, Kind, ObjectTable, Source},
};
use crate::{
    graphql::error::{ApiError, Result},
    memory::{Asked, MOST, Memory},
    store::statement::evenly,
    wakeups::Wakeups,
};

/// Rows by their ids, each with the cells that are its table's own; none: there is no such row.
pub(super) type RowsById = HashMap<Uuid, Option<Arc<KeptRow>>>;

/// Rows of tables that everybody in the tenant may see, each for a moment, of all tenants.
///
/// When the catalogue changes, whoever reads at that time misses the same rows: a loader reads them once for all.
pub struct Remembered {
    wakeups: Wakeups,
    tenants: Memory<TenantId, Arc<Snapshot>>,
    loader: Loader<Key, Loaded, Batches>,
}

/// What is known of a tenant's rows: all read since a moment ago.
pub(super) struct Snapshot {
    asked: Asked,
    pub(super) rows: RowsById,
}

/// What a row is known by.
#[derive(Clone, Copy)]
struct Key {
    tenant_id: TenantId,
    table: &'static ObjectTable,
    id: Uuid,
}

/// A row that was read, or why it was not.
type Loaded = Result<Option<Arc<KeptRow>>>;

impl Remembered {
    /// Remembers what is read with this connection.
    pub fn new(connection: DatabaseConnection, wakeups: Wakeups) -> Self {
        Self { wakeups, tenants: Memory::default(), loader: Loader::new(Batches(connection)) }
    }

    /// Rows as they were at most a second ago, and never as they were before a change that this node has made or heard
    /// of.
    pub(super) fn snapshot(&self, viewer: &Viewer) -> Arc<Snapshot> {
        let asked = Asked::now(self.wakeups.changes_of_catalogue());
        let known = self.tenants.find(&viewer.tenant_id, asked);
        known.unwrap_or_else(|| Snapshot { asked, rows: RowsById::new() }.into())
    }

    /// The same, and the rows that it lacks.
    pub(super) async fn complete(
        &self,
        viewer: &Viewer,
        known: &Snapshot,
        lacking: Vec<(&'static ObjectTable, Uuid)>,
    ) -> Result<Arc<Snapshot>> {
        let load = async |(table, id)| {
            let key = Key { tenant_id: viewer.tenant_id, table, id };
            let row = self.loader.try_load(key).await.map_err(anyhow::Error::from)??;
            Ok::<_, ApiError>((id, row))
        };
        let loaded = try_join_all(lacking.into_iter().map(load)).await?;
        let mut rows = if known.rows.len() < MOST { known.rows.clone() } else { RowsById::new() };
        rows.extend(loaded);
        let snapshot = Arc::new(Snapshot { asked: known.asked, rows });
        self.tenants.remember(known.asked, viewer.tenant_id, snapshot.clone());
        Ok(snapshot)
    }
}

impl Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

/// Reads all rows that are missed at one time.
struct Batches(DatabaseConnection);

impl BatchFn<Key, Loaded> for Batches {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Loaded> {
        let mut found: HashMap<Key, Loaded> = keys.iter().map(|key| (*key, Ok(None))).collect();
        let mut tables: HashMap<(TenantId, &str), Vec<Key>> = HashMap::new();
        for key in keys {
            tables.entry((key.tenant_id, key.table.name)).or_default().push(*key);
        }
        for keys in tables.into_values() {
            match read(&self.0, &keys).await {
                Ok(rows) => found.extend(rows.into_iter().map(|(key, row)| (key, Ok(Some(row))))),
                Err(error) => {
                    let error = ApiError::from(error);
                    found.extend(keys.into_iter().map(|key| (key, Err(error.clone()))));
                }
            }
        }
        found
    }
}

/// Reads rows of one table of one tenant.
async fn read(
    connection: &DatabaseConnection,
    keys: &[Key],
) -> anyhow::Result<Vec<(Key, Arc<KeptRow>)>> {
    let Some(Key { tenant_id, table, .. }) = keys.first().copied() else { return Ok(Vec::new()) };
    let mut cells: Vec<_> = table.own_cells().into_iter().map(CellPlan::Value).collect();
    let id = cells.len();
    cells.push(CellPlan::Value(Cell { of: Source::Own("id"), kind: Kind::Uuid }));
    let row = RowPlan { table, cells };
    let viewer = Viewer::system(tenant_id);
    let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
    let rows = (table.visible)(&viewer).and_where(id_of(table).is_in(evenly(&ids))).take();
    let backend = connection.get_database_backend();
    let statement = Prepared::new(backend, &viewer, &row, &[], None, false).all(rows);
    let rows = ResultSet::read(backend, connection.query_all_raw(statement).await?)?;
    let mut found = Vec::new();
    for row in rows.all()? {
        let (Some(id), Datum::Record(record)) = (items(row)?[id].uuid()?, row) else { continue };
        found.push((Key { tenant_id, table, id }, KeptRow::of(record)?.into()));
    }
    Ok(found)
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.tenant_id == other.tenant_id && ptr::eq(self.table, other.table)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table.name, self.id)
    }
}
