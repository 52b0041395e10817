//! Reading many rows at once: a key names a lookup, and its loader answers all keys of one kind with one statement.

pub mod by_id;
pub mod by_parent;
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
    future::{BoxFuture, Shared, ready},
};
use sea_orm::{DatabaseConnection, DbErr};
use tokio::task::unconstrained;

use self::turn::turn;
use super::error::{ApiError, Result};
use crate::viewer::Viewer;

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

/// The loaders of one execution and one viewer.
pub struct Loaders {
    reader: Reader,
    by_key: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl Loaders {
    pub fn new(connection: DatabaseConnection, viewer: Arc<Viewer>) -> Self {
        Self { reader: Reader { connection, viewer }, by_key: Mutex::default() }
    }

    /// Forgets what was read, so that what a mutation has just changed is read again.
    pub fn forget(&self) {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Looks keys up that will be asked for, so that nobody has to wait for others to ask first.
    pub async fn prefetch<K: Lookup>(&self, keys: Vec<K>) -> Result<Arc<HashMap<K, K::Found>>> {
        let found = Arc::new(K::find(self.reader.clone(), keys.clone()).await?);
        let batch = Batch(ready(Ok(found.clone())).boxed().shared());
        let primed = keys.into_iter().map(|key| (key, batch.clone()));
        self.loader::<K>().prime_many(primed).await;
        Ok(found)
    }

    /// The same where nothing is done with what is found, and only if it is wanted.
    pub async fn prefetch_if<K: Lookup>(
        &self,
        wanted: bool,
        keys: impl Iterator<Item = K>,
    ) -> Result<()> {
        let keys: HashSet<_> = keys.filter(|_| wanted).collect();
        if !keys.is_empty() {
            self.prefetch(keys.into_iter().collect()).await?;
        }
        Ok(())
    }

    async fn load<K: Lookup>(&self, key: K) -> Result<Option<K::Found>> {
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

/// Looks a key up, together with all others of its kind that the execution asks for at this time.
pub async fn load<K: Lookup>(ctx: &Context<'_>, key: K) -> Result<Option<K::Found>> {
    let loaders = ctx
        .data_opt::<Loaders>()
        .ok_or_else(|| ApiError::internal(&anyhow::anyhow!("an execution has no loaders")))?;
    loaders.load(key).await
}

/// Looks up a list; a key that leads to nothing has an empty one.
pub async fn load_list<K, T>(ctx: &Context<'_>, key: K) -> Result<Vec<T>>
where
    K: Lookup<Found = Vec<T>>,
{
    Ok(load(ctx, key).await?.unwrap_or_default())
}

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
