//! The first page of a list as a state that a feed tells, whatever is on it.

use std::{marker::PhantomData, sync::Arc};

use entity::event;

use super::live_state::LiveState;
use crate::{
    app::App,
    events::cursor::Cursor,
    graphql::error::Result,
    services::{
        page::List,
        queue::{Difference, Followed, IdOf, Queue, read_queue},
    },
};

/// A page that is followed, told as a `U`.
pub(super) struct Page<E: Followed, U> {
    app: Arc<App>,
    list: List<E>,
    size: i32,
    told_as: PhantomData<fn() -> U>,
}

/// What is told of a page with rows of these ids.
pub(super) trait Update<I>: Send {
    /// `ids` are on the page now, the first one first. A snapshot is the whole page, of which all rows have come.
    fn of(at: Cursor, snapshot: bool, ids: Vec<I>, difference: Difference<I>) -> Self;
}

impl<E: Followed, U> Page<E, U> {
    pub(super) fn new(app: Arc<App>, list: List<E>, size: i32) -> Self {
        Self { app, list, size, told_as: PhantomData }
    }
}

impl<E: Followed, U: Update<IdOf<E>>> LiveState for Page<E, U> {
    type State = Queue<IdOf<E>>;
    type Answer = U;

    async fn now(&self, head: Cursor) -> Result<(Cursor, Self::State)> {
        Ok((head, read_queue(&self.app, &self.list, Some(self.size)).await??))
    }

    async fn after(&self, _: &Self::State, _: &[Arc<event::Model>]) -> Result<Self::State> {
        Ok(read_queue(&self.app, &self.list, Some(self.size)).await??)
    }

    fn digest(queue: &Self::State) -> u64 {
        queue.digest()
    }

    fn answer(at: Cursor, queue: &Self::State, before: Option<&Self::State>) -> Result<U> {
        let difference = queue.since(before.unwrap_or(&Queue::default()));
        Ok(U::of(at, before.is_none(), queue.ids().collect(), difference))
    }
}
