//! The lists of what a viewer may see: one file per noun, with its filter and what it can be sorted by.

pub mod account_transactions;
pub mod agreements;
pub mod api_keys;
pub mod approval_rules;
pub mod billing_runs;
pub mod customers;
pub mod discounts;
pub mod editions;
pub mod history;
pub mod invoice_lines;
pub mod invoices;
pub mod licenses;
pub mod mails;
pub mod offers;
pub mod order_lines;
pub mod orders;
pub mod partners;
pub mod payment_agreements;
pub mod plans;
pub mod prices;
pub mod products;
pub mod scheduled_changes;
pub mod subscriptions;
pub mod tax_codes;
pub mod usage;
pub mod waiting;
pub mod webhook_endpoints;

use chrono::{DateTime, Utc};
use domain::viewer::{Scope, Viewer};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select, Value};

use crate::services::page::{List, Sort};

/// How many partners' rows are read each along a stretch of an index of its own, or how many partners' with a status.
/// SQLite puts 500 statements together at most.
const MOST_APART: usize = 50;

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

/// Where nothing narrows a list but the viewer's scope or the statuses wanted, each partner's or each status's rows are
/// read along an index of their own.
struct Broad<'a, E: EntityTrait, S> {
    viewer: &'a Viewer,
    status: E::Column,
    statuses: Option<&'a Vec<S>>,
    partner: E::Column,
    /// Whether the filter says more than which statuses and times are wanted.
    narrowed: bool,
}

impl<E: EntityTrait, S: Into<Value> + Copy + PartialEq> Broad<'_, E, S> {
    fn list(self, rows: Select<E>, sort: Sort<E>) -> List<E> {
        let with_status = |rows: Select<E>| rows.filter(among(self.status, self.statuses));
        match (&self.viewer.scope, self.statuses) {
            (Scope::Tenant, Some(statuses)) if !self.narrowed && !statuses.is_empty() => {
                List::new(rows, sort).one_of(each(self.status, statuses))
            }
            (Scope::Partner { partners, .. }, _)
                if !self.narrowed && partners.len() <= MOST_APART =>
            {
                List::new(with_status(rows), sort).one_of(each(self.partner, partners))
            }
            (Scope::Tenant | Scope::Partner { .. } | Scope::Customer { .. }, _) => {
                List::new(with_status(rows), sort)
            }
        }
    }
}

/// One condition for each value.
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
