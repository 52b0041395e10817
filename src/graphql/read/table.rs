//! The words in which objects are described: what each field of a row shows.

use std::iter;

use async_graphql::{OutputType, registry::Registry};
use chrono::{DateTime, NaiveDate, Utc};
use domain::viewer::Viewer;
use entity::{
    activation::Activation,
    approval::RuleNames,
    billing_run::Amounts,
    commitment::{Commitment, OfferCommitment},
    discount::{DiscountTerms, LineDiscounts},
    mail_recipient::MailKinds,
    order::Subjects,
    order_line_hold::Choices,
    party::Party,
    plan_instance::{Charges, LineComponents, PlanInstance, ProrationPolicy},
    pricing::PriceTiers,
    webhook_endpoint::Kinds,
};
use sea_orm::{EntityTrait, QuerySelect, QueryTrait, Select, sea_query::SelectStatement};
use uuid::Uuid;

use super::{
    cells::Given,
    shape::{Shape, Shaped, Shown},
};
use crate::{
    graphql::scalars::{Day, Time},
    services::page::Paged,
};

/// The description of an object that shows a row of a table of the database.
pub struct ObjectTable {
    /// What the API calls it.
    pub object: &'static str,
    pub description: String,
    /// What the database calls the table.
    pub name: &'static str,
    /// The rows that exist for a viewer.
    pub visible: fn(&Viewer) -> SelectStatement,
    /// Whether everybody in the tenant may see its rows, which change rarely and are read often.
    pub remembered: bool,
    /// Registers the object with the schema; its type's name.
    pub register: fn(&mut Registry) -> String,
    pub fields: Vec<Field>,
}

impl ObjectTable {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What the row itself holds of all that its fields show, each once.
    pub fn own_cells(&self) -> Vec<Cell> {
        let mut own: Vec<Cell> = Vec::new();
        let mut add = |cell: &Cell| {
            if matches!(cell.of, Source::Own(_)) && !own.contains(cell) {
                own.push(*cell);
            }
        };
        for field in &self.fields {
            match &field.shows {
                Shows::Column(column) => add(&column.cell),
                Shows::Made(made) => {
                    for need in made.ways().flat_map(|way| &way.needs) {
                        if let Need::Cell(cell) = need {
                            add(cell);
                        }
                    }
                }
                Shows::One(_) | Shows::Many(_) | Shows::Page(_) => {}
            }
        }
        own
    }
}

/// A field of an object.
pub struct Field {
    /// In the API's spelling.
    pub name: String,
    pub description: String,
    pub shows: Shows,
}

impl Field {
    /// A field that is called in the API's way what a word of Rust's says.
    pub fn new(name: &str, documentation: &str, shows: Shows) -> Self {
        Self { name: camel_case(name), description: description(documentation), shows }
    }
}

/// What a field shows.
pub enum Shows {
    /// A value that is in a column.
    Column(Column),
    /// One row of another table, if it exists for the viewer.
    One(Relation),
    /// All rows that belong to this one, in their order.
    Many(Relation),
    /// Those of them that are on a page.
    Page(List),
    /// What is worked out from cells.
    Made(Made),
}

/// A value in a column, and how it is written.
pub struct Column {
    pub cell: Cell,
    pub nullable: bool,
    /// Registers its type; the name of it, which says that it is never null.
    pub register: fn(&mut Registry) -> String,
}

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    pub of: Source,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// In a column of the row.
    Own(&'static str),
    /// In a column of the row of another table whose key is in a column of this one.
    Foreign { table: &'static str, key: &'static str, column: &'static str, by: &'static str },
}

/// How a value is stored, and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A UUID, written with a prefix.
    Id(&'static str),
    /// A UUID that is not shown.
    Uuid,
    Text,
    /// 32 bits.
    Int,
    /// 64 bits, of which an `Int` holds 32.
    Long,
    /// 64 bits, written as a string of digits.
    Digits,
    Bool,
    Time,
    Day,
    /// A document, for what is made of it.
    Json,
}

