//! Many readers that take a kilobyte a second of the large feed, and what becomes of memory and of other readers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use crate::process::Measured;
use crate::{load, say};

/// How long they read.
const READING: Duration = Duration::from_secs(20);

/// Puts slow readers upon each server.
pub fn compare(readers: usize, servers: [Measured; 2]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    for server in servers {
        runtime.block_on(under(readers, server))?;
    }
    Ok(())
}

async fn under(readers: usize, server: Measured) -> anyhow::Result<()> {
    let (before, kernel_before) = (server.resident(), socket_pages());
    let mut slow = JoinSet::new();
    for _ in 0..readers {
        slow.spawn(read_slowly(server.address, server.feed));
    }
    let (mut most, mut kernel, mut times) = (0, 0, vec![]);
    let begun = Instant::now();
    while begun.elapsed() < READING {
        let asked = Instant::now();
        let (address, page) = (server.address, server.page);
        tokio::task::spawn_blocking(move || load::body(address, page, "identity")).await??;
        times.push(asked.elapsed());
        most = most.max(server.resident());
        kernel = kernel.max(socket_pages());
        sleep(Duration::from_millis(100)).await;
    }
    let mut fed = 0;
    while let Some(reader) = slow.join_next().await {
        fed += usize::from(reader?.is_ok_and(|bytes| bytes > 0));
    }
    sleep(Duration::from_secs(2)).await;
    times.sort();
    let at = |place: usize| times.get(place).map_or(0.0, Duration::as_secs_f64) * 1000.0;
    say(&format!(
        "{}: {readers} readers at 1 kB/s, {fed} of them served for {} s: memory {} MiB before, at most {} MiB, \
         {} MiB after; the kernel's buffers of both ends {} MiB; another reader's search page: median {:.1} ms, \
         longest {:.1} ms",
        server.name,
        READING.as_secs(),
        before >> 10,
        most >> 10,
        server.resident() >> 10,
        (kernel.saturating_sub(kernel_before) * 4) >> 10,
        at(times.len() / 2),
        at(times.len().saturating_sub(1)),
    ))
}

/// Reads for a while; the bytes that came.
async fn read_slowly(address: SocketAddr, path: &str) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let (mut buffer, mut got) = ([0; 1024], 0);
    let (begun, mut second) = (Instant::now(), interval(Duration::from_secs(1)));
    while begun.elapsed() < READING {
        second.tick().await;
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        got += read;
    }
    Ok(got)
}

/// Pages of 4 KiB in the buffers of all TCP connections of the machine.
fn socket_pages() -> u64 {
    let text = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("TCP:"));
    let mut words = line.unwrap_or_default().split(' ');
    let pages = words.find(|word| *word == "mem").and_then(|_| words.next());
    pages.and_then(|pages| pages.parse().ok()).unwrap_or(0)
}
