//! The lists of what a viewer may see: one file per noun, with its filter and what it can be sorted by.

pub mod agreements;
pub mod api_keys;
pub mod customers;
pub mod editions;
pub mod history;
pub mod invoice_lines;
pub mod invoices;
pub mod licenses;
pub mod offers;
pub mod orders;
pub mod partners;
pub mod products;
pub mod subscriptions;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, Value};

/// From one moment until just before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// What lists of things that change can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByTime {
    #[default]
    Created,
    Updated,
}

/// What lists of things with a name can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByTimeOrName {
    #[default]
    Created,
    Updated,
    Name,
}

fn within<C: ColumnTrait>(column: C, range: Range) -> Condition {
    Condition::all()
        .add_option(range.from.map(|from| column.gte(from)))
        .add_option(range.until.map(|until| column.lt(until)))
}

fn equal<C: ColumnTrait, V: Into<Value>>(column: C, value: Option<V>) -> Condition {
    Condition::all().add_option(value.map(|value| column.eq(value.into())))
}

/// One condition for each value wanted; none are wanted: no condition.
fn each<C: ColumnTrait, V: Into<Value> + Copy + PartialEq>(
    column: C,
    values: &[V],
) -> Vec<Condition> {
    let mut seen: Vec<V> = Vec::new();
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen.into_iter().map(|value| Condition::all().add(column.eq(value.into()))).collect()
}

/// A value among those wanted, or any where none is said.
fn among<C: ColumnTrait, V: Into<Value> + Clone>(column: C, values: Option<&Vec<V>>) -> Condition {
    Condition::all().add_option(
        values.map(|values| {
            column.is_in(values.iter().cloned().map(Into::into).collect::<Vec<Value>>())
        }),
    )
}
