//! What is counted of requests: by the template of their route and the class of their status, never by anything sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::super::ready::Route;

/// Upper bounds of the classes of durations, in seconds.
const SECONDS: [f64; 8] = [0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// The route of requests that none answers.
const OTHER: &str = "other";

type ByRoute = [(&'static str, String); 1];
type ByRouteAndStatus = [(&'static str, String); 2];

/// The counts since the start; clones share them.
#[derive(Clone)]
pub struct HttpMetrics(Arc<Counts>);

struct Counts {
    registry: Registry,
    requests: Family<ByRouteAndStatus, Counter>,
    durations: Family<ByRoute, Histogram, fn() -> Histogram>,
    open: Arc<AtomicI64>,
    documents: Arc<Lookups>,
}

/// How often a document was asked for that was kept, and one that had to be built.
#[derive(Debug, Default)]
pub struct Lookups {
    kept: AtomicU64,
    built: AtomicU64,
}

impl Lookups {
    /// It was kept.
    pub fn hit(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// It was built.
    pub fn miss(&self) {
        self.built.fetch_add(1, Ordering::Relaxed);
    }

    /// Those that were kept, and those that were built.
    pub fn both(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.kept), read(&self.built))
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<ByRouteAndStatus, Counter>::default();
        let durations: Family<ByRoute, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register(
            "seutu_http_requests",
            "Requests answered, by route template and class of the status",
            requests.clone(),
        );
        registry.register(
            "seutu_http_request_duration_seconds",
            "Time from a request's headers to the headers of its answer",
            durations.clone(),
        );
        Self(Arc::new(Counts {
            registry,
            requests,
            durations,
            open: Arc::default(),
            documents: Arc::default(),
        }))
    }
}

impl HttpMetrics {
    /// The number of open connections, to be kept by whoever opens and ends them.
    pub fn open(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.0.open)
    }

    /// The lookups of kept feeds.
    pub fn documents(&self) -> Arc<Lookups> {
        Arc::clone(&self.0.documents)
    }

    /// Adds what was counted of requests.
    ///
    /// # Errors
    /// None but those of `text`.
    pub(super) fn write(&self, text: &mut String) -> fmt::Result {
        encode_registry(text, &self.0.registry)
    }

    /// Counts an answer.
    pub fn add(&self, route: &str, response: &Response, began: Instant) {
        let status = response.status().as_u16() / 100;
        let labels = [
            ("route", route.to_owned()),
            ("status", format!("{status}xx")),
        ];
        self.0.requests.get_or_create(&labels).inc();
        let labels = [("route", route.to_owned())];
        let durations = self.0.durations.get_or_create(&labels);
        durations.observe(began.elapsed().as_secs_f64());
    }
}

/// Counts every request that goes through it, and leaves the template of its route in the answer.
pub async fn count(State(metrics): State<HttpMetrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let route = route.as_ref().map_or(OTHER, MatchedPath::as_str);
    metrics.add(route, &response, began);
    response.extensions_mut().insert(Route(route.into()));
    response
}