/// Rows of another table that belong to a row.
pub struct Relation {
    pub table: fn() -> &'static ObjectTable,
    /// The column that they are found by.
    pub by: &'static str,
    pub found: FoundBy,
    /// Only where a column of the row has this value.
    pub when: Option<(&'static str, &'static str)>,
    /// Whether there is always one.
    pub always: bool,
}

/// How rows are found.
pub enum FoundBy {
    /// By their id; those that exist for the viewer.
    WithId,
    /// As if for one value of the column that they are found by. Perhaps a column of theirs has the same value.
    Of { select: fn(&Viewer, Uuid) -> SelectStatement, equal: Option<&'static str> },
}

/// A list of rows that belong to a row.
pub struct List {
    pub table: fn() -> &'static ObjectTable,
    /// Registers the type of its pages.
    pub register: fn(&mut Registry) -> String,
    /// The list, as if for one row.
    pub list: fn(&Viewer, Uuid) -> Box<dyn Paged>,
}

/// What is worked out.
pub struct Made {
    /// Registers its type; the type's name.
    pub register: fn(&mut Registry) -> String,
    pub nullable: bool,
    /// What can be selected of it, if it is an object or a list of them.
    pub shape: Option<fn() -> &'static Shape>,
    way: Way,
    /// The way in which it is worked out where no other of its fields than these are selected.
    shortcut: Option<(&'static [&'static str], Way)>,
}

/// From what something is worked out, and how.
pub struct Way {
    pub needs: Vec<Need>,
    pub make: Make,
}

/// How something is worked out.
#[derive(Clone, Copy)]
pub enum Make {
    /// From cells and the rights of whoever asks: all with the same rights are shown the same.
    ForRights(fn(&Given<'_, '_>) -> anyhow::Result<Shown>),
    /// Also from who exactly asks, as [`Viewer::subject`] names them.
    ForSubject(fn(&Given<'_, '_>, &str) -> anyhow::Result<Shown>),
}

/// What something is worked out from.
pub enum Need {
    Cell(Cell),
    /// Cells of the rows that belong to the row.
    Rows(Relation, Vec<Cell>),
}

/// An object that shows a row.
pub trait Object: Send + Sync + 'static {
    /// The id of its rows.
    type Id: Into<Uuid>;

    fn table() -> &'static ObjectTable;
}

/// What is stored in a column.
pub trait Stored {
    const KIND: Kind;
    const NULLABLE: bool = false;
}

/// What is stored in a column and shown as it is.
#[diagnostic::on_unimplemented(
    message = "nobody has said as what `{Self}` is shown",
    note = "say so in `columnar!`, words in `graphql/types/enums.rs`"
)]
pub trait Columnar: Stored {
    /// Registers the type that it is shown as; the name of it, which says that it is never null.
    fn register(registry: &mut Registry) -> String;
}

/// Says how types are stored and as what they are shown.
macro_rules! columnar {
    ($($stored:ty: $kind:expr => $shown:ty),+ $(,)?) => {$(
        impl $crate::graphql::read::table::Stored for $stored {
            const KIND: $crate::graphql::read::table::Kind = $kind;
        }

        impl $crate::graphql::read::table::Columnar for $stored {
            fn register(registry: &mut async_graphql::registry::Registry) -> String {
                <$shown as async_graphql::OutputType>::create_type_info(registry)
            }
        }
    )+};
}

columnar! {
    String: Kind::Text => String,
    bool: Kind::Bool => bool,
    i32: Kind::Int => i32,
    i64: Kind::Long => i32,
    DateTime<Utc>: Kind::Time => Time,
    NaiveDate: Kind::Day => Day,
}

impl Stored for Uuid {
    const KIND: Kind = Kind::Uuid;
}

impl Stored for Subjects {
    const KIND: Kind = Kind::Json;
}

impl Stored for Activation {
    const KIND: Kind = Kind::Json;
}

impl Stored for OfferCommitment {
    const KIND: Kind = Kind::Json;
}

impl Stored for Commitment {
    const KIND: Kind = Kind::Json;
}

impl Stored for LineDiscounts {
    const KIND: Kind = Kind::Json;
}

impl Stored for DiscountTerms {
    const KIND: Kind = Kind::Json;
}

