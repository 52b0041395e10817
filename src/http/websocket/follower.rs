//! A feed on a socket, as long as a group carries it on.

use std::sync::Arc;

use axum::extract::ws::Message;

use super::operation::Outlet;
use crate::{
    events::cursor::Cursor,
    http::{
        execute::Question,
        feed::Frame,
        live::{Following, Step},
    },
};

pub(super) struct Follower {
    pub(super) outlet: Outlet,
    pub(super) following: Following,
    /// Goes on without the group from a cursor.
    pub(super) catch_up: Box<dyn FnOnce(Outlet, Arc<Question>, Cursor) + Send>,
}

/// What a follower has to say when it is its turn.
pub(super) enum Turn {
    Nothing,
    Tell(Message),
    /// The feed is over with this.
    Last(Message),
    /// The client has completed the operation.
    Completed,
    /// The group has gone too far ahead.
    CatchUp(Cursor),
}

impl Follower {
    pub(super) fn turn(&mut self) -> Turn {
        if self.outlet.cancel.is_cancelled() {
            return Turn::Completed;
        }
        match self.following.step() {
            Step::Wait => Turn::Nothing,
            Step::CatchUp(at) => Turn::CatchUp(at),
            Step::Tell(Frame::Answer { body, .. }) => match self.outlet.next(&body) {
                Ok(message) => Turn::Tell(message),
                Err(too_long) => Turn::Last(self.outlet.refusal(too_long)),
            },
            Step::End(Some(Frame::Failed { errors, .. }))
            | Step::Tell(Frame::Failed { errors, .. }) => Turn::Last(self.outlet.failure(&errors)),
            Step::End(Some(Frame::Answer { .. } | Frame::Idle { .. }) | None)
            | Step::Tell(Frame::Idle { .. }) => Turn::Last(self.outlet.completion()),
        }
    }

    /// Tells how far the feed has come, if it moved without a word.
    pub(super) fn cursor(&mut self) -> Option<Message> {
        self.following.moved().map(|cursor| self.outlet.cursor(cursor))
    }

    pub(super) fn go_on_alone(self, at: Cursor) {
        let question = self.following.question();
        (self.catch_up)(self.outlet, question, at);
    }
}
