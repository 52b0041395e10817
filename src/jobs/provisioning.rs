//! Provisioning: starts approved orders on their date and carries out the lines of instant products.

use std::{sync::Arc, time::Duration};

use entity::{
    OrderId, OrderLineId, OrderLineStatus, OrderStatus, Provisioning, TenantId, order, order_line,
};
use futures_util::{StreamExt, stream};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::Round;
use crate::{
    app::App,
    error::Outcome,
    services::{order_lines::complete, orders::start, unit::Unit},
    store::{Lease, statement::is_exactly},
    viewer::Viewer,
};

/// How late an order starts when no hint arrives, and how exactly a start date is kept.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes within this time are looked at together, so that looking costs little where many orders change.
const TOGETHER: Duration = Duration::from_millis(20);
/// How long a piece of work that failed is left alone.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long orders wait after the node that provisioned has died.
const LEASE_LASTS: Duration = Duration::from_secs(3);
const PIECES_AT_ONCE: u64 = 128;
const PIECES_IN_PARALLEL: usize = 4;

/// One piece of work, found by looking at the tables.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Start(TenantId, OrderId),
    Complete(TenantId, OrderLineId),
}

pub(super) const fn lease() -> Lease {
    Lease::new("provisioning", LEASE_LASTS)
}

pub(super) async fn run(app: Arc<App>, stop: CancellationToken) {
    let lease = lease();
    let mut hints = app.store.wakeups().listen();
    while !stop.is_cancelled() {
        let rest = match do_what_is_due(&app, &lease, &stop).await {
            Ok(Round::Done) => continue,
            Ok(Round::NothingDue) => {
                tokio::select! {
                    // Every change of an order is in the log, so its growth is the hint.
                    _ = hints.next() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = stop.cancelled() => {}
                }
                TOGETHER
            }
            Ok(Round::DoneElsewhere) => LOOK_EVERY,
            Err(error) => {
                error!(%error, "could not look for orders to provision");
                REST_AFTER_FAILURE
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(rest)).await;
    }
    if let Err(error) = lease.release(&app.store).await {
        warn!(%error, "could not release the lease of provisioning; it runs out by itself");
    }
}

/// Does one round.
pub(super) async fn do_what_is_due(
    app: &App,
    lease: &Lease,
    stop: &CancellationToken,
) -> Result<Round, DbErr> {
    let mut pieces = orders_to_start(app).await?;
    pieces.extend(lines_to_complete(app).await?);
    if pieces.is_empty() {
        return Ok(Round::NothingDue);
    }
    if !lease.hold(&app.store).await? {
        return Ok(Round::DoneElsewhere);
    }
    let failures = stream::iter(pieces)
        .map(|piece| async move {
            if stop.is_cancelled() {
                return false;
            }
            let done = carry_out(app, lease, piece).await;
            if let Err(error) = &done {
                error!(?error, ?piece, "could not provision; it will be tried again");
            }
            done.is_err()
        })
        .buffer_unordered(PIECES_IN_PARALLEL)
        .filter(|failed| std::future::ready(*failed))
        .count()
        .await;
    if failures > 0 {
        tokio::time::sleep(REST_AFTER_FAILURE).await;
    }
    Ok(Round::Done)
}

/// Does one piece; nothing if that is another node's by now.
async fn carry_out(app: &App, lease: &Lease, piece: Piece) -> Outcome<()> {
    let (Piece::Start(tenant_id, _) | Piece::Complete(tenant_id, _)) = piece;
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if !lease.allows(&unit.txn).await? {
        return Ok(());
    }
    match piece {
        Piece::Start(_, id) => {
            if start::start_order(&unit, id).await? {
                info!(order.id = %id, "started order {id}");
            }
        }
        Piece::Complete(_, id) => complete::complete_instant_line(&unit, id).await?,
    }
    Ok(unit.commit().await?)
}

async fn orders_to_start(app: &App) -> Result<Vec<Piece>, DbErr> {
    // Two reads, each of one stretch of the index of orders that wait to start.
    let at_once = order::Column::StartAt.is_null();
    let on_a_date = order::Column::StartAt.lte(app.clock.now());
    let mut pieces = Vec::new();
    for due in [at_once, on_a_date] {
        let rows = order::Entity::find()
            .select_only()
            .columns([order::Column::TenantId, order::Column::Id])
            .filter(is_exactly(order::Column::Status, OrderStatus::Approved))
            .filter(due)
            .order_by_asc(order::Column::StartAt)
            .order_by_asc(order::Column::Id)
            .limit(PIECES_AT_ONCE)
            .into_tuple::<(TenantId, OrderId)>()
            .all(app.store.readers())
            .await?;
        pieces.extend(rows.into_iter().map(|(tenant_id, id)| Piece::Start(tenant_id, id)));
    }
    Ok(pieces)
}

async fn lines_to_complete(app: &App) -> Result<Vec<Piece>, DbErr> {
    let rows = order_line::Entity::find()
        .select_only()
        .columns([order_line::Column::TenantId, order_line::Column::Id])
        .filter(is_exactly(order_line::Column::Status, OrderLineStatus::InProgress))
        .filter(is_exactly(order_line::Column::Provisioning, Provisioning::Instant))
        .order_by_asc(order_line::Column::Id)
        .limit(PIECES_AT_ONCE)
        .into_tuple::<(TenantId, OrderLineId)>()
        .all(app.store.readers())
        .await?;
    Ok(rows.into_iter().map(|(tenant_id, id)| Piece::Complete(tenant_id, id)).collect())
}