impl Stored for Choices {
    const KIND: Kind = Kind::Json;
}

impl Stored for RuleNames {
    const KIND: Kind = Kind::Json;
}

impl Stored for Party {
    const KIND: Kind = Kind::Json;
}

impl Stored for ProrationPolicy {
    const KIND: Kind = Kind::Json;
}

impl Stored for PlanInstance {
    const KIND: Kind = Kind::Json;
}

impl Stored for LineComponents {
    const KIND: Kind = Kind::Json;
}

impl Stored for PriceTiers {
    const KIND: Kind = Kind::Json;
}

impl Stored for Charges {
    const KIND: Kind = Kind::Json;
}

impl Stored for Amounts {
    const KIND: Kind = Kind::Json;
}

impl Stored for Kinds {
    const KIND: Kind = Kind::Json;
}

impl Stored for MailKinds {
    const KIND: Kind = Kind::Json;
}

impl Stored for serde_json::Value {
    const KIND: Kind = Kind::Json;
}

impl<T: Stored> Stored for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
}

impl<T: Columnar> Columnar for Option<T> {
    fn register(registry: &mut Registry) -> String {
        T::register(registry)
    }
}

/// A value that is, or may be, the id of something.
pub trait LeadsTo<Id> {}

impl<Id> LeadsTo<Id> for Id {}
impl<Id> LeadsTo<Id> for Option<Id> {}

impl Cell {
    /// What is in a column of the row.
    pub fn own<M, T: Stored>(name: &'static str, _: fn(&M) -> &T) -> Self {
        Self { of: Source::Own(name), kind: T::KIND }
    }

    /// What is in a column of the row of another table whose key is in a column.
    pub fn foreign<M, T: Stored>(
        table: &'static str,
        key: &'static str,
        column: &'static str,
        _: fn(&M) -> &T,
        by: &'static str,
    ) -> Self {
        Self { of: Source::Foreign { table, key, column, by }, kind: T::KIND }
    }
}

impl Shows {
    /// A column, of a type that has its way of being shown.
    pub fn column<M, T: Columnar>(name: &'static str, field: fn(&M) -> &T) -> Self {
        Self::Column(Column {
            cell: Cell::own(name, field),
            nullable: T::NULLABLE,
            register: T::register,
        })
    }

    /// A column with a number of 64 bits, shown as the digits of a scalar.
    pub fn digits<S: OutputType, M>(name: &'static str, _: fn(&M) -> &Option<i64>) -> Self {
        let cell = Cell { of: Source::Own(name), kind: Kind::Digits };
        Self::Column(Column { cell, nullable: true, register: S::create_type_info })
    }

    /// The row whose id is in a column, if it exists for the viewer.
    pub fn one<O: Object, M, K: LeadsTo<O::Id>>(by: &'static str, _: fn(&M) -> &K) -> Self {
        Self::One(Relation {
            table: O::table,
            by,
            found: FoundBy::WithId,
            when: None,
            always: false,
        })
    }

    /// The row whose id is in a column, where another column says so.
    pub fn one_when<O: Object>(by: &'static str, when: &'static str, is: &'static str) -> Self {
        let when = Some((when, is));
        Self::One(Relation { table: O::table, by, found: FoundBy::WithId, when, always: false })
    }

    /// The first of the rows that belong to this one.
    pub fn first<O: Object>(select: fn(&Viewer, Uuid) -> SelectStatement) -> Self {
        Self::One(Relation::of::<O>(select, None))
    }

    /// The rows that belong to this one, in their order.
    pub fn many<O: Object>(
        select: fn(&Viewer, Uuid) -> SelectStatement,
        equal: Option<&'static str>,
    ) -> Self {
        Self::Many(Relation::of::<O>(select, equal))
    }

    /// The same, but for that it always exists.
    #[must_use]
    pub fn always(mut self) -> Self {
        if let Self::One(relation) = &mut self {
            relation.always = true;
        }
        self
    }
}

