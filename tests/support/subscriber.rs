//! A client of `graphql-transport-ws`.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that has been let in.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects and waits for the acknowledgement.
    pub(crate) async fn open(address: SocketAddr, key: &str) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let (stream, _) = connect_async(request).await.unwrap();
        let mut socket = Self { stream };
        socket.send(&json!({ "type": "connection_init", "payload": { "token": key } })).await;
        assert_eq!(socket.receive().await["type"], "connection_ack");
        socket
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.stream.send(Message::text(message.to_string())).await.unwrap();
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
