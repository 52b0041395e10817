//! Clients that ask again as soon as they are answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};

use crate::{http::Connection, sample::Sample};

/// What a load showed.
#[derive(Clone, Debug)]
pub(crate) struct Throughput {
    pub(crate) per_second: f64,
    pub(crate) latency: Sample,
}

impl Throughput {
    pub(crate) fn of(latency: Sample, elapsed: Duration) -> Self {
        let per_second = latency.count() as f64 / elapsed.as_secs_f64();
        Self { per_second, latency }
    }
}

/// Where requests come from, and what becomes of the answers. Shared by all connections.
pub(crate) trait Requests: Send + Sync + 'static {
    /// The next one; none: the load ends.
    fn next(&self) -> Option<Arc<[u8]>>;

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()>;

    /// Whether an answer with a status other than 200 is one.
    fn may_be_refused(&self) -> bool {
        false
    }
}

/// The same few requests in turn. Their answers were looked at before.
pub(crate) struct Always {
    requests: Vec<Arc<[u8]>>,
    turn: AtomicUsize,
    /// What every answer begins with.
    beginning: &'static [u8],
}

impl Always {
    pub(crate) fn new(requests: Vec<Vec<u8>>) -> Arc<Self> {
        Self::with(requests, b"{\"data\":{")
    }

    /// The same for what is not asked in GraphQL.
    pub(crate) fn whatever_is_answered(requests: Vec<Vec<u8>>) -> Arc<Self> {
        Self::with(requests, b"")
    }

    fn with(requests: Vec<Vec<u8>>, beginning: &'static [u8]) -> Arc<Self> {
        let requests = requests.into_iter().map(Into::into).collect();
        Arc::new(Self { requests, turn: AtomicUsize::new(0), beginning })
    }
}

impl Requests for Always {
    fn next(&self) -> Option<Arc<[u8]>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.requests.get(turn % self.requests.len().max(1)).cloned()
    }

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()> {
        let good = answer.starts_with(self.beginning);
        anyhow::ensure!(good, "this is no answer: {}", answer.escape_ascii());
        Ok(())
    }
}

/// Sends requests over so many connections for so long.
pub(crate) async fn drive(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    requests: Arc<impl Requests>,
) -> anyhow::Result<Throughput> {
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for mut connection in opened {
        let requests = requests.clone();
        clients.spawn(async move {
            let mut latencies = Vec::new();
            let mut sent = Instant::now();
            while sent < begun + duration
                && let Some(request) = requests.next()
            {
                let answer = if requests.may_be_refused() {
                    connection.answer(&request).await?
                } else {
                    connection.exchange(&request).await?
                };
                let answered = Instant::now();
                requests.answered(answer)?;
                latencies.push(answered - sent);
                sent = Instant::now();
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(client) = clients.join_next().await {
        latencies.extend(client??);
    }
    Ok(Throughput::of(Sample::of(latencies), begun.elapsed()))
}
