//! Doing a piece of work once: all of it or nothing, and the same answer to the same request.

use std::{pin::Pin, sync::Arc};

use chrono::TimeDelta;
use entity::idempotency_key;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::warn;

use super::unit::Unit;
use crate::{
    app::App,
    error::{Error, Outcome, Refusal, RefusalCode},
    viewer::Viewer,
};

/// How long an answer is kept for a retry.
const KEPT_FOR: TimeDelta = TimeDelta::hours(72);
const LONGEST_KEY: usize = 255;

/// The future of a use case.
pub type Work<'unit, T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send + 'unit>>;

/// What makes a request the same as an earlier one.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Chosen by the caller; 1 to 255 characters.
    pub key: String,
    /// A hash of the operation and its input.
    pub fingerprint: String,
}

/// The answer as it is kept.
#[derive(Serialize, Deserialize)]
enum Kept<T> {
    Done(T),
    Refused(Vec<Refusal>),
}

/// Runs a use case in a transaction of its own and commits it, unless it refuses or fails.
///
/// With an idempotency key, a request that was answered before gets the first answer again, refusals included; the
/// same key with another input is refused with `IDEMPOTENCY_KEY_REUSED`. Two requests with the same key at once take
/// turns: the second waits for the first one's row.
pub async fn perform<C, T>(
    app: &App,
    viewer: Arc<Viewer>,
    idempotency: Option<Idempotency>,
    command: C,
    work: impl for<'unit> FnOnce(&'unit Unit, C) -> Work<'unit, T> + Send,
) -> Outcome<T>
where
    C: Send,
    T: Serialize + DeserializeOwned + Send,
{
    let unit = Unit::begin(app, viewer.clone()).await?;
    let Some(idempotency) = idempotency else {
        let done = work(&unit, command).await?;
        unit.commit().await?;
        return Ok(done);
    };
    check_key(&idempotency.key)?;
    if !claim(&unit, &idempotency, None).await? {
        let answer = replay(&unit, &idempotency).await;
        if !matches!(answer, Err(Error::Failed(_))) {
            // The first request may share a commit that is still to come. Its answer is true, and what it changed can
            // be read, only after that.
            unit.commit().await?;
        }
        return answer;
    }
    match work(&unit, command).await {
        Ok(done) => {
            let kept = Kept::Done(done);
            keep(&unit, &idempotency, &kept).await?;
            unit.commit().await?;
            match kept {
                Kept::Done(done) => Ok(done),
                Kept::Refused(refusals) => Err(Error::Refused(refusals)),
            }
        }
        Err(Error::Refused(refusals)) => {
            unit.txn.rollback().await?;
            // The refusal is kept in a transaction of its own, because the work's is undone. Should that fail, the
            // retry is decided afresh; this answer is true either way.
            if let Err(error) = keep_refusal::<T>(app, viewer, &idempotency, &refusals).await {
                warn!(?error, "could not keep a refusal for its idempotency key");
            }
            Err(Error::Refused(refusals))
        }
        Err(failed @ Error::Failed(_)) => Err(failed),
    }
}

fn check_key(key: &str) -> Outcome<()> {
    if key.is_empty() || key.chars().count() > LONGEST_KEY || key.chars().any(char::is_control) {
        let message = format!("An idempotency key has 1 to {LONGEST_KEY} printable characters.");
        return Err(Refusal::invalid("idempotencyKey", message).into());
    }
    Ok(())
}

/// Takes the key; false if it is taken. Waits for a request that holds it and has not ended.
async fn claim(
    unit: &Unit,
    idempotency: &Idempotency,
    outcome: Option<serde_json::Value>,
) -> Outcome<bool> {
    // An answer that is no longer kept is as good as none.
    idempotency_key::Entity::delete_many()
        .filter(row_of(unit, idempotency))
        .filter(idempotency_key::Column::ExpiresAt.lte(unit.now))
        .exec(&unit.txn)
        .await?;
    let row = idempotency_key::ActiveModel {
        tenant_id: Set(unit.viewer.tenant_id),
        principal: Set(unit.viewer.subject.clone()),
        key: Set(idempotency.key.clone()),
        fingerprint: Set(idempotency.fingerprint.clone()),
        outcome: Set(outcome),
        created_at: Set(unit.now),
        expires_at: Set(unit.now + KEPT_FOR),
    };
    let inserted = idempotency_key::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&unit.txn)
        .await;
    match inserted {
        Ok(inserted) => Ok(inserted > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn replay<T: DeserializeOwned>(unit: &Unit, idempotency: &Idempotency) -> Outcome<T> {
    let row = idempotency_key::Entity::find()
        .filter(row_of(unit, idempotency))
        .one(&unit.txn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("an idempotency key was taken and is gone"))?;
    if row.fingerprint != idempotency.fingerprint {
        return Err(Refusal::of(
            RefusalCode::IdempotencyKeyReused,
            "idempotencyKey",
            "This idempotency key was used for another request. Use a new key for a new request.",
        )
        .into());
    }
    let outcome = row.outcome.ok_or_else(|| anyhow::anyhow!("an answer was committed empty"))?;
    match serde_json::from_value(outcome).map_err(anyhow::Error::from)? {
        Kept::Done(done) => Ok(done),
        Kept::Refused(refusals) => Err(Error::Refused(refusals)),
    }
}

async fn keep<T: Serialize>(unit: &Unit, idempotency: &Idempotency, kept: &Kept<T>) -> Outcome<()> {
    let outcome = serde_json::to_value(kept).map_err(anyhow::Error::from)?;
    idempotency_key::Entity::update_many()
        .col_expr(idempotency_key::Column::Outcome, Expr::value(outcome))
        .filter(row_of(unit, idempotency))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

async fn keep_refusal<T: Serialize>(
    app: &App,
    viewer: Arc<Viewer>,
    idempotency: &Idempotency,
    refusals: &[Refusal],
) -> Outcome<()> {
    let unit = Unit::begin(app, viewer).await?;
    let kept = Kept::<T>::Refused(refusals.to_vec());
    let outcome = serde_json::to_value(kept).map_err(anyhow::Error::from)?;
    claim(&unit, idempotency, Some(outcome)).await?;
    unit.commit().await?;
    Ok(())
}

fn row_of(unit: &Unit, idempotency: &Idempotency) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(idempotency_key::Column::TenantId.eq(unit.viewer.tenant_id))
        .add(idempotency_key::Column::Principal.eq(unit.viewer.subject.clone()))
        .add(idempotency_key::Column::Key.eq(idempotency.key.clone()))
}
