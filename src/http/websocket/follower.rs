//! Feeds on a socket, as long as groups carry them on.

use std::sync::Arc;

use domain::viewer::Viewer;

use super::{
    line::{Gone, Line},
    operation::{Outlet, Said},
};
use crate::{
    events::cursor::Cursor,
    http::{
        feed::Frame,
        live::{Following, Step},
    },
};

/// The feeds of one socket that groups carry on.
#[derive(Default)]
pub(super) struct Followers(Vec<Follower>);

pub(super) struct Follower {
    pub(super) viewer: Arc<Viewer>,
    pub(super) outlet: Outlet,
    pub(super) following: Following,
}

/// What came of giving each its turn.
#[derive(Default)]
pub(super) struct Told {
    /// Whether there may be more to tell at once.
    pub(super) more: bool,
    /// Those whose groups have gone too far ahead, and where they are.
    pub(super) behind: Vec<(Follower, Cursor)>,
}

/// What a follower has to say when it is its turn.
enum Turn {
    Said(Said),
    /// The client has completed the operation.
    Completed,
    /// The group has gone too far ahead.
    CatchUp(Cursor),
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

    /// Tells one message of each. Who is left behind is no follower any more.
    pub(super) async fn tell(&mut self, line: &mut Line) -> Result<Told, Gone> {
        let mut told = Told::default();
        let mut index = 0;
        while let Some(follower) = self.0.get_mut(index) {
            match follower.turn() {
                Turn::Said(Said::Nothing) => index += 1,
                Turn::Said(Said::Tell(message)) => {
                    index += 1;
                    told.more = true;
                    line.say(message).await?;
                }
                Turn::Said(Said::Last(message)) => {
                    drop(self.0.swap_remove(index));
                    line.say(message).await?;
                }
                Turn::Completed => drop(self.0.swap_remove(index)),
                Turn::CatchUp(at) => told.behind.push((self.0.swap_remove(index), at)),
            }
        }
        Ok(told)
    }

    /// Tells how far each has come that moved without a word.
    pub(super) async fn tell_cursors(&mut self, line: &mut Line) -> Result<(), Gone> {
        for follower in &mut self.0 {
            if let Some(cursor) = follower.following.moved() {
                line.say(follower.outlet.cursor(cursor)).await?;
            }
        }
        Ok(())
    }
}

impl Follower {
    fn turn(&mut self) -> Turn {
        if self.outlet.cancel.is_cancelled() {
            return Turn::Completed;
        }
        match self.following.step() {
            Step::Wait => Turn::Said(Said::Nothing),
            Step::CatchUp(at) => Turn::CatchUp(at),
            Step::Tell(frame) | Step::End(Some(frame @ Frame::Failed { .. })) => {
                Turn::Said(self.outlet.said(&frame))
            }
            Step::End(Some(Frame::Answer { .. } | Frame::Idle { .. }) | None) => {
                Turn::Said(Said::Last(self.outlet.completion()))
            }
        }
    }
}
