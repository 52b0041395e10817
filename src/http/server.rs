//! The accept loop: lets connections in, limits them, and sees them off when the server stops.
//!
//! Our own, because `axum::serve` gives hyper no timer, and without one hyper waits for headers for ever.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;
use tracing::{debug, info, warn};

use super::{
    config::HttpConfig,
    connections::{Connection, Connections, TooMany},
    forwarded::{client, is_proxy},
};
use crate::{metrics::Metrics, seldom::Seldom};

const MOST_HEADERS: usize = 64;
/// Long enough for a document of the allowed size in an address, with the headers beside it, which have a limit of their
/// own.
const MOST_HEAD_BYTES: u32 = 64 * 1024;
const HTTP2_STREAMS: u32 = 64;
const HTTP2_PING: Duration = Duration::from_secs(20);
/// After a failed accept, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets requests and watchers finish for at most the configured time.
///
/// `tasks` must be for this server alone: it is closed and waited for.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: &HttpConfig,
    metrics: &Metrics,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> io::Result<()> {
    let connections = Connections::new(config.connections_per_address, config.connections);
    let proxies: Arc<[IpNet]> = config.trusted_proxies.clone().into();
    let refused = Refused::default();
    info!("listening on {}", listener.local_addr()?);
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let address = peer.ip().to_canonical();
        let connection = match connections.admit(address, is_proxy(address, &proxies)) {
            Ok(connection) => connection,
            Err(too_many) => {
                // Dropping the stream closes it.
                metrics.connection_refused(too_many.limit());
                refused.log(address, too_many);
                continue;
            }
        };
        let (router, proxies) = (router.clone(), proxies.clone());
        let patience = config.header_timeout;
        tasks.spawn(converse(stream, connection, router, proxies, patience, stop.clone()));
    }
    drop(listener);
    tasks.close();
    if timeout(config.drain_timeout, tasks.wait()).await.is_err() {
        warn!("{} connections did not end in time", tasks.len());
    }
    Ok(())
}

/// Refused connections. Each is counted; they are logged now and again.
#[derive(Default)]
struct Refused(Seldom);

impl Refused {
    fn log(&self, address: IpAddr, why: TooMany) {
        if let Some(untold) = self.0.due() {
            let many = match why {
                TooMany::OfAddress => "this address has too many already",
                TooMany::InAll => "there are too many already",
            };
            warn!(%address, untold, "refused a connection of {address}: {many}");
        }
    }
}

async fn converse(
    stream: TcpStream,
    connection: Connection,
    router: Router,
    proxies: Arc<[IpNet]>,
    header_timeout: Duration,
    stop: CancellationToken,
) {
    // Events are small and should leave at once.
    if let Err(error) = stream.set_nodelay(true) {
        debug!("cannot set TCP_NODELAY: {error}");
    }
    let cut = connection.cut.clone();
    let spoken = Arc::new(AtomicBool::new(false));
    let service = {
        let spoken = spoken.clone();
        service_fn(move |request: Request<Incoming>| {
            spoken.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            let client = client(connection.address, request.headers(), &proxies);
            request.extensions_mut().insert(connection.forwarding(client));
            router.clone().call(request)
        })
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING)
        .max_concurrent_streams(HTTP2_STREAMS)
        .max_header_list_size(MOST_HEAD_BYTES);
    let conversation = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut conversation = std::pin::pin!(conversation);

    // hyper's own timer starts only when it knows which version of HTTP is spoken.
    let silence = async {
        sleep(header_timeout).await;
        if spoken.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    let mut silence = std::pin::pin!(silence);
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = &mut conversation => {
                if let Err(error) = ended {
                    debug!("a connection ended: {error}");
                }
                return;
            }
            () = &mut silence => return,
            () = cut.cancelled() => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
}
