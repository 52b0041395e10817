//! A subscription's billing periods, and the stretches within them in which quantity and price stay the same.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    BillingPeriodId, OrderLineId, SubscriptionPeriodId, billing_period, subscription,
    subscription_period,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    QueryOrder,
};

use crate::{error::Outcome, services::unit::Unit};

/// A billing period, half open, in days of the seller and in moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Counts from 1 within the subscription.
    pub(crate) number: i32,
    pub(crate) starts_on: NaiveDate,
    pub(crate) starts_at: DateTime<Utc>,
    /// None: what is charged once has no end.
    pub(crate) ends_on: Option<NaiveDate>,
    pub(crate) ends_at: Option<DateTime<Utc>>,
}

/// What the subscription has from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) at: DateTime<Utc>,
    pub(crate) quantity: i32,
    pub(crate) unit_amount: i64,
    /// The line that brought it.
    pub(crate) order_line_id: Option<OrderLineId>,
}

/// Writes the periods that have begun since the last was written; gives how many. One that another has cut short ends
/// where that begins.
pub(crate) async fn write(
    unit: &Unit,
    subscription: &subscription::Model,
    spans: &[Span],
) -> Outcome<usize> {
    let last = billing_period::Entity::find()
        .filter(billing_period::Column::TenantId.eq(subscription.tenant_id))
        .filter(billing_period::Column::SubscriptionId.eq(subscription.id))
        .order_by_desc(billing_period::Column::Number)
        .one(&unit.txn)
        .await?;
    let written = last.as_ref().map_or(0, |period| period.number);
    let new: Vec<_> = spans.iter().filter(|span| span.number > written).collect();
    let Some(first) = new.first() else { return Ok(0) };
    if let Some(period) = last
        && period.ends_on.is_none_or(|end| end > first.starts_on)
        && period.starts_at < first.starts_at
    {
        let (ends_at, ends_on) = (Some(first.starts_at), Some(first.starts_on));
        unit.save(billing_period::Model { ends_at, ends_on, ..period }).await?;
    }
    let rows = new.iter().map(|span| {
        let period = billing_period::Model {
            id: BillingPeriodId::new(unit.now),
            tenant_id: subscription.tenant_id,
            subscription_id: subscription.id,
            number: span.number,
            starts_at: span.starts_at,
            ends_at: span.ends_at,
            starts_on: Some(span.starts_on),
            ends_on: span.ends_on,
        };
        period.into_active_model().reset_all()
    });
    billing_period::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    Ok(new.len())
}

/// A stretch of time with one quantity and one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    mark: Mark,
}

/// Has the stored stretches be those of these periods. What did not change keeps its row.
pub(crate) async fn write_stretches(
    unit: &Unit,
    subscription: &subscription::Model,
    spans: &[Span],
    marks: &[Mark],
    ended_at: Option<DateTime<Utc>>,
) -> Outcome<()> {
    let stretches = stretches(spans, marks, ended_at);
    let mut stored = subscription_period::Entity::find()
        .filter(subscription_period::Column::TenantId.eq(subscription.tenant_id))
        .filter(subscription_period::Column::SubscriptionId.eq(subscription.id))
        .order_by_asc(subscription_period::Column::PeriodNumber)
        .all(&unit.txn)
        .await?
        .into_iter();
    let mut new = Vec::new();
    for (stretch, number) in stretches.into_iter().zip(1..) {
        let Some(row) = stored.next() else {
            new.push(row(unit, subscription, &stretch, number).into_active_model().reset_all());
            continue;
        };
        let changed = subscription_period::Model {
            id: row.id,
            // Who opened it is known once only.
            order_line_id: stretch.mark.order_line_id.or(row.order_line_id),
            ..self::row(unit, subscription, &stretch, number)
        };
        if changed != row {
            unit.save(changed).await?;
        }
    }
    for row in stored {
        row.delete(&unit.txn).await?;
    }
    if !new.is_empty() {
        subscription_period::Entity::insert_many(new).exec_without_returning(&unit.txn).await?;
    }
    Ok(())
}

