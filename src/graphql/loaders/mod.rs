//! Reading many rows at once: a key names a lookup, and its loader answers all keys of one kind with one statement.

pub mod by_id;
pub mod by_parent;
pub mod together;
mod turn;

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    fmt::{self, Debug},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_graphql::Context;
use dataloader::{BatchFn, cached};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use sea_orm::{
    ColumnTrait, DatabaseBackend, DatabaseConnection, DbErr, EntityTrait, Select, Value,
    sea_query::{Expr, SelectStatement},
};
use serde::de::DeserializeOwned;
use tokio::task::unconstrained;

use self::{together::Together, turn::turn};
use super::{
    budget::take_objects,
    error::{ApiError, Result},
};
use crate::{
    services::catalogue::Catalogue,
    store::{
        bundle::{self, evenly},
        statement::is_one_of,
    },
    viewer::Viewer,
};

/// How many keys go into one statement; both databases take more parameters than that.
const LARGEST_BATCH: usize = 5_000;

/// How many turns of the executor pass without another key before a batch goes. A page of 100 rows comes round in
/// parts, and all of its keys are to be in one batch.
const QUIET_TURNS: usize = 8;

/// What a lookup reads with, and for whom.
#[derive(Clone)]
pub struct Reader {
    pub connection: DatabaseConnection,
    pub viewer: Arc<Viewer>,
    pub catalogue: Arc<Catalogue>,
    /// Whether nothing of the catalogue may be a moment old.
    pub anew: bool,
}

/// A key that says what is looked up by it.
pub trait Lookup: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    type Found: Clone + Send + Sync + 'static;

    /// Finds what belongs to the keys, within the viewer's tenant. What a key does not lead to is left out.
    fn find(
        reader: Reader,
        keys: Vec<Self>,
    ) -> impl Future<Output = std::result::Result<HashMap<Self, Self::Found>, DbErr>> + Send;
}

/// A key that leads to whole rows of a table.
pub trait Rows: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    type Entity: EntityTrait<Model: DeserializeOwned>;
    type Found: Clone + Send + Sync + 'static;

    /// The rows that are wanted, within the viewer's tenant.
    fn select(viewer: &Viewer, wanted: Wanted<'_, Self>) -> Select<Self::Entity>;

    fn gather(rows: Vec<<Self::Entity as EntityTrait>::Model>) -> HashMap<Self, Self::Found>;
}

/// Which rows are wanted.
#[derive(Debug)]
pub enum Wanted<'a, K> {
    /// Those of some keys.
    Of(&'a [K]),
    /// Those whose keys a select finds in this database.
    Found(DatabaseBackend, Box<SelectStatement>),
}

impl<K: Copy> Wanted<'_, K> {
    /// Says so of the column that holds the keys.
    fn by<V: Into<Value>>(self, column: impl ColumnTrait, value: impl Fn(K) -> V) -> Expr {
        match self {
            Self::Of(keys) => column.is_in(evenly(keys).map(value)),
            Self::Found(backend, keys) => is_one_of(backend, column, *keys),
        }
    }
}

impl<K: Rows> Lookup for K {
    type Found = K::Found;

    async fn find(
        reader: Reader,
        keys: Vec<Self>,
    ) -> std::result::Result<HashMap<Self, Self::Found>, DbErr> {
        let rows = K::select(&reader.viewer, Wanted::Of(&keys));
        Ok(K::gather(bundle::all(&reader.connection, rows).await?))
    }
}

fn distinct<K: Copy + Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(*key)).collect()
}

/// The loaders of one execution and one viewer.
pub struct Loaders {
    reader: Reader,
    /// What was read before anybody asked, by the type of its key.
    kept: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    by_key: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl Loaders {
    pub fn new(reader: Reader) -> Self {
        Self { reader, kept: Mutex::default(), by_key: Mutex::default() }
    }

    /// Forgets what was read, so that what a mutation has just changed is read again.
    pub fn forget(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn viewer(&self) -> &Viewer {
        &self.reader.viewer
    }

    /// Begins to read rows together with what will be asked for below them.
    pub fn together(&self) -> Together<'_> {
        Together::new(self)
    }

    /// Looks up what will be asked for, if it is wanted.
    pub async fn prefetch<K: Lookup>(
        &self,
        wanted: bool,
        keys: impl Iterator<Item = K>,
    ) -> Result<()> {
        let keys = distinct(keys.filter(|_| wanted));
        if !keys.is_empty() {
            let found = K::find(self.reader.clone(), keys.clone()).await?;
            self.keep(keys.into_iter(), &found);
        }
        Ok(())
    }

    /// Keeps what was found by some keys, and that nothing was found by the others.
    fn keep<K: Lookup>(&self, keys: impl Iterator<Item = K>, found: &HashMap<K, K::Found>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.entry(TypeId::of::<K>()).or_insert_with(|| Box::new(Kept::<K>::new()));
        if let Some(kept) = kept.downcast_mut::<Kept<K>>() {
            kept.extend(keys.map(|key| (key, None)));
            kept.extend(found.iter().map(|(key, found)| (*key, Some(found.clone()))));
        }
    }

    /// What was found by a key, if anything was.
    fn kept<K: Lookup>(&self, key: K) -> std::result::Result<Option<K::Found>, NotKept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&TypeId::of::<K>()).and_then(|kept| kept.downcast_ref::<Kept<K>>());
        kept.and_then(|kept| kept.get(&key)).cloned().ok_or(NotKept)
    }

    async fn load<K: Lookup>(&self, key: K) -> Result<Option<K::Found>> {
        if let Ok(kept) = self.kept(key) {
            return Ok(kept);
        }
        // Boxed, because most of what is asked for is kept, and a page asks often.
        Box::pin(self.look_up(key)).await
    }

    async fn look_up<K: Lookup>(&self, key: K) -> Result<Option<K::Found>> {
        // Unconstrained, so that Tokio does not hold some of the keys of a large page back until their batch has gone.
        let batch = unconstrained(self.loader::<K>().try_load(key)).await;
        let batch = batch.map_err(anyhow::Error::from)?;
        Ok(batch.0.await?.get(&key).cloned())
    }

    fn loader<K: Lookup>(&self) -> Loader<K> {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = by_key.entry(TypeId::of::<K>()).or_insert_with(|| {
            let batches = Batches { reader: self.reader.clone(), open: None };
            // The batches do the waiting.
            Box::new(Loader::<K>::new(batches).with_yield_count(0))
        });
        match loader.downcast_ref::<Loader<K>>() {
            Some(loader) => loader.clone(),
            None => unreachable!("loaders are kept under the type of their key"),
        }
    }
}

