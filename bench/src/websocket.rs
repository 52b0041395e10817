//! A watcher that costs little, because ten thousand of them share the machine with what they watch.
//!
//! It understands what a server sends that does nothing unusual: text and ping frames, unfragmented.

use std::net::SocketAddr;

use anyhow::{bail, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FINAL: u8 = 0x80;
/// Instead of a length: the length follows in two bytes.
const TWO_BYTES: u8 = 0x7E;
const MASKED: u8 = 0x80;

pub(crate) struct Watcher {
    stream: TcpStream,
    read: Vec<u8>,
    /// Where in `read` the next frame begins.
    at: usize,
}

impl Watcher {
    /// Opens a socket at a path and speaks a subprotocol; an empty one is none.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        protocol: &str,
    ) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut watcher = Self { stream, read: Vec::new(), at: 0 };
        let protocol = if protocol.is_empty() {
            String::new()
        } else {
            format!("Sec-WebSocket-Protocol: {protocol}\r\n")
        };
        // Any key will do: what the server makes of it is not checked.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n"
        );
        watcher.stream.write_all(request.as_bytes()).await?;
        loop {
            watcher.receive().await?;
            if let Some(end) = watcher.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&watcher.read[..end]);
                ensure!(head.starts_with("HTTP/1.1 101"), "the server answers {head}");
                watcher.at = end + 4;
                return Ok(watcher);
            }
        }
    }

    /// Proves who it is and opens a feed.
    pub(crate) async fn subscribe(
        address: SocketAddr,
        key: &str,
        query: &str,
        variables: &serde_json::Value,
    ) -> anyhow::Result<Self> {
        let mut watcher = Self::open(address, "/graphql", "graphql-transport-ws").await?;
        let init = json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {key}") } });
        watcher.send(TEXT, init.to_string().as_bytes()).await?;
        let acknowledged = watcher.next().await?;
        ensure!(contains(acknowledged, b"connection_ack"), "no acknowledgement");
        let payload = json!({ "query": query, "variables": variables });
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
        watcher.send(TEXT, subscribe.to_string().as_bytes()).await?;
        Ok(watcher)
    }

    /// Sends a text.
    pub(crate) async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        self.send(TEXT, text.as_bytes()).await
    }

    /// The next text; pings are answered meanwhile.
    pub(crate) async fn next(&mut self) -> anyhow::Result<&[u8]> {
        loop {
            let Some((kind, start, end)) = self.frame()? else {
                self.receive().await?;
                continue;
            };
            self.at = end;
            match kind {
                TEXT => return Ok(&self.read[start..end]),
                PING => {
                    let payload = self.read[start..end].to_vec();
                    self.send(PONG, &payload).await?;
                }
                CLOSE => bail!("closed: {}", self.read[start..end].escape_ascii()),
                _ => {}
            }
        }
    }

    /// Takes what was read already out of the way, and gives back the memory that it took.
    async fn receive(&mut self) -> anyhow::Result<()> {
        self.read.drain(..self.at);
        self.at = 0;
        if self.read.is_empty() {
            self.read = Vec::new();
            self.stream.readable().await?;
        }
        self.read.reserve(2_048);
        ensure!(
            self.stream.read_buf(&mut self.read).await? > 0,
            "the server closed the connection"
        );
        Ok(())
    }

    /// The kind of the next frame and where its payload lies, once all of it has arrived.
    fn frame(&self) -> anyhow::Result<Option<(u8, usize, usize)>> {
        let bytes = &self.read[self.at..];
        let (head, length) = match bytes {
            [_, TWO_BYTES, a, b, ..] => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            [_, TWO_BYTES, ..] | [] | [_] => return Ok(None),
            [_, 127, ..] => bail!("a frame is too long"),
            [_, length, ..] => (2, usize::from(*length)),
        };
        let start = self.at + head;
        let whole = self.read.len() >= start + length;
        Ok(whole.then(|| (self.read[self.at] & 0x0F, start, start + length)))
    }

    async fn send(&mut self, kind: u8, payload: &[u8]) -> anyhow::Result<()> {
        let mut frame = vec![FINAL | kind];
        match u8::try_from(payload.len()) {
            Ok(length) if length < TWO_BYTES => frame.push(MASKED | length),
            _ => {
                frame.push(MASKED | TWO_BYTES);
                frame.extend(u16::try_from(payload.len())?.to_be_bytes());
            }
        }
        // Masked with zeros, which leaves the payload as it is.
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await?;
        Ok(())
    }
}

pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
