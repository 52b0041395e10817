//! The plan: what is selected of an object, as the cells that its row must have and how each is written.
//!
//! A plan knows no values: neither who asks nor what its variables are. It is kept with its operation once that is asked for
//! again.

use std::{
    hash::{Hash, Hasher},
    mem, ptr,
    sync::atomic::{AtomicU64, Ordering},
};

use async_graphql::{
    Pos, Variables,
    parser::types::{Field as Selected, Selection, SelectionSet},
};
use async_graphql_value::Value as Argument;

use super::{
    shape::Shape,
    table::{Cell, Kind, List, Make, Need, ObjectTable, Relation, Shows, Source},
};
use crate::services::page::PageRequest;

/// The plan of a read: of one object, or of the objects on a page.
pub struct Plan {
    pub root: Root,
    /// The arguments of the lists below, by the number of the list.
    pub pages: Vec<PageArguments>,
    /// The cell with the id of each object, where several are found by theirs.
    pub id: Option<usize>,
    /// Tells it from all other plans that are kept; none: it is not kept.
    pub(super) number: Option<u64>,
}

pub enum Root {
    Object(RowPlan, ObjectFields),
    Page(RowPlan, PageFields),
}

/// Which columns of its own a row is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Columns {
    /// Those that are needed for what is selected.
    Selected,
    /// All that a field can show or be made from, but for JSON.
    All,
}

/// The cells of a row, in the order in which they are read.
pub struct RowPlan {
    pub table: &'static ObjectTable,
    pub cells: Vec<CellPlan>,
}

