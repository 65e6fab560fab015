//! Requests with bodies, in odd frames, or of another protocol: refused, closed, or answered as if nothing was there.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::{Server, closed_by_server, start};
use super::shelf::shelf;

/// Sends bytes and reads until the server closes.
async fn said(server: &Server, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    // The server may close while we still write.
    drop(stream.write_all(sent).await);
    let mut answer = vec![];
    let read = timeout(Duration::from_mins(1), stream.read_to_end(&mut answer));
    // Whatever was left of the request may be answered by a reset.
    drop(read.await.expect("the server closes"));
    String::from_utf8_lossy(&answer).into_owned()
}

/// Answers to what was sent on one connection.
fn answers(text: &str) -> Vec<&str> {
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads.filter_map(|head| head.get(..3)).collect()
}

#[tokio::test]
async fn a_request_with_two_lengths_is_never_two_requests() {
    let server = start(shelf(1)).await;
    let smuggled = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    for (what, framing, body) in [
        (
            "both",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "both, the other way round",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "two lengths",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            format!("abcde{smuggled}"),
        ),
        (
            "a length that is none",
            "Content-Length: +5\r\n",
            format!("abcde{smuggled}"),
        ),
        (
            "chunked, and then something else",
            "Transfer-Encoding: chunked, identity\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "a chunk whose size is none",
            "Transfer-Encoding: chunked\r\n",
            format!("zz\r\n\r\n{smuggled}"),
        ),
    ] {
        for method in ["GET", "POST"] {
            let request = format!("{method} /healthz HTTP/1.1\r\nHost: x\r\n{framing}\r\n{body}");
            let text = said(&server, request.as_bytes()).await;
            let answers = answers(&text);
            assert!(answers.len() <= 1, "{what}: {text}");
            assert!(
                !text.contains("seutu_"),
                "{what}: what was smuggled was answered"
            );
        }
    }
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn bodies_that_never_end_are_refused_and_closed() {
    let server = start(shelf(1)).await;
    for framing in [
        "Content-Length: 1099511627776",
        "Transfer-Encoding: chunked",
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        let head = format!("POST /search HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let (mut reading, mut writing) = stream.into_split();
        let flood = tokio::spawn(async move {
            let chunk = [&b"10000\r\n"[..], &vec![b'x'; 0x10000], b"\r\n"].concat();
            let mut sent = 0_u64;
            while sent < 1 << 30 && writing.write_all(&chunk).await.is_ok() {
                sent += 0x10000;
            }
            sent
        });
        let mut answer = vec![];
        let read = timeout(Duration::from_mins(1), reading.read_to_end(&mut answer));
        drop(read.await.expect("the server closes"));
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 405"),
            "{framing}: {answer}"
        );
        let taken = flood.await.expect("no panic");
        assert!(taken < 64 << 20, "{framing}: {taken} bytes were taken");
    }
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_before_it_ends() {
    let server = start(shelf(1)).await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let head = b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nq=";
    stream.write_all(head).await.expect("sent");
    let mut start = [0; 12];
    let answered = timeout(Duration::from_mins(1), stream.read_exact(&mut start));
    answered.await.expect("in time").expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 405");
    drop(closed_by_server(&mut stream).await);
}

#[tokio::test]
async fn requests_in_advance_are_answered_in_turn() {
    let server = start(shelf(3)).await;
    let paths = ["/healthz", "/feeds/all.atom", "/nowhere", "/style.css"];
    let sent = (0..100).map(|n| {
        let path = paths[n % paths.len()];
        let last = if n == 99 { "Connection: close\r\n" } else { "" };
        format!("GET {path} HTTP/1.1\r\nHost: x\r\n{last}\r\n")
    });
    let sent: Vec<String> = sent.collect();
    let text = said(&server, sent.concat().as_bytes()).await;
    let answers = answers(&text);
    assert_eq!(answers.len(), 100);
    for four in answers.chunks(4) {
        assert_eq!(four, ["200", "200", "404", "200"]);
    }
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let server = start(shelf(1)).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let text = said(&server, preface).await;
    assert!(!text.contains(" 200"), "{text}");
    let upgrade = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
    let text = said(&server, upgrade.as_bytes()).await;
    assert_eq!(answers(&text), ["200"], "{text}");
    for sent in [
        "\x16\x03\x01\x02\0\x01",
        "HELO x\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let text = said(&server, sent.as_bytes()).await;
        assert!(!text.contains(" 200"), "{sent:?}: {text}");
    }
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}
