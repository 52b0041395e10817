//! What stands between clients and a node: it passes bytes on, until it is told to cut, delay or hold them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

const BUFFER: usize = 16 * 1024;

/// A proxy on an address of its own. Ends when dropped.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    delay: watch::Sender<Duration>,
    held: watch::Sender<bool>,
    /// Rises when all connections are to be cut.
    cuts: watch::Sender<u64>,
    cut: AtomicU64,
    delayed: AtomicU64,
    kept_waiting: AtomicU64,
}

impl Proxy {
    pub(super) async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let accepting = tokio::spawn(accept(listener, target, shared.clone()));
        Ok(Self { address, shared, accepting })
    }

    /// Cuts every connection in the middle of whatever it carries; says what shows it.
    pub(super) async fn cut(&self) -> Option<String> {
        let before = self.shared.cut.load(Ordering::Relaxed);
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
        sleep(Duration::from_millis(200)).await;
        let cut = self.shared.cut.load(Ordering::Relaxed) - before;
        (cut > 0).then(|| format!("{cut} connections cut"))
    }

    /// Passes everything on later, for a while.
    pub(super) async fn delay(&self, by: Duration, length: Duration) -> Option<String> {
        let before = self.shared.delayed.load(Ordering::Relaxed);
        self.shared.delay.send_replace(by);
        sleep(length).await;
        self.shared.delay.send_replace(Duration::ZERO);
        let delayed = self.shared.delayed.load(Ordering::Relaxed) - before;
        (delayed > 0).then(|| format!("{delayed} pieces delayed by {by:?}"))
    }

    /// Passes nothing on for a while, as if nobody read.
    pub(super) async fn hold(&self, length: Duration) -> Option<String> {
        let before = self.shared.kept_waiting.load(Ordering::Relaxed);
        self.shared.held.send_replace(true);
        sleep(length).await;
        self.shared.held.send_replace(false);
        let waited = self.shared.kept_waiting.load(Ordering::Relaxed) - before;
        (waited > 0).then(|| format!("{waited} pieces held for up to {length:?}"))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        tokio::spawn(carry(client, target, shared.clone()));
    }
}

/// Carries one connection until one side ends it or it is cut.
async fn carry(client: TcpStream, target: SocketAddr, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    let Ok(server) = TcpStream::connect(target).await else { return };
    // Small messages should not wait for one another, and a delay of ours should be the only one.
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, &shared) => {}
        () = pump(from_server, to_client, &shared) => {}
        _ = cuts.changed() => {
            shared.cut.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) {
    let mut buffer = vec![0; BUFFER];
    let mut held = shared.held.subscribe();
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let delay = *shared.delay.borrow();
        if !delay.is_zero() {
            shared.delayed.fetch_add(1, Ordering::Relaxed);
            sleep(delay).await;
        }
        if *held.borrow() {
            shared.kept_waiting.fetch_add(1, Ordering::Relaxed);
            if held.wait_for(|held| !held).await.is_err() {
                return;
            }
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
