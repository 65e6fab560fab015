//! The published snapshot over real HTTP: validators, resumption by ranges, and bytes that never mix.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use seutu::archive::{Archive, Edition, PublicFolder, Stop};
use seutu::model::published::Published;
use seutu::serve::Limits;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{Server, start, start_within};
use super::shelf::{Shelf, Trouble, shelf};

fn site(change: impl FnOnce(&mut Shelf)) -> Arc<Shelf> {
    let mut site = Arc::into_inner(shelf(1)).expect("the only owner");
    change(&mut site);
    Arc::new(site)
}

/// An archive with `pauses` rows, to make it large, and one that is published.
fn archive(pauses: u32) -> (TempDir, Published) {
    let dir = TempDir::new().expect("folder");
    let now = "2026-07-20T00:00:00Z".parse().expect("instant");
    drop(Archive::open(dir.path(), now).expect("archive"));
    let published = publish(dir.path(), pauses);
    (dir, published)
}

fn publish(dir: &Path, pauses: u32) -> Published {
    let conn = Connection::open(dir.join("archive.db")).expect("archive");
    conn.execute(
        "INSERT OR REPLACE INTO host_pause(host, until) WITH RECURSIVE n(i) AS
           (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<?1)
         SELECT hex(randomblob(200)) || i, '2026-01-01T00:00:00Z' FROM n",
        [pauses],
    )
    .expect("rows");
    let edition = Edition {
        built_at: "2026-07-21T00:00:00Z".parse().expect("instant"),
        public_url: "https://seutu.example/julki/".parse().expect("address"),
        beside: vec![],
    };
    let never: Stop = Arc::new(|| false);
    PublicFolder::of(dir)
        .publish(edition, &never)
        .expect("published")
}

async fn served(dir: &Path) -> Server {
    start(site(|site| site.folder = Some(dir.to_owned()))).await
}

fn bytes(dir: &Path, name: &str) -> Vec<u8> {
    std::fs::read(dir.join("public").join(name)).expect(name)
}

#[tokio::test]
async fn every_published_file_has_its_bytes_its_hash_and_its_kind() {
    let (dir, latest) = archive(1);
    let server = served(dir.path()).await;
    let edition = latest.edition();
    for (name, kind) in [
        ("archive.db", "application/vnd.sqlite3"),
        (edition.as_str(), "application/vnd.sqlite3"),
        ("latest.json", "application/json"),
        ("SHA256SUMS", "text/plain; charset=utf-8"),
        ("schema.sql", "application/sql"),
        (
            "data_dictionary.csv",
            "text/csv; charset=utf-8; header=present",
        ),
    ] {
        let path = format!("/{name}");
        let whole = server.get(&path, &[]).await;
        let bytes = bytes(dir.path(), name);
        assert_eq!((whole.status, &whole.body), (200, &bytes), "{name}");
        assert_eq!(whole.header("content-type"), Some(kind));
        assert_eq!(
            whole.header("content-length"),
            Some(bytes.len().to_string().as_str())
        );
        let tag = format!("\"{}\"", seutu::model::digest::sha256_hex(&bytes));
        assert_eq!(whole.header("etag"), Some(tag.as_str()), "{name}");
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
        assert_eq!(whole.header("cache-control"), Some("no-cache"));
        assert_eq!(whole.header("access-control-allow-origin"), Some("*"));
        assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
        let modified = whole.header("last-modified").expect("a date").to_owned();
        let head = server
            .request("HEAD", &path, &[("Range", "bytes=1-2")])
            .await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{name}");
        assert_eq!(
            head.header("content-length"),
            whole.header("content-length")
        );
        assert_eq!(head.header("etag"), Some(tag.as_str()));
        for (header, value) in [("If-None-Match", &tag), ("If-Modified-Since", &modified)] {
            let known = server.get(&path, &[(header, value)]).await;
            assert_eq!(
                (known.status, known.body.len()),
                (304, 0),
                "{name} {header}"
            );
            assert_eq!(known.header("etag"), Some(tag.as_str()));
        }
        let other = server.get(&path, &[("If-None-Match", "\"other\"")]).await;
        assert_eq!(other.status, 200);
    }
    let whole = server.get("/archive.db", &[]).await;
    let saved = whole.header("content-disposition");
    assert_eq!(saved, Some("attachment; filename=\"archive.db\""));
    assert_eq!(
        whole.header("etag"),
        Some(format!("\"{}\"", latest.sha256).as_str())
    );
}

