//! Requests: single ones, and wrk with what it says.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::process::Measured;

/// Connections at a time.
const CONNECTIONS: &str = "64";

/// The load generator.
pub struct Wrk {
    program: PathBuf,
    seconds: u32,
}

/// What one run came to.
#[derive(Clone, Copy)]
pub struct Load {
    /// Answers in a second.
    pub per_second: f64,
    /// 99 % of the answers came within.
    pub p99_ms: f64,
    /// Processor time of the server for an answer, in microseconds.
    pub processor_us: f64,
}

impl Wrk {
    /// Runs `program` for so long at a time.
    pub fn new(program: PathBuf, seconds: u32) -> Self {
        Self { program, seconds }
    }

    /// One run: `kind` is `200`, `200 gzip` or `304`.
    pub fn run(&self, server: &Measured, path: &str, kind: &str) -> anyhow::Result<Load> {
        let header = match kind {
            "304" => Some(format!("If-None-Match: {}", tag(server.address, path)?)),
            "200 gzip" => Some("Accept-Encoding: gzip".to_owned()),
            _ => None,
        };
        let mut command = Command::new(&self.program);
        command.args(["-t2", "-c", CONNECTIONS, "--latency"]);
        command.arg(format!("-d{}s", self.seconds));
        if let Some(header) = header {
            command.args(["-H", &header]);
        }
        let before = server.ticks();
        let said = command
            .arg(format!("http://{}{path}", server.address))
            .output()?;
        let ticks = server.ticks() - before;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        anyhow::ensure!(
            !said.contains("Non-2xx"),
            "{} refused requests:\n{said}",
            server.name
        );
        let after = |name: &str| {
            let line = said
                .lines()
                .find_map(|line| line.trim().strip_prefix(name))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        let missing = || format!("wrk said something else than expected:\n{said}");
        let per_second: f64 = after("Requests/sec:").with_context(missing)?.parse()?;
        let p99 = after("99%").with_context(missing)?;
        let ticks = f64::from(u32::try_from(ticks)?);
        Ok(Load {
            per_second,
            p99_ms: milliseconds(&p99).with_context(missing)?,
            processor_us: ticks * 10_000.0 / (per_second * f64::from(self.seconds)),
        })
    }
}

/// `1.50ms`, `900.00us` or `1.20s`.
fn milliseconds(text: &str) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(text) = text.strip_suffix("us") {
        return Some(number(text)? / 1000.0);
    }
    match text.strip_suffix("ms") {
        Some(text) => number(text),
        None => Some(number(text.strip_suffix('s')?)? * 1000.0),
    }
}

/// The line of a comparison: medians, and the median of the ratios of the rounds.
pub fn line(name: &str, ours: &[Load], theirs: &[Load]) -> String {
    let of = |loads: &[Load], value: fn(&Load) -> f64| median(loads.iter().map(value).collect());
    let pairs = ours.iter().zip(theirs);
    let ratios = pairs.map(|(ours, theirs)| ours.per_second / theirs.per_second);
    format!(
        "{name:<36} {:>8.0} {:>8.0}   {:.2}   {:>7.1} ms {:>7.1} ms   {:>9.0} us {:>6.0} us",
        of(ours, |load| load.per_second),
        of(theirs, |load| load.per_second),
        median(ratios.collect()),
        of(ours, |load| load.p99_ms),
        of(theirs, |load| load.p99_ms),
        of(ours, |load| load.processor_us),
        of(theirs, |load| load.processor_us),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The body of an answer, which must be a 200.
pub fn body(address: SocketAddr, path: &str, coding: &str) -> anyhow::Result<Vec<u8>> {
    Ok(answer(address, path, coding)?.1)
}

fn tag(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let (head, _) = answer(address, path, "identity")?;
    head.lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("etag")
                .then(|| value.trim().to_owned())
        })
        .context("an answer without an ETag")
}

fn answer(address: SocketAddr, path: &str, coding: &str) -> anyhow::Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes)?;
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .context("an answer without an end of its head")?;
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    Ok((head, body))
}
