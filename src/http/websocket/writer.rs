//! The one task that writes to a socket.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    follower::{Follower, Turn},
    protocol::Close,
};

/// How long a close frame may take to leave.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the client is to be told.
pub(super) enum Outgoing {
    Message(Message),
    /// Part of an operation's answer. It is cancelled when the client has completed the operation.
    Answer {
        message: Message,
        operation: CancellationToken,
    },
    /// A group carries a feed on.
    Follow(Follower),
}

/// How the writing ends.
pub(super) enum Goodbye {
    /// With a reason of ours.
    Close(Close),
    /// The client has closed; all that is left is to agree.
    Agree,
}

/// How a socket is written to.
pub(super) struct Pace {
    /// How long the client may not read.
    pub(super) stall: Duration,
    /// How often it is told how far its feeds have come.
    pub(super) heartbeat: Duration,
}

/// The client has gone, or does not read. Dropping the sink and the receiver is what the others notice.
struct Gone;

/// Writes until told to stop, or until the client does not read for too long.
///
/// What is told to it and what the followed groups have to say take turns, one message each.
pub(super) async fn write(
    sink: SplitSink<WebSocket, Message>,
    mut messages: mpsc::Receiver<Box<Outgoing>>,
    goodbye: oneshot::Receiver<Goodbye>,
    bell: Arc<Notify>,
    pace: Pace,
) {
    let mut goodbye = std::pin::pin!(goodbye);
    let mut heartbeats = interval_at(Instant::now() + pace.heartbeat, pace.heartbeat);
    heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut writer = Writer { sink, stall: pace.stall, followers: Vec::new(), unsent: false };
    let last = loop {
        let Ok(more) = writer.tell_followed().await else { return };
        if !more && writer.unsent && messages.is_empty() && writer.flush().await.is_err() {
            return;
        }
        let told = tokio::select! {
            biased;
            last = &mut goodbye => break last.ok(),
            outgoing = messages.recv() => match outgoing {
                Some(outgoing) => writer.tell(*outgoing).await,
                // The goodbye may have been said after it was looked for above, and before the last sender went.
                None => break (&mut goodbye).await.ok(),
            },
            () = std::future::ready(()), if more => Ok(()),
            () = bell.notified() => Ok(()),
            _ = heartbeats.tick(), if !writer.followers.is_empty() => writer.tell_cursors().await,
        };
        if told.is_err() {
            return;
        }
    };
    let Writer { mut sink, .. } = writer;
    let farewell = async {
        if let Some(Goodbye::Close(Close { code, reason })) = last {
            let frame = CloseFrame { code, reason: reason.into() };
            sink.send(Message::Close(Some(frame))).await?;
        }
        // Also sends the answer to a close of the client's, which is what it waits for.
        sink.close().await
    };
    // A client that is not there any more need not be told.
    drop(timeout(CLOSE_TIMEOUT, farewell).await);
}

struct Writer {
    sink: SplitSink<WebSocket, Message>,
    stall: Duration,
    followers: Vec<Follower>,
    /// Whether something was written that may not have left yet.
    unsent: bool,
}

impl Writer {
    async fn tell(&mut self, outgoing: Outgoing) -> Result<(), Gone> {
        match outgoing {
            Outgoing::Message(message) => self.write(message).await,
            Outgoing::Answer { message, operation } if !operation.is_cancelled() => {
                self.write(message).await
            }
            Outgoing::Answer { .. } => Ok(()),
            Outgoing::Follow(follower) => {
                self.followers.push(follower);
                Ok(())
            }
        }
    }

    /// Tells one message of each followed group, and whether there may be more at once.
    async fn tell_followed(&mut self) -> Result<bool, Gone> {
        let mut more = false;
        let mut index = 0;
        while let Some(follower) = self.followers.get_mut(index) {
            let turn = follower.turn();
            match turn {
                Turn::Nothing => index += 1,
                Turn::Tell(message) => {
                    index += 1;
                    more = true;
                    self.write(message).await?;
                }
                Turn::Last(message) => {
                    drop(self.followers.swap_remove(index));
                    self.write(message).await?;
                }
                Turn::Completed => drop(self.followers.swap_remove(index)),
                Turn::CatchUp(at) => self.followers.swap_remove(index).go_on_alone(at),
            }
        }
        Ok(more)
    }

    async fn tell_cursors(&mut self) -> Result<(), Gone> {
        for index in 0..self.followers.len() {
            if let Some(message) = self.followers[index].cursor() {
                self.write(message).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, message: Message) -> Result<(), Gone> {
        self.unsent = true;
        match timeout(self.stall, self.sink.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        match timeout(self.stall, self.sink.flush()).await {
            Ok(Ok(())) => {
                self.unsent = false;
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}
