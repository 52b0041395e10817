//! Followers: the feeds of a socket that follow groups.

use std::sync::Arc;

use domain::viewer::Viewer;

use super::{
    operation::{Outlet, ToSend},
    peer::{Gone, Peer},
};
use crate::{
    events::cursor::Cursor,
    http::{
        feed::Frame,
        live::{Following, Step},
    },
};

/// The feeds of one socket that follow groups.
#[derive(Default)]
pub(super) struct Followers(Vec<Follower>);

/// One feed that follows a group.
pub(super) struct Follower {
    pub(super) viewer: Arc<Viewer>,
    pub(super) outlet: Outlet,
    pub(super) following: Following,
}

/// The outcome of one round of deliveries.
#[derive(Default)]
pub(super) struct Delivered {
    /// Whether there may be more to deliver at once.
    pub(super) more: bool,
    /// The followers that lag too far behind their groups, and their cursors.
    pub(super) behind: Vec<(Follower, Cursor)>,
}

/// The next step of a follower.
enum Next {
    Send(ToSend),
    /// The client has completed the operation.
    Completed,
    /// It lags too far behind its group.
    Backfill(Cursor),
}

impl Followers {
    pub(super) fn add(&mut self, follower: Follower) {
        // Most sockets have one feed, and many are open.
        self.0.reserve_exact(1);
        self.0.push(follower);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Delivers one message of each. A follower that must backfill is none any more.
    pub(super) async fn deliver(&mut self, peer: &mut Peer) -> Result<Delivered, Gone> {
        let mut delivered = Delivered::default();
        let mut index = 0;
        while let Some(follower) = self.0.get_mut(index) {
            match follower.next() {
                Next::Send(ToSend::Nothing) => index += 1,
                Next::Send(ToSend::Message(message)) => {
                    index += 1;
                    delivered.more = true;
                    peer.send(message).await?;
                }
                Next::Send(ToSend::Last(message)) => {
                    drop(self.0.swap_remove(index));
                    peer.send(message).await?;
                }
                Next::Completed => drop(self.0.swap_remove(index)),
                Next::Backfill(at) => delivered.behind.push((self.0.swap_remove(index), at)),
            }
        }
        Ok(delivered)
    }

    /// Sends the cursor of each that has moved without a frame.
    pub(super) async fn send_cursors(&mut self, peer: &mut Peer) -> Result<(), Gone> {
        for follower in &mut self.0 {
            if let Some(cursor) = follower.following.moved() {
                peer.send(follower.outlet.cursor(cursor)).await?;
            }
        }
        Ok(())
    }
}

impl Follower {
    fn next(&mut self) -> Next {
        if self.outlet.cancel.is_cancelled() {
            return Next::Completed;
        }
        match self.following.step() {
            Step::Wait => Next::Send(ToSend::Nothing),
            Step::Backfill(at) => Next::Backfill(at),
            Step::Deliver(frame) | Step::End(Some(frame @ Frame::Failed { .. })) => {
                Next::Send(self.outlet.to_send(&frame))
            }
            Step::End(Some(Frame::Answer { .. } | Frame::Idle { .. }) | None) => {
                Next::Send(ToSend::Last(self.outlet.completion()))
            }
        }
    }
}
