//! One websocket, from its first message to its last.

use std::{error::Error as _, net::IpAddr, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    Error,
    body::Bytes,
    extract::ws::{Message, WebSocket},
};
use domain::viewer::Viewer;
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value, value::RawValue};
use tokio::time::{Instant, sleep_until, timeout};
use tungstenite::error::{CapacityError, Error as SocketError};

use super::{
    follower::{Follower, Followers},
    operation::{self, NotBegun, Operations, Outgoing, Outlet},
    peer::{Gone, Peer},
    protocol::{self, ClientMessage, Close},
};
use crate::{
    auth::EndReason,
    graphql::request::TraceId,
    http::{
        answer,
        caller::caller,
        connections::ConnectionPermit,
        credential::{Presented, authenticate},
        errors, execute,
        gateway::Gateway,
        live::Watch,
        parameters::{self, BadRequest},
        question::Question,
        rate_limit::{Bucket, Rate},
        watchers::{CallerPermit, NodePermit, Way},
    },
};

/// How many rounds of messages a socket sends before it looks at its other work.
const MOST_ROUNDS: usize = 16;

/// The grain of the timers of sockets, so that they are due together: to wake a thread costs more than one socket's
/// work.
const TOGETHER: Duration = Duration::from_millis(250);

/// The client, as its handshake describes it.
pub(super) struct Client {
    pub(super) address: IpAddr,
    /// A credential in the handshake, for clients that can set headers.
    pub(super) presented: Option<Presented>,
    pub(super) request_id: String,
    pub(super) trace_id: Option<TraceId>,
    /// Held to the end: an open socket is an open connection.
    pub(super) _permits: (Vec<Arc<ConnectionPermit>>, NodePermit),
}

/// The end of a conversation.
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

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Lost
    }
}

/// A client that has proven itself.
struct Member {
    viewer: Arc<Viewer>,
    _permit: CallerPermit,
}

/// Talks until one side ends it.
pub(super) fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    socket: WebSocket,
    client: Client,
) -> impl Future<Output = ()> + Send {
    let speaks_it = socket.protocol().is_some();
    // Made out here: a value that is moved within a future is stored in it twice.
    let mut peer = Peer::new(socket, gateway.config.write_stall);
    let mut conversation = Conversation::new(gateway, client);
    async move {
        let end = if speaks_it {
            conversation.hold(&mut peer).await
        } else {
            let reason = format!("Subprotocol not acceptable; use {}", protocol::SUBPROTOCOL);
            Close::new(Close::WRONG_SUBPROTOCOL, reason).into()
        };
        drop(conversation);
        match end {
            End::Close(close) => peer.close(Some(close)).await,
            End::Closed => peer.close(None).await,
            End::Lost => {}
        }
    }
}

struct Conversation<E> {
    gateway: Arc<Gateway<E>>,
    client: Client,
    operations: Arc<Operations>,
    followers: Followers,
    member: Option<Member>,
    /// Resolves when the member may no longer stay.
    ended: BoxFuture<'static, EndReason>,
    /// When the client must have sent `connection_init`; none once it has.
    init_by: Option<Instant>,
    /// When it is asked to come back on another socket, and why.
    leave_at: Instant,
    why_leave: &'static str,
    /// When the cursors of its feeds are sent next.
    heartbeat: Instant,
    /// When it was last heard, and when it was last asked whether it is there.
    heard: Instant,
    pinged: Instant,
    /// How fast it may talk.
    pace: Option<(Rate, Bucket)>,
    read_at: Instant,
}

impl<E: Executor> Conversation<E> {
    fn new(gateway: Arc<Gateway<E>>, client: Client) -> Self {
        let now = Instant::now();
        let limits = &gateway.config.websocket;
        let pace = Rate::per_second(limits.messages_per_second, limits.messages_burst);
        Self {
            client,
            operations: Arc::default(),
            followers: Followers::default(),
            member: None,
            ended: std::future::pending().boxed(),
            init_by: Some(now + limits.init_timeout),
            leave_at: now + limits.life.mul_f64(rand::random_range(0.9..1.1)),
            why_leave: "Time to reconnect",
            heartbeat: now + gateway.config.heartbeat,
            heard: now,
            pinged: now,
            pace: pace.map(|rate| (rate, rate.full(now))),
            read_at: now,
            gateway,
        }
    }

