//! Manners towards one host: one request at a time, a pause between two, silence when it asks for silence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};
use url::Url;

/// Hosts remembered before idle ones are forgotten.
const REMEMBERED_HOSTS: usize = 512;

/// The longest pause a host can ask for; also what restored pauses are cut to.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// The key everything about a host is kept under: `host:port`, the scheme's port when none is written.
pub fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

/// All hosts talked to lately.
pub(super) struct Hosts {
    min_interval: Duration,
    known: Arc<Mutex<BTreeMap<String, Arc<Host>>>>,
}

struct Host {
    /// Fair: who asked first goes first.
    queue: Arc<Queue<()>>,
    times: Mutex<Times>,
}

#[derive(Clone, Copy, Default)]
struct Times {
    ended: Option<Instant>,
    crawl_delay: Duration,
    paused_until: Option<Instant>,
}

impl Times {
    fn pause_left(self, now: Instant) -> Option<Duration> {
        self.paused_until
            .filter(|until| *until > now)
            .map(|until| until - now)
    }

    fn ready(self, min_interval: Duration) -> Option<Instant> {
        self.ended
            .map(|ended| ended + min_interval.max(self.crawl_delay))
    }

    fn is_idle(self, min_interval: Duration, now: Instant) -> bool {
        let spaced = self.ready(min_interval).is_none_or(|ready| ready <= now);
        spaced && self.pause_left(now).is_none()
    }
}

/// The right to send one request to a host; the pause begins when it is dropped.
pub(super) struct Turn {
    host: Arc<Host>,
    /// Released after `drop` below has run.
    _place: OwnedMutexGuard<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        locked(&self.host.times).ended = Some(Instant::now());
    }
}

impl Hosts {
    pub(super) fn new(min_interval: Duration) -> Self {
        Self {
            min_interval,
            known: Arc::default(),
        }
    }

    /// The same hosts with what is known of them, another pause between two requests.
    pub(super) fn spaced(&self, min_interval: Duration) -> Self {
        Self {
            min_interval,
            known: Arc::clone(&self.known),
        }
    }

    /// Waits for this host's turn. `Err` says how long the host is still paused: the caller gives up at
    /// once instead of holding its work for hours.
    pub(super) async fn turn(&self, key: &str) -> Result<Turn, Duration> {
        let host = self.host(key);
        host.unless_paused()?;
        let place = Arc::clone(&host.queue).lock_owned().await;
        loop {
            // Asked anew each time: the request before this one may have earned a pause or a crawl delay.
            let times = host.unless_paused()?;
            match times.ready(self.min_interval) {
                Some(ready) if ready > Instant::now() => sleep_until(ready).await,
                _ => {
                    return Ok(Turn {
                        host,
                        _place: place,
                    });
                }
            }
        }
    }

