//! The client at the other end of a socket. Messages leave in time, or the client is gone.

use std::time::Duration;

use axum::{
    Error,
    extract::ws::{CloseFrame, Message, WebSocket},
};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{sleep, timeout};

use super::protocol::Close;

/// How long a close frame may take to leave, and how long a client may take to agree to it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Peer {
    socket: WebSocket,
    /// The longest time in which the client may read nothing.
    stall: Duration,
    /// Whether a message may not have left yet.
    unsent: bool,
}

/// The client is not there, or does not read.
pub(super) struct Gone;

impl Peer {
    pub(super) fn new(socket: WebSocket, stall: Duration) -> Self {
        Self { socket, stall, unsent: false }
    }

    /// The client's next message. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    /// Queues a message, and sends those before it where they need the room.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), Gone> {
        self.unsent = true;
        match timeout(self.stall, self.socket.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Sends every message that is queued.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        if !self.unsent {
            return Ok(());
        }
        match timeout(self.stall, self.socket.flush()).await {
            Ok(Ok(())) => {
                self.unsent = false;
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Closes the socket: with a reason of ours, or because the client has closed.
    pub(super) async fn close(&mut self, why: Option<Close>) {
        let oversize = why.as_ref().is_some_and(|close| close.code == Close::TOO_BIG);
        let farewell = async {
            if let Some(Close { code, reason }) = why {
                let frame = CloseFrame { code, reason: reason.into() };
                self.socket.send(Message::Close(Some(frame))).await?;
            }
            // Also sends the answer to a close of the client's, which is what it waits for.
            SinkExt::close(&mut self.socket).await
        };
        // A client may be gone already.
        drop(timeout(CLOSE_TIMEOUT, farewell).await);
        if oversize {
            // What was not read makes the kernel reset the connection; the client should see the reason first.
            sleep(CLOSE_TIMEOUT / 4).await;
        }
        let agreed = async { while let Some(Ok(_)) = self.socket.next().await {} };
        drop(timeout(CLOSE_TIMEOUT, agreed).await);
    }
}
