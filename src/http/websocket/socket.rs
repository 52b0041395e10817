//! One websocket, from its first message to its last.

use std::{error::Error as _, pin::Pin, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    Error,
    extract::ws::{Message, WebSocket},
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::SplitStream};
use serde_json::{Map, Value};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};
use tungstenite::error::{CapacityError, Error as SocketError};

use super::{
    operation::{self, NotBegun, Operations, Outlet},
    protocol::{self, ClientMessage, Close},
    writer::{self, Goodbye, Outgoing, Pace},
};
use crate::{
    auth::{EndReason, Session},
    http::{
        connections::Connection,
        credential::{Presented, authenticate},
        errors,
        execute::Question,
        gateway::{Gateway, caller},
        parameters,
        rate_limit::{Bucket, Rate},
        watchers::{CallerPlace, NodePlace, Way},
    },
};

/// Messages that wait for the writer. Whoever wants to add one waits as well, so memory does not grow.
const WAITING_MESSAGES: usize = 16;

/// How long a client may take to agree to a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Who has connected, as far as the handshake told.
pub(super) struct Client {
    /// Held to the end: an open socket is an open connection.
    pub(super) connection: Connection,
    /// A credential in the handshake, for clients that can set headers.
    pub(super) presented: Option<Presented>,
    pub(super) request_id: String,
    pub(super) _place: NodePlace,
}

/// How the conversation is over.
enum End {
    /// We end it.
    Close(Close),
    /// The client ended it.
    Closed,
    /// There is nobody there.
    Lost,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

type Ended = Pin<Box<dyn Future<Output = EndReason> + Send>>;

/// A client that has proven itself.
struct Member {
    session: Session,
    _place: CallerPlace,
}

/// Talks until one side ends it.
///
/// Boxed, so that it is in memory once, and not also in the future that waits for the upgrade.
pub(super) fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    socket: WebSocket,
    client: Client,
) -> BoxFuture<'static, ()> {
    converse(gateway, socket, client).boxed()
}

async fn converse<E: Executor>(gateway: Arc<Gateway<E>>, socket: WebSocket, client: Client) {
    let speaks_it = socket.protocol().is_some();
    let (sink, mut stream) = socket.split();
    let (messages, waiting) = mpsc::channel(WAITING_MESSAGES);
    let (goodbye, told) = oneshot::channel();
    let operations = Operations::default();
    let pace = Pace { stall: gateway.config.write_stall, heartbeat: gateway.config.heartbeat };
    let bell = operations.bell.clone();
    let writer = gateway.tasks.spawn(writer::write(sink, waiting, told, bell, pace));
    let end = if speaks_it {
        let mut conversation = Conversation::new(&gateway, client, messages, operations.clone());
        conversation.hold(&mut stream).await
    } else {
        let reason = format!("Subprotocol not acceptable; use {}", protocol::SUBPROTOCOL);
        End::Close(Close::new(Close::WRONG_SUBPROTOCOL, reason))
    };
    operations.cancel_all();

    let (last, oversize) = match end {
        End::Close(close) => {
            let oversize = close.code == Close::TOO_BIG;
            (Goodbye::Close(close), oversize)
        }
        End::Closed => (Goodbye::Agree, false),
        End::Lost => {
            writer.abort();
            return;
        }
    };
    // If the writer has given up, there is nobody to say goodbye to.
    drop(goodbye.send(last));
    drop(writer.await);
    if oversize {
        // What was not read makes the kernel reset the connection; the client should see the reason first.
        sleep(CLOSE_TIMEOUT / 4).await;
    }
    let agreed = async { while let Some(Ok(_)) = stream.next().await {} };
    drop(timeout(CLOSE_TIMEOUT, agreed).await);
}

struct Conversation<'a, E> {
    gateway: &'a Arc<Gateway<E>>,
    client: Client,
    messages: mpsc::Sender<Box<Outgoing>>,
    operations: Operations,
    member: Option<Member>,
    /// Resolves when the member may no longer stay.
    ended: Ended,
    begun: Instant,
    /// When the client was last heard, and when it was last asked whether it is there.
    heard: Instant,
    pinged: Instant,
    /// How fast it may talk.
    pace: Option<(Rate, Bucket)>,
    read_at: Instant,
}

