//! What strangers cannot do: hold connections, fill memory, keep the server from stopping.
//!
//! The limits are short here and the assertions wait for the event, so a slow machine only makes them slower.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use seutu::serve::{Limits, accept};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;

use super::client::{closed_by_server, parsed, start, start_within};
use super::shelf::shelf;

/// Limits long enough never to be met, to be shortened one by one.
pub fn generous() -> Limits {
    Limits {
        header_timeout: Duration::from_mins(10),
        lifetime: Duration::from_mins(10),
        grace: Duration::from_mins(10),
        ..Limits::default()
    }
}

#[tokio::test]
async fn half_requests_and_silence_are_closed() {
    let limits = Limits {
        header_timeout: Duration::from_millis(200),
        ..generous()
    };
    let server = start_within(shelf(1), limits).await;
    for sent in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut stream = TcpStream::connect(server.address)
            .await
            .expect("connection");
        stream.write_all(sent.as_bytes()).await.expect("sent");
        let answer = String::from_utf8(closed_by_server(&mut stream).await).expect("text");
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn a_connection_ends_with_its_lifetime() {
    let limits = Limits {
        lifetime: Duration::from_millis(300),
        ..generous()
    };
    let server = start_within(shelf(1), limits).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("connection");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("sent");
    let answer = parsed(&closed_by_server(&mut stream).await);
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn the_next_connection_waits_for_a_place_and_gets_it() {
    let limits = Limits {
        connections: 1,
        header_timeout: Duration::from_millis(300),
        ..generous()
    };
    let server = start_within(shelf(1), limits).await;
    let mut silent = TcpStream::connect(server.address)
        .await
        .expect("connection");
    // The answer can only come after the silent connection was closed: there is one place.
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    assert!(closed_by_server(&mut silent).await.is_empty());
}

#[tokio::test]
async fn large_heads_are_refused() {
    let server = start(shelf(1)).await;
    let small = "x".repeat(20 * 1024);
    assert_eq!(
        server.get("/healthz", &[("X-Filler", &small)]).await.status,
        200
    );
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("connection");
    let large = format!(
        "GET /healthz HTTP/1.1\r\nX-Filler: {}\r\n\r\n",
        "x".repeat(80 * 1024)
    );
    // The server may close while we still write.
    drop(stream.write_all(large.as_bytes()).await);
    let answer = String::from_utf8_lossy(&closed_by_server(&mut stream).await).into_owned();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

/// A service that answers with many bytes, and one that never answers.
async fn extremes(
    limits: Limits,
) -> (
    std::net::SocketAddr,
    CancellationToken,
    tokio::task::JoinHandle<()>,
) {
    let body = bytes::Bytes::from(vec![b'x'; 64 * 1024 * 1024]);
    let router = Router::new()
        .route("/large", get(move || std::future::ready(body.clone())))
        .route("/never", get(std::future::pending::<&'static str>));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address");
    let shutdown = CancellationToken::new();
    let running = accept::run(
        listener,
        BoxCloneSyncService::new(router),
        limits,
        shutdown.clone(),
    );
    (address, shutdown, tokio::spawn(running))
}

pub async fn asking(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("socket");
    socket.set_recv_buffer_size(16 * 1024).expect("buffer");
    let mut stream = socket.connect(address).await.expect("connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

#[tokio::test]
async fn slow_readers_are_cut_off() {
    let limits = Limits {
        connections: 1,
        lifetime: Duration::from_millis(200),
        grace: Duration::from_millis(200),
        ..generous()
    };
    let (address, _shutdown, _running) = extremes(limits).await;
    let mut slow = asking(address, "/large").await;
    let mut start = [0; 12];
    slow.read_exact(&mut start)
        .await
        .expect("the answer begins");
    // The only place becomes free although the slow reader reads no further.
    let mut next = asking(address, "/large").await;
    next.read_exact(&mut start)
        .await
        .expect("the next is served");
    assert_eq!(&start, b"HTTP/1.1 200");
    let rest = closed_by_server(&mut slow).await.len();
    assert!(rest < 64 * 1024 * 1024, "{rest}");
}

#[tokio::test]
async fn a_request_in_flight_does_not_keep_the_server_from_stopping() {
    let limits = Limits {
        grace: Duration::from_millis(200),
        ..generous()
    };
    let (address, shutdown, running) = extremes(limits).await;
    let mut never = asking(address, "/never").await;
    // An answer on another connection shows that the server reads what was sent.
    let mut large = asking(address, "/large").await;
    large
        .read_exact(&mut [0; 12])
        .await
        .expect("the answer begins");
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .expect("the server stops")
        .expect("no panic");
    assert!(closed_by_server(&mut never).await.is_empty());
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn whoever_has_just_connected_is_answered_at_shutdown() {
    let server = start(shelf(1)).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("connection");
    // Connections are accepted in turn: this one was, when a later one has its answer.
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    server.shutdown.cancel();
    tokio::task::yield_now().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("sent");
    let answer = parsed(&closed_by_server(&mut stream).await);
    assert_eq!(answer.status, 200);
    server.task.await.expect("no panic").expect("stopped");
}

#[tokio::test]
async fn a_request_in_flight_is_finished_at_shutdown() {
    let shelf = shelf(3);
    shelf.open_gate("closed");
    let server = start(shelf.clone()).await;
    let address = server.address;
    let mut waiting = asking(address, "/feeds/all.atom").await;
    // A second answer on the same server shows that the first request is being worked on or about to be.
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    server.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    shelf.open_gate("open");
    let answer = parsed(&closed_by_server(&mut waiting).await);
    assert_eq!(answer.status, 200);
    assert!(answer.text().ends_with("</feed>"));
    server.task.await.expect("no panic").expect("stopped");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}
