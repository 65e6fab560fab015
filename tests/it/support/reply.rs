//! Answers of the scriptable server: built field by field, or any bytes at any speed.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

/// One step of an answer.
#[derive(Clone)]
pub(super) enum Step {
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
    pub(super) steps: Vec<Step>,
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

    /// After everything else, cuts the connection with RST.
    pub fn cut(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
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
        reply.length = None;
        reply.repeating(part, every)
    }

    /// After everything else, `part` again and again until the client goes away.
    pub fn repeating(mut self, part: impl Into<Vec<u8>>, every: Duration) -> Self {
        self.steps.push(Step::Repeat(part.into(), every));
        self
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
    pub(super) fn head_bytes(&self) -> (Vec<u8>, bool) {
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
