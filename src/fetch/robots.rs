//! robots.txt by RFC 9309, asked before item pages; feeds are subscribed to by a person and are not asked for.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use texting_robots::Robot;
use tokio::sync::Mutex as Queue;
use tokio::time::Instant;
use url::Url;

use super::client::Answer;
use super::error::FetchError;
use super::hosts::locked;

/// The name rules are looked up by.
const PRODUCT_TOKEN: &str = "seutu";
/// How long an answer is used (RFC 9309, 2.4).
const KEPT: Duration = Duration::from_hours(24);
/// How soon a robots.txt that could not be had is tried again.
const TRIED_AGAIN: Duration = Duration::from_mins(30);
/// A longer `Crawl-delay` is cut to this: it would keep a host's queue waiting for ever.
const LONGEST_CRAWL_DELAY: Duration = Duration::from_mins(1);
/// Origins remembered; beyond it the ones not in use are forgotten.
const REMEMBERED_ORIGINS: usize = 512;
/// Bytes read of one robots.txt (RFC 9309, 2.5); the rest is ignored.
pub(super) const MAX_ROBOTS: u64 = 500 * 1024;

/// Whether a page may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobotsVerdict {
    /// No rule is against it.
    Allowed,
    /// A rule forbids it.
    Disallowed,
    /// robots.txt cannot be had now (5xx, 429, no answer): the page is not read until it can.
    Unavailable,
}

/// The rules of the origins asked lately.
#[derive(Default)]
pub(super) struct Robots {
    /// The inner lock is held while asking, so that many pages of one host ask once.
    origins: Mutex<BTreeMap<String, Arc<Queue<Option<Known>>>>>,
}

struct Known {
    rules: Rules,
    until: Instant,
}

#[derive(Clone)]
enum Rules {
    Free,
    Listed(Arc<Robot>),
    Unavailable,
}

impl Robots {
    /// The verdict for `url` and the host's crawl delay. `ask` fetches robots.txt when it is not known.
    pub(super) async fn verdict<F, Fut>(
        &self,
        url: &Url,
        ask: F,
    ) -> Result<(RobotsVerdict, Duration), FetchError>
    where
        F: FnOnce(Url) -> Fut,
        Fut: Future<Output = Result<Answer, FetchError>>,
    {
        let entry = self.entry(&url.origin().ascii_serialization());
        let mut known = entry.lock().await;
        let current = known.as_ref().filter(|known| known.until > Instant::now());
        if let Some(current) = current {
            return Ok(current.rules.judge(url));
        }
        let fresh = match read(ask(address(url)).await).await? {
            Rules::Unavailable => Known {
                // Rules known from before go on being followed (RFC 9309, 2.4).
                rules: known.take().map_or(Rules::Unavailable, |old| old.rules),
                until: Instant::now() + TRIED_AGAIN,
            },
            rules => Known { rules, until: Instant::now() + KEPT },
        };
        Ok(known.insert(fresh).rules.judge(url))
    }

    fn entry(&self, origin: &str) -> Arc<Queue<Option<Known>>> {
        let mut origins = locked(&self.origins);
        if origins.len() >= REMEMBERED_ORIGINS && !origins.contains_key(origin) {
            origins.retain(|_, entry| Arc::strong_count(entry) > 1);
        }
        Arc::clone(origins.entry(origin.to_owned()).or_default())
    }
}

/// Where the rules for `url` stand.
fn address(url: &Url) -> Url {
    let mut address = url.clone();
    address.set_path("/robots.txt");
    address.set_query(None);
    address.set_fragment(None);
    address
}

/// What an answer means (RFC 9309, 2.3.1). `Err` only for what says nothing about the rules: a host that is
/// paused, an address that is refused, or a fault that may be this machine's own.
async fn read(answer: Result<Answer, FetchError>) -> Result<Rules, FetchError> {
    let error = match answer {
        Ok(answer) => {
            let bytes = answer.body.map(|document| document.bytes).unwrap_or_default();
            return Ok(parse(bytes).await);
        }
        Err(error) => error,
    };
    let says_nothing = error.is_our_side()
        || matches!(
            error,
            FetchError::HostPaused { .. } | FetchError::Refused { .. } | FetchError::BadUrl { .. }
        );
    if says_nothing {
        return Err(error);
    }
    // 429 is an overloaded server, not a missing file, whatever its first digit says.
    let unavailable = match error.status() {
        Some(status) => status == 429 || status >= 500,
        None => !matches!(
            error,
            FetchError::TooManyRedirects { .. } | FetchError::RedirectLoop { .. }
        ),
    };
    Ok(if unavailable { Rules::Unavailable } else { Rules::Free })
}

/// Reads the rules off the async workers: half a megabyte of patterns takes its time.
async fn parse(bytes: Bytes) -> Rules {
    let parsed = tokio::task::spawn_blocking(move || Robot::new(PRODUCT_TOKEN, &bytes).ok()).await;
    // A file the parser cannot take is not taken as permission.
    parsed.ok().flatten().map_or(Rules::Unavailable, |robot| Rules::Listed(Arc::new(robot)))
}

impl Rules {
    fn judge(&self, url: &Url) -> (RobotsVerdict, Duration) {
        match self {
            Self::Free => (RobotsVerdict::Allowed, Duration::ZERO),
            Self::Unavailable => (RobotsVerdict::Unavailable, Duration::ZERO),
            Self::Listed(robot) => {
                let allowed = robot.allowed(url.as_str());
                let verdict =
                    if allowed { RobotsVerdict::Allowed } else { RobotsVerdict::Disallowed };
                (verdict, crawl_delay(robot))
            }
        }
    }
}

fn crawl_delay(robot: &Robot) -> Duration {
    let wanted = robot.delay.unwrap_or(0.0);
    // Negative and not-a-number fail the conversion; infinite and huge do too, and are cut instead.
    let delay = Duration::try_from_secs_f32(wanted);
    let cut = if wanted > 0.0 { LONGEST_CRAWL_DELAY } else { Duration::ZERO };
    delay.unwrap_or(cut).min(LONGEST_CRAWL_DELAY)
}
