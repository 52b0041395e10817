//! One piece of work: who does it, when, and the transaction that it happens in.

use std::{
    collections::BTreeSet,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use domain::viewer::Viewer;
use entity::tenant;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Select, SelectExt, Value,
    sea_query::{LockBehavior, LockType},
};

use crate::{
    access::{self, Named, Owned},
    app::App,
    error::{Outcome, Refusal},
    events::log::{self, NewEvent, Trace},
    services::days,
    store::{self, Txn},
    wakeups::{Hint, Wakeups},
};

/// What every use case that changes something is given.
pub struct Unit {
    pub txn: Txn,
    pub viewer: Arc<Viewer>,
    /// One moment for the whole piece of work.
    pub now: DateTime<Utc>,
    /// The request that asks for it.
    trace: Trace,
    /// The viewer's tenant, once it was looked at.
    tenant: Mutex<Option<Arc<tenant::Model>>>,
    /// What is sent once the work is stored.
    hints: Mutex<BTreeSet<Hint>>,
    wakeups: Wakeups,
}

impl Unit {
    /// Begins a piece of work for a viewer. Nothing is kept until [`Unit::commit`].
    pub async fn begin(app: &App, viewer: Arc<Viewer>) -> Result<Self, DbErr> {
        let txn = app.store.begin(viewer.tenant_id).await?;
        // After the turn to write was granted, so that later work has a later time.
        let now = app.clock.now();
        let wakeups = app.store.wakeups().clone();
        Ok(Self {
            txn,
            viewer,
            now,
            trace: Trace::default(),
            tenant: Mutex::default(),
            hints: Mutex::default(),
            wakeups,
        })
    }