impl Relation {
    /// Rows that are found by the id of the row.
    pub fn of<O: Object>(
        select: fn(&Viewer, Uuid) -> SelectStatement,
        equal: Option<&'static str>,
    ) -> Self {
        let found = FoundBy::Of { select, equal };
        Self { table: O::table, by: "id", found, when: None, always: false }
    }
}

impl From<Cell> for Need {
    fn from(cell: Cell) -> Self {
        Self::Cell(cell)
    }
}

impl Made {
    /// What is worked out from cells and shown as a `T`.
    pub fn new<T: OutputType>(
        needs: Vec<Need>,
        make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
    ) -> Self {
        Self::by::<T>(needs, Make::ForRights(make))
    }

    /// What is worked out from cells and who exactly asks, and shown as a `T`.
    pub fn personal<T: OutputType>(
        needs: Vec<Need>,
        make: fn(&Given<'_, '_>, &str) -> anyhow::Result<Shown>,
    ) -> Self {
        Self::by::<T>(needs, Make::ForSubject(make))
    }

    fn by<T: OutputType>(needs: Vec<Need>, make: Make) -> Self {
        let nullable = !T::qualified_type_name().ends_with('!');
        let way = Way { needs, make };
        Self { register: T::create_type_info, nullable, shape: None, way, shortcut: None }
    }

    /// Says what can be selected of it.
    #[must_use]
    pub fn with<S: Shaped>(mut self) -> Self {
        self.shape = Some(S::shape);
        self
    }

    /// Says from what less it is worked out where no other of its fields than these are selected, once it is known what can
    /// be.
    #[must_use]
    pub fn shortcut(
        mut self,
        fields: &'static [&'static str],
        needs: Vec<Need>,
        make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
    ) -> Self {
        let exists = |name: &&str| self.shape.is_some_and(|shape| shape().field(name).is_some());
        debug_assert!(fields.iter().all(exists), "no such fields: {fields:?}");
        self.shortcut = Some((fields, Way { needs, make: Make::ForRights(make) }));
        self
    }

    /// The ways in which it is worked out, the one that always works first.
    pub fn ways(&self) -> impl Iterator<Item = &Way> {
        iter::once(&self.way).chain(self.shortcut.iter().map(|(_, way)| way))
    }

    /// The way in which it is worked out where these of its fields are selected.
    pub fn way(&self, mut selected: impl Iterator<Item = &'static str>) -> &Way {
        match &self.shortcut {
            Some((fields, way)) if selected.all(|name| fields.contains(&name)) => way,
            Some(_) | None => &self.way,
        }
    }
}

/// The select without its columns: a plan says which are read.
pub fn bare<E: EntityTrait>(rows: Select<E>) -> SelectStatement {
    rows.select_only().into_query()
}

/// The word as the API spells it.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}