impl<'a, E: Executor> Conversation<'a, E> {
    fn new(
        gateway: &'a Arc<Gateway<E>>,
        client: Client,
        messages: mpsc::Sender<Box<Outgoing>>,
        operations: Operations,
    ) -> Self {
        let now = Instant::now();
        let limits = &gateway.config.websocket;
        let pace = Rate::per_second(limits.messages_per_second, limits.messages_burst);
        Self {
            gateway,
            client,
            messages,
            operations,
            member: None,
            ended: std::future::pending().boxed(),
            begun: now,
            heard: now,
            pinged: now,
            pace: pace.map(|rate| (rate, rate.full(now))),
            read_at: now,
        }
    }

    async fn hold(&mut self, stream: &mut SplitStream<WebSocket>) -> End {
        let limits = &self.gateway.config.websocket;
        let gateway = self.gateway.clone();
        let leaving = async {
            gateway.stop.cancelled().await;
            // Not all at once: they will all come back.
            sleep(gateway.config.drain_spread.mul_f64(rand::random())).await;
        };
        let mut leaving = std::pin::pin!(leaving);
        let life_end = self.begun + limits.life.mul_f64(rand::random_range(0.9..1.1));
        loop {
            let (init_by, has_init) = (self.begun + limits.init_timeout, self.member.is_some());
            let asked = self.pinged > self.heard;
            let ping_or_pong =
                self.pinged + if asked { limits.pong_timeout } else { limits.ping_every };
            let messages = self.messages.clone();
            let may_read = self.read_at <= Instant::now();
            tokio::select! {
                biased;
                () = messages.closed() => return End::Lost,
                () = &mut leaving => return Close::new(Close::RESTART, "Server is restarting").into(),
                reason = &mut self.ended => return Close::new(Close::FORBIDDEN, reason.as_str()).into(),
                () = sleep_until(life_end) => return Close::new(Close::RESTART, "Time to reconnect").into(),
                () = sleep_until(init_by), if !has_init => {
                    return Close::new(Close::INIT_TIMEOUT, "Connection initialisation timeout").into();
                }
                () = sleep_until(ping_or_pong) => {
                    if asked {
                        return Close::new(Close::NO_PONG, "No answer to a ping").into();
                    }
                    self.pinged = Instant::now();
                    self.send(Message::Ping(axum::body::Bytes::new())).await;
                }
                () = sleep_until(self.read_at), if !may_read => {}
                message = stream.next(), if may_read => {
                    self.heard = Instant::now();
                    self.slow_down();
                    if let Err(end) = self.hear(message).await {
                        return end;
                    }
                }
            }
        }
    }

    /// A client that talks too fast is not cut off; it is listened to more slowly.
    fn slow_down(&mut self) {
        if let Some((rate, bucket)) = &mut self.pace {
            bucket.take(*rate, self.heard);
            self.read_at = self.heard + bucket.wait(*rate, self.heard);
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => {
                let most = self.gateway.config.websocket.id_bytes;
                let message = protocol::read(&text, most)?;
                // Boxed: most of the time a socket is idle, and has no room for this then.
                Box::pin(self.understand(message)).await
            }
            Some(Ok(Message::Binary(_))) => {
                Err(Close::new(Close::BAD_REQUEST, "Invalid message: it is not text").into())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Err(error)) if is_too_long(&error) => {
                Err(Close::new(Close::TOO_BIG, "The message is too long").into())
            }
            Some(Err(_)) | None => Err(End::Lost),
        }
    }

