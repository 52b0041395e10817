//! A feed as the body of an HTTP answer.

use std::{convert::Infallible, sync::Arc};

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::mpsc, time::timeout};

use super::{
    answer,
    connections::Connection,
    errors,
    feed::Frame,
    gateway::Gateway,
    multipart, sse,
    watchers::{CallerPermit, NodePermit},
};
use crate::auth::Session;

/// How frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    EventStream,
    Multipart,
}

impl Encoding {
    fn begin(self) -> &'static [u8] {
        match self {
            Self::EventStream => sse::BEGIN,
            Self::Multipart => multipart::BEGIN,
        }
    }

    fn frame(self, frame: &Frame) -> Bytes {
        match self {
            Self::EventStream => sse::event(frame),
            Self::Multipart => multipart::part(frame),
        }
    }

    fn complete(self) -> &'static [u8] {
        match self {
            Self::EventStream => sse::COMPLETE,
            Self::Multipart => multipart::COMPLETE,
        }
    }

    /// The end of a feed; `goes_on` if its last frame named a cursor to go on from.
    fn end(self, goes_on: bool) -> &'static [u8] {
        match self {
            Self::EventStream if goes_on => sse::COMPLETE_HERE,
            Self::EventStream | Self::Multipart => self.complete(),
        }
    }

    /// One answer and no more.
    pub(super) fn whole(self, frame: &Frame) -> Bytes {
        [self.begin(), &self.frame(frame), self.complete()].concat().into()
    }
}

/// The watcher of a feed, with what it holds as long as it watches.
pub(super) struct Watcher {
    pub(super) session: Session,
    pub(super) connection: Connection,
    pub(super) permits: (NodePermit, CallerPermit),
}

/// Sends the feed until it, the session or the server ends, or the watcher stops reading.
pub(super) fn body<E: Send + Sync + 'static>(
    gateway: Arc<Gateway<E>>,
    encoding: Encoding,
    frames: impl Stream<Item = Frame> + Send + 'static,
    watcher: Watcher,
) -> Body {
    let (sender, mut receiver) = mpsc::channel(1);
    let tasks = gateway.tasks.clone();
    tasks.spawn(send(gateway, encoding, frames, watcher, sender));
    let chunks = stream::poll_fn(move |context| receiver.poll_recv(context));
    Body::from_stream(chunks.map(Ok::<_, Infallible>))
}

async fn send<E>(
    gateway: Arc<Gateway<E>>,
    encoding: Encoding,
    frames: impl Stream<Item = Frame>,
    watcher: Watcher,
    sender: mpsc::Sender<Bytes>,
) {
    let Watcher { session, connection, permits: _permits } = watcher;
    let mut frames = std::pin::pin!(frames);
    let mut ended = std::pin::pin!(session.ended());
    let mut next = Some(Bytes::from_static(encoding.begin()));
    let mut last = false;
    let mut goes_on = false;
    loop {
        if let Some(chunk) = next.take() {
            match timeout(gateway.config.write_stall, sender.send(chunk)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => {
                    // It loses nothing: it has the cursor of the last event that it read.
                    connection.cut.cancel();
                    return;
                }
            }
        }
        if last {
            return;
        }
        tokio::select! {
            biased;
            // Without a "complete": the client is to come back and go on.
            () = gateway.stop.cancelled() => return,
            () = sender.closed() => return,
            reason = &mut ended => {
                let error = errors::coded(errors::UNAUTHENTICATED, reason.as_str());
                let response = errors::only(error);
                let frame = Frame::Answer { body: answer::encode(&response), cursor: None };
                next = Some([&encoding.frame(&frame), encoding.complete()].concat().into());
                last = true;
            }
            frame = frames.next() => {
                if matches!(frame, Some(Frame::Answer { .. })) {
                    gateway.app.tails.counters().delivered();
                }
                next = Some(match &frame {
                    Some(frame) => encoding.frame(frame),
                    None => Bytes::from_static(encoding.end(goes_on)),
                });
                last = frame.is_none();
                goes_on = matches!(frame, Some(Frame::Failed { go_on: Some(_), .. }));
            }
        }
    }
}
