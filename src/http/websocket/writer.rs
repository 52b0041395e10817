//! The one task that writes to a socket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::protocol::Close;

/// How long a close frame may take to leave.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A message on its way to the client.
pub(super) struct Outgoing {
    pub(super) message: Message,
    /// Cancelled when the client has completed the operation that the message belongs to.
    pub(super) operation: Option<CancellationToken>,
}

/// How the writing ends.
pub(super) enum Goodbye {
    /// With a reason of ours.
    Close(Close),
    /// The client has closed; all that is left is to agree.
    Agree,
}

/// Writes until told to stop, or until the client does not read for too long.
pub(super) async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut messages: mpsc::Receiver<Outgoing>,
    goodbye: oneshot::Receiver<Goodbye>,
    stall: Duration,
) {
    let mut goodbye = std::pin::pin!(goodbye);
    let last = loop {
        let outgoing = tokio::select! {
            biased;
            last = &mut goodbye => break last.ok(),
            outgoing = messages.recv() => outgoing,
        };
        let Some(Outgoing { message, operation }) = outgoing else {
            // The goodbye may have been said after it was looked for above, and before the last sender went.
            break (&mut goodbye).await.ok();
        };
        if operation.is_some_and(|operation| operation.is_cancelled()) {
            continue;
        }
        match timeout(stall, sink.send(message)).await {
            Ok(Ok(())) => {}
            // Gone, or not reading. Dropping the sink and the receiver is what the others notice.
            Ok(Err(_)) | Err(_) => return,
        }
    };
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
