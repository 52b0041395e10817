//! Doing a piece of work once: all of it or nothing, and the same answer to the same request.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::idempotency_key;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::unit::Unit;
use crate::{
    app::App,
    error::{Error, Outcome, Refusal, RefusalCode},
    events::log::Trace,
};

/// How long an answer is kept for a retry.
const KEPT_FOR: TimeDelta = TimeDelta::hours(72);
const LONGEST_KEY: usize = 255;

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
}

/// Runs a use case in a transaction of its own and commits it, unless it refuses or fails.
///
/// With an idempotency key, a request that was done before gets the first answer again; the same key with another input
/// is refused with `IDEMPOTENCY_KEY_REUSED`. A refusal stores nothing, and so uses up no key: what was refused is decided
/// afresh when it comes again, corrected or not. Two requests with the same key at once take turns: the second waits for
/// the first one's row.
pub async fn perform<C, T>(
    app: &App,
    viewer: Arc<Viewer>,
    trace: Trace,
    idempotency: Option<Idempotency>,
    command: C,
    use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<T> + Send,
) -> Outcome<T>
where
    C: Send,
    T: Serialize + DeserializeOwned + Send,
{
    let unit = Unit::begin(app, viewer).await?.traced(trace);
    let done = match &idempotency {
        Some(idempotency) => Box::pin(once(&unit, idempotency, command, use_case)).await,
        // In a box: the futures of use cases are large, and lie within those of each field.
        None => Box::pin(use_case(&unit, command)).await,
    };
    if let Err(Error::Refused(refusals)) = &done {
        app.metrics.refused(refusals);
    }
    let done = done?;
    // Also where the answer is an earlier one: the first request may share a commit that is still to come, and its answer
    // is true, and what it changed can be read, only after that.
    unit.commit().await?;
    Ok(done)
}

/// Runs a use case and keeps nothing of what it writes: for what only asks how something would come out.
pub async fn rehearse<C, T>(
    app: &App,
    viewer: Arc<Viewer>,
    command: C,
    use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<T> + Send,
) -> Outcome<T> {
    let unit = Unit::begin(app, viewer).await?;
    Box::pin(use_case(&unit, command)).await
}

/// Does the work for the first request with this key, and keeps the answer; gives the others that answer.
async fn once<C, T>(
    unit: &Unit,
    idempotency: &Idempotency,
    command: C,
    use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<T> + Send,
) -> Outcome<T>
where
    C: Send,
    T: Serialize + DeserializeOwned + Send,
{
    check_key(&idempotency.key)?;
    if !claim(unit, idempotency).await? {
        return replay(unit, idempotency).await;
    }
    let kept = Kept::Done(Box::pin(use_case(unit, command)).await?);
    keep(unit, idempotency, &kept).await?;
    let Kept::Done(done) = kept;
    Ok(done)
}

fn check_key(key: &str) -> Outcome<()> {
    if key.is_empty() || key.chars().count() > LONGEST_KEY || key.chars().any(char::is_control) {
        let message = format!("An idempotency key has 1 to {LONGEST_KEY} printable characters.");
        return Err(Refusal::invalid("idempotencyKey", message).into());
    }
    Ok(())
}

/// Takes the key; false if it is taken. Waits for a request that holds it and has not ended.
async fn claim(unit: &Unit, idempotency: &Idempotency) -> Outcome<bool> {
    // An answer that is no longer kept is as good as none, and so is a refusal, which an earlier release kept.
    let no_answer = Condition::any()
        .add(idempotency_key::Column::ExpiresAt.lte(unit.now))
        .add(Expr::col(idempotency_key::Column::Outcome).cast_as("TEXT").like("{\"Refused\"%"));
    idempotency_key::Entity::delete_many()
        .filter(row_of(unit, idempotency))
        .filter(no_answer)
        .exec(&unit.txn)
        .await?;
    let row = idempotency_key::ActiveModel {
        tenant_id: Set(unit.viewer.tenant_id),
        principal: Set(unit.viewer.subject.clone()),
        key: Set(idempotency.key.clone()),
        fingerprint: Set(idempotency.fingerprint.clone()),
        outcome: Set(None),
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
    let Kept::Done(done) = serde_json::from_value(outcome).map_err(anyhow::Error::from)?;
    Ok(done)
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

fn row_of(unit: &Unit, idempotency: &Idempotency) -> Condition {
    Condition::all()
        .add(idempotency_key::Column::TenantId.eq(unit.viewer.tenant_id))
        .add(idempotency_key::Column::Principal.eq(unit.viewer.subject.clone()))
        .add(idempotency_key::Column::Key.eq(idempotency.key.clone()))
}
