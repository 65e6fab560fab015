//! An S3-compatible store on loopback: keeps objects, checks every signature, fails as told, writes down requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seutu::model::digest::hex;
use sha2::{Digest as _, Sha256};
use url::Url;

/// The bucket that there is.
pub const BUCKET: &str = "seudun-aineisto";
/// The key that the store knows.
pub const ACCESS: &str = "AKIDEXAMPLE";
/// Its other half.
pub const SECRET: &str = "never+shown/anywhere";
/// Keys on one page of a listing: few, so that there are several pages.
const PAGE: usize = 2;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// `PUT`, mostly.
    pub method: String,
    /// Key of the object; empty for the bucket itself.
    pub key: String,
    /// Parameters that are no part of the signature.
    pub parameters: BTreeMap<String, String>,
    /// Header fields by lower-case name.
    pub headers: BTreeMap<String, String>,
    path: String,
    query: String,
    body: Vec<u8>,
}

impl Request {
    /// `PUT key` or `POST key uploads`, for comparing orders.
    pub fn line(&self) -> String {
        let shown = ["uploads", "partNumber", "list-type"];
        let known = self
            .parameters
            .keys()
            .filter(|name| shown.contains(&name.as_str()));
        let words = known.map(|name| format!(" {name}={}", self.parameters[name]));
        format!("{} {}{}", self.method, self.key, words.collect::<String>())
    }
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    log: Vec<Request>,
    faults: Vec<(String, u16, &'static str)>,
}

/// The store; its thread ends with the test process.
pub struct Store {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Store {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        let state = Arc::new(Mutex::new(State::default()));
        let inside = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&inside);
                // A connection that breaks is the client's fault to notice.
                std::thread::spawn(move || answer(stream, &state).unwrap_or_default());
            }
        });
        Self { address, state }
    }

    /// Its address.
    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}/", self.address)).expect("address")
    }

    /// The next request whose line begins like this is answered with an error; one whose line is this where it ends
    /// with `$`.
    pub fn fail(&self, line: &str, status: u16, code: &'static str) {
        self.locked().faults.push((line.to_owned(), status, code));
    }

    /// Puts an object there.
    pub fn keep(&self, key: &str, bytes: &[u8]) {
        self.locked().objects.insert(key.to_owned(), bytes.to_vec());
    }

    /// Every object.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.locked().objects.clone()
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<Request> {
        self.locked().log.clone()
    }

    /// Uploads whose parts are still kept.
    pub fn unfinished(&self) -> usize {
        self.locked().uploads.len()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(request) = read(&mut reader)? else {
        return Ok(());
    };
    let (status, headers, body) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.log.push(request.clone());
        state.respond(&request)
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = BTreeMap::new();
    loop {
        let mut field = String::new();
        reader.read_line(&mut field)?;
        let Some((name, value)) = field.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().expect("a number"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let url = Url::parse(&format!("http://store{target}")).expect("a target");
    let path = url.path().to_owned();
    let key = path
        .strip_prefix(&format!("/{BUCKET}"))
        .map(|key| key.trim_start_matches('/').replace("%3D", "="));
    Ok(Some(Request {
        method: method.to_owned(),
        key: key.unwrap_or_else(|| format!("elsewhere:{path}")),
        parameters: url.query_pairs().into_owned().collect(),
        headers,
        query: url.query().unwrap_or_default().to_owned(),
        path,
        body,
    }))
}

type Response = (u16, String, Vec<u8>);

fn error(status: u16, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Told &amp; done.</Message></Error>"
    );
    (status, String::new(), body.into_bytes())
}

fn done(body: &str) -> Response {
    (200, String::new(), body.as_bytes().to_vec())
}

impl State {
    fn respond(&mut self, request: &Request) -> Response {
        if let Some(code) = refusal(request) {
            return error(403, code);
        }
        if request.key.starts_with("elsewhere:") {
            return error(404, "NoSuchBucket");
        }
        let line = request.line();
        let fault = self
            .faults
            .iter()
            .position(|(start, ..)| match start.strip_suffix('$') {
                Some(whole) => line == whole,
                None => line.starts_with(start),
            });
        if let Some(position) = fault {
            let (_, status, code) = self.faults.remove(position);
            return error(status, code);
        }
        let parameter = |name: &str| request.parameters.get(name).cloned();
        let key = request.key.clone();
        match (request.method.as_str(), parameter("uploadId")) {
            ("GET", _) if key.is_empty() => self.list(request),
            ("GET", _) => match self.objects.get(&key) {
                Some(bytes) => (200, String::new(), bytes.clone()),
                None => error(404, "NoSuchKey"),
            },
            ("PUT", None) => {
                self.objects.insert(key, request.body.clone());
                (200, "ETag: \"whole\"\r\n".to_owned(), vec![])
            }
            ("PUT", Some(upload)) => {
                let number = parameter("partNumber")
                    .expect("a part")
                    .parse()
                    .expect("a number");
                let parts = self.uploads.get_mut(&upload).expect("an upload");
                parts.insert(number, request.body.clone());
                (200, format!("ETag: \"part-{number}\"\r\n"), vec![])
            }
            ("POST", None) => {
                self.uploads.insert("up-1".to_owned(), BTreeMap::new());
                done(
                    "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>up-1</UploadId></InitiateMultipartUploadResult>",
                )
            }
            ("POST", Some(upload)) => self.complete(request, &upload),
            ("DELETE", upload) => {
                match upload {
                    Some(upload) => drop(self.uploads.remove(&upload)),
                    None => drop(self.objects.remove(&key)),
                }
                (204, String::new(), vec![])
            }
            (method, _) => panic!("{method}"),
        }
    }

    fn complete(&mut self, request: &Request, upload: &str) -> Response {
        let parts = self.uploads.remove(upload).expect("an upload");
        let said = String::from_utf8_lossy(&request.body).into_owned();
        let mut numbers = parts.keys();
        assert!(
            numbers.all(|number| said.contains(&format!("part-{number}"))),
            "{said}"
        );
        let whole = parts.into_values().flatten().collect();
        self.objects.insert(request.key.clone(), whole);
        done("<CompleteMultipartUploadResult/>")
    }

    fn list(&self, request: &Request) -> Response {
        let prefix = request
            .parameters
            .get("prefix")
            .cloned()
            .unwrap_or_default();
        let after = request
            .parameters
            .get("continuation-token")
            .cloned()
            .unwrap_or_default();
        let found: Vec<_> = self
            .objects
            .keys()
            .filter(|key| key.starts_with(&prefix) && **key > after)
            .collect();
        let mut body =
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for key in found.iter().take(PAGE) {
            write!(body, "<Contents><Key>{key}</Key></Contents>").expect("a string");
        }
        if found.len() > PAGE {
            write!(
                body,
                "<NextContinuationToken>{}</NextContinuationToken>",
                found[PAGE - 1]
            )
            .expect("a string");
        }
        done(&(body + "</ListBucketResult>"))
    }
}

/// Why a request is refused: the signature in the query is computed again (AWS Signature Version 4).
fn refusal(request: &Request) -> Option<&'static str> {
    let said = |name: &str| request.parameters.get(name).cloned().unwrap_or_default();
    let Some(signature) = request.parameters.get("X-Amz-Signature") else {
        return Some("AccessDenied");
    };
    let scope = said("X-Amz-Credential");
    let (access, scope) = scope.split_once('/').unwrap_or_default();
    if access != ACCESS {
        return Some("InvalidAccessKeyId");
    }
    let mut query: Vec<_> = request
        .query
        .split('&')
        .filter(|pair| !pair.starts_with("X-Amz-Signature="))
        .collect();
    query.sort_unstable();
    let signed = said("X-Amz-SignedHeaders");
    let headers: Vec<_> = signed
        .split(';')
        .map(|name| format!("{name}:{}\n", request.headers[name]))
        .collect();
    let headers = headers.concat();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\nUNSIGNED-PAYLOAD",
        request.method,
        request.path,
        query.join("&")
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        said("X-Amz-Date"),
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in scope.split('/') {
        key = hmac(&key, part.as_bytes());
    }
    (hex(&hmac(&key, text.as_bytes())) != *signature).then_some("SignatureDoesNotMatch")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = if key.len() > 64 {
        Sha256::digest(key).to_vec()
    } else {
        key.to_vec()
    };
    let padded = |with: u8| -> Vec<u8> {
        let filled = key.iter().copied().chain(std::iter::repeat(0));
        filled.take(64).map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}
