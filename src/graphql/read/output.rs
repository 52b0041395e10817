//! What resolvers answer with: objects and pages that are read when the answer is written.
//!
//! The value of such a field is finished JSON, as [`Value::Binary`]; whoever writes the whole answer copies it.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Context, ContextBase, ContextSelectionSet, Error, OutputType, PathSegment, Pos, Positioned,
    QueryPathNode, QueryPathSegment, ServerError, ServerResult, Value,
    parser::types::{Field, SelectionSet},
    registry::Registry,
};
use bytes::Bytes;
use domain::viewer::Viewer;
use sea_orm::{DatabaseBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, Select};
use uuid::Uuid;

use super::{
    bound_page::BoundPage,
    plan::{Columns, Plan, Unknown},
    remembered::Remembered,
    run::{self, Answer, Find, Reader},
    schema,
    selections::Selections,
    table::{Object, ObjectTable, bare},
    write::Failure,
};
use crate::{
    document::{Canonical, OperationKind, RequestFacts},
    graphql::{
        budget::Budget,
        error::{ApiError, Result},
    },
    services::page::{List, PageRequest},
    store::Readers,
};

/// An object that is read when the answer is written. Where it does not exist for the viewer, the answer has null.
#[derive(Debug)]
pub struct Found<O> {
    find: Find,
    object: PhantomData<fn() -> O>,
}

/// Several objects, in the order of their ids; what does not exist for the viewer is left out.
#[derive(Debug)]
pub struct FoundAll<O> {
    ids: Vec<Uuid>,
    object: PhantomData<fn() -> O>,
}

/// A page of a list, read when the answer is written.
pub struct Connection<N> {
    page: BoundPage,
    node: PhantomData<fn() -> N>,
}

/// An item of a page.
struct Edge<N>(PhantomData<fn() -> N>);

/// What names an object.
pub trait Named {
    type Object: Object;
}

impl<O: Object> Named for Found<O> {
    type Object = O;
}

impl<O: Object> Found<O> {
    /// The object with this id.
    pub fn by_id(id: O::Id) -> Self {
        Self::by(Find::Id(id.into()))
    }

    /// The object that a select finds, which says itself what exists for the viewer.
    pub fn by_select<E: EntityTrait>(select: Select<E>) -> Self {
        Self::by(Find::Select(Box::new(bare(select))))
    }

    /// The object of a row that was read before and is known to exist for the viewer.
    pub fn by_row<M: ModelTrait>(row: &M) -> Self {
        let columns = <M::Entity as EntityTrait>::Column::iter();
        Self::by(Find::AlreadyRead(
            columns.map(|column| (column.as_str(), row.get(column))).collect(),
        ))
    }

    fn by(find: Find) -> Self {
        Self { find, object: PhantomData }
    }
}

impl<O: Object> FoundAll<O> {
    pub fn new(ids: impl IntoIterator<Item = O::Id>) -> Self {
        Self { ids: ids.into_iter().map(Into::into).collect(), object: PhantomData }
    }
}

impl<N: Named> Connection<N> {
    /// A page of a list.
    pub async fn new<E>(ctx: &Context<'_>, list: List<E>, request: PageRequest) -> Result<Self>
    where
        E: EntityTrait<Model: Sync>,
    {
        let list = reader(ctx)?.narrowed(list).await?;
        Ok(Self { page: BoundPage::new(Box::new(list), &request), node: PhantomData })
    }
}

impl<O: Object> OutputType for Found<O> {
    fn type_name() -> Cow<'static, str> {
        O::table().object.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        schema::object::<Self>(registry, O::table())
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let table = O::table();
        let answer = async {
            let plan = plan(ctx, table, Way::Object)?;
            run::object(reader(ctx)?, &plan, &self.find, &ctx.query_env.variables).await
        };
        let answer = answer.await.map_err(|error| located(ctx, error, field.pos))?;
        match self.find {
            // Only the object of a feed's event was read already, and it is never null.
            Find::AlreadyRead(_) => never_null(ctx, answer, &[], field.pos),
            Find::Id(_) | Find::Select(_) => Ok(value(ctx, answer, &[], field.pos)),
        }
    }
}