    /// The same work as what a request asks for, which its events name.
    #[must_use]
    pub fn traced(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// The row with this id, if it exists for the viewer.
    pub async fn find<E: Owned>(&self, id: impl Into<Value>) -> Result<Option<E::Model>, DbErr> {
        access::visible::<E>(&self.viewer).filter(E::ID.eq(id)).one(&self.txn).await
    }

    /// The row with this id, or, if it does not exist for the viewer, the refusal that names the field.
    pub async fn require<E: Named>(
        &self,
        id: impl Into<Value>,
        field: &str,
    ) -> Result<Result<E::Model, Refusal>, DbErr> {
        Ok(self.find::<E>(id).await?.ok_or_else(|| access::not_found::<E>(field)))
    }

    /// The row that another row of the tenant names by its id, whether the viewer may see it or not: a former partner's
    /// orders, for example, are still those of a customer that it no longer sees.
    pub async fn related<E: Named>(
        &self,
        id: impl Into<Value> + Copy + Display,
    ) -> Outcome<E::Model> {
        let row = E::find().filter(E::TENANT.eq(self.viewer.tenant_id)).filter(E::ID.eq(id));
        let row = row.one(&self.txn).await?;
        Ok(row.ok_or_else(|| anyhow::anyhow!("{} {id} is gone", E::CALLED))?)
    }

    /// The same. Nobody else can change it until this work has ended.
    pub async fn lock_related<E: Named>(
        &self,
        id: impl Into<Value> + Copy + Display,
    ) -> Outcome<E::Model> {
        let row = E::find().filter(E::TENANT.eq(self.viewer.tenant_id)).filter(E::ID.eq(id));
        let row = locked(row).one(&self.txn).await?;
        Ok(row.ok_or_else(|| anyhow::anyhow!("{} {id} is gone", E::CALLED))?)
    }

    /// The row with the id that the caller named in the field `id`; refused if it does not exist for the viewer. Nobody
    /// else can change it until this work has ended.
    pub async fn lock<E: Named>(&self, id: impl Into<Value>) -> Outcome<E::Model> {
        let row = self.lock_if_there::<E>(id).await?;
        Ok(row.ok_or_else(|| access::not_found::<E>("id"))?)
    }

    /// The row with this id, if it exists for the viewer. Nobody else can change it until this work has ended.
    pub async fn lock_if_there<E: Owned>(
        &self,
        id: impl Into<Value>,
    ) -> Result<Option<E::Model>, DbErr> {
        locked(access::visible::<E>(&self.viewer).filter(E::ID.eq(id))).one(&self.txn).await
    }

    /// The viewer's tenant, read once: all of this work goes by the same settings.
    pub async fn tenant(&self) -> Outcome<Arc<tenant::Model>> {
        let seen = self.seen_tenant().clone();
        match seen {
            Some(tenant) => Ok(tenant),
            None => self.read_tenant(access::own_tenant(&self.viewer)).await,
        }
    }

    /// The day that it is for the viewer's tenant.
    pub(crate) async fn today(&self) -> Outcome<NaiveDate> {
        days::of(&*self.tenant().await?, self.now)
    }

    /// The viewer's tenant as it is now. Nobody else can change it until this work has ended.
    pub async fn lock_tenant(&self) -> Outcome<Arc<tenant::Model>> {
        self.read_tenant(locked(access::own_tenant(&self.viewer))).await
    }

    async fn read_tenant(&self, select: Select<tenant::Entity>) -> Outcome<Arc<tenant::Model>> {
        let tenant = select.one(&self.txn).await?;
        let gone = || anyhow::anyhow!("tenant {} is gone", self.viewer.tenant_id);
        let tenant = Arc::new(tenant.ok_or_else(gone)?);
        *self.seen_tenant() = Some(tenant.clone());
        Ok(tenant)
    }

    fn seen_tenant(&self) -> MutexGuard<'_, Option<Arc<tenant::Model>>> {
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the tenant has a row with this value, visible to the viewer or not.
    pub async fn is_taken<E: Owned>(
        &self,
        column: E::Column,
        value: impl Into<Value>,
    ) -> Result<bool, DbErr> {
        E::find()
            .filter(E::TENANT.eq(self.viewer.tenant_id))
            .filter(column.eq(value))
            .exists(&self.txn)
            .await
    }

    /// Inserts a row. Refuses as told if another row has the same value in `column` by now.
    pub async fn insert_unique<A>(&self, row: A, column: &str, taken: Refusal) -> Outcome<()>
    where
        A: ActiveModelTrait,
    {
        match A::Entity::insert(row).exec_without_returning(&self.txn).await {
            Ok(_) => Ok(()),
            Err(error) if store::violates_unique(&error, column) => Err(taken.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a new row.
    pub async fn insert<M, A>(&self, row: M) -> Result<(), DbErr>
    where
        A: ActiveModelTrait,
        M: IntoActiveModel<A>,
    {
        A::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(&self.txn)
            .await
            .map(drop)
    }

    /// Writes a row that was locked before.
    pub async fn save<M, A>(&self, row: M) -> Result<(), DbErr>
    where
        A: ActiveModelTrait,
        M: IntoActiveModel<A>,
    {
        A::Entity::update(row.into_active_model().reset_all())
            .exec_without_returning(&self.txn)
            .await
            .map(drop)
    }

    /// Writes the viewer's tenant, which was locked before.
    pub async fn save_tenant(&self, tenant: tenant::Model) -> Result<(), DbErr> {
        *self.seen_tenant() = None;
        self.save(tenant).await
    }

    /// Writes an event beside the change that it tells of.
    pub async fn record(&self, event: NewEvent) -> Result<(), DbErr> {
        self.record_by(&self.viewer, event).await
    }

    /// The same for what somebody else than the viewer did.
    pub(crate) async fn record_by(&self, actor: &Viewer, event: NewEvent) -> Result<(), DbErr> {
        let event = event.with_trace(self.trace.clone());
        log::append(&self.txn, actor, self.now, event).await
    }

    /// Has the hint sent once the work is stored, and not if it is not. A part that is undone with
    /// [`Txn::all_or_nothing`] leaves its hint, which does no harm.
    pub fn announce(&self, hint: Hint) {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner).insert(hint);
    }

    /// Stores the work durably, and then sends what was announced.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { txn, hints, wakeups, .. } = self;
        let hints = hints.into_inner().unwrap_or_else(PoisonError::into_inner);
        if hints.is_empty() {
            return txn.commit().await;
        }
        // In a task of its own: what is stored is announced also when the caller goes away meanwhile.
        let announcing = tokio::spawn(async move {
            txn.commit().await?;
            for hint in hints {
                wakeups.send(hint);
            }
            Ok(())
        });
        announcing
            .await
            .unwrap_or_else(|error| Err(DbErr::Custom(format!("a commit broke off: {error}"))))
    }
}

/// Has what a select finds locked: nobody else can change these rows until this work has ended.
///
/// Locks are taken in the order order, payment agreement, approval link, subscription, customer, discount, invoice, tenant, billing run,
/// webhook endpoint, mail, so that no two transactions wait for each other.
pub fn locked<E: EntityTrait>(rows: Select<E>) -> Select<E> {
    // What an update takes by itself. Unlike FOR UPDATE, it lets others refer to the rows. SQLite has one writer and
    // leaves it out.
    rows.lock(LockType::NoKeyUpdate)
}

/// The same for those of the rows that nobody else has locked: of what is done row by row, it can be done later.
pub fn locked_if_free<E: EntityTrait>(rows: Select<E>) -> Select<E> {
    rows.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
}