#[tokio::test]
async fn before_the_first_snapshot_a_sentence_says_so_and_nothing_else_is_let_out() {
    let dir = TempDir::new().expect("folder");
    std::fs::create_dir_all(dir.path().join("public/snapshots")).expect("made");
    std::fs::write(dir.path().join("public/snapshots/secret.txt"), "no").expect("written");
    let server = served(dir.path()).await;
    for path in [
        "/archive.db",
        "/latest.json",
        "/SHA256SUMS",
        "/schema.sql",
        "/data_dictionary.csv",
    ] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.status, 404);
        assert!(
            answer.text().contains("none is published yet"),
            "{}",
            answer.text()
        );
    }
    for path in [
        "/snapshots/secret.txt",
        "/snapshots/..%2f..%2farchive.db",
        "/snapshots/",
    ] {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(server.request("POST", "/archive.db", &[]).await.status, 405);
    let troubled = site(|site| *site.trouble.lock().expect("lock") = Some(Trouble::Fault));
    let answer = start(troubled).await.get("/archive.db", &[]).await;
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn ranges_are_served_and_odd_ones_answered() {
    let (dir, latest) = archive(1);
    let server = served(dir.path()).await;
    let all = bytes(dir.path(), "archive.db");
    let size = all.len();
    for (range, part) in [
        ("bytes=0-15".to_owned(), &all[..16]),
        (format!("bytes={}-", size - 7), &all[size - 7..]),
        ("bytes=-9".to_owned(), &all[size - 9..]),
        (format!("bytes=100-{}", 10 * size), &all[100..]),
    ] {
        let answer = server.get("/archive.db", &[("Range", &range)]).await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (206, part),
            "{range}"
        );
        let first = size - all[..].len() + part.as_ptr() as usize - all.as_ptr() as usize;
        let wanted = format!("bytes {first}-{}/{size}", first + part.len() - 1);
        assert_eq!(answer.header("content-range"), Some(wanted.as_str()));
    }
    let beyond = server
        .get("/archive.db", &[("Range", &format!("bytes={size}-"))])
        .await;
    assert_eq!(beyond.status, 416);
    assert_eq!(
        beyond.header("content-range"),
        Some(format!("bytes */{size}").as_str())
    );
    for odd in ["bytes=0-1,5-6", "bytes=9-2", "pages=1-2"] {
        let answer = server.get("/archive.db", &[("Range", odd)]).await;
        assert_eq!((answer.status, answer.body.len()), (200, size), "{odd}");
    }
    let tag = format!("\"{}\"", latest.sha256);
    let fresh = [("Range", "bytes=0-3"), ("If-None-Match", tag.as_str())];
    assert_eq!(
        server.get("/archive.db", &fresh).await.status,
        304,
        "validators come first"
    );
}

#[tokio::test]
async fn a_broken_download_is_resumed_and_after_a_replacement_begun_anew() {
    let (dir, latest) = archive(200);
    let server = served(dir.path()).await;
    let old = bytes(dir.path(), "archive.db");
    let tag = format!("\"{}\"", latest.sha256);
    // A client that loses its connection in the middle.
    let half = old.len() / 2;
    let mut got = old[..half].to_vec();
    let rest = [
        ("Range", format!("bytes={half}-")),
        ("If-Range", tag.clone()),
    ];
    let rest: Vec<(&str, &str)> = rest
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let resumed = server.get("/archive.db", &rest).await;
    assert_eq!(resumed.status, 206);
    got.extend(resumed.body);
    assert_eq!(got, old);
    let newer = publish(dir.path(), 300);
    let whole = server.get("/archive.db", &rest).await;
    assert_eq!(whole.status, 200, "another snapshot took its place");
    assert_eq!(whole.body, bytes(dir.path(), "archive.db"));
    assert_eq!(
        whole.header("etag"),
        Some(format!("\"{}\"", newer.sha256).as_str())
    );
    // Under its own name the old one can still be finished.
    let path = format!("/{}", latest.edition());
    let resumed = server.get(&path, &rest).await;
    assert_eq!((resumed.status, resumed.body), (206, old[half..].to_vec()));
}

