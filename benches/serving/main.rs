//! The server against nginx, which sends the same bytes from files: requests per second and p99 with 64 connections,
//! what an answer costs when the archive has just changed, and memory under 1,000 slow readers.
//!
//! `cargo bench --bench serving [-- --rounds 5 --seconds 3 --slow 1000]`. Needs `wrk` and `nginx` (Debian packages of
//! these names). The two servers take turns, so that what else the machine does falls upon both; the server is this
//! program again, as a child, so that its memory and its processor time are its own.

#[path = "../scale/fill.rs"]
mod fill;
mod load;
mod process;
mod slow;
#[path = "../scale/words.rs"]
mod words;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use seutu::archive::{Archive, Reader, Writer};
use seutu::config::Config;
use seutu::daemon::clock::{Clock as _, SystemClock};
use seutu::serve::ArchiveSite;
use tokio_util::sync::CancellationToken;

use crate::fill::{Filling, STEP, now};
use crate::load::{Load, Wrk};
use crate::process::{Measured, Nginx, program};
use crate::words::Words;

/// Items of the archive.
const ITEMS: usize = STEP / 10;
/// Times that a document is asked for after a change.
const COLD: usize = 21;
/// What is asked for: its name, its address, and that of its file.
const DOCUMENTS: [(&str, &str, &str); 2] = [
    (
        "merged feed, 500 entries",
        "/feeds/all.atom?limit=500",
        "/feed",
    ),
    ("search page", "/search?q=verkosto", "/search"),
];

struct Wanted {
    rounds: usize,
    seconds: u32,
    slow: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs benches with --test: measuring is not testing.
    if arguments.iter().any(|argument| argument == "--test") {
        return Ok(());
    }
    if let [first, dir, ..] = arguments.as_slice()
        && first == "--serve"
    {
        return serve(Path::new(dir));
    }
    let wanted = wanted(&arguments)?;
    let wrk = Wrk::new(program("wrk")?, wanted.seconds);
    let nginx = program("nginx")?;
    let temporary = tempfile::TempDir::with_prefix("seutu-serving-")?;
    let (archive, files) = (
        temporary.path().join("archive"),
        temporary.path().join("files"),
    );
    std::fs::create_dir_all(&archive)?;
    std::fs::create_dir_all(&files)?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let words = Words::of(&fixtures)?;
    stored(&archive, &words, (0, ITEMS))?;
    let mut seutu = Server::start(&archive)?;
    for (_, address, file) in DOCUMENTS {
        seutu.save(address, &files.join(file.trim_start_matches('/')))?;
    }
    let nginx = Nginx::start(&nginx, &files)?;
    say(&process::machine())?;
    compare(&wrk, &wanted, &seutu, &nginx)?;
    cold(&wrk, &mut seutu)?;
    slow::compare(wanted.slow, [seutu.measured(), nginx.measured()])
}

fn wanted(arguments: &[String]) -> anyhow::Result<Wanted> {
    let number = |name: &str, usual: u32| -> anyhow::Result<u32> {
        let mut after = arguments.iter().skip_while(|argument| *argument != name);
        match (after.next(), after.next()) {
            (Some(_), Some(value)) => value
                .parse()
                .with_context(|| format!("{name} wants a number, not {value}")),
            (Some(_), None) => anyhow::bail!("{name} needs a number"),
            (None, _) => Ok(usual),
        }
    };
    Ok(Wanted {
        rounds: usize::try_from(number("--rounds", 5)?.max(1))?,
        seconds: number("--seconds", 3)?.max(1),
        slow: usize::try_from(number("--slow", 1000)?)?,
    })
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// Stores items made up.
fn stored(dir: &Path, words: &Words, (from, to): (usize, usize)) -> anyhow::Result<()> {
    let config = configuration()?;
    let writer = Writer::start(Archive::open(dir, now())?)?;
    Filling::begin(&writer, words, &config, from)?.step(from, to)?;
    writer.close_blocking()?;
    Ok(())
}

fn configuration() -> anyhow::Result<Config> {
    Ok(Config::parse(
        "default",
        Config::embedded_text(),
        [].into_iter(),
    )?)
}

/// The child: the server of the program on an archive that it writes itself, as the daemon does, until it is killed. Says
/// where it listens; stores one item more for each line it is sent, and says so.
fn serve(dir: &Path) -> anyhow::Result<()> {
    let config = configuration()?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let words = Words::of(&fixtures)?;
    let writer = Writer::start(Archive::open(dir, now())?)?;
    let site = ArchiveSite::new(Reader::open(dir)?, &config).with_changes(writer.changes());
    let site = Arc::new(site.with_clock(Arc::new(|| SystemClock.now())));
    std::thread::spawn(move || -> anyhow::Result<()> {
        let mut filling = Filling::begin(&writer, &words, &config, ITEMS)?;
        for (next, line) in (ITEMS..).zip(std::io::stdin().lines()) {
            line?;
            filling.step(next, next + 1)?;
            say("stored")?;
        }
        Ok(())
    });
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        say(&listener.local_addr()?.to_string())?;
        let site = seutu::serve::Exchange::new(site);
        seutu::serve::serve(vec![listener], &site, CancellationToken::new()).await?;
        Ok(())
    })
}

