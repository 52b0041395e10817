//! A client of `graphql-transport-ws`.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, Request},
    },
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that has been let in.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects and waits for the acknowledgement.
    pub(crate) async fn open(address: SocketAddr, key: &str) -> Self {
        let mut socket = Self::connect(request(address)).await.unwrap();
        socket.send(&json!({ "type": "connection_init", "payload": { "token": key } })).await;
        assert_eq!(socket.receive().await["type"], "connection_ack");
        socket
    }

    /// Connects as a page of this origin does, and says nothing yet.
    pub(crate) async fn connect_from(address: SocketAddr, origin: &str) -> Result<Self, Error> {
        let mut request = request(address);
        request.headers_mut().insert("Origin", HeaderValue::from_str(origin).unwrap());
        Self::connect(request).await
    }

    /// Connects with this request, and says nothing yet.
    pub(crate) async fn connect(request: Request<()>) -> Result<Self, Error> {
        let (stream, _) = connect_async(request).await?;
        Ok(Self { stream })
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.say(message.to_string()).await;
    }

    /// Sends a text as it is.
    pub(crate) async fn say(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// The next message of the protocol, other than a ping.
    pub(crate) async fn receive(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.unwrap().unwrap().unwrap();
            if let Message::Text(text) = message {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["type"] != "ping" {
                    return message;
                }
            } else if let Message::Close(frame) = message {
                panic!("the server closed the socket: {frame:?}");
            }
        }
    }

    /// The payload of the next event of a feed.
    pub(crate) async fn next(&mut self) -> Value {
        let mut message = self.receive().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"].take()
    }

    /// The code with which the server closes the socket.
    pub(crate) async fn closed_with(&mut self) -> u16 {
        timeout(PATIENCE, async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return 1006,
                }
            }
        })
        .await
        .unwrap()
    }
}

/// The request for a socket.
pub(crate) fn request(address: SocketAddr) -> Request<()> {
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
    request
}
