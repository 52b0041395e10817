//! Waiting until everything else has gone on as far as it can.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;
use tokio::task::yield_now;

/// Waits until the executor has polled all that was ready.
///
/// Tokio's own `yield_now` is over at its second poll. Here that may be anybody's: futures that are polled together,
/// because one of them was woken, poll what they share each time.
pub(super) async fn turn() {
    let turn = Arc::new(Turn::default());
    let waker = Waker::from(turn.clone());
    let mut yielding = pin!(yield_now());
    // Not ready at its first poll; the executor has been asked to wake the turn.
    let mut asked = yielding.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
    poll_fn(|context| {
        turn.waiting.register(context.waker());
        let over = turn.over.load(Ordering::SeqCst);
        if over && asked {
            return Poll::Ready(());
        }
        if over {
            // Outside of an executor's threads, the answer comes at once; let others be polled all the same.
            context.waker().wake_by_ref();
        }
        asked = true;
        Poll::Pending
    })
    .await;
}

#[derive(Default)]
struct Turn {
    over: AtomicBool,
    waiting: AtomicWaker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.over.store(true, Ordering::SeqCst);
        self.waiting.wake();
    }
}
