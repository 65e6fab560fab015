//! Small answers that unpack into large ones, in every coding: cut off, and unread on redirects.

use std::time::Duration;

use seutu::fetch::{Client, FetchError, Request, RequestKind};
use seutu::model::fetch_settings::{FetchSettings, PrivateAddresses};
use seutu::model::poll::Validators;
use url::Url;

use crate::support::origin::{Origin, Reply, gzip};

/// What a bomb of our own unpacks to: much more than any limit.
const SIZE: usize = 1 << 27;

/// A gibibyte of zeros in brotli, made with its reference coder.
const ZEROS_BR: &[u8] = include_bytes!("../../../fixtures/hostile/zeros.br");

/// Writes zeros through a coder in parts.
fn zeros(out: &mut impl std::io::Write) {
    let part = vec![0_u8; 1 << 20];
    for _ in 0..SIZE >> 20 {
        out.write_all(&part).expect("written");
    }
}

fn gzip_bomb() -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    zeros(&mut coder);
    coder.finish().expect("gzip")
}

fn zlib_bomb() -> Vec<u8> {
    let mut coder = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::fast());
    zeros(&mut coder);
    coder.finish().expect("zlib")
}

fn zstd_bomb() -> Vec<u8> {
    let mut coder = zstd::Encoder::new(vec![], 1).expect("zstd");
    zeros(&mut coder);
    coder.finish().expect("zstd")
}

fn client() -> Client {
    let settings = FetchSettings {
        min_interval: Duration::ZERO,
        allow_private_addresses: PrivateAddresses::Allowed,
        ..FetchSettings::defaults("https://example.fi/seutu")
    };
    Client::new(&settings).expect("client")
}

async fn refused(client: &Client, url: Url, kind: RequestKind) -> FetchError {
    let request = Request {
        url,
        kind,
        validators: Validators::default(),
    };
    client
        .get(request)
        .await
        .map(|answer| answer.status)
        .expect_err("a bomb")
}

/// The bombs by the coding they claim.
pub(super) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let gzipped = gzip_bomb();
    let twice = gzip(&gzipped);
    vec![
        ("gzip", gzipped),
        ("deflate", zlib_bomb()),
        ("br", ZEROS_BR.to_vec()),
        ("zstd", zstd_bomb()),
        ("gzip, gzip", twice.clone()),
        ("gzip", twice),
    ]
}

#[tokio::test]
async fn bombs_of_every_coding_are_refused() {
    let origin = Origin::start();
    let client = client();
    for (number, (coding, bytes)) in bombs().into_iter().enumerate() {
        println!("{coding}: {} bytes", bytes.len());
        let path = format!("/{number}");
        origin.on(
            &path,
            Reply::ok("text/xml", bytes).header("Content-Encoding", coding),
        );
        for kind in [RequestKind::Feed, RequestKind::Page] {
            let error = refused(&client, origin.url(&path), kind).await;
            let cut = matches!(error, FetchError::TooLarge { .. });
            let unread = matches!(error, FetchError::Encoding { .. });
            assert!(cut || unread, "{coding}: {error:?}");
            let is_known = number != 5 && ["gzip", "br", "zstd"].contains(&coding);
            assert!(cut || !is_known, "{coding}: {error:?}");
        }
    }
}

#[tokio::test]
async fn bombs_on_redirects_are_not_unpacked() {
    let origin = Origin::start();
    origin.on("/end", Reply::ok("text/xml", "<rss/>"));
    let client = client();
    for (number, (coding, bytes)) in bombs().into_iter().enumerate() {
        let path = format!("/{number}");
        let reply = Reply::ok("text/xml", bytes).header("Content-Encoding", coding);
        origin.on(&path, reply.moved_to("/end"));
        let request = Request {
            url: origin.url(&path),
            kind: RequestKind::Feed,
            validators: Validators::default(),
        };
        let answer = client.get(request).await.expect("the redirect is followed");
        assert_eq!(
            answer.body.expect("a body").bytes.as_ref(),
            b"<rss/>",
            "{coding}"
        );
    }
}

#[tokio::test]
async fn errors_with_bombs_are_only_errors() {
    let origin = Origin::start();
    let client = client();
    let bomb = gzip_bomb();
    for status in [404, 500, 503] {
        let path = format!("/{status}");
        let reply = Reply::status(status).body(bomb.clone());
        origin.on(&path, reply.header("Content-Encoding", "gzip"));
        let error = refused(&client, origin.url(&path), RequestKind::Page).await;
        assert_eq!(error.status(), Some(status), "{error:?}");
    }
}
