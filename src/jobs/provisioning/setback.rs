//! A piece of work that failed, not because the business says no, but because of us: it is left alone for a while, longer
//! each time, so that it holds up nothing else; and a line fails for good in the end, so that somebody learns of it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::viewer::Viewer;
use entity::{order, order_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use tracing::{debug, error, warn};

use super::Piece;
use crate::{
    app::App,
    error::{Error, Outcome},
    services::{orders::lines::complete, unit::Unit},
    store::Lease,
};

/// How often a line is tried: for about four minutes.
const MOST_TRIES: i32 = 8;
/// An order that cannot be started, or a late line, is tried for ever, but not more often than this after a while.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(10);

/// Writes down that a piece has failed, and when it is tried next, or that it is not. Nothing if that is another node's by
/// now. The log hears of it when it fails first, and when it is given up.
pub(super) async fn put_off(app: &App, lease: &Lease, piece: Piece, cause: Error) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(piece.tenant_id()))).await?;
    if !lease.allows(&unit.txn).await? {
        return Ok(());
    }
    let Some(failures) = failures_of(&unit, piece).await? else { return Ok(()) };
    let failures = failures.saturating_add(1);
    if failures >= MOST_TRIES && give_up(&unit, piece).await? {
        unit.commit().await?;
        error!(?piece, ?cause, "gave up what could not be carried out in {failures} attempts");
        return Ok(());
    }
    write(&unit, piece, failures, unit.now + rest(failures)).await?;
    unit.commit().await?;
    if failures == 1 {
        warn!(?piece, ?cause, "could not carry out a piece of provisioning; it is tried again");
    } else {
        debug!(?piece, ?cause, "could not carry it out in {failures} attempts");
    }
    Ok(())
}

/// Two seconds, and twice as long each time.
fn rest(failures: i32) -> TimeDelta {
    let exponent = u32::try_from(failures).unwrap_or(0).min(20);
    TimeDelta::seconds(1 << exponent).min(LONGEST_REST)
}

/// Fails a line for good; says whether it did. An order has nothing to fail before it is started, and a line that is late
/// is to fail anyway.
async fn give_up(unit: &Unit, piece: Piece) -> Outcome<bool> {
    let line_id = match piece {
        Piece::Start(..) | Piece::Expire(..) => return Ok(false),
        Piece::Complete(_, line_id) => line_id,
    };
    let reason = format!(
        "A fault of the service itself: the line could not be carried out in {MOST_TRIES} attempts. Nothing was changed or \
         charged. The cause is in the service's log; the line can be retried."
    );
    let given_up = complete::give_up_instant_line(unit, line_id, reason);
    match unit.txn.all_or_nothing(given_up).await? {
        Ok(()) => Ok(true),
        Err(cause) => {
            warn!(?piece, ?cause, "could not fail a line that cannot be carried out");
            Ok(false)
        }
    }
}

// Columns are read and written one by one: what is wrong with a piece may be that its row cannot be understood.

async fn failures_of(unit: &Unit, piece: Piece) -> Outcome<Option<i32>> {
    let failures = match piece {
        Piece::Start(tenant_id, id) => {
            order::Entity::find_by_id(id)
                .filter(order::Column::TenantId.eq(tenant_id))
                .select_only()
                .column(order::Column::Failures)
                .into_tuple()
                .one(&unit.txn)
                .await?
        }
        Piece::Complete(tenant_id, id) | Piece::Expire(tenant_id, id) => {
            order_line::Entity::find_by_id(id)
                .filter(order_line::Column::TenantId.eq(tenant_id))
                .select_only()
                .column(order_line::Column::Failures)
                .into_tuple()
                .one(&unit.txn)
                .await?
        }
    };
    Ok(failures)
}

async fn write(
    unit: &Unit,
    piece: Piece,
    failures: i32,
    next_try_at: DateTime<Utc>,
) -> Outcome<()> {
    match piece {
        Piece::Start(tenant_id, id) => {
            order::Entity::update_many()
                .col_expr(order::Column::Failures, Expr::value(failures))
                .col_expr(order::Column::NextTryAt, Expr::value(next_try_at))
                .filter(order::Column::TenantId.eq(tenant_id))
                .filter(order::Column::Id.eq(id))
                .exec(&unit.txn)
                .await?;
        }
        Piece::Complete(tenant_id, id) | Piece::Expire(tenant_id, id) => {
            order_line::Entity::update_many()
                .col_expr(order_line::Column::Failures, Expr::value(failures))
                .col_expr(order_line::Column::NextTryAt, Expr::value(next_try_at))
                .filter(order_line::Column::TenantId.eq(tenant_id))
                .filter(order_line::Column::Id.eq(id))
                .exec(&unit.txn)
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rest_is_longer_up_to_a_limit() {
        let rests: Vec<_> = (1..MOST_TRIES).map(rest).collect();
        assert!(rests.is_sorted());
        let all: TimeDelta = rests.iter().sum();
        assert!(all > TimeDelta::minutes(4) && all < TimeDelta::minutes(5), "{all}");
        assert_eq!(rest(i32::MAX), LONGEST_REST);
    }
}
