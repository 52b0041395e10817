//! Counting what a run would do: it is done and undone, subscription by subscription, so that nothing can differ.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{SubscriptionId, TenantId, billing_run, subscription};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tracing::warn;

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
        billing_runs::row::{self, Tally},
        seller::Seller,
        unit::Unit,
    },
    store::{self, Lease},
};

/// How many subscriptions are counted between two times that the record tells of it.
const PAGE: u64 = 100;

/// Counts the next page of a tenant's oldest dry run. False: there is none.
pub(super) async fn go_on(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<bool> {
    let Some(run) = due::run(app, tenant_id, true).await? else { return Ok(false) };
    let readers = app.store.readers();
    let after = run.counted_until.zip(run.counted_until_id);
    let page = due::page(readers, tenant_id, run.as_of, after, PAGE).await?;
    let due = match run.version {
        row::FIRST_VERSION => Some(due::count(app, &run).await?),
        _ => None,
    };
    let mut tally = Tally::default();
    for due in &page {
        match give_way(app, Box::pin(try_out(app, &run, due))).await {
            Ok(tried) => tally.take_in(tried),
            Err(Error::Failed(cause)) if store::is_unavailable(&cause) => return Err(cause.into()),
            Err(cause) => {
                if matches!(cause, Error::Failed(_)) {
                    warn!(subscription.id = %due.id, ?cause, "could not try out to bill a subscription");
                }
                tally.held += 1;
            }
        }
    }
    let Some(unit) = begin(app, lease, tenant_id).await? else { return Ok(false) };
    if let Some(due) = due {
        row::count(&unit, run.id, due).await?;
    }
    match page.last() {
        Some(last) => {
            let place = Some((last.next_billing_at, last.id));
            row::add(&unit, run.id, Tally { counted_until: place, ..tally }).await?;
        }
        None => row::finish(&unit, run.id).await?,
    }
    unit.commit().await?;
    Ok(true)
}

/// Bills a subscription day by day, as a run does, and undoes it.
async fn try_out(app: &App, run: &billing_run::Model, due: &Due) -> Outcome<Tally> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(run.tenant_id))).await?;
    let tried = bill_day_by_day(&unit, run, due).await;
    unit.txn.rollback().await?;
    tried
}

async fn bill_day_by_day(unit: &Unit, run: &billing_run::Model, due: &Due) -> Outcome<Tally> {
    let seller = Seller::load(unit).await?;
    due.check(unit, &seller, unit.now.min(run.as_of)).await?;
    let mut tally = Tally { billed: 1, ..Tally::default() };
    let mut next = Some(due.next_billing_at);
    while let Some(at) = next.filter(|at| *at <= run.as_of) {
        let until = due::end_of(&seller.tenant, seller.day(at)?)?.min(run.as_of);
        tally.take_lines(&due.currency, bill::bill(unit, &seller, due.id, until).await?);
        next = next_of(unit, due.id).await?;
        if next.is_some_and(|at| at <= until) {
            return Err(anyhow::anyhow!("it is still due after it was billed").into());
        }
    }
    Ok(tally)
}

async fn next_of(unit: &Unit, id: SubscriptionId) -> Outcome<Option<DateTime<Utc>>> {
    let next = subscription::Entity::find_by_id(id)
        .filter(subscription::Column::TenantId.eq(unit.viewer.tenant_id))
        .select_only()
        .column(subscription::Column::NextBillingAt)
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(&unit.txn)
        .await?;
    Ok(next.flatten())
}
