//! The client of an object store, against a store that checks every signature.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use seutu::fetch::object_store::{
    BucketStyle, ObjectStore, Patience, StoreAddress, StoreError, StoreKey,
};
use seutu::model::fetch_settings::FetchSettings;
use url::Url;

use crate::support::bucket::{ACCESS, BUCKET, SECRET, Store};

fn opened(store: &Store, bucket: &str, secret: &str) -> ObjectStore {
    opened_at(store.url(), bucket, secret)
}

fn opened_at(endpoint: Url, bucket: &str, secret: &str) -> ObjectStore {
    let address = StoreAddress {
        endpoint,
        region: "eu-north-1".to_owned(),
        style: BucketStyle::Path,
        bucket: bucket.to_owned(),
    };
    let key = StoreKey {
        access: ACCESS.to_owned(),
        secret: secret.to_owned(),
        token: None,
    };
    let patience = Patience {
        tries: 3,
        pause: Duration::from_millis(1),
        longest: Duration::from_secs(2),
        part: 1000,
    };
    let now: Timestamp = "2026-11-12T07:32:00Z".parse().expect("instant");
    let settings = FetchSettings::defaults("https://example.fi/seutu");
    ObjectStore::new(
        &settings,
        &address,
        Some(&key),
        patience,
        Arc::new(move || now),
    )
    .expect("a store")
}

fn file(dir: &Path, size: u16) -> std::path::PathBuf {
    let path = dir.join(size.to_string());
    let bytes: Vec<u8> = (0..size).map(|n| n.to_le_bytes()[0]).collect();
    std::fs::write(&path, bytes).expect("written");
    path
}

fn lines(store: &Store) -> Vec<String> {
    store
        .log()
        .iter()
        .map(super::super::support::bucket::Request::line)
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it ends an error's life in one line"
)]
fn said(error: StoreError) -> String {
    let text = error.to_string();
    assert!(!text.contains(SECRET) && !text.contains("X-Amz"), "{text}");
    text
}

#[tokio::test]
async fn a_file_is_stored_whole_with_its_type_under_a_signed_address() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    let path = file(dir.path(), 1000);
    let client = opened(&store, BUCKET, SECRET);
    client
        .put_file("a/year=2026/ä b.parquet", &path, "text/csv")
        .await
        .expect("stored");
    client
        .put_file("empty", &file(dir.path(), 0), "text/csv")
        .await
        .expect("stored");
    let log = store.log();
    assert_eq!(log[0].headers["content-type"], "text/csv");
    assert_eq!(log[1].headers["content-length"], "0");
    assert_eq!(log[0].parameters["X-Amz-Algorithm"], "AWS4-HMAC-SHA256");
    assert!(
        log[0].parameters["X-Amz-Credential"].ends_with("/20261112/eu-north-1/s3/aws4_request")
    );
    assert!(
        log.iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );
    let objects = store.objects();
    assert_eq!(
        objects.values().map(Vec::len).collect::<Vec<_>>(),
        [1000, 0]
    );
    assert_eq!(
        client.get("empty").await.expect("read").as_deref(),
        Some("")
    );
    assert_eq!(client.get("none").await.expect("asked"), None);
}

#[tokio::test]
async fn a_large_file_goes_in_parts_in_order() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    let path = file(dir.path(), 2500);
    let client = opened(&store, BUCKET, SECRET);
    client
        .put_file("big", &path, "text/csv")
        .await
        .expect("stored");
    assert_eq!(
        lines(&store),
        [
            "POST big uploads=1",
            "PUT big partNumber=1",
            "PUT big partNumber=2",
            "PUT big partNumber=3",
            "POST big"
        ]
    );
    assert_eq!(store.objects()["big"], std::fs::read(&path).expect("read"));
}

#[tokio::test]
async fn parts_of_a_failed_upload_are_removed() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    store.fail("PUT big partNumber=2", 403, "AccessDenied");
    let client = opened(&store, BUCKET, SECRET);
    let failed = client
        .put_file("big", &file(dir.path(), 2500), "text/csv")
        .await;
    let text = said(failed.expect_err("refused"));
    assert!(
        text.starts_with(&format!(
            "s3://{BUCKET}/big: AccessDenied (403): Told & done;"
        )),
        "{text}"
    );
    assert_eq!((store.unfinished(), store.objects().len()), (0, 0));
}