fn row(
    unit: &Unit,
    subscription: &subscription::Model,
    stretch: &Stretch,
    number: i32,
) -> subscription_period::Model {
    subscription_period::Model {
        id: SubscriptionPeriodId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        period_number: number,
        starts_at: stretch.starts_at,
        ends_at: stretch.ends_at,
        quantity: stretch.mark.quantity,
        unit_amount: stretch.mark.unit_amount,
        order_line_id: stretch.mark.order_line_id,
    }
}

/// Cuts periods where something changed in them. A stretch has some length, so of two changes at the same moment there is
/// only the later.
fn stretches(spans: &[Span], marks: &[Mark], ended_at: Option<DateTime<Utc>>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        let next = spans.get(index + 1).map(|next| next.starts_at);
        let ends_at = [span.ends_at, next, ended_at].into_iter().flatten().min();
        let within = |at: DateTime<Utc>| at > span.starts_at && ends_at.is_none_or(|end| at < end);
        let starts = marks.iter().map(|mark| mark.at).filter(|at| within(*at));
        let mut starts: Vec<_> = std::iter::once(span.starts_at).chain(starts).collect();
        starts.sort_unstable();
        starts.dedup();
        for (at, starts_at) in starts.iter().enumerate() {
            let ends_at = starts.get(at + 1).copied().or(ends_at);
            let Some(mark) = marks.iter().rfind(|mark| mark.at <= *starts_at).or(marks.first())
            else {
                continue;
            };
            // Where nothing changed, time has opened it.
            let order_line_id = mark.order_line_id.filter(|_| mark.at == *starts_at);
            if ends_at.is_none_or(|end| end > *starts_at) {
                let mark = Mark { order_line_id, ..*mark };
                stretches.push(Stretch { starts_at: *starts_at, ends_at, mark });
            }
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(month: u32, day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2027, month, day, 0, 0, 0).unwrap()
    }

    fn span(number: i32, from: (u32, u32), until: (u32, u32)) -> Span {
        let (starts_at, ends_at) = (at(from.0, from.1), at(until.0, until.1));
        Span {
            number,
            starts_on: starts_at.date_naive(),
            starts_at,
            ends_on: Some(ends_at.date_naive()),
            ends_at: Some(ends_at),
        }
    }

    fn mark(at: DateTime<Utc>, quantity: i32) -> Mark {
        Mark { at, quantity, unit_amount: 100, order_line_id: None }
    }

    fn cut(spans: &[Span], marks: &[Mark], ended_at: Option<DateTime<Utc>>) -> Vec<(i64, i32)> {
        stretches(spans, marks, ended_at)
            .iter()
            .map(|it| ((it.ends_at.unwrap() - it.starts_at).num_days(), it.mark.quantity))
            .collect()
    }

    #[test]
    fn periods_are_cut_where_something_changed() {
        let spans = [span(1, (1, 1), (2, 1)), span(2, (2, 1), (3, 1))];
        let marks = [mark(at(1, 1), 5), mark(at(1, 11), 10), mark(at(2, 1), 7)];
        assert_eq!(cut(&spans, &marks, None), [(10, 5), (21, 10), (28, 7)]);
        assert_eq!(cut(&spans, &marks, Some(at(2, 3))), [(10, 5), (21, 10), (2, 7)]);
    }

    #[test]
    fn of_two_changes_at_a_moment_there_is_the_later() {
        let marks = [mark(at(1, 1), 5), mark(at(1, 1), 6), mark(at(1, 2), 7), mark(at(1, 2), 8)];
        assert_eq!(cut(&[span(1, (1, 1), (2, 1))], &marks, None), [(1, 6), (30, 8)]);
    }

    #[test]
    fn a_period_that_another_cuts_short_ends_there() {
        let spans = [span(1, (1, 1), (2, 1)), span(2, (1, 11), (2, 11))];
        assert_eq!(cut(&spans, &[mark(at(1, 1), 5)], None), [(10, 5), (31, 5)]);
    }
}
