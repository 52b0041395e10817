//! Running a plan: one statement, and its answer as text.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::Variables;
use domain::viewer::{Scope, Viewer};
use entity::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryResult, Statement, Value,
    sea_query::SelectStatement,
};
use uuid::Uuid;

use super::{
    bound_page::BoundPage,
    cells::{Datum, ResultSet, items, known},
    plan::{CellPlan, ObjectFields, PageFields, Plan, Root},
    remembered::{Remembered, RowsById},
    statement::{ById, Prepared, above, id_of, with_id},
    table::{Cell, Source},
    write::{Failure, Stop, Writer},
};
use crate::{
    document,
    graphql::{budget::Budget, error::Result},
    services::page::{List, PageRequest, Sorted, Window},
    store::{JsonRow, QuickReads, Readers, ShortRead, statement::evenly},
};

/// What is read with, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) readers: &'a Readers,
    pub(super) viewer: &'a Viewer,
    pub(super) budget: &'a Budget,
    pub(super) bindings: &'a Bindings,
    /// What was read a moment ago, if it may be taken for true.
    pub(super) remembered: Option<&'a Remembered>,
}

/// How the one object is found that a plan is about.
#[derive(Clone, Debug)]
pub(super) enum Find {
    /// By its id, if it exists for the viewer.
    Id(Uuid),
    /// By a select without columns, which says itself what exists for the viewer.
    Select(Box<SelectStatement>),
    /// Not at all: its row was read already. Its values, by their columns.
    AlreadyRead(Vec<(&'static str, Value)>),
}

/// What was read, as JSON.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// None: there is nothing, or what was to be there could not be written.
    pub(super) text: Option<Vec<u8>>,
    pub(super) failures: Vec<Failure>,
}

/// A bound plan: its statement, for viewers who see the same rows and ask for the same pages below.
pub(super) struct Bound {
    pages: Vec<BoundPage>,
    sql: Prepared,
    by_id: OnceLock<ById>,
    /// When its statement last took too long to be run in the thread that asks.
    long_at: Mutex<Option<Instant>>,
}

/// For so long, what was long is not tried again in the thread that asks.
const LATELY: Duration = Duration::from_secs(10);

/// The key of a bound plan.
#[derive(Clone, PartialEq, Eq, Hash)]
struct BoundTo {
    plan: u64,
    tenant_id: TenantId,
    scope: Scope,
    remembers: bool,
    /// The column that the root is sorted by.
    sorted: Option<&'static str>,
    pages: Vec<PageRequest>,
}

impl BoundTo {
    /// How many bytes it takes, about.
    fn len(&self) -> usize {
        let partners = match &self.scope {
            Scope::Partner { partners, .. } => partners.len(),
            Scope::Tenant | Scope::Customer { .. } => 0,
        };
        let cursors = |page: &PageRequest| {
            let cursors = [&page.after, &page.before].into_iter().flatten();
            cursors.map(String::len).sum::<usize>()
        };
        size_of::<Self>()
            + partners * size_of::<Uuid>()
            + self.pages.iter().map(cursors).sum::<usize>()
    }
}

/// The bound plans of late.
pub struct Bindings(document::Known<BoundTo, Arc<Bound>>);

/// How many bytes of statements are remembered, at least. What belongs to them takes several times as much.
const MOST_BYTES: usize = 2 * 1024 * 1024;

impl Default for Bindings {
    fn default() -> Self {
        Self(document::Known::new(MOST_BYTES))
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bindings").finish_non_exhaustive()
    }
}

impl Plan {
    fn bind(
        &self,
        reader: Reader<'_>,
        sorted: Option<&Sorted>,
        variables: &Variables,
    ) -> Arc<Bound> {
        let requests = self.pages.iter().map(|page| page.request(variables));
        let requests: Vec<_> = requests.collect();
        let Some(plan) = self.number else {
            return self.bound(reader, sorted, &requests).into();
        };
        let Reader { viewer, remembered, bindings, .. } = reader;
        let to = BoundTo {
            plan,
            tenant_id: viewer.tenant_id,
            scope: viewer.scope.clone(),
            remembers: remembered.is_some(),
            sorted: sorted.map(|sorted| sorted.column),
            pages: requests,
        };
        if let Some(bound) = bindings.0.get(&to) {
            return bound;
        }
        let bound = Arc::new(self.bound(reader, sorted, &to.pages));
        // What nobody can have is not kept.
        if bound.pages.iter().all(|page| page.window.is_ok()) {
            let weight = bound.sql.len() + to.len();
            bindings.0.insert(to, bound.clone(), weight);
        }
        bound
    }

