//! What filters and sort orders are made of.

use async_graphql::{CustomValidator, Enum, InputObject, InputType, InputValueError};

use crate::{
    graphql::{id::Id, scalars::Time},
    services::{
        lists::{ByTime, ByTimeOrName, Range},
        page::Direction,
    },
};

/// How many values one list of a filter may name.
const MOST_VALUES: usize = 100;

/// Holds a list of a filter, by its field's name, against the limit.
pub(in crate::graphql) struct Few(pub(in crate::graphql) &'static str);

impl<T: InputType> CustomValidator<Vec<T>> for Few {
    fn check(&self, values: &Vec<T>) -> Result<(), InputValueError<Vec<T>>> {
        if values.len() <= MOST_VALUES {
            return Ok(());
        }
        let Self(field) = self;
        Err(format!("{field} has {} values; the limit is {MOST_VALUES}.", values.len()).into())
    }
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct DateTimeRange {
    /// The first moment of it. Without it, it has no beginning.
    pub from: Option<Time>,
    /// The first moment after it. Without it, it has no end.
    pub until: Option<Time>,
}

/// The stretch asked for; none: all time.
pub(super) fn range(range: Option<DateTimeRange>) -> Range {
    let range = range.unwrap_or_default();
    Range { from: range.from.map(|time| time.0), until: range.until.map(|time| time.0) }
}

pub(super) fn bare<T>(id: Option<Id<T>>) -> Option<T> {
    id.map(|id| id.0)
}

/// The words of the API as those of the tables.
pub(super) fn words<T, U: From<T>>(words: Option<Vec<T>>) -> Option<Vec<U>> {
    words.map(|words| words.into_iter().map(Into::into).collect())
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SortDirection {
    /// Smallest, or oldest, first.
    Asc,
    /// Largest, or newest, first.
    Desc,
}

impl From<SortDirection> for Direction {
    fn from(direction: SortDirection) -> Self {
        match direction {
            SortDirection::Asc => Self::Ascending,
            SortDirection::Desc => Self::Descending,
        }
    }
}

/// What a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TimeSortField {
    /// When an item was created.
    CreatedAt,
    /// When an item was last changed.
    UpdatedAt,
}

/// How a list is sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct TimeOrder {
    /// What it is sorted by.
    pub field: TimeSortField,
    /// Which way.
    pub direction: SortDirection,
}

impl Default for TimeOrder {
    fn default() -> Self {
        Self { field: TimeSortField::CreatedAt, direction: SortDirection::Desc }
    }
}

impl TimeOrder {
    pub(in crate::graphql) fn read(self) -> (ByTime, Direction) {
        let by = match self.field {
            TimeSortField::CreatedAt => ByTime::Created,
            TimeSortField::UpdatedAt => ByTime::Updated,
        };
        (by, self.direction.into())
    }
}

/// What a list of things with a name can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NameSortField {
    /// When an item was created.
    CreatedAt,
    /// When an item was last changed.
    UpdatedAt,
    /// The name of an item.
    Name,
}

/// How a list of things with a name is sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct NameOrder {
    /// What it is sorted by.
    pub field: NameSortField,
    /// Which way.
    pub direction: SortDirection,
}

impl Default for NameOrder {
    fn default() -> Self {
        Self { field: NameSortField::CreatedAt, direction: SortDirection::Desc }
    }
}

impl NameOrder {
    pub(super) fn read(self) -> (ByTimeOrName, Direction) {
        let by = match self.field {
            NameSortField::CreatedAt => ByTimeOrName::Created,
            NameSortField::UpdatedAt => ByTimeOrName::Updated,
            NameSortField::Name => ByTimeOrName::Name,
        };
        (by, self.direction.into())
    }
}