/// Sends a request and reads the head and the first bytes of the body.
async fn begun(server: &Server, path: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut first = vec![0; 4096];
    stream.read_exact(&mut first).await.expect("begun");
    (stream, first)
}

#[tokio::test]
async fn a_file_replaced_during_its_download_gives_the_bytes_it_began_with() {
    let (dir, _latest) = archive(20_000);
    let server = served(dir.path()).await;
    let old = bytes(dir.path(), "archive.db");
    assert!(
        old.len() > 8 << 20,
        "more than the sockets hold: {}",
        old.len()
    );
    let (mut stream, mut answer) = begun(&server, "/archive.db").await;
    // Twice: not even the one before is kept then.
    publish(dir.path(), 10);
    publish(dir.path(), 20);
    stream.read_to_end(&mut answer).await.expect("the rest");
    let answer = super::client::parsed(&answer);
    assert!(answer.body == old, "the old bytes, all of them");
}

#[tokio::test]
async fn a_download_that_goes_on_outlives_a_connection_and_one_that_stands_still_does_not() {
    let (dir, _latest) = archive(20_000);
    let limits = Limits {
        lifetime: Duration::from_millis(400),
        grace: Duration::from_millis(100),
        ..Limits::default()
    };
    let site = site(|site| site.folder = Some(dir.path().to_owned()));
    let server = start_within(site, limits).await;
    let old = bytes(dir.path(), "archive.db");
    let (mut slow, mut answer) = begun(&server, "/archive.db").await;
    let (mut silent, mut cut) = begun(&server, "/archive.db").await;
    let began = std::time::Instant::now();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = slow.read(&mut piece).await.expect("more");
        if read == 0 {
            break;
        }
        answer.extend(&piece[..read]);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let answer = super::client::parsed(&answer);
    assert!(
        answer.body == old,
        "{} bytes of {}",
        answer.body.len(),
        old.len()
    );
    // The silent one was cut off long ago: what is left in the sockets is not all of it.
    tokio::time::sleep(Duration::from_secs(2).saturating_sub(began.elapsed())).await;
    drop(silent.read_to_end(&mut cut).await);
    assert!(cut.len() < old.len(), "{} bytes", cut.len());
}

#[tokio::test]
async fn the_front_page_and_the_status_tell_what_is_published() {
    let (_dir, latest) = archive(1);
    let none = start(shelf(1)).await;
    assert!(
        none.get("/", &[])
            .await
            .text()
            .contains("ei ole vielä julkaistu")
    );
    assert!(
        none.get("/api/status", &[])
            .await
            .text()
            .contains("\"snapshot\": null")
    );
    let told = Published {
        seq: 4711,
        items: 12,
        size: 5 << 20,
        ..latest.clone()
    };
    let server = start(site(|site| site.published = Some(told))).await;
    let page = server.get("/", &[]).await.text();
    for part in [
        "<a href=\"./archive.db\">archive.db</a>, 5,0\u{a0}MiB, asioita 12",
        "koottu 21.7.2026 klo 3.00, viimeinen tapahtuma 4\u{a0}711",
        "href=\"./SHA256SUMS\"",
        "href=\"./latest.json\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let status: serde_json::Value =
        serde_json::from_str(&server.get("/api/status", &[]).await.text()).expect("JSON");
    assert_eq!(status["snapshot"]["seq"], 4711);
    assert_eq!(status["snapshot"]["size"], 5 << 20);
    assert_eq!(status["snapshot"]["built_at"], "2026-07-21T00:00:00Z");
    assert_eq!(status["snapshot"]["sha256"], latest.sha256.as_str());
}
