//! A poll of 300 loopback sources of 30 items each: cold, unchanged, with pages, and its peak memory.
//!
//! `cargo bench --bench polling`. Each source has its own loopback address and so counts as a host of
//! its own; spacing is off. The polling program is a child process, so that its memory is its own.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot start has nothing to measure"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const SOURCES: usize = 300;
const ITEMS: usize = 30;

fn main() {
    // `cargo test --all-targets` runs benches with --test: measuring is not testing.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let sources = runtime.block_on(serve());
    let dir = tempfile::tempdir().expect("folder");
    let config = configuration(dir.path(), &sources);
    let mut out = std::io::stdout().lock();
    for (name, arguments) in [
        ("cold poll of the feeds", vec!["poll", "--json", "--feeds"]),
        ("cold poll of the pages", vec!["poll", "--json"]),
        ("unchanged poll, feeds only due", vec!["poll", "--json"]),
        ("unchanged poll, feeds only due", vec!["poll", "--json"]),
        (
            "everything read again (--all)",
            vec!["poll", "--json", "--all"],
        ),
    ] {
        let measured = measure(&config, &arguments);
        writeln!(out, "{name}: {measured}").expect("stdout");
    }
}

/// Wall-clock time and peak memory of one run of the program.
fn measure(config: &Path, arguments: &[&str]) -> String {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_seutu"))
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("program");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(resident_high_water(child.id()));
        if let Some(status) = child.try_wait().expect("wait") {
            break status;
        }
        pause();
    };
    format!(
        "{:.3} s, peak {} MiB, {status}",
        begun.elapsed().as_secs_f64(),
        peak / 1024
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bench has nothing else to do while it waits"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(2));
}

/// `VmHWM` in KiB; 0 when the process has ended.
fn resident_high_water(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

/// Binds one loopback address per source and serves feed, pages and robots.txt on each.
async fn serve() -> Vec<SocketAddr> {
    let mut addresses = vec![];
    for n in 0..SOURCES {
        let [high, low] = u16::try_from(n).expect("small").to_be_bytes();
        let host = Ipv4Addr::new(127, 9, high, low.max(1));
        let listener = TcpListener::bind((host, 0))
            .await
            .expect("loopback address");
        let address = listener.local_addr().expect("address");
        addresses.push(address);
        let site = Arc::new(Site::new(n, address));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer_all(stream, Arc::clone(&site)));
            }
        });
    }
    addresses
}

/// One simulated source.
struct Site {
    feed: String,
    address: SocketAddr,
}

impl Site {
    fn new(n: usize, address: SocketAddr) -> Self {
        let items = (1..=ITEMS).fold(String::new(), |mut items, item| {
            write!(
                items,
                "<item><title><![CDATA[Sivistyslautakunta 10.11.2026 / Asia {item} kunnassa {n}]]></title>\
                     <link><![CDATA[http://{address}/cgi/DREQUEST.PHP?page=meetingitem&id=2026{n}-{item}]]></link></item>"
            )
            .expect("a String");
            items
        });
        let feed = format!(
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Dynasty</title>{items}</channel></rss>"
        );
        Self { feed, address }
    }

    fn answer(&self, target: &str, head: &str) -> String {
        if target.contains("rss/meetingitems") || target.contains("rss%2Fmeetingitems") {
            if head.to_lowercase().contains("if-none-match") {
                return "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n".to_owned();
            }
            return full(&self.feed, "application/rss+xml; charset=utf-8");
        }
        match target.split("id=").nth(1) {
            Some(rest) => {
                let key = rest.split('&').next().unwrap_or_default();
                full(&page(key, self.address), "text/html; charset=utf-8")
            }
            None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        }
    }
}

fn full(body: &str, media_type: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A page of the usual length: 2.4 k characters of text.
fn page(key: &str, address: SocketAddr) -> String {
    let paragraph = "Kunnat kehittävät yhteistyössä alueen palveluita, ja työtä ohjaa viranhaltijoista koostuva ryhmä. ".repeat(24);
    format!(
        "<html><head><title>Dynasty tietopalvelu</title></head><body>\
         <h1>Sivistyslautakunta  Esityslista 10.11.2026/Asianro 3</h1>\
         <div class='data-part page-navigation'><a href='http://{address}/kokous/{key}.PDF'>Kokousasia</a></div>\
         <div class='data-part meetingitem'><div class='data-part-block-htm'>\
         <p><b>Asia {key}</b></p><p>{paragraph}</p><p>Päätösehdotus</p><p>Lautakunta hyväksyy asian {key}.</p>\
         </div></div></body></html>"
    )
}

async fn answer_all(mut stream: TcpStream, site: Arc<Site>) {
    let mut buffer = vec![];
    let mut chunk = [0_u8; 4096];
    loop {
        let Ok(read) = stream.read(&mut chunk).await else {
            return;
        };
        if read == 0 {
            return;
        }
        buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Some(end) = text.find("\r\n\r\n") else {
            continue;
        };
        let head = text.split_at(end).0.to_owned();
        buffer.clear();
        let target = head
            .split_whitespace()
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        if stream
            .write_all(site.answer(&target, &head).as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}

fn configuration(dir: &Path, sources: &[SocketAddr]) -> std::path::PathBuf {
    let mut text = format!(
        "[archive]\ndir = \"{}\"\n[fetch]\ncontact = \"https://bench.example/\"\nmin_interval = \"0s\"\nallow_private_addresses = true\n[poll]\ninterval = \"1s\"\n",
        dir.join("archive").display()
    );
    for (n, address) in sources.iter().enumerate() {
        write!(
            text,
            "[[municipality]]\nname = \"Kunta {n}\"\ncode = \"{:03}\"\n[[source]]\nid = \"kunta-{n}\"\nmunicipality = \"Kunta {n}\"\nplatform = \"dynasty\"\nurl = \"http://{address}/cgi/DREQUEST.PHP\"\n",
            n + 1
        )
        .expect("a String");
    }
    let path = dir.join("seutu.toml");
    std::fs::write(&path, text).expect("configuration");
    path
}