impl<O: Object> OutputType for FoundAll<O> {
    fn type_name() -> Cow<'static, str> {
        format!("[{}]", Found::<O>::qualified_type_name()).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Found::<O>::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut found = objects(ctx, O::table(), &self.ids)
            .await
            .map_err(|error| located(ctx, error, field.pos))?;
        let answers = self.ids.iter().filter_map(|id| found.remove(id)).enumerate();
        let items = answers.map(|(index, answer)| {
            never_null(ctx, answer, &[PathSegment::Index(index)], field.pos)
        });
        Ok(Value::List(items.collect::<ServerResult<_>>()?))
    }
}

impl<N: Named + OutputType> OutputType for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        schema::connection::<Self, Edge<N>>(registry, N::Object::table())
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let table = N::Object::table();
        let answer = async {
            let plan = plan(ctx, table, Way::Page)?;
            let window = self.page.window.as_ref().map_err(|invalid| *invalid)?;
            let variables = &ctx.query_env.variables;
            run::page(reader(ctx)?, &plan, &self.page, window, variables).await
        };
        let answer = answer.await.map_err(|error| located(ctx, error, field.pos))?;
        never_null(ctx, answer, &[], field.pos)
    }
}

impl<N: OutputType> OutputType for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }

    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        unreachable!("edges are written with their page")
    }
}

/// Reads objects of one kind by their ids, those that exist for the viewer.
pub async fn objects(
    ctx: &ContextSelectionSet<'_>,
    table: &'static ObjectTable,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Answer>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let plan = plan(ctx, table, Way::Objects)?;
    run::objects(reader(ctx)?, &plan, ids, &ctx.query_env.variables).await
}

/// What was read a moment ago may be taken for true in this execution.
#[derive(Debug)]
pub struct MayRemember(pub Arc<Remembered>);

/// The plans of an operation, each kept from the second time on that it is needed; none: it was needed once. Most operations
/// that are new are never seen again.
#[derive(Default)]
pub struct Plans(Mutex<HashMap<PlanKey, Option<Arc<Plan>>>>);

/// The key of a plan: the kind of its objects, the way in which they are read, and the path of the field in the answer.
type PlanKey = (&'static str, Way, String);

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}

/// The plan of what is selected here of objects of one kind, in one of the ways in which they are read.
fn plan(ctx: &ContextSelectionSet<'_>, table: &'static ObjectTable, way: Way) -> Result<Arc<Plan>> {
    let mut keys = Vec::new();
    let mut node = ctx.path_node.as_ref();
    while let Some(QueryPathNode { parent, segment }) = node {
        // Items of a list are selected alike.
        if let QueryPathSegment::Name(name) = segment {
            keys.push(*name);
        }
        node = *parent;
    }
    keys.reverse();
    let operation = ctx.data_opt::<Arc<Canonical>>();
    let Some((operation, selected)) =
        operation.and_then(|operation| Some((operation, operation.selected(&keys)?)))
    else {
        return Err(ApiError::internal(&anyhow::anyhow!("nobody knows what is selected")));
    };
    let key = (table.object, way, keys.join("/"));
    let lock = || operation.plans.0.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = match lock().get(&key) {
        Some(Some(known)) => return Ok(known.clone()),
        Some(None) => false,
        None => true,
    };
    let plan = |columns| {
        let plan = match way {
            Way::Object => Plan::of_object(table, selected, columns),
            Way::Objects => Plan::of_objects(table, selected, columns),
            Way::Page => Plan::of_page(table, selected, columns),
        };
        plan.map_err(|Unknown(what)| anyhow::anyhow!(what))
    };
    let planned = plan(Columns::Selected)?;
    if !is_new {
        let planned = Arc::new(planned.kept());
        lock().insert(key, Some(planned.clone()));
        return Ok(planned);
    }
    lock().entry(key).or_default();
    let reader = reader(ctx)?;
    let reads_all = is_small(ctx, operation)
        && reader.backend() == DatabaseBackend::Postgres
        && ctx.data_unchecked::<Selections>().differ_in_columns(reader, &planned);
    Ok(Arc::new(if reads_all { plan(Columns::All)? } else { planned }))
}

/// How many points an operation may have that reads all columns: of more rows, that takes longer than to prepare a statement.
const FEW_POINTS: u32 = 500;
/// How many fields it may have: each may lead to a table with all its columns.
const FEW_FIELDS: usize = 100;

