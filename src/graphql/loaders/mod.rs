//! Reading many rows at once: a key names a lookup, and its loader answers all keys of one kind with one statement.

pub mod by_id;
pub mod by_parent;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::{self, Debug},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::Context;
use dataloader::{BatchFn, cached};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use sea_orm::{DatabaseConnection, DbErr};
use tokio::task::unconstrained;

use super::error::{ApiError, Result};
use crate::viewer::Viewer;

/// How many keys go into one statement; both databases take more parameters than that.
const LARGEST_BATCH: usize = 5_000;

/// How many turns of the executor a batch waits for more keys. A page of 100 rows with lists in them comes round in
/// parts, and all of its keys are to be in one batch.
const TURNS: usize = 64;

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

    async fn load<K: Lookup>(&self, key: K) -> Result<Option<K::Found>> {
        // The crate waits a few turns of the executor for more keys. Unconstrained, so that Tokio does not hold some of
        // the keys of a large page back until their batch has gone.
        let batch = unconstrained(self.loader::<K>().try_load(key)).await;
        let batch = batch.map_err(anyhow::Error::from)?;
        Ok(batch.0.await?.get(&key).cloned())
    }

    fn loader<K: Lookup>(&self) -> Loader<K> {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = by_key.entry(TypeId::of::<K>()).or_insert_with(|| {
            let batches = Batches { reader: self.reader.clone() };
            Box::new(
                Loader::<K>::new(batches)
                    .with_max_batch_size(LARGEST_BATCH)
                    .with_yield_count(TURNS),
            )
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

type Loader<K> = cached::Loader<K, Batch<K>, Batches>;

/// One statement's answer, on its way or there.
///
/// The crate holds a lock while a batch function runs. This one only starts the statement and gives every key the
/// same future: were the lock held until the rows are there, those who wait would go on one after the other, and what
/// they look up next would go out one by one instead of as one batch.
struct Batch<K: Lookup>(Shared<BoxFuture<'static, Answer<K>>>);

type Answer<K> = Result<Arc<HashMap<K, <K as Lookup>::Found>>>;

impl<K: Lookup> Clone for Batch<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Batches {
    reader: Reader,
}

impl<K: Lookup> BatchFn<K, Batch<K>> for Batches {
    async fn load(&mut self, keys: &[K]) -> HashMap<K, Batch<K>> {
        let (reader, wanted) = (self.reader.clone(), keys.to_vec());
        let batch = async move { Ok(Arc::new(K::find(reader, wanted).await?)) }.boxed().shared();
        keys.iter().map(|key| (*key, Batch(batch.clone()))).collect()
    }
}
