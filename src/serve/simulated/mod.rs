//! The simulated municipal sites of `seutu demo`: bundled pages behind real HTTP on loopback, so
//! that everything from the socket to the merged feed can be watched without a network.
//!
//! Each site has a port of its own, and with it an origin, a robots.txt and a pace of its own. The
//! country has two states: agendas are out, and (after [`SimulatedSites::advance`]) minutes are out.
//! Answers depend on that state and on how often something was asked, never on the time of day.

mod answer;
mod feed;
mod lists;
mod plan;
mod site;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use crate::model::ids::SourceId;
use crate::model::minutes::Stage;
use crate::model::source::{AuthorityKind, PlatformKind};

use self::site::Site;

/// What a configuration needs to know of one simulated site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedSource {
    /// Id of the source, the name of its folder of pages.
    pub id: SourceId,
    /// Name of the invented municipality.
    pub municipality: String,
    /// Invented municipality code, three digits.
    pub code: String,
    /// Which reader understands it.
    pub platform: PlatformKind,
    /// The portal, or for a plain feed the feed itself.
    pub url: Url,
    /// What kind of authority publishes there.
    pub kind: AuthorityKind,
    /// Whether it takes part in the networks.
    pub is_member: bool,
    /// Who permitted that its pages are read.
    pub permission: Option<String>,
    /// Which generation of markup its pages have; `None` for a plain feed.
    pub markup: Option<String>,
    /// What is special about the site, in one English sentence.
    pub note: String,
}

/// What one site was asked for since it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteRequests {
    /// Id of the source.
    pub source: SourceId,
    /// Requests of every kind.
    pub total: u64,
    /// Requests for the feed of items.
    pub feeds: u64,
    /// Answers 304 to requests for a feed.
    pub not_modified: u64,
    /// Requests for item pages.
    pub pages: u64,
    /// Requests for robots.txt.
    pub robots: u64,
    /// Requests of any kind that carried a cookie.
    pub with_cookie: u64,
}

/// The running sites; they stop when this is dropped.
#[derive(Debug)]
pub struct SimulatedSites {
    sites: Vec<Arc<Site>>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl SimulatedSites {
    /// Starts every bundled site on a free port of 127.0.0.1; needs a tokio runtime.
    ///
    /// Fails when no port can be bound, or when a bundled `site.toml` is wrong (a test keeps that
    /// from being released).
    pub async fn start() -> io::Result<Self> {
        let plans = plan::bundled().map_err(io::Error::other)?;
        let stop = CancellationToken::new();
        let mut sites = Vec::with_capacity(plans.len());
        for plan in plans {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let site = Site::new(plan, listener.local_addr()?).map_err(io::Error::other)?;
            let site = Arc::new(site);
            tokio::spawn(serve(listener, Arc::clone(&site), stop.clone()));
            sites.push(site);
        }
        Ok(Self {
            sites,
            stop: stop.clone(),
            _stop_on_drop: stop.drop_guard(),
        })
    }

    /// The sites as sources to configure, in order of their ids.
    pub fn config(&self) -> Vec<SimulatedSource> {
        self.sites.iter().map(|site| site.source()).collect()
    }

    /// Moves the whole country from "agendas are out" to "minutes are out". Further calls change
    /// nothing.
    pub fn advance(&self) {
        for site in &self.sites {
            site.advance();
        }
    }

    /// Calls [`Self::advance`] after `wait`, unless the sites are stopped before.
    pub fn advance_after(&self, wait: Duration) -> JoinHandle<()> {
        let sites = self.sites.clone();
        let stopped = self.stop.clone().cancelled_owned();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped => {}
                () = tokio::time::sleep(wait) => sites.iter().for_each(|site| site.advance()),
            }
        })
    }

    /// What is out now.
    pub fn stage(&self) -> Stage {
        self.sites
            .first()
            .map_or(Stage::Agenda, |site| site.stage())
    }

    /// What each site was asked for, in the order of [`Self::config`].
    pub fn requests(&self) -> Vec<SiteRequests> {
        self.sites.iter().map(|site| site.requests()).collect()
    }
}

/// Serves one site until `stop`; a listener that fails ends only its own site.
async fn serve(listener: TcpListener, site: Arc<Site>, stop: CancellationToken) {
    let id = site.plan.id.clone();
    let router = Router::new().fallback(handle).with_state(site);
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::warn!(site = %id, %error, "simulated site stopped; restart the demo");
    }
}

async fn handle(State(site): State<Arc<Site>>, request: Request) -> Response {
    answer::answer(&site, &answer::Asked::of(&request)).into_response()
}