/// The server that is measured.
struct Server {
    child: Child,
    address: SocketAddr,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Server {
    fn start(archive: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .arg(archive)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let orders = child.stdin.take().context("the server hears nothing")?;
        let out = child.stdout.take().context("the server says nothing")?;
        let mut said = BufReader::new(out);
        said.read_line(&mut line)?;
        let address = line.trim().parse().context("the server did not start")?;
        Ok(Self {
            child,
            address,
            orders,
            said,
        })
    }

    /// Has it store one item more.
    fn change(&mut self) -> anyhow::Result<()> {
        writeln!(self.orders)?;
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        anyhow::ensure!(line.trim() == "stored", "the server stored nothing: {line}");
        Ok(())
    }

    fn measured(&self) -> Measured {
        Measured {
            name: "seutu",
            address: self.address,
            feed: DOCUMENTS[0].1,
            page: DOCUMENTS[1].1,
            pids: vec![self.child.id()],
        }
    }

    /// Writes a document into a file, and compressed into another, as nginx's `gzip_static` wants it.
    fn save(&self, address: &str, file: &Path) -> anyhow::Result<()> {
        std::fs::write(file, load::body(self.address, address, "identity")?)?;
        let mut compressed = file.as_os_str().to_owned();
        compressed.push(".gz");
        let body = load::body(self.address, address, "gzip")?;
        Ok(std::fs::write(PathBuf::from(compressed), body)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Requests of every kind, the servers taking turns.
fn compare(wrk: &Wrk, wanted: &Wanted, seutu: &Server, nginx: &Nginx) -> anyhow::Result<()> {
    say(
        "what                                  seutu/s  nginx/s  ratio   p99 seutu  p99 nginx   processor seutu  nginx",
    )?;
    for (name, address, file) in DOCUMENTS {
        for kind in ["200", "200 gzip", "304"] {
            let (mut ours, mut theirs) = (vec![], vec![]);
            for _ in 0..wanted.rounds {
                ours.push(wrk.run(&seutu.measured(), address, kind)?);
                theirs.push(wrk.run(&nginx.measured(), file, kind)?);
            }
            say(&load::line(&format!("{name}, {kind}"), &ours, &theirs))?;
        }
    }
    Ok(())
}

/// What the first answer costs after a change, and how all fare while changes come ten times a second.
fn cold(wrk: &Wrk, seutu: &mut Server) -> anyhow::Result<()> {
    for (name, address, _) in DOCUMENTS {
        let mut times = vec![];
        for _ in 0..COLD {
            seutu.change()?;
            let begun = Instant::now();
            load::body(seutu.address, address, "identity")?;
            times.push(begun.elapsed());
        }
        times.sort();
        let at = |place: usize| times.get(place).map_or(0.0, Duration::as_secs_f64) * 1000.0;
        say(&format!(
            "{name}, first answer after a change: median {:.1} ms, longest {:.1} ms",
            at(COLD / 2),
            at(COLD - 1)
        ))?;
        let measured = seutu.measured();
        let load = std::thread::scope(|scope| -> anyhow::Result<Load> {
            let loading = scope.spawn(|| wrk.run(&measured, address, "200"));
            while !loading.is_finished() {
                seutu.change()?;
                pause(Duration::from_millis(100));
            }
            loading
                .join()
                .map_err(|_panic| anyhow::anyhow!("wrk could not be run"))?
        })?;
        say(&format!(
            "{name}, while the archive changes ten times a second: {:.0}/s, p99 {:.1} ms",
            load.per_second, load.p99_ms
        ))?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bench has nothing else to do while it waits"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
