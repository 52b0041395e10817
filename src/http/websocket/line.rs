//! The line to one client: what is said on it leaves in time, or the line is given up.

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

pub(super) struct Line {
    socket: WebSocket,
    /// How long the client may not read.
    stall: Duration,
    /// Whether something was said that may not have left yet.
    unsent: bool,
}

/// The client is not there, or does not read.
pub(super) struct Gone;

impl Line {
    pub(super) fn new(socket: WebSocket, stall: Duration) -> Self {
        Self { socket, stall, unsent: false }
    }

    /// What the client says next. Nothing is lost if this is not waited for to its end.
    pub(super) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    pub(super) async fn say(&mut self, message: Message) -> Result<(), Gone> {
        self.unsent = true;
        match timeout(self.stall, self.socket.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Lets leave what was said.
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

    /// Brings the conversation to its end: with a reason of ours, or because the client has closed.
    pub(super) async fn hang_up(&mut self, why: Option<Close>) {
        let oversize = why.as_ref().is_some_and(|close| close.code == Close::TOO_BIG);
        let farewell = async {
            if let Some(Close { code, reason }) = why {
                let frame = CloseFrame { code, reason: reason.into() };
                self.socket.send(Message::Close(Some(frame))).await?;
            }
            // Also sends the answer to a close of the client's, which is what it waits for.
            SinkExt::close(&mut self.socket).await
        };
        // A client that is not there any more need not be told.
        drop(timeout(CLOSE_TIMEOUT, farewell).await);
        if oversize {
            // What was not read makes the kernel reset the connection; the client should see the reason first.
            sleep(CLOSE_TIMEOUT / 4).await;
        }
        let agreed = async { while let Some(Ok(_)) = self.socket.next().await {} };
        drop(timeout(CLOSE_TIMEOUT, agreed).await);
    }
}