/// Whether all columns may be read for an operation that is new. A feed asks for the same with each event.
fn is_small(ctx: &ContextSelectionSet<'_>, operation: &Canonical) -> bool {
    ctx.data_opt::<RequestFacts>()
        .is_some_and(|facts| facts.kind != OperationKind::Subscription && facts.cost <= FEW_POINTS)
        && operation.fields <= FEW_FIELDS
}

/// How objects are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Object,
    Objects,
    Page,
}

fn reader<'a, T>(ctx: &ContextBase<'a, T>) -> Result<Reader<'a>> {
    let (Some(viewer), Some(readers), Some(budget)) =
        (ctx.data_opt::<Arc<Viewer>>(), ctx.data_opt::<Readers>(), ctx.data_opt::<Budget>())
    else {
        return Err(ApiError::internal(&anyhow::anyhow!("an execution has nothing to read with")));
    };
    let remembered = ctx.data_opt::<MayRemember>().map(|MayRemember(rows)| &**rows);
    Ok(Reader { readers, viewer, budget, bindings: ctx.data_unchecked(), remembered })
}

/// An answer as the value of a field that may be null; its failures become errors, at paths below the field.
pub fn value(
    ctx: &ContextSelectionSet<'_>,
    answer: Answer,
    below: &[PathSegment],
    pos: Pos,
) -> Value {
    never_null(ctx, answer, below, pos).unwrap_or_else(|error| {
        ctx.add_error(error);
        Value::Null
    })
}

/// The same of a field that is never null: the failure that leaves nothing of it is its error.
fn never_null(
    ctx: &ContextSelectionSet<'_>,
    answer: Answer,
    below: &[PathSegment],
    pos: Pos,
) -> ServerResult<Value> {
    let Answer { text, failures } = answer;
    let mut errors = failures.into_iter().map(|Failure { error, path, pos: own }| {
        let mut error = located(ctx, error, own.unwrap_or(pos));
        error.path.extend(below.iter().cloned().chain(path));
        error
    });
    // The failure that left nothing is the last one.
    let last = if text.is_none() { errors.next_back() } else { None };
    errors.for_each(|error| ctx.add_error(error));
    match last {
        Some(error) => Err(error),
        None => Ok(text.map_or(Value::Null, |text| Value::Binary(Bytes::from(text)))),
    }
}

/// Writes a value as JSON. What was read is JSON already.
pub fn write_value(text: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Binary(json) => text.extend_from_slice(json),
        Value::List(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                write_value(text, item);
            }
            text.push(b']');
        }
        Value::Object(fields) => {
            text.push(b'{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                // A name needs no escapes.
                text.push(b'"');
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(b"\":");
                write_value(text, value);
            }
            text.push(b'}');
        }
        Value::Null | Value::Number(_) | Value::String(_) | Value::Boolean(_) | Value::Enum(_) => {
            if serde_json::to_writer(text, value).is_err() {
                unreachable!("a value can always be written to memory");
            }
        }
    }
}

/// An error at the field that is being answered.
pub fn located(ctx: &ContextSelectionSet<'_>, error: ApiError, pos: Pos) -> ServerError {
    ctx.set_error_path(Error::from(error).into_server_error(pos))
}

/// What is selected of an object that was worked out, as a value.
pub fn shaped(
    shape: &'static super::shape::Shape,
    fields: &impl super::shape::ShownFields,
    selected: &SelectionSet,
) -> Result<Value> {
    let selected = super::plan::shape_fields(shape, selected)
        .map_err(|Unknown(what)| anyhow::anyhow!(what))?;
    Ok(Value::Binary(Bytes::from(super::write::shaped(fields, &selected))))
}

/// Lets resolvers answer with an object that was worked out.
macro_rules! shaped_output {
    ($object:ident) => {
        impl async_graphql::OutputType for $object {
            fn type_name() -> std::borrow::Cow<'static, str> {
                stringify!($object).into()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                use $crate::graphql::read::{output, shape::Shaped};
                output::register_shape::<Self>(registry, Self::shape())
            }

            async fn resolve(
                &self,
                ctx: &async_graphql::ContextSelectionSet<'_>,
                field: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                use $crate::graphql::read::{output, shape::Shaped};
                output::shaped(Self::shape(), self, &ctx.item.node)
                    .map_err(|error| output::located(ctx, error, field.pos))
            }
        }
    };
}

pub(crate) use schema::{interface as register_interface, shape as register_shape};
pub(crate) use shaped_output;