#[tokio::test]
async fn a_busy_store_is_asked_again_and_a_broken_one_given_up() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    let path = file(dir.path(), 10);
    let client = opened(&store, BUCKET, SECRET);
    store.fail("PUT a", 503, "SlowDown");
    store.fail("PUT a", 500, "InternalError");
    client
        .put_file("a", &path, "text/csv")
        .await
        .expect("stored at last");
    assert_eq!(lines(&store), ["PUT a", "PUT a", "PUT a"]);
    for _ in 0..3 {
        store.fail("PUT b", 500, "InternalError");
    }
    let text = said(
        client
            .put_file("b", &path, "text/csv")
            .await
            .expect_err("given up"),
    );
    assert!(
        text.contains("InternalError (500)") && text.contains("later"),
        "{text}"
    );
    assert_eq!(store.log().len(), 6);
    // What another try would not mend is not tried.
    store.fail("PUT c", 403, "AccessDenied");
    said(
        client
            .put_file("c", &path, "text/csv")
            .await
            .expect_err("refused"),
    );
    assert_eq!(store.log().len(), 7);
}

#[tokio::test]
async fn an_upload_that_is_refused_late_is_ended_again() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    let path = file(dir.path(), 1500);
    let client = opened(&store, BUCKET, SECRET);
    store.fail("POST big$", 200, "InternalError");
    client
        .put_file("big", &path, "text/csv")
        .await
        .expect("stored at last");
    assert_eq!(store.objects()["big"].len(), 1500);
    assert_eq!(lines(&store)[3..], ["POST big", "POST big"]);
    store.fail("POST bad$", 200, "InvalidPart");
    let failed = client.put_file("bad", &path, "text/csv").await;
    let text = said(failed.expect_err("refused"));
    assert!(text.contains("InvalidPart (200): Told & done"), "{text}");
    assert!(!store.objects().contains_key("bad") && store.unfinished() == 0);
}

/// A place that does this with each connection, and how often it did.
fn place(deed: fn(TcpStream) -> Option<TcpStream>) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("address").to_string();
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = vec![];
        for stream in listener.incoming().flatten() {
            kept.extend(deed(stream));
            if told.send(()).is_err() {
                break;
            }
        }
    });
    (address, heard)
}

#[tokio::test]
async fn a_place_that_is_no_store_is_asked_once() {
    let (address, heard) = place(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 x\r\n\r\n").ok()?;
        Some(stream)
    });
    let endpoint = Url::parse(&format!("https://{address}/")).expect("address");
    let failed = opened_at(endpoint, BUCKET, SECRET).get("a").await;
    let text = said(failed.expect_err("no TLS there"));
    assert!(text.contains("TLS failed"), "{text}");
    assert_eq!(heard.try_iter().count(), 1);
}

#[tokio::test]
async fn a_store_that_never_answers_is_told_from_one_that_is_not_there() {
    let (address, heard) = place(Some);
    let endpoint = Url::parse(&format!("http://{address}/")).expect("address");
    let failed = opened_at(endpoint, BUCKET, SECRET).get("a").await;
    let text = said(failed.expect_err("no answer"));
    assert!(text.contains("no answer within 2 s; check"), "{text}");
    assert_eq!(heard.try_iter().count(), 3);
}

#[tokio::test]
async fn refusals_name_bucket_key_and_code_and_show_no_secret() {
    let (store, dir) = (Store::start(), tempfile::tempdir().expect("folder"));
    let path = file(dir.path(), 10);
    let wrong = opened(&store, BUCKET, "guessed");
    let text = said(
        wrong
            .put_file("a/b", &path, "text/csv")
            .await
            .expect_err("refused"),
    );
    assert!(
        text.starts_with(&format!("s3://{BUCKET}/a/b: SignatureDoesNotMatch (403)")),
        "{text}"
    );
    assert!(
        text.contains("check the secret key") && !text.contains("guessed"),
        "{text}"
    );
    let missing = opened(&store, "olematon", SECRET);
    let text = said(
        missing
            .put_file("a", &path, "text/csv")
            .await
            .expect_err("refused"),
    );
    assert!(
        text.starts_with("s3://olematon/a: NoSuchBucket (404)"),
        "{text}"
    );
}

#[tokio::test]
async fn a_listing_is_read_to_its_last_page() {
    let store = Store::start();
    for key in ["p/1", "p/2", "p/3", "p/4", "p/5", "q/1"] {
        store.keep(key, b"x");
    }
    let client = opened(&store, BUCKET, SECRET);
    let keys = client.list("p/").await.expect("listed");
    assert_eq!(keys, ["p/1", "p/2", "p/3", "p/4", "p/5"]);
    assert_eq!(store.log().len(), 3);
    client.remove("p/1").await.expect("removed");
    assert!(!store.objects().contains_key("p/1"));
}
