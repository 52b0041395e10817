//! What feeds have in common that tell a state, and then each time it has changed. What happens quickly one after
//! another is told as one change.

use std::{any::Any, sync::Arc};

use async_graphql::Context;
use async_stream::try_stream;
use entity::event;
use futures_util::{FutureExt, Stream, StreamExt};

use super::{carried, progress};
use crate::{
    events::{
        cursor::Cursor,
        feed::Feed,
        progress::{Handover, State},
    },
    graphql::error::{ApiError, Result},
};

/// A state that a feed tells.
pub(super) trait LiveState: Send + Sync {
    type State: Any + PartialEq + Send + Sync;
    type Answer: Send;

    /// The state as it is now, and the place in the log that is told from there on. `head` is where the log ended before:
    /// with it, what the state holds already may be told again.
    fn now(&self, head: Cursor) -> impl Future<Output = Result<(Cursor, Self::State)>> + Send;

    /// The state after these events.
    fn after(
        &self,
        state: &Self::State,
        events: &[Arc<event::Model>],
    ) -> impl Future<Output = Result<Self::State>> + Send;

    /// Equal for equal states.
    fn digest(state: &Self::State) -> u64;

    /// What is told of a state at its place in the log. `before` is the one that was told last; none: this is the first.
    fn answer(
        at: Cursor,
        state: &Self::State,
        before: Option<&Self::State>,
    ) -> Result<Self::Answer>;
}

/// Tells the state now, but where it is the one at `known`, and then each time it is another.
pub(super) async fn follow<L: LiveState>(
    ctx: &Context<'_>,
    live: L,
    feed: Feed,
    known: Option<Cursor>,
) -> Result<impl Stream<Item = Result<L::Answer>> + use<L>> {
    let progress = progress(ctx);
    let feed = feed.with_state();
    let (feed, mut state, is_told) = if let Some(state) = carried::<L::State>(ctx) {
        (feed, state, true)
    } else {
        let (at, state) = live.now(feed.head()).await?;
        (feed.from(at), Arc::new(state), known == Some(at))
    };
    let mut at = feed.start();
    Ok(try_stream! {
        progress.set_state(L::digest(&state));
        if !is_told {
            progress.hand_out(at);
            yield L::answer(at, &state, None)?;
        }
        let mut deliveries = Box::pin(feed.deliveries());
        loop {
            let told = State::new(L::digest(&state), state.clone());
            progress.offer(Handover { at, behind: 0, state: told }).await;
            let mut next = deliveries.next().await;
            if next.is_none() {
                return;
            }
            let mut events = Vec::new();
            while let Some(delivery) = next {
                let delivery = delivery.map_err(ApiError::from)?;
                at = delivery.cursor;
                events.push(delivery.event);
                next = deliveries.next().now_or_never().flatten();
            }
            let now = live.after(&state, &events).await?;
            if now == *state {
                progress.withdraw(at);
                continue;
            }
            let before = std::mem::replace(&mut state, Arc::new(now));
            progress.set_state(L::digest(&state));
            yield L::answer(at, &state, Some(&before))?;
        }
    })
}