    async fn hold(&mut self, peer: &mut Peer) -> End {
        let gateway = self.gateway.clone();
        let mut stopped = std::pin::pin!(gateway.stop.cancelled());
        let mut is_stopping = false;
        // One for all that is due some time: each of its own would be most of what an idle socket takes.
        let mut timer = std::pin::pin!(sleep_until(self.leave_at));
        let mut was_rung = false;
        loop {
            let more = match self.send_pending(peer).await {
                Ok(more) => more,
                Err(Gone) => return End::Lost,
            };
            let now = Instant::now();
            let due = self.due(now);
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            let may_read = self.read_at <= now;
            let rung = std::mem::take(&mut was_rung);
            let done = tokio::select! {
                biased;
                // Mostly it is the bell, and then there is no need to look at the rest, unless it rings all the time.
                () = self.operations.bell.notified(), if !rung => {
                    was_rung = true;
                    Ok(())
                }
                () = &mut stopped, if !is_stopping => {
                    is_stopping = true;
                    // Not all at once: they will all come back.
                    let spread = gateway.config.drain_spread.mul_f64(rand::random());
                    self.leave_at = self.leave_at.min(Instant::now() + spread);
                    self.why_leave = "Server is restarting";
                    Ok(())
                }
                reason = &mut self.ended => Err(Close::new(Close::FORBIDDEN, reason.as_str()).into()),
                () = &mut timer => self.look_at_the_clock(peer).await,
                message = peer.next(), if may_read => self.receive(message, peer).await,
                () = self.operations.bell.notified(), if rung => Ok(()),
                () = std::future::ready(()), if more => Ok(()),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Sends pending messages, but not for ever; whether there may be more at once.
    async fn send_pending(&mut self, peer: &mut Peer) -> Result<bool, Gone> {
        for _ in 0..MOST_ROUNDS {
            if !self.send_one_each(peer).await? {
                peer.flush().await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sends one message of an operation and one of each follower; whether there may be more at once.
    async fn send_one_each(&mut self, peer: &mut Peer) -> Result<bool, Gone> {
        let sent = self.send_outgoing(peer).await?;
        let delivered = self.followers.deliver(peer).await?;
        for (Follower { viewer, outlet, following }, at) in delivered.behind {
            let (watch, question) = (self.watch(viewer), following.question());
            self.gateway.tasks.spawn(operation::backfill(watch, question, outlet, at));
        }
        Ok(sent || delivered.more)
    }

    /// Sends the first message in the queue of the operations; whether there was one.
    async fn send_outgoing(&mut self, peer: &mut Peer) -> Result<bool, Gone> {
        match self.operations.next() {
            Some(Outgoing::Answer { message, operation }) => {
                if !operation.is_cancelled() {
                    peer.send(message).await?;
                }
            }
            Some(Outgoing::Follow(follower)) => self.followers.add(*follower),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// When it is time to look at the clock again.
    fn due(&self, now: Instant) -> Instant {
        let Gateway { config, .. } = &*self.gateway;
        let heartbeat =
            (!self.followers.is_empty()).then(|| self.together(self.heartbeat, config.heartbeat));
        let read_at = (self.read_at > now).then_some(self.read_at);
        let ping_or_pong = self.together(self.ping_or_pong(), config.websocket.ping_every);
        let others = [self.init_by, heartbeat, read_at];
        others.into_iter().flatten().fold(self.leave_at.min(ping_or_pong), Instant::min)
    }

    /// The next moment for what is due by then and happens so often: the same one for many sockets.
    fn together(&self, by: Instant, every: Duration) -> Instant {
        let grain = TOGETHER.min(every / 16).as_nanos().max(1);
        let past = by.duration_since(self.gateway.started).as_nanos() % grain;
        by + Duration::from_nanos_u128(grain - past)
    }

    /// When the client is to be asked whether it is there, or must have answered.
    fn ping_or_pong(&self) -> Instant {
        let limits = &self.gateway.config.websocket;
        if self.is_asked() {
            self.pinged + limits.pong_timeout
        } else {
            self.heard + limits.ping_every
        }
    }

    fn is_asked(&self) -> bool {
        self.pinged > self.heard
    }

    /// Does what is due.
    async fn look_at_the_clock(&mut self, peer: &mut Peer) -> Result<(), End> {
        let now = Instant::now();
        if self.leave_at <= now {
            return Err(Close::new(Close::RESTART, self.why_leave).into());
        }
        if self.init_by.is_some_and(|init_by| init_by <= now) {
            let reason = "Connection initialisation timeout";
            return Err(Close::new(Close::INIT_TIMEOUT, reason).into());
        }
        if self.heartbeat <= now {
            self.heartbeat = now + self.gateway.config.heartbeat;
            self.followers.send_cursors(peer).await?;
        }
        if self.ping_or_pong() <= now {
            if self.is_asked() {
                // While something was being written for long, nothing was read.
                let Some(message) = peer.next().now_or_never() else {
                    return Err(Close::new(Close::NO_PONG, "No answer to a ping").into());
                };
                return self.receive(message, peer).await;
            }
            self.pinged = now;
            peer.send(Message::Ping(Bytes::new())).await?;
        }
        Ok(())
    }

    /// A client that talks too fast is not cut off; it is listened to more slowly.
    fn slow_down(&mut self) {
        if let Some((rate, bucket)) = &mut self.pace {
            bucket.take(*rate, self.heard);
            self.read_at = self.heard + bucket.wait(*rate, self.heard);
        }
    }

    async fn receive(
        &mut self,
        message: Option<Result<Message, Error>>,
        peer: &mut Peer,
    ) -> Result<(), End> {
        self.heard = Instant::now();
        self.slow_down();
        match message {
            Some(Ok(Message::Text(text))) => {
                let most = self.gateway.config.websocket.id_bytes;
                let message = protocol::read(&text, most)?;
                // Boxed: most of the time a socket is idle, and has no room for this then.
                Box::pin(self.handle(message, peer)).await
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

    async fn handle(&mut self, message: ClientMessage, peer: &mut Peer) -> Result<(), End> {
        match message {
            ClientMessage::Init(payload) => {
                self.init(&payload).await?;
                peer.send(Message::Text(protocol::ack().into())).await?;
            }
            ClientMessage::Subscribe { id, payload } => {
                if let Some(refusal) = self.subscribe(&id, payload.as_deref())? {
                    peer.send(refusal).await?;
                }
            }
            ClientMessage::Complete { id } => self.operations.cancel(&id),
            ClientMessage::Ping(payload) => {
                peer.send(Message::Text(protocol::pong(payload.as_deref()).into())).await?;
            }
            ClientMessage::Pong => {}
        }
        Ok(())
    }

    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if self.member.is_some() {
            return Err(Close::new(Close::SECOND_INIT, "Too many initialisation requests"));
        }
        let presented = Presented::in_payload(payload).or_else(|| self.client.presented.take());
        let Some(presented) = presented else {
            return Err(Close::new(Close::FORBIDDEN, "connection_init has no credential"));
        };
        let Client { address, request_id, .. } = &self.client;
        let attempt = authenticate(&self.gateway, &presented, *address, request_id);
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
        let permit = self.gateway.watchers.join(caller(session.viewer()), Way::Websocket, most);
        let Some(permit) = permit else {
            return Err(Close::new(Close::TRY_LATER, "Too many sockets of this caller or tenant"));
        };
        self.member = Some(Member { viewer: session.viewer().clone(), _permit: permit });
        self.ended = async move { session.ended().await }.boxed();
        self.init_by = None;
        Ok(())
    }

    /// Begins an operation, or gives what to answer instead.
    fn subscribe(
        &mut self,
        id: &str,
        payload: Option<&RawValue>,
    ) -> Result<Option<Message>, Close> {
        let Some(Member { viewer, .. }) = &self.member else {
            return Err(Close::new(
                Close::UNAUTHORIZED,
                "Unauthorized: send connection_init first",
            ));
        };
        let config = &self.gateway.config;
        let most = config.websocket.operations;
        let cancel = match self.operations.begin(id, most) {
            Ok(cancel) => cancel,
            Err(NotBegun::Duplicate) => {
                let reason = format!("Subscriber for {id} already exists");
                return Err(Close::new(Close::DUPLICATE_ID, reason));
            }
            Err(NotBegun::TooMany) => {
                let message = format!("The socket has {most} operations; no more are possible.");
                let error = errors::coded(errors::LIMIT_EXCEEDED, message);
                let errors = answer::encode_errors(&[error]);
                return Ok(Some(Message::Text(protocol::error(id, &errors).into())));
            }
        };
        let outlet = Outlet {
            id: id.to_owned(),
            cancel,
            operations: self.operations.clone(),
            most_bytes: config.websocket.write_buffer_bytes / 2,
            counters: self.gateway.app.tails.counters().clone(),
        };
        if let Err(error) = execute::may_ask(&self.gateway, viewer) {
            return Ok(Some(outlet.refusal(error)));
        }
        let payload = payload.map_or("null", RawValue::get);
        let parameters = match parameters::from_json(payload.as_bytes(), config) {
            Ok(parameters) => parameters,
            Err(BadRequest::Malformed(reason)) => {
                let reason = format!("Invalid subscribe: {reason}");
                return Err(Close::new(Close::BAD_REQUEST, reason));
            }
            Err(bad @ (BadRequest::Unusable(_) | BadRequest::HashOnly)) => {
                execute::count_refusal(&self.gateway, viewer);
                return Ok(Some(outlet.refusal(bad.into_error())));
            }
        };
        let trace_id = parameters.trace_id.clone().or_else(|| self.client.trace_id.clone());
        let question = match Question::read(parameters, &self.gateway.documents) {
            Ok(question) => question,
            Err(errors) => {
                execute::count_refusal(&self.gateway, viewer);
                return Ok(Some(outlet.failure(&answer::encode_errors(&errors))));
            }
        };
        let watch = Watch { trace_id, ..self.watch(viewer.clone()) };
        self.gateway.tasks.spawn(operation::run(watch, question, outlet));
        Ok(None)
    }

    fn watch(&self, viewer: Arc<Viewer>) -> Watch<E> {
        Watch {
            gateway: self.gateway.clone(),
            viewer,
            request_id: self.client.request_id.clone(),
            trace_id: None,
            bell: self.operations.bell.clone(),
        }
    }
}

impl<E> Drop for Conversation<E> {
    fn drop(&mut self) {
        self.operations.close();
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