    async fn understand(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::Init(payload) => self.init(&payload).await?,
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload).await?,
            ClientMessage::Complete { id } => self.operations.cancel(&id),
            ClientMessage::Ping(payload) => self.say(protocol::pong(payload.as_ref())).await,
            ClientMessage::Pong => {}
        }
        Ok(())
    }

    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if self.member.is_some() {
            return Err(Close::new(Close::SECOND_INIT, "Too many initialisation requests"));
        }
        let presented = Presented::in_payload(payload).or_else(|| self.client.presented.clone());
        let Some(presented) = presented else {
            return Err(Close::new(Close::FORBIDDEN, "connection_init has no credential"));
        };
        let address = self.client.connection.address;
        let attempt = authenticate(self.gateway, &presented, address, &self.client.request_id);
        let session = match timeout(self.gateway.config.request_timeout, attempt).await {
            Ok(Ok(session)) => session,
            Ok(Err(error))
                if matches!(errors::code(&error), Some(errors::INTERNAL | errors::UNAVAILABLE)) =>
            {
                return Err(Close::new(Close::TRY_LATER, "The credential cannot be checked"));
            }
            Ok(Err(error)) => return Err(Close::new(Close::FORBIDDEN, error.message)),
            Err(_) => return Err(Close::new(Close::TRY_LATER, "The credential cannot be checked")),
        };
        let most = self.gateway.config.websocket.per_caller;
        let place = self.gateway.watchers.join(caller(session.viewer()), Way::Websocket, most);
        let Some(place) = place else {
            return Err(Close::new(Close::TRY_LATER, "Too many sockets of this caller or tenant"));
        };
        let watched = session.clone();
        self.ended = async move { watched.ended().await }.boxed();
        self.member = Some(Member { session, _place: place });
        self.say(protocol::ack()).await;
        Ok(())
    }

    async fn subscribe(&mut self, id: String, payload: Value) -> Result<(), Close> {
        let Some(Member { session, .. }) = &self.member else {
            return Err(Close::new(
                Close::UNAUTHORIZED,
                "Unauthorized: send connection_init first",
            ));
        };
        let config = &self.gateway.config;
        let parameters = parameters::from_value(payload, config).map_err(|bad| {
            Close::new(Close::BAD_REQUEST, format!("Invalid subscribe: {}", bad.0))
        })?;
        let most = config.websocket.operations;
        let outlet = |cancel| Outlet {
            id: id.clone(),
            cancel,
            operations: self.operations.clone(),
            messages: self.messages.clone(),
            most_bytes: config.websocket.write_buffer_bytes / 2,
            counters: self.gateway.app.tails.counters().clone(),
        };
        let cancel = match self.operations.begin(&id, most) {
            Ok(cancel) => cancel,
            Err(NotBegun::Duplicate) => {
                let reason = format!("Subscriber for {id} already exists");
                return Err(Close::new(Close::DUPLICATE_ID, reason));
            }
            Err(NotBegun::TooMany) => {
                let message = format!("The socket has {most} operations; no more are possible.");
                let error = errors::coded(errors::LIMIT_EXCEEDED, message);
                outlet(tokio_util::sync::CancellationToken::new()).refuse(error).await;
                return Ok(());
            }
        };
        let outlet = outlet(cancel);
        match Question::read(parameters, &self.gateway.documents) {
            Ok(question) => {
                let request_id = self.client.request_id.clone();
                let carried = operation::run(
                    self.gateway.clone(),
                    question,
                    session.clone(),
                    outlet,
                    request_id,
                );
                self.gateway.tasks.spawn(carried);
            }
            Err(error) => outlet.refuse(error).await,
        }
        Ok(())
    }

    async fn say(&mut self, text: String) {
        self.send(Message::Text(text.into())).await;
    }

    async fn send(&mut self, message: Message) {
        // A writer that has gone is noticed in the loop.
        drop(self.messages.send(Box::new(Outgoing::Message(message))).await);
    }
}

fn is_too_long(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<SocketError>());
    matches!(cause, Some(SocketError::Capacity(CapacityError::MessageTooLong { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_too_long_is_told_from_a_lost_client() {
        let too_long = CapacityError::MessageTooLong { size: 2, max_size: 1 };
        assert!(is_too_long(&Error::new(SocketError::Capacity(too_long))));
        assert!(!is_too_long(&Error::new(SocketError::ConnectionClosed)));
    }
}
