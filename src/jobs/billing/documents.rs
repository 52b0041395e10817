//! Issuing the drafts that have closed, each in a transaction of its own: numbers are given one after the other.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{InvoiceId, InvoiceStatus, billing_run, invoice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tracing::error;

use super::{begin, due, pace::give_way};
use crate::{
    app::App,
    error::{Error, Outcome},
    services::{
        billing_runs::row::{self, Tally},
        invoices::issue,
        unit::locked_if_free,
    },
    store::{self, Lease},
};

const PAGE: u64 = 100;
/// How long a draft that could not be issued is left alone.
const REST: TimeDelta = TimeDelta::minutes(10);

/// Issues the first drafts that close by a day. False: it could do none of them now.
pub(super) async fn issue(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    closed_by: NaiveDate,
    put_off: &mut HashMap<InvoiceId, DateTime<Utc>>,
) -> Outcome<bool> {
    let page = due::drafts(run.tenant_id, put_off)
        .filter(invoice::Column::ClosesOn.lte(closed_by))
        .select_only()
        .column(invoice::Column::Id)
        .limit(PAGE)
        .into_tuple::<InvoiceId>()
        .all(app.store.readers())
        .await?;
    let mut moved = false;
    for id in page {
        match give_way(app, Box::pin(issue_one(app, lease, run, id, closed_by))).await {
            Ok(issued) => moved |= issued,
            Err(Error::Failed(cause)) if store::is_unavailable(&cause) => return Err(cause.into()),
            Err(cause) => {
                error!(invoice.id = %id, ?cause, "could not issue a draft; it is tried again in a while");
                put_off.insert(id, app.clock.now() + REST);
                moved = true;
            }
        }
    }
    Ok(moved)
}

async fn issue_one(
    app: &App,
    lease: &Lease,
    run: &billing_run::Model,
    id: InvoiceId,
    closed_by: NaiveDate,
) -> Outcome<bool> {
    let Some(unit) = begin(app, lease, run.tenant_id).await? else { return Ok(false) };
    let draft = invoice::Entity::find_by_id(id)
        .filter(invoice::Column::TenantId.eq(run.tenant_id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Draft))
        .filter(invoice::Column::ClosesOn.lte(closed_by));
    let Some(draft) = locked_if_free(draft).one(&unit.txn).await? else { return Ok(false) };
    issue::issue(&unit, draft).await?;
    row::add(&unit, run.id, Tally { documents: 1, ..Tally::default() }).await?;
    unit.commit().await?;
    Ok(true)
}
