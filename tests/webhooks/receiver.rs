//! A receiver of webhooks, which behaves as a test says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, header::LOCATION},
    response::IntoResponse,
};
use futures_util::stream;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::{net::TcpListener, task::JoinHandle};

/// What a receiver does with a message, which it has noted.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    /// Answers with a status.
    Answer(u16),
    /// Answers with a status and a text, after a while.
    Say(u16, String, Duration),
    /// Sends the sender elsewhere.
    Redirect(String),
    /// Says nothing.
    Hang,
    /// Says the same for ever.
    Flood,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) headers: HeaderMap,
    pub(super) text: Bytes,
    pub(super) body: Value,
}

impl Message {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(super) fn signatures(&self) -> Vec<&str> {
        self.header("webhook-signature").split(' ').collect()
    }

    /// What the official library signs the message with.
    pub(super) fn signed_with(&self, secret: &str) -> String {
        let timestamp = self.header("webhook-timestamp").parse().unwrap();
        Webhook::new(secret).unwrap().sign(self.id(), timestamp, &self.text).unwrap()
    }
}

pub(super) struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

struct Inner {
    manner: Mutex<Manner>,
    messages: Mutex<Vec<Message>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let inner = Inner { manner: Mutex::new(Manner::Answer(204)), messages: Mutex::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, inner) = (listener.local_addr().unwrap(), Arc::new(inner));
        let router = Router::new().fallback(receive).with_state(inner.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inner, serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://localhost:{}/hooks?for=me", self.address.port())
    }

    pub(super) fn behave(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap() = manner;
    }

    /// Answers with JSON.
    pub(super) fn say(&self, answer: &Value) {
        self.behave(Manner::Say(200, answer.to_string(), Duration::ZERO));
    }

    /// All that came, in the order in which it came.
    pub(super) fn messages(&self) -> Vec<Message> {
        self.inner.messages.lock().unwrap().clone()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.messages().iter().map(|message| message.id().to_owned()).collect()
    }

    /// Forgets what came.
    pub(super) fn forget(&self) {
        self.inner.messages.lock().unwrap().clear();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    text: Bytes,
) -> Response<Body> {
    let body = serde_json::from_slice(&text).unwrap();
    inner.messages.lock().unwrap().push(Message { headers, text, body });
    let manner = inner.manner.lock().unwrap().clone();
    let answer = Response::builder();
    match manner {
        Manner::Answer(status) => answer.status(status).body(Body::from("so\0be it")).unwrap(),
        Manner::Say(status, text, after) => {
            tokio::time::sleep(after).await;
            answer.status(status).body(Body::from(text)).unwrap()
        }
        Manner::Redirect(to) => {
            answer.status(307).header(LOCATION, to).body(Body::empty()).unwrap()
        }
        Manner::Hang => std::future::pending().await,
        Manner::Flood => {
            let same = || Ok::<_, std::io::Error>(Bytes::from_static(&[b'a'; 1024]));
            Body::from_stream(stream::repeat_with(same)).into_response()
        }
    }
}
