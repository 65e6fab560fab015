//! A scriptable web server on loopback that writes down every request it gets.
//!
//! It runs on a thread of its own, so tests with and without a runtime can use it. It speaks raw bytes,
//! because most of what is tested no decent server would send.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, oneshot};
use url::Url;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET`, normally.
    pub method: String,
    /// The request target: path and query.
    pub target: String,
    /// The whole head, request line included, without the closing empty line.
    pub head: Vec<u8>,
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

/// One step of an answer.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    /// Goes on only when everybody else has come to the same barrier.
    Meet(Arc<Barrier>),
    /// Sends the bytes again and again until the client goes away.
    Repeat(Vec<u8>, Duration),
    /// Says nothing more and keeps the connection.
    Hang,
    /// Cuts the connection with RST.
    Reset,
}

/// Header fields in the order they are sent.
type Fields = Vec<(String, Vec<u8>)>;

/// An answer, built field by field or given as raw bytes.
#[derive(Clone)]
pub struct Reply {
    head: Option<(u16, Fields)>,
    length: Option<usize>,
    steps: Vec<Step>,
}

impl Reply {
    /// A status with no body.
    pub fn status(status: u16) -> Self {
        Self {
            head: Some((status, Vec::new())),
            length: Some(0),
            steps: Vec::new(),
        }
    }

    /// 200 with a body and its type.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", content_type)
            .body(body)
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// Exactly these bytes, then the connection is closed.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            head: None,
            length: None,
            steps: vec![Step::Send(bytes.into())],
        }
    }

    /// Nothing at all, for ever.
    pub fn never() -> Self {
        Self {
            head: None,
            length: None,
            steps: vec![Step::Hang],
        }
    }

    /// Accepts the request and cuts the connection.
    pub fn reset() -> Self {
        Self {
            head: None,
            length: None,
            steps: vec![Step::Reset],
        }
    }

    /// Adds a header field.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// Adds a header field of any bytes.
    pub fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let (_, fields) = self.head.as_mut().expect("a reply with a head");
        fields.push((name.to_owned(), value.to_vec()));
        self
    }

    /// Sets the body; its length is announced.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self.length = Some(body.len());
        self.steps = vec![Step::Send(body)];
        self
    }

    /// Announces another length than the body has.
    pub fn announcing(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// Sends the body in HTTP chunks of the given parts.
    pub fn chunked(parts: &[&[u8]]) -> Self {
        let mut wire = Vec::new();
        for part in parts {
            write!(wire, "{:x}\r\n", part.len()).expect("write");
            wire.extend_from_slice(part);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b"0\r\n\r\n");
        let mut reply = Self::status(200).header("Transfer-Encoding", "chunked");
        (reply.length, reply.steps) = (None, vec![Step::Send(wire)]);
        reply
    }

    /// 200 and then `part` again and again until the client goes away.
    pub fn endless(part: impl Into<Vec<u8>>, every: Duration) -> Self {
        let mut reply = Self::status(200);
        (reply.length, reply.steps) = (None, vec![Step::Repeat(part.into(), every)]);
        reply
    }

    /// Makes a redirect of it, body and all.
    pub fn moved_to(mut self, location: &str) -> Self {
        let (status, _) = self.head.as_mut().expect("a reply with a head");
        *status = 302;
        self.header("Location", location)
    }

    /// Compresses the body set so far with gzip.
    pub fn gzip(self) -> Self {
        self.encoded("gzip", gzip)
    }

    /// Compresses the body set so far with zstd.
    pub fn zstd(self) -> Self {
        self.encoded("zstd", |body| zstd::encode_all(body, 3).expect("zstd"))
    }

    fn encoded(mut self, name: &str, coder: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        let [Step::Send(body)] = self.steps.as_slice() else {
            panic!("a reply with a body")
        };
        let body = coder(body);
        (self.length, self.steps) = (Some(body.len()), vec![Step::Send(body)]);
        self.header("Content-Encoding", name)
    }

    /// Waits before anything is sent.
    pub fn after(mut self, wait: Duration) -> Self {
        self.steps.insert(0, Step::Wait(wait));
        self
    }

    /// Sends nothing before all parties of the barrier have a request waiting at it.
    pub fn meeting(mut self, barrier: &Arc<Barrier>) -> Self {
        self.steps.insert(0, Step::Meet(Arc::clone(barrier)));
        self
    }

    /// The head, and whether the connection has to be closed to end the body.
    fn head_bytes(&self) -> (Vec<u8>, bool) {
        let Some((status, fields)) = &self.head else {
            return (Vec::new(), true);
        };
        let mut wire = format!("HTTP/1.1 {status} Scripted\r\n").into_bytes();
        for (name, value) in fields {
            wire.extend_from_slice(name.as_bytes());
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value);
            wire.extend_from_slice(b"\r\n");
        }
        let chunked = fields.iter().any(|(name, _)| name == "Transfer-Encoding");
        if let Some(length) = self.length.filter(|_| *status != 304 && !chunked) {
            wire.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        let sent: usize = self.steps.iter().map(Step::length).sum();
        let honest = chunked || *status == 304 || self.length == Some(sent);
        if !honest {
            wire.extend_from_slice(b"Connection: close\r\n");
        }
        wire.extend_from_slice(b"\r\n");
        (wire, !honest)
    }
}

impl Step {
    fn length(&self) -> usize {
        if let Self::Send(bytes) = self {
            bytes.len()
        } else {
            0
        }
    }
}

/// `body` in gzip.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(body).expect("gzip");
    coder.finish().expect("gzip")
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
        let (number, seen) = shared.note(&head);
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
    fn note(&self, head: &[u8]) -> (usize, Seen) {
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
