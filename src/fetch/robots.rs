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
            rules @ (Rules::Free | Rules::Listed(_)) => Known {
                rules,
                until: Instant::now() + KEPT,
            },
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
            let bytes = answer
                .body
                .map(|document| document.bytes)
                .unwrap_or_default();
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
    Ok(if unavailable {
        Rules::Unavailable
    } else {
        Rules::Free
    })
}

/// Reads the rules off the async workers: half a megabyte of patterns takes its time.
async fn parse(bytes: Bytes) -> Rules {
    let parsed = tokio::task::spawn_blocking(move || Robot::new(PRODUCT_TOKEN, &bytes).ok()).await;
    // A file the parser cannot take is not taken as permission.
    parsed
        .ok()
        .flatten()
        .map_or(Rules::Unavailable, |robot| Rules::Listed(Arc::new(robot)))
}

impl Rules {
    fn judge(&self, url: &Url) -> (RobotsVerdict, Duration) {
        match self {
            Self::Free => (RobotsVerdict::Allowed, Duration::ZERO),
            Self::Unavailable => (RobotsVerdict::Unavailable, Duration::ZERO),
            Self::Listed(robot) => {
                let allowed = robot.allowed(url.as_str());
                let verdict = if allowed {
                    RobotsVerdict::Allowed
                } else {
                    RobotsVerdict::Disallowed
                };
                (verdict, crawl_delay(robot))
            }
        }
    }
}

fn crawl_delay(robot: &Robot) -> Duration {
    let wanted = robot.delay.unwrap_or(0.0);
    // Negative and not-a-number fail the conversion; infinite and huge do too, and are cut instead.
    let delay = Duration::try_from_secs_f32(wanted);
    let cut = if wanted > 0.0 {
        LONGEST_CRAWL_DELAY
    } else {
        Duration::ZERO
    };
    delay.unwrap_or(cut).min(LONGEST_CRAWL_DELAY)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fetch::client::Document;
    use crate::model::poll::Validators;

    fn page() -> Url {
        Url::parse("https://kunta.example:8443/cgi/page?id=1#top").expect("address")
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it stands for an answer, like `status`"
    )]
    fn file(text: &'static str) -> Result<Answer, FetchError> {
        Ok(Answer {
            status: 200,
            body: Some(Document {
                bytes: Bytes::from_static(text.as_bytes()),
                content_type: None,
            }),
            validators: Validators::default(),
            fresh_for: None,
            permanent: None,
            final_url: page(),
        })
    }

    fn status(status: u16) -> Result<Answer, FetchError> {
        Err(FetchError::Status {
            url: String::new(),
            host: String::new(),
            status,
            retry_after: None,
        })
    }

    async fn judged(answer: Result<Answer, FetchError>) -> (RobotsVerdict, Duration) {
        Robots::default()
            .verdict(&page(), |_| async { answer })
            .await
            .expect("verdict")
    }

    #[tokio::test]
    async fn our_own_group_wins_over_the_one_for_everybody() {
        let for_all = file("User-agent: *\nDisallow: /\n\nUser-agent: Seutu\nAllow: /cgi\n");
        assert_eq!(judged(for_all).await.0, RobotsVerdict::Allowed);
        let for_us = file("User-agent: *\nAllow: /\nUser-agent: seutu\nDisallow: /*?id=\n");
        assert_eq!(judged(for_us).await.0, RobotsVerdict::Disallowed);
        let soft_404 = file("<!DOCTYPE html><title>404</title>");
        assert_eq!(judged(soft_404).await.0, RobotsVerdict::Allowed);
    }

    #[tokio::test]
    async fn crawl_delay_is_cut_to_a_minute() {
        for (written, seconds) in [
            ("7.5", 7.5),
            ("86400", 60.0),
            ("inf", 60.0),
            ("-3", 0.0),
            ("NaN", 0.0),
        ] {
            let text: &'static str = format!("User-agent: *\nCrawl-delay: {written}\n").leak();
            assert_eq!(
                judged(file(text)).await.1,
                Duration::from_secs_f32(seconds),
                "{written}"
            );
        }
    }

    #[tokio::test]
    async fn a_missing_file_allows_and_an_unavailable_one_does_not() {
        for missing in [400, 401, 403, 404, 410, 204] {
            assert_eq!(
                judged(status(missing)).await.0,
                RobotsVerdict::Allowed,
                "{missing}"
            );
        }
        for unavailable in [429, 500, 503] {
            assert_eq!(
                judged(status(unavailable)).await.0,
                RobotsVerdict::Unavailable,
                "{unavailable}"
            );
        }
        let slow = FetchError::Deadline {
            url: String::new(),
            after: Duration::ZERO,
        };
        assert_eq!(judged(Err(slow)).await.0, RobotsVerdict::Unavailable);
        let chain = FetchError::TooManyRedirects {
            url: String::new(),
            limit: 5,
        };
        assert_eq!(judged(Err(chain)).await.0, RobotsVerdict::Allowed);
    }

    #[tokio::test]
    async fn our_own_faults_are_no_verdict() {
        let dns = FetchError::Dns {
            url: String::new(),
            reason: String::new(),
        };
        let verdict = Robots::default()
            .verdict(&page(), |_| async { Err(dns.clone()) })
            .await;
        assert_eq!(verdict, Err(dns));
    }

    #[tokio::test(start_paused = true)]
    async fn rules_are_kept_a_day_and_survive_an_outage() {
        let robots = Robots::default();
        let asked = AtomicUsize::new(0);
        let ask = |answer: Result<Answer, FetchError>| {
            let asked = &asked;
            move |address: Url| async move {
                assert_eq!(address.as_str(), "https://kunta.example:8443/robots.txt");
                asked.fetch_add(1, Ordering::Relaxed);
                answer
            }
        };
        let closed = || file("User-agent: *\nDisallow: /cgi\n");
        let mut seen = Vec::new();
        for (hours, answer) in [
            (23, closed()),
            (2, file("")),
            (24, status(500)),
            (25, closed()),
        ] {
            let (verdict, _) = robots.verdict(&page(), ask(answer)).await.expect("verdict");
            seen.push((verdict, asked.load(Ordering::Relaxed)));
            tokio::time::advance(Duration::from_hours(hours)).await;
        }
        let closed = RobotsVerdict::Disallowed;
        // Asked, kept, asked again in vain (the old rules hold), asked again.
        assert_eq!(seen, [(closed, 1), (closed, 1), (closed, 2), (closed, 3)]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unavailable_file_is_tried_again_soon() {
        let robots = Robots::default();
        let first = robots
            .verdict(&page(), |_| async { status(503) })
            .await
            .expect("verdict");
        assert_eq!(first.0, RobotsVerdict::Unavailable);
        tokio::time::advance(TRIED_AGAIN).await;
        let second = robots
            .verdict(&page(), |_| async { status(404) })
            .await
            .expect("verdict");
        assert_eq!(second.0, RobotsVerdict::Allowed);
    }
}