    fn bound(
        &self,
        reader: Reader<'_>,
        sorted: Option<&Sorted>,
        requests: &[PageRequest],
    ) -> Bound {
        let Reader { viewer, remembered, .. } = reader;
        let pages = self
            .pages
            .iter()
            .zip(requests)
            .map(|(page, request)| BoundPage::new((page.list.list)(viewer, above()), request));
        let pages: Vec<_> = pages.collect();
        let (Root::Object(row, _) | Root::Page(row, _)) = &self.root;
        let remembers = remembered.is_some();
        let sql = Prepared::new(reader.backend(), viewer, row, &pages, sorted, remembers);
        Bound { pages, sql, by_id: OnceLock::new(), long_at: Mutex::default() }
    }
}

/// Reads one object.
pub(super) async fn object(
    reader: Reader<'_>,
    plan: &Plan,
    find: &Find,
    variables: &Variables,
) -> Result<Answer> {
    let Root::Object(row, fields) = &plan.root else {
        unreachable!("the plan of an object is no page's")
    };
    if let Find::AlreadyRead(values) = find
        && row.is_plain()
    {
        let cells = row.cells.iter().map(|cell| cell_of(cell, values));
        let cells = cells.collect::<anyhow::Result<Vec<_>>>()?;
        return write(reader, &[], Whole::AlreadyRead(fields, cells)).await;
    }
    let bound = plan.bind(reader, None, variables);
    let statement = match find {
        Find::Id(id) => {
            let by_id = || bound.sql.by_id(reader.viewer);
            bound.by_id.get_or_init(by_id).statement(*id)
        }
        Find::Select(select) => bound.sql.one((**select).clone()),
        Find::AlreadyRead(values) => bound.sql.known(values),
    };
    let rows = reader.rows(&bound, statement).await?;
    let Some(row) = rows.one()? else { return Ok(Answer::default()) };
    write(reader, &bound.pages, Whole::Object(fields, row)).await
}

/// Reads a page of objects, for which the window is known to be right.
pub(super) async fn page(
    reader: Reader<'_>,
    plan: &Plan,
    page: &BoundPage,
    window: &Window,
    variables: &Variables,
) -> Result<Answer> {
    let Root::Page(_, fields) = &plan.root else {
        unreachable!("the plan of a page is no object's")
    };
    let bound = plan.bind(reader, Some(&page.sorted), variables);
    let wanted = fields.rows.is_some().then(|| page.list.rows_in(window));
    let (answer, count) = if fields.count.is_some() {
        let counts = bound.sql.counted(wanted, page.list.all());
        let (answer, count) = reader.counted(&bound, counts).await?;
        (Some(answer), Some(count))
    } else if let Some(wanted) = wanted {
        (Some(reader.rows(&bound, bound.sql.all(wanted)).await?), None)
    } else {
        (None, None)
    };
    let rows = match &answer {
        Some(rows) if count.is_some() => rows.together()?,
        Some(rows) => rows.all()?,
        None => Vec::new(),
    };
    write(reader, &bound.pages, Whole::Page { fields, page, window, rows, count }).await
}

/// Reads objects by their ids, those that exist for the viewer, each with its answer.
pub(super) async fn objects(
    reader: Reader<'_>,
    plan: &Plan,
    ids: &[Uuid],
    variables: &Variables,
) -> Result<HashMap<Uuid, Answer>> {
    let Root::Object(row, fields) = &plan.root else {
        unreachable!("the plan of an object is no page's")
    };
    let bound = plan.bind(reader, None, variables);
    let wanted = match ids {
        [one] => with_id(row.table, reader.viewer, *one),
        several => {
            let is_wanted = id_of(row.table).is_in(evenly(several));
            (row.table.visible)(reader.viewer).and_where(is_wanted).take()
        }
    };
    let rows = reader.rows(&bound, bound.sql.all(wanted)).await?;
    let mut found = HashMap::new();
    for row in rows.all()? {
        let cells = items(row)?;
        let id = plan.id.and_then(|id| cells.get(id)).map(|id| id.uuid()).transpose()?;
        let Some(id) = id.flatten() else { continue };
        let answer = write(reader, &bound.pages, Whole::Object(fields, row)).await?;
        found.insert(id, answer);
    }
    Ok(found)
}

impl Reader<'_> {
    /// A list, with what is searched for turned into conditions.
    pub(super) async fn narrowed<E>(self, list: List<E>) -> Result<List<E>>
    where
        E: EntityTrait<Model: Sync>,
    {
        let _turn = self.budget.turn_to_read().await;
        Ok(list.narrowed(&self.readers.connection).await?)
    }