    /// Nothing is sent to the host for `wait` (at most 24 h); a longer pause already running stays.
    pub(super) fn pause(&self, key: &str, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST_PAUSE);
        let host = self.host(key);
        let mut times = locked(&host.times);
        times.paused_until = times.paused_until.max(Some(until));
    }

    /// The hosts that are paused now, with the time left.
    pub(super) fn paused(&self) -> Vec<(String, Duration)> {
        let now = Instant::now();
        let known = locked(&self.known);
        let left = known
            .iter()
            .map(|(key, host)| (key, locked(&host.times).pause_left(now)));
        left.filter_map(|(key, left)| Some((key.clone(), left?)))
            .collect()
    }

    /// Sets the host's own spacing; the larger of this and the configured one counts.
    pub(super) fn set_crawl_delay(&self, key: &str, delay: Duration) {
        locked(&self.host(key).times).crawl_delay = delay;
    }

    fn host(&self, key: &str) -> Arc<Host> {
        let mut known = locked(&self.known);
        if let Some(host) = known.get(key) {
            return Arc::clone(host);
        }
        if known.len() >= REMEMBERED_HOSTS {
            let now = Instant::now();
            known.retain(|_, host| {
                Arc::strong_count(host) > 1 || !locked(&host.times).is_idle(self.min_interval, now)
            });
        }
        let host = Arc::new(Host {
            queue: Arc::new(Queue::new(())),
            times: Mutex::new(Times::default()),
        });
        known.insert(key.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    fn unless_paused(&self) -> Result<Times, Duration> {
        let times = *locked(&self.times);
        times.pause_left(Instant::now()).map_or(Ok(times), Err)
    }
}

/// The data behind a lock is consistent after every statement, so a panic elsewhere does not spoil it.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_pause_is_counted_from_the_end_of_a_request() {
        let hosts = Hosts::new(SECOND);
        let start = Instant::now();
        let first = hosts.turn("a:80").await.expect("turn");
        tokio::time::sleep(SECOND * 3).await;
        drop(first);
        drop(hosts.turn("a:80").await.expect("turn"));
        assert_eq!(start.elapsed().as_secs(), 4);
        drop(hosts.turn("b:80").await.expect("turn"));
        assert_eq!(start.elapsed().as_secs(), 4, "another host does not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_served_in_the_order_of_asking_and_one_at_a_time() {
        let hosts = Arc::new(Hosts::new(Duration::ZERO));
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = hosts.turn("a:80").await.expect("turn");
        let mut waiting = Vec::new();
        for number in 0..5 {
            let (hosts, order) = (Arc::clone(&hosts), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let _turn = hosts.turn("a:80").await.expect("turn");
                locked(&order).push((number, "in"));
                tokio::time::sleep(SECOND).await;
                locked(&order).push((number, "out"));
            }));
            tokio::task::yield_now().await;
        }
        drop(held);
        for task in waiting {
            task.await.expect("task");
        }
        let expected: Vec<_> = (0..5)
            .flat_map(|number| [(number, "in"), (number, "out")])
            .collect();
        assert_eq!(*locked(&order), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_turns_away_even_those_already_waiting() {
        let hosts = Arc::new(Hosts::new(SECOND));
        let held = hosts.turn("a:80").await.expect("turn");
        let queued = Arc::clone(&hosts);
        let waiting = tokio::spawn(async move { queued.turn("a:80").await.map(drop) });
        tokio::task::yield_now().await;
        hosts.pause("a:80", SECOND * 60);
        drop(held);
        assert_eq!(waiting.await.expect("task"), Err(SECOND * 60));
        hosts.pause("a:80", SECOND);
        assert_eq!(
            hosts.paused(),
            [("a:80".to_owned(), SECOND * 60)],
            "the longer pause stays"
        );
        tokio::time::sleep(SECOND * 61).await;
        assert!(hosts.turn("a:80").await.is_ok());
        assert!(hosts.paused().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_crawl_delay_is_a_floor() {
        let hosts = Hosts::new(SECOND);
        hosts.set_crawl_delay("a:80", SECOND * 10);
        let start = Instant::now();
        drop(hosts.turn("a:80").await.expect("turn"));
        drop(hosts.turn("a:80").await.expect("turn"));
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_hosts_are_forgotten_and_paused_ones_kept() {
        let hosts = Hosts::new(SECOND);
        hosts.pause("paused:80", SECOND * 3600);
        for number in 0..REMEMBERED_HOSTS * 3 {
            drop(hosts.turn(&format!("h{number}:80")).await.expect("turn"));
            tokio::time::advance(SECOND).await;
        }
        assert!(locked(&hosts.known).len() <= REMEMBERED_HOSTS);
        assert!(hosts.turn("paused:80").await.is_err());
    }

    #[test]
    fn the_key_has_the_port_of_the_scheme() {
        let key = |text| host_key(&Url::parse(text).expect("address"));
        assert_eq!(key("https://Kunta.Example/a"), "kunta.example:443");
        assert_eq!(key("http://kunta.example:8080/"), "kunta.example:8080");
    }
}
