//! The server's queries, answered by the archive.

use url::Url;

use super::site::{
    Counts, EventPage, FeedQuery, FeedStamp, FindingRecord, NetworkEntry, PublicFile, Published,
    Site, SiteFault, SourceOverview,
};
use crate::archive::{ArchiveError, PublicFolder, Reader};
use crate::config::Config;
use crate::model::item::ItemRecord;

/// An archive with the configuration it belongs to.
#[derive(Debug)]
pub struct ArchiveSite {
    reader: Reader,
    public: PublicFolder,
    public_url: Url,
    networks: Vec<NetworkEntry>,
    municipalities: Vec<String>,
}

impl ArchiveSite {
    /// Answers from `reader` in the terms of `config`.
    pub fn new(reader: Reader, config: &Config) -> Self {
        let networks = config.networks.iter().map(|network| NetworkEntry {
            slug: network.slug.clone(),
            name: network.name.clone(),
            description: network.description.clone(),
        });
        Self {
            reader,
            public: PublicFolder::of(&config.archive_dir),
            public_url: config.public_url.clone(),
            networks: networks.collect(),
            municipalities: config
                .municipalities
                .iter()
                .map(|m| m.name.clone())
                .collect(),
        }
    }
}

impl Site for ArchiveSite {
    fn public_url(&self) -> &Url {
        &self.public_url
    }

    fn networks(&self) -> &[NetworkEntry] {
        &self.networks
    }

    fn municipalities(&self) -> &[String] {
        &self.municipalities
    }

    fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, SiteFault> {
        self.reader.feed_stamp(query).map_err(fault)
    }

    fn feed_items(&self, query: &FeedQuery) -> Result<Vec<ItemRecord>, SiteFault> {
        self.reader.feed_items(query).map_err(fault)
    }

    fn sources(&self) -> Result<Vec<SourceOverview>, SiteFault> {
        self.reader.source_overview().map_err(fault)
    }

    fn findings(&self) -> Result<Vec<FindingRecord>, SiteFault> {
        self.reader.findings(None).map_err(fault)
    }

    fn published(&self) -> Option<Published> {
        // Pages about everything else must not fail with this one file.
        self.public.latest().unwrap_or_else(|error| {
            tracing::error!(%error, "what is published cannot be read");
            None
        })
    }

    fn public_file(&self, name: &str) -> Result<Option<PublicFile>, SiteFault> {
        let since = self.reader.takedown_seq().map_err(fault)?;
        self.public.open(name, since).map_err(fault)
    }

    fn events(&self, since: i64, limit: u32) -> Result<EventPage, SiteFault> {
        self.reader.events(since, limit).map_err(fault)
    }

    fn counts(&self) -> Result<Counts, SiteFault> {
        self.reader.counts().map_err(fault)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn fault(error: ArchiveError) -> SiteFault {
    SiteFault(error.to_string())
}
