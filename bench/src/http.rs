//! A client that costs little, because it shares the machine with what it measures: HTTP/1.1, one connection, one
//! request at a time.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the body of its answer, which must be good.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.send(request, true).await
    }

    /// Sends a request and reads the body of its answer, which may be a refusal.
    pub(crate) async fn answer(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.send(request, false).await
    }

    async fn send(&mut self, request: &[u8], must_be_good: bool) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let (head, length) = loop {
            self.receive().await?;
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = str::from_utf8(&self.read[..end])?;
                let good = head.starts_with("HTTP/1.1 200");
                ensure!(good || !must_be_good, "the server answers {head}");
                break (end + 4, content_length(head)?);
            }
        };
        while self.read.len() < head + length {
            self.receive().await?;
        }
        Ok(&self.read[head..head + length])
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        ensure!(
            self.stream.read_buf(&mut self.read).await? > 0,
            "the server closed the connection"
        );
        Ok(())
    }
}

fn content_length(head: &str) -> anyhow::Result<usize> {
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    bail!("the answer does not say how long it is: {head}")
}

/// A request with a GraphQL document.
pub(crate) fn graphql(key: &str, query: &str, variables: &Value) -> Vec<u8> {
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    post("/graphql", &format!("Authorization: Bearer {key}\r\n"), &body)
}

pub(crate) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

/// Whether a GraphQL answer has no errors.
pub(crate) fn is_good(answer: &[u8]) -> bool {
    serde_json::from_slice::<Value>(answer).is_ok_and(|answer| answer.get("errors").is_none())
}

/// The `data` of a GraphQL answer without errors.
pub(crate) fn data(answer: &[u8]) -> anyhow::Result<Value> {
    let mut answer: Value = serde_json::from_slice(answer)?;
    ensure!(answer.get("errors").is_none(), "the server answers {answer}");
    Ok(answer["data"].take())
}