impl Debug for Loaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaders").finish_non_exhaustive()
    }
}

/// The loaders of this execution.
pub fn loaders<'ctx>(ctx: &Context<'ctx>) -> Result<&'ctx Loaders> {
    ctx.data_opt::<Loaders>()
        .ok_or_else(|| ApiError::internal(&anyhow::anyhow!("an execution has no loaders")))
}

/// Looks a key up, together with all others of its kind that the execution asks for at this time.
pub async fn load<K: Lookup>(ctx: &Context<'_>, key: K) -> Result<Option<K::Found>> {
    take_objects(ctx, 1)?;
    loaders(ctx)?.load(key).await
}

/// Looks up a list; a key that leads to nothing has an empty one.
pub async fn load_list<K, T>(ctx: &Context<'_>, key: K) -> Result<Arc<[T]>>
where
    K: Lookup<Found = Arc<[T]>>,
{
    let list = load(ctx, key).await?.unwrap_or_default();
    take_objects(ctx, list.len())?;
    Ok(list)
}

/// What was read before anybody asked, by its key; none: there is nothing.
type Kept<K> = HashMap<K, Option<<K as Lookup>::Found>>;

/// Nobody has looked yet.
struct NotKept;

type Loader<K> = cached::Loader<K, Batch<K>, Batches<K>>;

/// One statement's answer, on its way or there.
///
/// The crate holds a lock while a batch function runs, and waits a fixed number of polls for more keys, of which a
/// large page has more than a small one. This function waits for nothing and gives every key the same future, which
/// takes on keys until no more come.
struct Batch<K: Lookup>(Shared<BoxFuture<'static, Answer<K>>>);

type Answer<K> = Result<Arc<HashMap<K, <K as Lookup>::Found>>>;

impl<K: Lookup> Clone for Batch<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Batches<K: Lookup> {
    reader: Reader,
    open: Option<OpenBatch<K>>,
}

impl<K: Lookup> BatchFn<K, Batch<K>> for Batches<K> {
    async fn load(&mut self, keys: &[K]) -> HashMap<K, Batch<K>> {
        let open = match self.open.take() {
            Some(open) if open.keys.take_on(keys) => open,
            Some(_) | None => OpenBatch::new(self.reader.clone(), keys),
        };
        let batch = self.open.insert(open).batch.clone();
        keys.iter().map(|key| (*key, batch.clone())).collect()
    }
}

/// A batch that more keys may still be part of.
struct OpenBatch<K: Lookup> {
    keys: Arc<Keys<K>>,
    batch: Batch<K>,
}

impl<K: Lookup> OpenBatch<K> {
    fn new(reader: Reader, keys: &[K]) -> Self {
        let keys = Arc::new(Keys(Mutex::new(Some(keys.to_vec()))));
        let waiting = keys.clone();
        let batch = async move {
            let mut known = 0;
            while waiting.count() > known {
                known = waiting.count();
                for _ in 0..QUIET_TURNS {
                    turn().await;
                }
            }
            Ok(Arc::new(K::find(reader, waiting.close()).await?))
        };
        Self { keys, batch: Batch(batch.boxed().shared()) }
    }
}

/// The keys of a batch; none once it has gone.
struct Keys<K>(Mutex<Option<Vec<K>>>);

impl<K: Lookup> Keys<K> {
    /// False if the batch has gone or is full.
    fn take_on(&self, more: &[K]) -> bool {
        match &mut *self.lock() {
            Some(keys) if keys.len() + more.len() <= LARGEST_BATCH => {
                keys.extend(more);
                true
            }
            Some(_) | None => false,
        }
    }

    fn count(&self) -> usize {
        self.lock().as_ref().map_or(0, Vec::len)
    }

    fn close(&self) -> Vec<K> {
        self.lock().take().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<K>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
