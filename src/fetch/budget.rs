//! What one response may cost: bytes of its header, bytes of its body, and time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use reqwest::header::HeaderMap;
use tokio::time::{Instant, timeout, timeout_at};

/// What to do with bytes beyond the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overflow {
    /// The whole body is refused: half a document is worse than none.
    Refuse,
    /// The rest is left unread; only robots.txt is read like that (RFC 9309, 2.5).
    Cut,
}

/// The limits of one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// Bytes after decompression.
    pub(super) max: u64,
    /// What happens beyond `max`.
    pub(super) overflow: Overflow,
    /// Minimum speed; 0 means any.
    pub(super) bytes_per_second: u64,
    /// The window the speed is measured over.
    pub(super) window: Duration,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum BodyFault<E> {
    /// More than `BodyLimits::max`.
    TooLarge,
    /// Slower than `BodyLimits::bytes_per_second`.
    TooSlow,
    /// The connection or the decoder failed.
    Broken(E),
}

/// Reads a body to its end within its limits; the whole body or nothing.
pub(super) async fn collect<S, E>(stream: S, limits: &BodyLimits) -> Result<Bytes, BodyFault<E>>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut stream = pin!(stream);
    let mut gauge = SpeedGauge::new(limits);
    let mut body = BytesMut::new();
    loop {
        match timeout_at(gauge.due, stream.next()).await {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Err(error))) => return Err(BodyFault::Broken(error)),
            Ok(Some(Ok(chunk))) => {
                gauge.seen = gauge.seen.saturating_add(length(chunk.len()));
                let room = limits.max.saturating_sub(length(body.len()));
                if length(chunk.len()) > room {
                    return over(body, &chunk, room, limits.overflow);
                }
                body.extend_from_slice(&chunk);
            }
            Err(_elapsed) => {}
        }
        gauge.judge().map_err(|SlowBody| BodyFault::TooSlow)?;
    }
}

/// A body larger than its cap: refused, or cut at it.
fn over<E>(
    mut body: BytesMut,
    chunk: &Bytes,
    room: u64,
    overflow: Overflow,
) -> Result<Bytes, BodyFault<E>> {
    match overflow {
        Overflow::Refuse => Err(BodyFault::TooLarge),
        Overflow::Cut => {
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            body.extend(chunk.iter().take(room));
            Ok(body.freeze())
        }
    }
}

/// Sizes of memory as the settings count them.
fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A window in which the body did not move fast enough.
struct SlowBody;

/// Counts bytes window by window. A total deadline alone would let a few drip servers hold every slot for
/// its full length, and an average over the whole body would forgive a server that stops half-way.
struct SpeedGauge {
    due: Instant,
    seen: u64,
    least: u64,
    window: Duration,
}

impl SpeedGauge {
    fn new(limits: &BodyLimits) -> Self {
        let window = limits.window.max(Duration::from_millis(10));
        let least = u128::from(limits.bytes_per_second) * window.as_millis() / 1000;
        let least = u64::try_from(least).unwrap_or(u64::MAX);
        Self {
            due: Instant::now() + window,
            seen: 0,
            least,
            window,
        }
    }

    /// At the end of a window: fast enough goes on to the next window.
    fn judge(&mut self) -> Result<(), SlowBody> {
        let now = Instant::now();
        if now < self.due {
            return Ok(());
        }
        if self.seen < self.least {
            return Err(SlowBody);
        }
        self.due = now + self.window;
        self.seen = 0;
        Ok(())
    }
}

/// Bytes of the names and values of all fields.
pub(super) fn header_bytes(headers: &HeaderMap) -> u64 {
    headers
        .iter()
        .map(|(name, value)| length(name.as_str().len() + value.len()))
        .sum()
}

/// The time left for a request with all its redirects; only spent while something is under way.
pub(super) struct Deadline {
    left: Duration,
}

/// The time was used up.
#[derive(Debug)]
pub(super) struct OutOfTime;

impl Deadline {
    pub(super) fn new(total: Duration) -> Self {
        Self { left: total }
    }

    /// Runs `work` within what is left.
    pub(super) async fn bound<T>(&mut self, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
        let started = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(started.elapsed());
        done.map_err(|_elapsed| OutOfTime)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    const LIMITS: BodyLimits = BodyLimits {
        max: 10,
        overflow: Overflow::Refuse,
        bytes_per_second: 2,
        window: Duration::from_secs(2),
    };

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, Infallible>> {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| Ok(Bytes::from_static(part.as_bytes())))
            .collect();
        stream::iter(parts)
    }

    /// One part each `every`.
    fn drip(parts: usize, every: Duration) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(parts, move |left| async move {
            tokio::time::sleep(every).await;
            (left > 0).then(|| (Ok(Bytes::from_static(b"x")), left - 1))
        })
    }

    #[tokio::test]
    async fn the_cap_counts_all_chunks_and_is_inclusive() {
        assert_eq!(
            collect(chunks(&["01234", "56789"]), &LIMITS)
                .await
                .expect("fits"),
            "0123456789"
        );
        let over = collect(chunks(&["01234", "56789", "0"]), &LIMITS).await;
        assert!(matches!(over, Err(BodyFault::TooLarge)), "{over:?}");
        let cut = BodyLimits {
            overflow: Overflow::Cut,
            ..LIMITS
        };
        assert_eq!(
            collect(chunks(&["01234567", "89abc"]), &cut)
                .await
                .expect("cut"),
            "0123456789"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_is_given_up_after_its_first_window() {
        let start = Instant::now();
        let slow = collect(drip(8, Duration::from_secs(1)), &LIMITS).await;
        assert!(matches!(slow, Err(BodyFault::TooSlow)), "{slow:?}");
        assert_eq!(start.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_halfway_is_given_up_too() {
        let start = Instant::now();
        let stops = chunks(&["012345"]).chain(drip(1, Duration::from_mins(1)));
        let slow = collect(stops, &LIMITS).await;
        assert!(matches!(slow, Err(BodyFault::TooSlow)), "{slow:?}");
        assert_eq!(start.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn fast_enough_passes_and_zero_switches_the_rule_off() {
        assert!(
            collect(drip(8, Duration::from_millis(400)), &LIMITS)
                .await
                .is_ok()
        );
        let any = BodyLimits {
            bytes_per_second: 0,
            ..LIMITS
        };
        assert!(collect(drip(8, Duration::from_secs(9)), &any).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_is_spent_only_while_something_runs() {
        let mut deadline = Deadline::new(Duration::from_secs(3));
        assert!(
            deadline
                .bound(tokio::time::sleep(Duration::from_secs(2)))
                .await
                .is_ok()
        );
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(
            deadline
                .bound(tokio::time::sleep(Duration::from_millis(900)))
                .await
                .is_ok()
        );
        assert!(
            deadline
                .bound(tokio::time::sleep(Duration::from_secs(1)))
                .await
                .is_err()
        );
    }
}