    /// What a statement of a plan answers with; on SQLite all its rows are in one.
    async fn rows(self, bound: &Bound, statement: Statement) -> Result<ResultSet> {
        if let ShortRead::Row(row) = self.read_in_place(bound, &statement) {
            return Ok(ResultSet::of_json(row.and_then(|row| row.json))?);
        }
        let rows = self.query_all(statement).await?;
        Ok(ResultSet::read(self.backend(), rows)?)
    }

    /// The same of a statement that answers with one row, and what that has counted.
    async fn counted(self, bound: &Bound, statement: Statement) -> Result<(ResultSet, i64)> {
        if let ShortRead::Row(Some(JsonRow { json, count: Some(count) })) =
            self.read_in_place(bound, &statement)
        {
            return Ok((ResultSet::of_json(json)?, count));
        }
        let rows = self.query_all(statement).await?;
        let count = rows.first().map(|row| row.try_get_by_index(1)).transpose()?;
        let rows = ResultSet::read(self.backend(), rows)?;
        Ok((rows, count.unwrap_or_default()))
    }

    pub(super) fn backend(self) -> DatabaseBackend {
        self.readers.connection.get_database_backend()
    }

    async fn query_all(self, statement: Statement) -> Result<Vec<QueryResult>> {
        let Readers { connection, quick } = self.readers;
        let _turn = self.budget.turn_to_read().await;
        Ok(match quick {
            QuickReads::Short(_) => connection.query_all_raw(statement).await?,
            QuickReads::Kept(connections) => connections.query_all(&statement).await?,
        })
    }

    /// Runs a statement in this thread, if it may and was not too long for that lately.
    fn read_in_place(self, bound: &Bound, statement: &Statement) -> ShortRead {
        let QuickReads::Short(short_reads) = &self.readers.quick else {
            return ShortRead::Impossible;
        };
        if bound.was_long_lately() || !self.budget.may_read_in_place() {
            return ShortRead::Long;
        }
        let began = Instant::now();
        let read = short_reads.try_read(statement);
        self.budget.has_read_in_place(began.elapsed());
        if read == ShortRead::Long {
            *bound.long_at() = Some(Instant::now());
        }
        read
    }
}

impl Bound {
    fn was_long_lately(&self) -> bool {
        self.long_at().is_some_and(|at| at.elapsed() < LATELY)
    }

    fn long_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.long_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is written.
enum Whole<'a> {
    Object(&'a ObjectFields, Datum<'a>),
    AlreadyRead(&'a ObjectFields, Vec<Datum<'a>>),
    Page {
        fields: &'a PageFields,
        page: &'a BoundPage,
        window: &'a Window,
        rows: Vec<Datum<'a>>,
        count: Option<i64>,
    },
}

/// Writes an answer. What was to be remembered and is not is looked up, and the answer is written again.
async fn write(reader: Reader<'_>, pages: &[BoundPage], whole: Whole<'_>) -> Result<Answer> {
    let most = reader.budget.objects();
    let nothing = RowsById::new();
    let mut snapshot = reader.remembered.map(|remembered| remembered.snapshot(reader.viewer));
    loop {
        let known = snapshot.as_ref().map_or(&nothing, |snapshot| &snapshot.rows);
        let mut writer = Writer::new(reader.viewer, pages, known, most);
        let written = match &whole {
            Whole::Object(fields, row) => writer.object(fields, *row),
            Whole::AlreadyRead(fields, cells) => writer.known(fields, cells.clone()),
            Whole::Page { fields, page, window, rows, count } => {
                let count = count.map(Datum::Int);
                writer.page(fields, &page.sorted, window, rows.clone(), count)
            }
        };
        let Writer { unknown, objects, text, mut failures, .. } = writer;
        if let (Some(remembered), Some(known), false) =
            (reader.remembered, &snapshot, unknown.is_empty())
        {
            snapshot = Some(remembered.complete(reader.viewer, known, unknown).await?);
            continue;
        }
        let text = match written {
            Ok(()) => Some(text),
            Err(Stop::Failed(failure)) => {
                failures.push(failure);
                None
            }
            Err(Stop::All(error)) => return Err(error),
        };
        reader.budget.take_objects(objects)?;
        reader.budget.take_bytes(text.as_ref().map_or(0, Vec::len))?;
        return Ok(Answer { text, failures });
    }
}

fn cell_of<'a>(cell: &CellPlan, values: &'a [(&'static str, Value)]) -> anyhow::Result<Datum<'a>> {
    let CellPlan::Value(Cell { of: Source::Own(column), .. }) = cell else {
        anyhow::bail!("more than the row's own columns is read");
    };
    let value = values.iter().find(|(name, _)| name == column);
    let (_, value) = value.ok_or_else(|| anyhow::anyhow!("nothing is known of {column}"))?;
    known(value)
}
