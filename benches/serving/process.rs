//! The processes that are measured: nginx as a child, memory and processor time of both servers, the machine.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::pause;

/// A server as it is measured.
pub struct Measured {
    /// For people.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// Path and query of the feed.
    pub feed: &'static str,
    /// Path and query of the search page.
    pub page: &'static str,
    /// Its processes.
    pub pids: Vec<u32>,
}

impl Measured {
    /// Memory of its processes that is in use now, in KiB.
    pub fn resident(&self) -> u64 {
        let of = |pid: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        self.pids.iter().filter_map(of).sum()
    }

    /// Processor time that its processes have used, in ticks of 10 ms.
    pub fn ticks(&self) -> u64 {
        let of = |pid: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (_, fields) = stat.rsplit_once(") ")?;
            let fields: Vec<&str> = fields.split(' ').collect();
            let (user, system) = (fields.get(11)?, fields.get(12)?);
            Some(user.parse::<u64>().ok()? + system.parse::<u64>().ok()?)
        };
        self.pids.iter().filter_map(of).sum()
    }
}

/// nginx as a server of files.
pub struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Starts it on a free port.
    pub fn start(program: &Path, files: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let dir = files.parent().context("the files lie nowhere")?;
        let configuration = dir.join("nginx.conf");
        let text = format!(
            "user root;\nworker_processes auto;\npid {dir}/nginx.pid;\ndaemon off;\n\
             worker_rlimit_nofile 8192;\nevents {{ worker_connections 4096; }}\n\
             http {{\n  access_log off; sendfile on; tcp_nopush on; gzip_static on;\n\
             keepalive_requests 100000000; default_type application/atom+xml;\n\
             server {{ listen {address}; root {files}; }}\n}}\n",
            dir = dir.display(),
            files = files.display(),
        );
        std::fs::write(&configuration, text)?;
        let child = Command::new(program)
            .args(["-e", "stderr", "-p"])
            .arg(dir)
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .spawn()?;
        let nginx = Self { child, address };
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() {
                return Ok(nginx);
            }
            pause(Duration::from_millis(50));
        }
        anyhow::bail!("nginx does not answer on {address}")
    }

    /// It with all its workers.
    pub fn measured(&self) -> Measured {
        let master = self.child.id();
        let children = format!("/proc/{master}/task/{master}/children");
        let workers = std::fs::read_to_string(children).unwrap_or_default();
        let workers = workers
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok());
        Measured {
            name: "nginx",
            address: self.address,
            feed: "/feed",
            page: "/search",
            pids: std::iter::once(master).chain(workers).collect(),
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it only if it may tell them to.
        let pid = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).status());
        drop(self.child.wait());
    }
}

/// Where a program is that the bench needs.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .with_context(|| {
            format!("{name} is missing: install it (Debian: apt install {name}) and run this again")
        })
}

/// What the figures were taken on.
pub fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!("{processors} processors, load {}", load.join(" "))
}
