//! Billing a page of subscriptions. They share transactions, a few in each; what fails is done again by itself, and held if
//! it fails again, so that it holds up no other.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{SubscriptionId, billing_run, subscription};
use futures_util::{StreamExt, stream};
use sea_orm::{
    ColumnTrait, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use tracing::{error, warn};

use super::{
    begin,
    due::{self, Due},
    pace::give_way,
};
use crate::{
    app::App,
    error::{Error, Outcome},
    services::{
        billing::bill,
        billing_runs::{
            due::due_subscriptions,
            hold::hold,
            row::{self, Tally},
        },
        seller::Seller,
        unit::{Unit, locked_if_free},
    },
    store::{self, Lease},
};

/// How many subscriptions a page has.
const PAGE: u64 = 200;
/// How many share a transaction: on SQLite, everybody else who writes waits for so many.
const TOGETHER: usize = 25;
const IN_PARALLEL: usize = 4;
/// How long a subscription that failed is left alone; after that many times it is held.
const RESTS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// Why a subscription was not billed.
#[derive(Debug)]
enum Hindrance {
    /// It cannot be.
    Refused(String),
    /// Something is wrong with us.
    Failed(anyhow::Error),
}

/// Bills the oldest subscriptions that are due by a moment. False: it could do none of them now.
pub(super) async fn bill(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    until: DateTime<Utc>,
) -> Outcome<bool> {
    let mut page = due::page(app.store.readers(), run.tenant_id, until, None, PAGE).await?;
    // Who writes on the same drafts does so one after the other.
    page.sort_by_key(|due| (due.customer_id, due.next_billing_at, due.id));
    let in_parallel = match app.store.backend() {
        DatabaseBackend::Postgres => IN_PARALLEL,
        DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => 1,
    };
    let parts: Vec<Vec<Due>> = page.chunks(TOGETHER).map(<[Due]>::to_vec).collect();
    let outcomes: Vec<Outcome<bool>> = stream::iter(parts)
        .map(|some| async move {
            give_way(app, Box::pin(bill_together(app, lease, run, &some, until))).await
        })
        .buffer_unordered(in_parallel)
        .collect()
        .await;
    outcomes.into_iter().try_fold(false, |moved, outcome| Ok(moved | outcome?))
}

async fn bill_together(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    some: &[Due],
    until: DateTime<Utc>,
) -> Outcome<bool> {
    match try_to_bill(app, lease, run, some, until).await {
        Ok(moved) => return Ok(moved),
        Err(Hindrance::Failed(cause)) if store::is_unavailable(&cause) => {
            return Err(Error::Failed(cause));
        }
        Err(_) => {}
    }
    let mut moved = false;
    for due in some {
        moved |= bill_alone(app, lease, run, due, until).await?;
    }
    Ok(moved)
}

/// Bills one subscription, or puts it on hold.
async fn bill_alone(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    due: &Due,
    until: DateTime<Utc>,
) -> Outcome<bool> {
    let mut rests = RESTS.into_iter();
    let reason = loop {
        match try_to_bill(app, lease, run, std::slice::from_ref(due), until).await {
            Ok(moved) => return Ok(moved),
            Err(Hindrance::Refused(reason)) => break reason,
            Err(Hindrance::Failed(cause)) if store::is_unavailable(&cause) => {
                return Err(Error::Failed(cause));
            }
            Err(Hindrance::Failed(cause)) => {
                let Some(rest) = rests.next() else { break gave_up(due.id, &cause) };
                warn!(subscription.id = %due.id, ?cause, "could not bill it; it is tried again");
                tokio::time::sleep(rest).await;
            }
        }
    };
    let Some(unit) = begin(app, lease, run.tenant_id).await? else { return Ok(false) };
    if !hold(&unit, due.id, reason).await? {
        return Ok(false);
    }
    row::add(&unit, run.id, Tally { held: 1, ..Tally::default() }).await?;
    unit.commit().await?;
    Ok(true)
}

fn gave_up(id: SubscriptionId, cause: &anyhow::Error) -> String {
    error!(subscription.id = %id, ?cause, "gave up billing a subscription");
    let attempts = RESTS.len() + 1;
    format!(
        "A fault of the service itself: it could not be billed in {attempts} attempts. The cause is in the service's log."
    )
}

/// Bills all of them in one transaction, or none. False: none was still due and free.
async fn try_to_bill(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    some: &[Due],
    until: DateTime<Utc>,
) -> Result<bool, Hindrance> {
    let Some(unit) = begin(app, lease, run.tenant_id).await? else { return Ok(false) };
    match bill_free(&unit, run, some, until).await {
        Ok(true) => {
            unit.commit().await?;
            Ok(true)
        }
        nothing => {
            // At once, and not some time after it was dropped: what is tried next needs the locks.
            unit.txn.rollback().await?;
            nothing
        }
    }
}

/// Bills those that are still due and free, in the unit's transaction. False: none is.
async fn bill_free(
    unit: &Unit,
    run: &billing_run::Model,
    some: &[Due],
    until: DateTime<Utc>,
) -> Result<bool, Hindrance> {
    let free = lock(unit, some, until).await?;
    if free.is_empty() {
        return Ok(false);
    }
    let seller = Seller::load(unit).await?;
    let mut tally = Tally::default();
    for due in some.iter().filter(|due| free.contains(&due.id)) {
        due.check(unit, &seller, unit.now.min(run.as_of)).await?;
        tally.take_lines(&due.currency, bill::bill(unit, &seller, due.id, until).await?);
    }
    let after = states(unit, &free).await?;
    if let Some(still) = after.iter().find(|it| it.next_billing_at.is_some_and(|at| at <= until)) {
        let message = format!("subscription {} is still due after it was billed", still.id);
        return Err(Hindrance::Failed(anyhow::anyhow!(message)));
    }
    let done = |it: &&State| it.next_billing_at.is_none_or(|at| at > run.as_of);
    tally.billed = after.iter().filter(done).count();
    let caught_up = after.iter().filter(done).filter(|it| it.billing_held_since.is_some());
    forget_holds(unit, caught_up.map(|it| it.id).collect()).await?;
    row::add(unit, run.id, tally).await?;
    Ok(true)
}

/// Locks those that are still due and that nobody else has locked.
async fn lock(
    unit: &Unit,
    some: &[Due],
    until: DateTime<Utc>,
) -> Result<Vec<SubscriptionId>, Hindrance> {
    let rows = due_subscriptions(unit.viewer.tenant_id, until)
        .filter(subscription::Column::Id.is_in(some.iter().map(|due| due.id)))
        .select_only()
        .column(subscription::Column::Id)
        .order_by_asc(subscription::Column::Id);
    Ok(locked_if_free(rows).into_tuple().all(&unit.txn).await?)
}

#[derive(FromQueryResult)]
struct State {
    id: SubscriptionId,
    next_billing_at: Option<DateTime<Utc>>,
    billing_held_since: Option<DateTime<Utc>>,
}

async fn states(unit: &Unit, ids: &[SubscriptionId]) -> Result<Vec<State>, Hindrance> {
    use subscription::Column::{BillingHeldSince, Id, NextBillingAt, TenantId};
    let rows = subscription::Entity::find()
        .filter(TenantId.eq(unit.viewer.tenant_id))
        .filter(Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([Id, NextBillingAt, BillingHeldSince]);
    Ok(rows.into_model().all(&unit.txn).await?)
}

/// What was released has caught up.
async fn forget_holds(unit: &Unit, ids: Vec<SubscriptionId>) -> Result<(), Hindrance> {
    if ids.is_empty() {
        return Ok(());
    }
    subscription::Entity::update_many()
        .col_expr(
            subscription::Column::BillingHeldSince,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .filter(subscription::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(subscription::Column::Id.is_in(ids))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

impl From<Error> for Hindrance {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusals) => {
                let messages: Vec<_> = refusals.into_iter().map(|it| it.message).collect();
                Self::Refused(messages.join(" "))
            }
            Error::Failed(cause) => Self::Failed(cause),
        }
    }
}

impl From<sea_orm::DbErr> for Hindrance {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Failed(error.into())
    }
}
