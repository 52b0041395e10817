//! A client of `graphql-transport-ws` with one feed on it.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig,
    },
};

const PATIENCE: Duration = Duration::from_secs(6);
/// A server that shows a sign of life each second and is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(8);
const FEED: &str = "feed";

pub(super) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

/// What a server says.
#[derive(Debug)]
pub(super) enum Heard {
    /// The payload of an answer.
    Next(Value),
    /// How far the feed has come.
    Cursor(String),
    /// The feed is over: with errors, or without.
    Ended(Vec<Value>),
    /// The socket is over; 1006 where no reason was given.
    Closed(u16),
    /// Something that a watcher does not care about.
    Noise,
}

impl Socket {
    /// Connects and proves itself.
    pub(super) async fn open(node: SocketAddr, key: &str) -> anyhow::Result<Self> {
        timeout(PATIENCE, async {
            let stream = TcpStream::connect(node).await?;
            stream.set_nodelay(true)?;
            let mut request = format!("ws://{node}/graphql").into_client_request()?;
            let protocol = HeaderValue::from_static("graphql-transport-ws");
            request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
            let config = WebSocketConfig::default().read_buffer_size(8 * 1024);
            let (stream, _) = client_async_with_config(request, stream, Some(config)).await?;
            let mut socket = Self { stream };
            socket.say(&json!({ "type": "connection_init", "payload": { "token": key } })).await?;
            let answer = socket.stream.next().await.context("closed at once")??;
            if answer.to_text()? != r#"{"type":"connection_ack"}"# {
                bail!("not let in: {answer}");
            }
            Ok(socket)
        })
        .await?
    }

    pub(super) async fn subscribe(&mut self, query: &str, variables: &Value) -> anyhow::Result<()> {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "type": "subscribe", "id": FEED, "payload": payload })).await
    }

    /// Waits for what the server says next. May be dropped while it waits.
    pub(super) async fn hear(&mut self) -> Heard {
        match timeout(SILENCE, self.stream.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => {
                let Ok(mut message) = serde_json::from_str::<Value>(&text) else {
                    return Heard::Closed(1006);
                };
                let payload = message["payload"].take();
                match message["type"].as_str() {
                    Some("next") => Heard::Next(payload),
                    Some("error") => Heard::Ended(payload.as_array().cloned().unwrap_or_default()),
                    Some("complete") => Heard::Ended(Vec::new()),
                    Some("ping") => match payload["cursors"][FEED].as_str() {
                        Some(cursor) => Heard::Cursor(cursor.to_owned()),
                        None => Heard::Noise,
                    },
                    _ => Heard::Noise,
                }
            }
            Ok(Some(Ok(Message::Close(frame)))) => {
                Heard::Closed(frame.map_or(1005, |frame| frame.code.into()))
            }
            Ok(Some(Ok(_))) => Heard::Noise,
            Ok(Some(Err(_)) | None) | Err(_) => Heard::Closed(1006),
        }
    }

    /// Ends the feed and the socket as a client should.
    pub(super) async fn close(mut self) {
        let farewell = async {
            self.say(&json!({ "type": "complete", "id": FEED })).await?;
            self.stream.close(None).await.map_err(anyhow::Error::from)
        };
        // Whoever is gone need not be told.
        drop(timeout(Duration::from_secs(1), farewell).await);
    }

    async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }
}
