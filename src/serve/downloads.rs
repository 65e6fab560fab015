//! Published files, large ones too: streamed from one open file, resumable, a bounded number at a time.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::accept::Lease;
use super::conditional::{self, Wanted};
use super::representation::put;
use super::site::PublicFile;

/// Downloads at a time: readers of pages and feeds keep most of the connections.
const AT_ONCE: usize = 64;

/// Bytes read and sent in one step.
const STEP: usize = 64 << 10;

/// Asked for again before use: a snapshot that was replaced, or taken down, must not live on in caches.
const CACHING: &str = "no-cache";

/// The turns of downloads.
#[derive(Clone, Debug)]
pub(super) struct Downloads(Arc<Semaphore>);

impl Default for Downloads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Downloads {
    /// A turn, held until the download ends; `None` when there are too many.
    pub(super) fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// Answers a GET or HEAD of a published file.
pub(super) fn respond(
    name: &str,
    found: PublicFile,
    turn: OwnedSemaphorePermit,
    request: &Request,
) -> Response {
    let asked = request.headers();
    let tag = format!("\"{}\"", found.sha256);
    let mut response = Response::new(Body::empty());
    if conditional::not_modified(asked, &tag, Some(found.modified)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut response, &found, &tag);
        return response;
    }
    // Ranges are defined for GET alone (RFC 9110, section 14.2).
    let wanted = if request.method() == Method::GET {
        conditional::wanted(asked, &tag, found.modified, found.size)
    } else {
        Wanted::Whole
    };
    describe(&mut response, &found, &tag);
    let headers = response.headers_mut();
    let (status, first, length) = match wanted {
        Wanted::Beyond => {
            put(headers, CONTENT_RANGE, &format!("bytes */{}", found.size));
            put(headers, CONTENT_LENGTH, "0");
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return response;
        }
        Wanted::Whole => (StatusCode::OK, 0, found.size),
        Wanted::Part(first, last) => {
            let range = format!("bytes {first}-{last}/{}", found.size);
            put(headers, CONTENT_RANGE, &range);
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
    };
    let (content_type, is_saved) = kind(name);
    put(headers, CONTENT_TYPE, content_type);
    put(headers, CONTENT_LENGTH, &length.to_string());
    if is_saved {
        let file = name.rsplit('/').next().unwrap_or(name);
        let disposition = format!("attachment; filename=\"{file}\"");
        put(headers, CONTENT_DISPOSITION, &disposition);
    }
    *response.status_mut() = status;
    let lease = request.extensions().get::<Lease>().cloned();
    let part = Part {
        file: File::from_std(found.file),
        first: Some(first),
        left: length,
        lease: lease.unwrap_or_default(),
        _turn: turn,
    };
    *response.body_mut() = Body::from_stream(stream::try_unfold(part, Part::step));
    response
}

/// The headers of every answer about a file.
fn describe(response: &mut Response, found: &PublicFile, tag: &str) {
    let headers = response.headers_mut();
    put(headers, ETAG, tag);
    put(
        headers,
        LAST_MODIFIED,
        &conditional::http_date(found.modified),
    );
    put(headers, CACHE_CONTROL, CACHING);
    put(headers, ACCEPT_RANGES, "bytes");
    put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(
        headers,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        "Accept-Ranges, Content-Range, ETag",
    );
}

/// Content type, and whether a browser saves it instead of showing it.
fn kind(name: &str) -> (&'static str, bool) {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("db") => ("application/vnd.sqlite3", true),
        Some("csv") => ("text/csv; charset=utf-8; header=present", true),
        Some("json") => ("application/json", false),
        Some("sql") => ("application/sql", true),
        _ => ("text/plain; charset=utf-8", false),
    }
}

/// What is left to send of a file that stays open.
struct Part {
    file: File,
    /// Where to begin, until it has begun.
    first: Option<u64>,
    left: u64,
    lease: Lease,
    _turn: OwnedSemaphorePermit,
}

impl Part {
    async fn step(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.left == 0 {
            return Ok(None);
        }
        if let Some(first) = self.first.take() {
            self.file.seek(SeekFrom::Start(first)).await?;
        }
        let length = usize::try_from(self.left).map_or(STEP, |left| left.min(STEP));
        let mut bytes = vec![0; length];
        let read = self.file.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        bytes.truncate(read);
        self.left = self.left.saturating_sub(read as u64);
        self.lease.step();
        Ok(Some((Bytes::from(bytes), self)))
    }
}