/// What a cell holds.
pub enum CellPlan {
    Value(Cell),
    One(&'static Relation, RowPlan),
    Many(&'static Relation, RowPlan),
    /// The rows of a page, and one more, of the list with this number.
    Page(usize, RowPlan),
    /// How many rows the list with this number has.
    Count(usize),
    /// What the list that the row is in is sorted by.
    SortValue,
    SortId,
}

/// The fields of an object, in the order of the answer.
pub type ObjectFields = Vec<Written>;

/// A field, and how it is written.
pub struct Written {
    /// The key in the answer.
    pub key: String,
    /// The key as JSON, with the colon.
    pub json: String,
    pub pos: Pos,
    pub nullable: bool,
    pub how: How,
}

/// How a field is written, from which cell.
pub enum How {
    Typename(&'static str),
    Value(usize, Kind),
    One(usize, ObjectFields, Option<RememberedCells>),
    Many(usize, ObjectFields),
    /// A page of the list with this number.
    Page(usize, PageFields),
    Made(Make, Vec<usize>, ShapeFields),
}

/// The cells of a row that may be remembered: their places among its table's own.
pub struct RememberedCells {
    pub table: &'static ObjectTable,
    pub cells: Vec<usize>,
}

/// What is selected of a page.
pub struct PageFields {
    pub object: &'static str,
    /// The cell with its rows; none: none are needed.
    pub rows: Option<usize>,
    /// The cell with the count of the whole list.
    pub count: Option<usize>,
    /// The cells of each row from which its cursor is made.
    pub cursor: Option<(usize, usize)>,
    pub items: Vec<Keyed<PageItem>>,
}

/// Something with its key in the answer, as JSON and with the colon.
pub struct Keyed<T> {
    pub key: String,
    pub json: String,
    pub item: T,
}

pub enum PageItem {
    Typename,
    Nodes(ObjectFields),
    Edges(Vec<Keyed<EdgeItem>>),
    Info(Vec<Keyed<InfoItem>>),
    Count,
}

pub enum EdgeItem {
    Typename,
    Cursor,
    Node(ObjectFields),
}

#[derive(Clone, Copy)]
pub enum InfoItem {
    Typename,
    HasPrevious,
    HasNext,
    Start,
    End,
}

/// What is selected of something that is worked out, by the place in its shape.
pub type ShapeFields = Vec<Keyed<ShapeItem>>;

pub enum ShapeItem {
    Typename(&'static str),
    Field(usize, ShapeFields),
}

/// The list of a field, and which page of it is wanted.
pub struct PageArguments {
    pub list: &'static List,
    first: Option<Argument>,
    after: Option<Argument>,
    last: Option<Argument>,
    before: Option<Argument>,
}

/// A document was executed that has not been validated.
#[derive(Debug)]
pub struct Unknown(pub String);

impl Plan {
    /// Plans what is selected of an object.
    pub fn of_object(
        table: &'static ObjectTable,
        selected: &SelectionSet,
        columns: Columns,
    ) -> Result<Self, Unknown> {
        let mut planner = Planner { columns, pages: Vec::new() };
        let (row, fields) = planner.row(table, selected)?;
        Ok(Self { root: Root::Object(row, fields), pages: planner.pages, id: None, number: None })
    }

    /// Plans what is selected of objects that are found by their ids.
    pub fn of_objects(
        table: &'static ObjectTable,
        selected: &SelectionSet,
        columns: Columns,
    ) -> Result<Self, Unknown> {
        let mut plan = Self::of_object(table, selected, columns)?;
        if let Root::Object(row, _) = &mut plan.root {
            plan.id = Some(row.value(Cell { of: Source::Own("id"), kind: Kind::Uuid }));
        }
        Ok(plan)
    }

    /// Plans what is selected of a page of objects.
    pub fn of_page(
        table: &'static ObjectTable,
        selected: &SelectionSet,
        columns: Columns,
    ) -> Result<Self, Unknown> {
        let mut planner = Planner { columns, pages: Vec::new() };
        let (row, mut page) = planner.page(table, selected)?;
        page.rows = page.rows.map(|_| 0);
        page.count = page.count.map(|_| 1);
        Ok(Self { root: Root::Page(row, page), pages: planner.pages, id: None, number: None })
    }

    /// Writes down what a plan of the same selection would read with these columns, for a hash.
    pub(super) fn fingerprint(&self, columns: Columns, remembers: bool, hasher: &mut impl Hasher) {
        let (row, root) = match &self.root {
            Root::Object(row, _) => (row, (self.id.is_some(), false, false)),
            Root::Page(row, page) => (row, (false, page.rows.is_some(), page.count.is_some())),
        };
        root.hash(hasher);
        row.fingerprint(columns, remembers, hasher);
        self.pages.iter().for_each(|page| ptr::hash(page.list, hasher));
    }

    /// A plan that is kept, with its statements.
    pub(super) fn kept(self) -> Self {
        static PLANS: AtomicU64 = AtomicU64::new(0);
        Self { number: Some(PLANS.fetch_add(1, Ordering::Relaxed)), ..self }
    }
}

impl RowPlan {
    fn new(table: &'static ObjectTable, columns: Columns) -> Self {
        let mut cells = match columns {
            Columns::Selected => Vec::new(),
            Columns::All => table.own_cells(),
        };
        cells.retain(|cell| is_small(*cell));
        Self { table, cells: cells.into_iter().map(CellPlan::Value).collect() }
    }

    fn fingerprint(&self, columns: Columns, remembers: bool, hasher: &mut impl Hasher) {
        self.table.name.hash(hasher);
        for cell in &self.cells {
            match cell {
                CellPlan::Value(cell) if columns == Columns::All && is_small(*cell) => continue,
                CellPlan::Value(cell) => cell.hash(hasher),
                CellPlan::One(relation, below) | CellPlan::Many(relation, below) => {
                    ptr::hash(*relation, hasher);
                    // Of what is remembered only the id is read.
                    if !(remembers && below.among_own_cells().is_some()) {
                        below.fingerprint(columns, remembers, hasher);
                    }
                }
                CellPlan::Page(number, below) => {
                    number.hash(hasher);
                    below.fingerprint(columns, remembers, hasher);
                }
                CellPlan::Count(number) => number.hash(hasher),
                CellPlan::SortValue | CellPlan::SortId => {}
            }
            mem::discriminant(cell).hash(hasher);
        }
        hasher.write_u8(0);
    }

    /// The cell with a value; one is enough for all who need it.
    fn value(&mut self, cell: Cell) -> usize {
        let same = |other: &CellPlan| matches!(other, CellPlan::Value(other) if *other == cell);
        match self.cells.iter().position(same) {
            Some(known) => known,
            None => self.push(CellPlan::Value(cell)),
        }
    }

    fn push(&mut self, cell: CellPlan) -> usize {
        self.cells.push(cell);
        self.cells.len() - 1
    }

    /// Where its cells are among the table's own, if it is one that is remembered and they are all there.
    pub fn among_own_cells(&self) -> Option<RememberedCells> {
        if !self.table.remembered {
            return None;
        }
        let own = self.table.own_cells();
        let place = |cell: &CellPlan| match cell {
            CellPlan::Value(cell) => own.iter().position(|own| own == cell),
            CellPlan::One(..)
            | CellPlan::Many(..)
            | CellPlan::Page(..)
            | CellPlan::Count(_)
            | CellPlan::SortValue
            | CellPlan::SortId => None,
        };
        let cells = self.cells.iter().map(place).collect::<Option<_>>()?;
        Some(RememberedCells { table: self.table, cells })
    }

    /// Whether the row's own columns are all that is read.
    pub fn is_plain(&self) -> bool {
        self.cells
            .iter()
            .all(|cell| matches!(cell, CellPlan::Value(Cell { of: Source::Own(_), .. })))
    }
}

impl PageArguments {
    fn new(list: &'static List, field: &Selected) -> Self {
        let argument = |name| field.get_argument(name).map(|value| value.node.clone());
        Self {
            list,
            first: argument("first"),
            after: argument("after"),
            last: argument("last"),
            before: argument("before"),
        }
    }

    /// What is asked for with these variables.
    pub fn request(&self, variables: &Variables) -> PageRequest {
        use async_graphql::Value;
        let value = |argument: &Option<Argument>| {
            let known = |name: async_graphql::Name| variables.get(&name).cloned().ok_or(());
            argument.clone()?.into_const_with(known).ok()
        };
        let number = |argument| {
            let Some(Value::Number(number)) = value(argument) else { return None };
            number.as_i64().and_then(|it| i32::try_from(it).ok())
        };
        let text = |argument| {
            let Some(Value::String(text)) = value(argument) else { return None };
            Some(text)
        };
        PageRequest {
            first: number(&self.first),
            after: text(&self.after),
            last: number(&self.last),
            before: text(&self.before),
        }
    }
}

struct Planner {
    columns: Columns,
    pages: Vec<PageArguments>,
}

/// Whether a cell is one of those that [`Columns::All`] means.
fn is_small(cell: Cell) -> bool {
    matches!(cell, Cell { of: Source::Own(_), kind } if kind != Kind::Json)
}

const TYPENAME: &str = "__typename";

impl Planner {
    fn object(
        &mut self,
        row: &mut RowPlan,
        selected: &SelectionSet,
    ) -> Result<ObjectFields, Unknown> {
        let object = row.table.object;
        let mut fields = Vec::with_capacity(selected.items.len());
        each_field(selected, object, &mut |pos, field| {
            let name = field.name.node.as_str();
            let (nullable, how) = if name == TYPENAME {
                (false, How::Typename(object))
            } else {
                let known = row.table.field(name).ok_or_else(|| unknown(object, name))?;
                self.field(row, &known.shows, field)?
            };
            let key = key_of(field);
            fields.push(Written { json: json(key), key: key.to_owned(), pos, nullable, how });
            Ok(())
        })?;
        Ok(fields)
    }

    fn field(
        &mut self,
        row: &mut RowPlan,
        shows: &'static Shows,
        field: &Selected,
    ) -> Result<(bool, How), Unknown> {
        let selected = &field.selection_set.node;
        Ok(match shows {
            Shows::Column(column) => {
                (column.nullable, How::Value(row.value(column.cell), column.cell.kind))
            }
            Shows::One(relation) => {
                let (below, fields) = self.row((relation.table)(), selected)?;
                let remembered = below.among_own_cells();
                let cell = row.push(CellPlan::One(relation, below));
                (!relation.always, How::One(cell, fields, remembered))
            }
            Shows::Many(relation) => {
                let (below, fields) = self.row((relation.table)(), selected)?;
                (false, How::Many(row.push(CellPlan::Many(relation, below)), fields))
            }
            Shows::Page(list) => {
                let number = self.pages.len();
                self.pages.push(PageArguments::new(list, field));
                let (below, mut page) = self.page((list.table)(), selected)?;
                page.rows = page.rows.map(|_| row.push(CellPlan::Page(number, below)));
                page.count = page.count.map(|_| row.push(CellPlan::Count(number)));
                (false, How::Page(number, page))
            }
            Shows::Made(made) => {
                let shape = made.shape.map(|shape| shape());
                let fields = shape.map(|shape| shape_fields(shape, selected)).transpose()?;
                let fields = fields.unwrap_or_default();
                let names = fields.iter().filter_map(|field| match field.item {
                    ShapeItem::Typename(_) => None,
                    ShapeItem::Field(place, _) => shape.map(|shape| &*shape.fields[place].name),
                });
                let way = made.way(names);
                let cells = way.needs.iter().map(|need| need_cell(row, need)).collect();
                (made.nullable, How::Made(way.make, cells, fields))
            }
        })
    }

    fn row(
        &mut self,
        table: &'static ObjectTable,
        selected: &SelectionSet,
    ) -> Result<(RowPlan, ObjectFields), Unknown> {
        let mut row = RowPlan::new(table, self.columns);
        let fields = self.object(&mut row, selected)?;
        Ok((row, fields))
    }

    /// Plans a page. Whoever calls says which cells its rows and its count are in, if they are needed.
    fn page(
        &mut self,
        table: &'static ObjectTable,
        selected: &SelectionSet,
    ) -> Result<(RowPlan, PageFields), Unknown> {
        let mut row = RowPlan::new(table, self.columns);
        let mut page = PageFields {
            object: table.object,
            rows: None,
            count: None,
            cursor: None,
            items: Vec::new(),
        };
        let object = format!("{}Connection", table.object);
        each_field(selected, &object, &mut |_, field| {
            let below = &field.selection_set.node;
            let item = match field.name.node.as_str() {
                TYPENAME => PageItem::Typename,
                "nodes" => PageItem::Nodes(self.object(&mut row, below)?),
                "edges" => PageItem::Edges(self.edges(&mut row, &mut page, below)?),
                "pageInfo" => PageItem::Info(info(&mut row, &mut page, below)?),
                "totalCount" => {
                    page.count = Some(0);
                    PageItem::Count
                }
                name => return Err(unknown(&object, name)),
            };
            if !matches!(item, PageItem::Count | PageItem::Typename) {
                page.rows = Some(0);
            }
            page.items.push(keyed(field, item));
            Ok(())
        })?;
        Ok((row, page))
    }

    fn edges(
        &mut self,
        row: &mut RowPlan,
        page: &mut PageFields,
        selected: &SelectionSet,
    ) -> Result<Vec<Keyed<EdgeItem>>, Unknown> {
        let object = format!("{}Edge", row.table.object);
        let mut items = Vec::new();
        each_field(selected, &object, &mut |_, field| {
            let item = match field.name.node.as_str() {
                TYPENAME => EdgeItem::Typename,
                "cursor" => {
                    with_cursor(row, page);
                    EdgeItem::Cursor
                }
                "node" => EdgeItem::Node(self.object(row, &field.selection_set.node)?),
                name => return Err(unknown(&object, name)),
            };
            items.push(keyed(field, item));
            Ok(())
        })?;
        Ok(items)
    }
}

fn info(
    row: &mut RowPlan,
    page: &mut PageFields,
    selected: &SelectionSet,
) -> Result<Vec<Keyed<InfoItem>>, Unknown> {
    let mut items = Vec::new();
    each_field(selected, "PageInfo", &mut |_, field| {
        let item = match field.name.node.as_str() {
            TYPENAME => InfoItem::Typename,
            "hasPreviousPage" => InfoItem::HasPrevious,
            "hasNextPage" => InfoItem::HasNext,
            "startCursor" => InfoItem::Start,
            "endCursor" => InfoItem::End,
            name => return Err(unknown("PageInfo", name)),
        };
        if matches!(item, InfoItem::Start | InfoItem::End) {
            with_cursor(row, page);
        }
        items.push(keyed(field, item));
        Ok(())
    })?;
    Ok(items)
}

fn with_cursor(row: &mut RowPlan, page: &mut PageFields) {
    if page.cursor.is_none() {
        page.cursor = Some((row.push(CellPlan::SortValue), row.push(CellPlan::SortId)));
    }
}

fn need_cell(row: &mut RowPlan, need: &'static Need) -> usize {
    match need {
        Need::Cell(cell) => row.value(*cell),
        Need::Rows(relation, cells) => {
            let cells = cells.iter().copied().map(CellPlan::Value).collect();
            row.push(CellPlan::Many(relation, RowPlan { table: (relation.table)(), cells }))
        }
    }
}

pub(super) fn shape_fields(
    shape: &'static Shape,
    selected: &SelectionSet,
) -> Result<ShapeFields, Unknown> {
    let mut fields = Vec::new();
    each_field(selected, shape.object, &mut |_, field| {
        let name = field.name.node.as_str();
        let item = if name == TYPENAME {
            ShapeItem::Typename(shape.object)
        } else {
            let (place, known) = shape.field(name).ok_or_else(|| unknown(shape.object, name))?;
            let below = match known.shape {
                Some(below) => shape_fields(below(), &field.selection_set.node)?,
                None => Vec::new(),
            };
            ShapeItem::Field(place, below)
        };
        fields.push(keyed(field, item));
        Ok(())
    })?;
    Ok(fields)
}

/// Calls for each field that is selected of an object of this type.
fn each_field(
    selected: &SelectionSet,
    object: &str,
    call: &mut impl FnMut(Pos, &Selected) -> Result<(), Unknown>,
) -> Result<(), Unknown> {
    for selection in &selected.items {
        match &selection.node {
            Selection::Field(field) => call(field.pos, &field.node)?,
            // The canonical operation has fragments only where the type of an object varies, one for each type.
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref();
                if on.is_none_or(|on| on.node.on.node == object) {
                    each_field(&inline.node.selection_set.node, object, call)?;
                }
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                return Err(Unknown(format!("the fragment {name} was not dissolved")));
            }
        }
    }
    Ok(())
}

fn keyed<T>(field: &Selected, item: T) -> Keyed<T> {
    let key = key_of(field);
    Keyed { key: key.to_owned(), json: json(key), item }
}

fn key_of(field: &Selected) -> &str {
    &field.alias.as_ref().unwrap_or(&field.name).node
}

/// A key needs no escapes: it is a name.
fn json(key: &str) -> String {
    format!("\"{key}\":")
}

fn unknown(object: &str, field: &str) -> Unknown {
    Unknown(format!("{object} has no field {field}"))
}
