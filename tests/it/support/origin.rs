//! A scriptable web server on loopback that writes down every request it gets.
//!
//! It runs on a thread of its own, so tests with and without a runtime can use it. It speaks raw bytes,
//! because most of what is tested no decent server would send.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use url::Url;

use super::reply::Step;
pub use super::reply::{Reply, gzip};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET`, normally.
    pub method: String,
    /// The request target: path and query.
    pub target: String,
    /// The whole head, request line included, without the closing empty line.
    pub head: Vec<u8>,
    /// The body, as long as the head says.
    pub body: Vec<u8>,
    /// When the head had been read.
    pub started: Instant,
    /// Just before the last byte of the answer was sent; `None` while it is not.
    pub ended: Option<Instant>,
}

impl Seen {
    /// The value of a header field, lossily; `None` when it was not sent.
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_bytes(name)
            .map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    /// The value of a header field, byte by byte.
    pub fn header_bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.head
            .split(|byte| *byte == b'\n')
            .skip(1)
            .find_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let (field, value) = line.split_at(colon);
                let found = field.eq_ignore_ascii_case(name.as_bytes());
                found.then(|| value[1..].trim_ascii().to_vec())
            })
    }
}

type Answering = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Default)]
struct Shared {
    paths: Mutex<BTreeMap<String, Answering>>,
    log: Mutex<Vec<Seen>>,
    busy: Mutex<Busy>,
}

#[derive(Default)]
struct Busy {
    now: usize,
    most: usize,
}

/// The server; it stops when it is dropped.
pub struct Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

impl Origin {
    /// Starts on a free port of 127.0.0.1. Paths without an answer get 404.
    pub fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST)
    }

    /// Starts on a free port of another loopback address, for tests that need several hosts.
    pub fn start_on(ip: Ipv4Addr) -> Self {
        let listener = std::net::TcpListener::bind((ip, 0)).expect("bind");
        listener.set_nonblocking(true).expect("nonblocking");
        let address = listener.local_addr().expect("address");
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let inside = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("listener");
                tokio::select! {
                    () = accept(listener, inside) => {}
                    // Fails when the origin is dropped, which is the signal.
                    _gone = stopped => {}
                }
            });
        });
        Self {
            address,
            shared,
            _stop: stop,
        }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("address")
    }

    /// `127.0.0.1:port`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Always the same answer at a path (path and query as requested).
    pub fn on(&self, target: &str, reply: Reply) {
        self.on_with(target, move |_| reply.clone());
    }

    /// These answers one after another; the last stays.
    pub fn script(&self, target: &str, replies: Vec<Reply>) {
        let turn = Mutex::new(0);
        self.on_with(target, move |_| {
            let mut turn = locked(&turn);
            let reply = replies[(*turn).min(replies.len() - 1)].clone();
            *turn += 1;
            reply
        });
    }

    /// An answer that depends on the request.
    pub fn on_with(
        &self,
        target: &str,
        answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) {
        locked(&self.shared.paths).insert(target.to_owned(), Arc::new(answering));
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<Seen> {
        locked(&self.shared.log).clone()
    }

    /// How many requests came so far.
    pub fn asked(&self) -> usize {
        locked(&self.shared.log).len()
    }

    /// The requests for one target.
    pub fn requests(&self, target: &str) -> Vec<Seen> {
        let mut log = self.log();
        log.retain(|seen| seen.target == target);
        log
    }

    /// The largest number of requests that were being answered at the same time.
    pub fn most_at_once(&self) -> usize {
        locked(&self.shared.busy).most
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&shared)));
        }
    }
}

/// Serves one connection until either side closes it.
async fn converse(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut buffer = Vec::new();
    while let Some(head) = next_head(&mut stream, &mut buffer).await {
        let Some(body) = next_body(&mut stream, &mut buffer, &head).await else {
            return;
        };
        let (number, seen) = shared.note(&head, body);
        let answering = locked(&shared.paths).get(&seen.target).cloned();
        let reply = answering.map_or_else(|| Reply::status(404), |answering| answering(&seen));
        let (head, close) = reply.head_bytes();
        if perform(&mut stream, head, reply.steps, || shared.done(number))
            .await
            .is_err()
        {
            shared.done(number);
            return;
        }
        if close {
            return;
        }
    }
}

async fn next_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            let mut head = std::mem::replace(buffer, rest);
            head.truncate(end);
            return Some(head);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

async fn next_body(stream: &mut TcpStream, buffer: &mut Vec<u8>, head: &[u8]) -> Option<Vec<u8>> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(Ok(0), |length| length.trim().parse::<usize>());
    let length = length.ok()?;
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let rest = buffer.split_off(length);
    Some(std::mem::replace(buffer, rest))
}

/// Sends an answer. `done` is called before the last bytes go out, so that what the log says happened
/// before the client could have acted on it.
async fn perform(
    stream: &mut TcpStream,
    head: Vec<u8>,
    steps: Vec<Step>,
    done: impl Fn(),
) -> std::io::Result<()> {
    let mut unsent = head;
    for step in steps {
        match step {
            Step::Send(bytes) => unsent.extend_from_slice(&bytes),
            Step::Wait(wait) => tokio::time::sleep(wait).await,
            Step::Meet(barrier) => {
                barrier.wait().await;
            }
            Step::Repeat(bytes, every) => {
                stream.write_all(&unsent).await?;
                loop {
                    stream.write_all(&bytes).await?;
                    tokio::time::sleep(every).await;
                }
            }
            Step::Hang => std::future::pending().await,
            Step::Reset => {
                stream.write_all(&unsent).await?;
                done();
                return stream.set_zero_linger();
            }
        }
    }
    done();
    stream.write_all(&unsent).await?;
    stream.flush().await
}

impl Shared {
    fn note(&self, head: &[u8], body: Vec<u8>) -> (usize, Seen) {
        let line = String::from_utf8_lossy(head);
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let seen = Seen {
            method,
            target,
            started: Instant::now(),
            ended: None,
            head: head.to_owned(),
            body,
        };
        let mut busy = locked(&self.busy);
        busy.now += 1;
        busy.most = busy.most.max(busy.now);
        let mut log = locked(&self.log);
        log.push(seen.clone());
        (log.len() - 1, seen)
    }

    /// Marks a request as answered; calling it twice does nothing more.
    fn done(&self, number: usize) {
        let mut log = locked(&self.log);
        if log[number].ended.is_none() {
            log[number].ended = Some(Instant::now());
            locked(&self.busy).now -= 1;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
