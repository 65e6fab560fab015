//! The accept loop: HTTP/1 only, with limits on headers, connections and time that `axum::serve` lacks.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use super::metrics::access::Peer;

/// What answers the requests.
pub type Service = BoxCloneSyncService<Request<Incoming>, Response, Infallible>;

/// The smallest header buffer hyper accepts.
const SMALLEST_HEADER: usize = 8192;
/// Bytes that the kernel takes of a connection before the reader's side has room for them. What waits longer waits in
/// the document itself, which all readers share.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;
/// Rest after a failed accept, so that a full file table does not become a busy loop.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// Time between two lines of the log that say so: a crowd at the door must not fill it.
const TOLD_EVERY: Duration = Duration::from_mins(1);
/// How long the end waits for the first request of whoever has connected just before.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How much time and space strangers get.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From connecting, or from the answer before, to the end of the request's headers.
    pub header_timeout: Duration,
    /// From connecting to the end of the connection: what silent clients and slow readers can hold it for.
    /// A download that goes on ([`Lease`]) begins it anew.
    pub lifetime: Duration,
    /// What a request in flight gets at the end of the lifetime or at shutdown.
    pub grace: Duration,
    /// Connections at a time; the others wait in the kernel's queue.
    pub connections: usize,
    /// Where connections are counted while they are open.
    pub open: Arc<AtomicI64>,
    /// Bytes of request line and headers; at least 8 KiB.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(5),
            lifetime: Duration::from_secs(30),
            grace: Duration::from_secs(4),
            connections: 4096,
            open: Arc::default(),
            header_bytes: 32 * 1024,
        }
    }
}

/// What keeps a connection open beyond its lifetime: the steps of an answer that is too long for it.
///
/// A download moves on or ends: a reader that takes less than one step in a lifetime is cut off like any other.
#[derive(Clone, Debug, Default)]
pub struct Lease(Arc<AtomicUsize>);

impl Lease {
    /// Another piece of a long answer was asked for.
    pub fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when a lifetime has passed without a step.
    async fn ended(&self, lifetime: Duration) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            sleep(lifetime).await;
            if self.0.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// Accepts connections until shutdown, then gives those in flight the grace and returns.
pub async fn run(
    listener: TcpListener,
    service: Service,
    limits: Limits,
    shutdown: CancellationToken,
) {
    hold_back(&listener);
    let slots = Arc::new(Semaphore::new(limits.connections.max(1)));
    let connections = TaskTracker::new();
    let accepting = async {
        let mut told = None;
        // The semaphore is never closed, so the loop only ends by being dropped.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (service, limits) = (service.clone(), limits.clone());
                    connections.spawn(connection(stream, service, limits, shutdown.clone(), slot));
                }
                Err(error) => rest_after(&error, &mut told).await,
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = accepting => {}
    }
    drop(listener);
    connections.close();
    // Each connection ends itself within the grace; the margin is for the scheduler.
    if timeout(
        limits.grace + Duration::from_millis(500),
        connections.wait(),
    )
    .await
    .is_err()
    {
        tracing::warn!(
            left = connections.len(),
            "connections were left behind at shutdown"
        );
    }
}

/// Keeps what slow readers have not taken out of the kernel's buffers; connections inherit it from their listener.
#[cfg(target_os = "linux")]
fn hold_back(listener: &TcpListener) {
    if let Err(error) = socket2::SockRef::from(listener).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "cannot set TCP_NOTSENT_LOWAT");
    }
}

/// Other systems have no such setting, or another one.
#[cfg(not(target_os = "linux"))]
fn hold_back(_listener: &TcpListener) {}

async fn rest_after(error: &io::Error, told: &mut Option<Instant>) {
    let passing = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    );
    if !passing {
        if told.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
            tracing::warn!(%error, "cannot accept a connection; trying again");
            *told = Some(Instant::now());
        }
        sleep(ACCEPT_REST).await;
    }
}

async fn connection(
    stream: TcpStream,
    service: Service,
    limits: Limits,
    shutdown: CancellationToken,
    slot: OwnedSemaphorePermit,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes.max(SMALLEST_HEADER));
    let lease = Lease::default();
    let peer = stream.peer_addr().ok().map(Peer);
    let open = Counted::new(limits.open);
    let granted = lease.clone();
    let asked = CancellationToken::new();
    let first = asked.clone();
    let service = service.map_request(move |mut request: Request<Incoming>| {
        first.cancel();
        request.extensions_mut().insert(granted.clone());
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    });
    let mut serving =
        pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = serving.as_mut() => Some(ended),
        () = shutdown.cancelled() => None,
        () = lease.ended(limits.lifetime) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        let ending = async {
            // Who connected a moment ago has not asked yet, and would be turned away without an answer.
            let early = tokio::select! {
                ended = serving.as_mut() => Some(ended),
                _ = timeout(FIRST_REQUEST.min(limits.grace / 4), asked.cancelled()) => None,
            };
            if let Some(ended) = early {
                return ended;
            }
            serving.as_mut().graceful_shutdown();
            serving.await
        };
        timeout(limits.grace, ending).await.unwrap_or(Ok(()))
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop((slot, open));
}

/// One of the open connections, until it is dropped.
struct Counted(Arc<AtomicI64>);

impl Counted {
    fn new(open: Arc<AtomicI64>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