/// The lines of a doc comment as one text.
pub fn description(documentation: &str) -> String {
    let lines: Vec<_> = documentation.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

/// Says of a table that its rows are remembered.
pub const fn remembered() -> bool {
    true
}

/// Describes an object that shows a row: its fields, in the order of the schema. A field without more is the column of
/// its name; the compiler knows whether there is one.
macro_rules! object {
    ($(#[doc = $doc:literal])* $object:ident of $table:ident($id:ident), seen as $visible:expr
     $(, $remembered:ident)?;
     $($(#[doc = $field_doc:literal])* $field:ident $(= $shows:expr)?;)+) => {
        #[doc = concat!("What `", stringify!($object), "` shows.")]
        #[derive(Debug)]
        pub enum Table {}

        $(#[doc = $doc])*
        pub type $object = $crate::graphql::read::output::Found<Table>;

        impl $crate::graphql::read::table::Object for Table {
            type Id = entity::$id;

            fn table() -> &'static $crate::graphql::read::table::ObjectTable {
                use $crate::graphql::read::table::Field;
                static TABLE: std::sync::LazyLock<$crate::graphql::read::table::ObjectTable> =
                    std::sync::LazyLock::new(|| $crate::graphql::read::table::ObjectTable {
                        object: stringify!($object),
                        description: $crate::graphql::read::table::description(concat!($($doc, "\n"),*)),
                        name: sea_orm::EntityName::table_name(&entity::$table::Entity),
                        visible: |viewer| $crate::graphql::read::table::bare($visible(viewer)),
                        remembered: [false$(, $crate::graphql::read::table::$remembered())?]
                            .contains(&true),
                        register: <$object as async_graphql::OutputType>::create_type_info,
                        fields: vec![$(Field::new(
                            stringify!($field),
                            concat!($($field_doc, "\n"),*),
                            $crate::graphql::read::table::shows!($table.$field $(= $shows)?),
                        )),+],
                    });
                &TABLE
            }
        }
    };
}

/// What a field shows: what is said, or else the column of its name.
macro_rules! shows {
    ($table:ident.$column:ident) => {
        $crate::graphql::read::table::Shows::column(
            stringify!($column),
            |row: &entity::$table::Model| &row.$column,
        )
    };
    ($table:ident.$column:ident = $shows:expr) => {
        $shows
    };
}

/// A cell that something is worked out from: a column of the row, or of the row of another table whose key, its id if
/// nothing else is said, is in a column.
macro_rules! cell {
    ($table:ident.$column:ident) => {
        $crate::graphql::read::table::Cell::own(stringify!($column), |row: &entity::$table::Model| {
            &row.$column
        })
    };
    ($table:ident.$column:ident by $by:ident) => {
        $crate::graphql::read::table::cell!($table.$column by $by is id)
    };
    ($table:ident.$column:ident by $by:ident is $key:ident) => {
        $crate::graphql::read::table::Cell::foreign(
            sea_orm::EntityName::table_name(&entity::$table::Entity),
            stringify!($key),
            stringify!($column),
            |row: &entity::$table::Model| &row.$column,
            stringify!($by),
        )
    };
}

/// The row whose id is in a column.
macro_rules! one {
    ($object:ident, $table:ident.$column:ident) => {
        $crate::graphql::read::table::Shows::one::<
            <$object as $crate::graphql::read::output::Named>::Object,
            _,
            _,
        >(stringify!($column), |row: &entity::$table::Model| &row.$column)
    };
}

/// The rows that a select finds, as if for one row, whose id it may have in a condition. Where a column of theirs has that
/// id, it may be named: what they show of that row by it, such as its currency, is then taken from it and not looked up.
macro_rules! many {
    ($object:ident, $select:expr $(, $equal:ident)?) => {
        $crate::graphql::read::table::Shows::many::<<$object as $crate::graphql::read::output::Named>::Object>(
            |viewer, id| $crate::graphql::read::table::bare($select(viewer, id.into())),
            None$(.or(Some(stringify!($equal))))?,
        )
    };
}

/// The first of the rows that a select finds, as if for one row.
macro_rules! first {
    ($object:ident, $select:expr) => {
        $crate::graphql::read::table::Shows::first::<
            <$object as $crate::graphql::read::output::Named>::Object,
        >(|viewer, id| $crate::graphql::read::table::bare($select(viewer, id.into())))
    };
}

/// Cells that something is worked out from, of the rows that a select finds, as if for one row.
macro_rules! rows {
    ($object:ident, $select:expr, $($table:ident.$column:ident),+ $(,)?) => {
        $crate::graphql::read::table::Need::Rows(
            $crate::graphql::read::table::Relation::of::<<$object as $crate::graphql::read::output::Named>::Object>(
                |viewer, id| $crate::graphql::read::table::bare($select(viewer, id.into())),
                None,
            ),
            vec![$($crate::graphql::read::table::cell!($table.$column)),+],
        )
    };
}

/// The pages of a list, as if for one row, whose id may stand in a condition. Such a list has no search.
macro_rules! page {
    ($object:ident, $list:expr) => {
        $crate::graphql::read::table::Shows::Page($crate::graphql::read::table::List {
            table: <<$object as $crate::graphql::read::output::Named>::Object as $crate::graphql::read::table::Object>::table,
            register: <$crate::graphql::read::output::Connection<$object> as async_graphql::OutputType>::create_type_info,
            list: |viewer, id| Box::new($list(viewer, id.into())),
        })
    };
}

pub(crate) use {cell, columnar, first, many, object, one, page, rows, shows};
