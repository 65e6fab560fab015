//! The scalar settings: a new one is a field with its default and one line in [`Draft::keys`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;
use url::Url;

use super::keys::Keys;
use super::setting::{Optional, Setting};
use super::{ExportSettings, FeedSettings, PollSettings, PrivacySettings, SnapshotSettings};
use crate::model::fetch_settings::FetchSettings;
use crate::model::operation::MetricsAccess;
use crate::model::takedown::{WhenGone, WhenRedacted};
use crate::model::voikko::VoikkoChoice;

/// The contact of somebody who has not set one.
pub(super) const PLACEHOLDER_CONTACT: &str = "https://example.fi/seutu";

/// Seconds, for ranges.
const SECOND: Duration = Duration::from_secs(1);

/// A day, for times of the law.
const DAY: Duration = Duration::from_hours(24);

/// The longest time any setting may name.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// A section of scalar settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Archive,
    Http,
    Fetch,
    Poll,
    Export,
    Snapshot,
    Privacy,
    Feeds,
}

impl Section {
    /// Every section, in the order of the file.
    pub(super) const ALL: [Self; 8] = [
        Self::Archive,
        Self::Http,
        Self::Fetch,
        Self::Poll,
        Self::Export,
        Self::Snapshot,
        Self::Privacy,
        Self::Feeds,
    ];

    /// Its name in the file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Http => "http",
            Self::Fetch => "fetch",
            Self::Poll => "poll",
            Self::Export => "export",
            Self::Snapshot => "snapshot",
            Self::Privacy => "privacy",
            Self::Feeds => "feeds",
        }
    }
}

/// The scalar settings while they are read: a later layer (environment) writes over an earlier one.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) archive_dir: PathBuf,
    pub(super) max_pdf_original: u64,
    pub(super) voikko: VoikkoChoice,
    pub(super) vocabulary: Optional<PathBuf>,
    pub(super) max_attachments: u64,
    pub(super) min_free: u64,
    pub(super) listen: SocketAddr,
    pub(super) metrics: MetricsAccess,
    /// `None` follows from `listen`.
    pub(super) public_url: Option<SiteUrl>,
    pub(super) contact: Contact,
    pub(super) fetch: FetchSettings,
    pub(super) poll: PollSettings,
    pub(super) export: ExportSettings,
    pub(super) snapshot: SnapshotSettings,
    pub(super) privacy: PrivacySettings,
    pub(super) feeds: FeedSettings,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            archive_dir: "seutu-data".into(),
            max_pdf_original: 4 << 20,
            voikko: VoikkoChoice::Auto,
            vocabulary: Optional(None),
            max_attachments: 4 << 30,
            min_free: 128 << 20,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics: MetricsAccess::Loopback,
            public_url: None,
            contact: Contact(PLACEHOLDER_CONTACT.to_owned()),
            fetch: FetchSettings::defaults(PLACEHOLDER_CONTACT),
            poll: PollSettings {
                interval: Duration::from_mins(20),
                look_interval: Duration::from_secs(15),
                pages_per_cycle: 500,
                attachments_per_cycle: 20,
                max_attachment: 8 << 20,
                attachments: vec![],
            },
            export: ExportSettings {
                s3_endpoint: Optional(None),
                s3_region: Optional(None),
                s3_path_style: true,
                access_key_file: Optional(None),
                secret_key_file: Optional(None),
            },
            snapshot: SnapshotSettings {
                interval: Duration::from_hours(1),
            },
            privacy: PrivacySettings {
                appeal_window: 45 * DAY,
                grace: 30 * DAY,
                when_gone: WhenGone::Withdraw,
                when_redacted: WhenRedacted::Follow,
            },
            feeds: FeedSettings {
                hub: Optional(None),
            },
        }
    }
}

impl Draft {
    /// Every key of a section with the value it stands for.
    pub(super) fn keys(&mut self, section: Section, keys: &mut impl Keys) {
        match section {
            Section::Archive => {
                keys.optional("dir", &mut self.archive_dir);
                keys.bounded("max_pdf_original", &mut self.max_pdf_original, 0..=1 << 30);
                keys.optional("voikko", &mut self.voikko);
                keys.optional("vocabulary", &mut self.vocabulary);
                keys.bounded("max_attachments", &mut self.max_attachments, 0..=1 << 50);
                keys.bounded("min_free", &mut self.min_free, 0..=1 << 50);
            }
            Section::Http => {
                keys.optional("listen", &mut self.listen);
                keys.optional("public_url", &mut self.public_url);
                keys.optional("metrics", &mut self.metrics);
            }
            Section::Fetch => self.fetch_keys(keys),
            Section::Poll => {
                let poll = &mut self.poll;
                keys.bounded("interval", &mut poll.interval, SECOND..=MONTH);
                keys.bounded("look_interval", &mut poll.look_interval, SECOND..=MONTH);
                keys.bounded("pages_per_cycle", &mut poll.pages_per_cycle, 1..=1_000_000);
                let attachments = &mut poll.attachments_per_cycle;
                keys.bounded("attachments_per_cycle", attachments, 0..=1_000_000);
                keys.bounded("max_attachment", &mut poll.max_attachment, 1..=1 << 30);
                keys.optional("attachments", &mut poll.attachments);
            }
            Section::Export => {
                let export = &mut self.export;
                keys.optional("s3_endpoint", &mut export.s3_endpoint);
                keys.optional("s3_region", &mut export.s3_region);
                keys.optional("s3_path_style", &mut export.s3_path_style);
                keys.optional("access_key_file", &mut export.access_key_file);
                keys.optional("secret_key_file", &mut export.secret_key_file);
            }
            Section::Snapshot => {
                let interval = &mut self.snapshot.interval;
                keys.bounded("interval", interval, Duration::ZERO..=MONTH);
            }
            Section::Privacy => {
                let privacy = &mut self.privacy;
                let days = Duration::ZERO..=3650 * DAY;
                keys.bounded("appeal_window", &mut privacy.appeal_window, days.clone());
                keys.bounded("grace", &mut privacy.grace, days);
                keys.optional("when_gone", &mut privacy.when_gone);
                keys.optional("when_redacted", &mut privacy.when_redacted);
            }
            Section::Feeds => keys.optional("hub", &mut self.feeds.hub),
        }
    }

    fn fetch_keys(&mut self, keys: &mut impl Keys) {
        let fetch = &mut self.fetch;
        let short = Duration::from_millis(1);
        keys.optional("contact", &mut self.contact);
        keys.bounded(
            "min_interval",
            &mut fetch.min_interval,
            Duration::ZERO..=60 * 60 * SECOND,
        );
        keys.bounded("timeout", &mut fetch.timeout, short..=60 * 60 * SECOND);
        keys.bounded(
            "connect_timeout",
            &mut fetch.connect_timeout,
            short..=60 * 60 * SECOND,
        );
        keys.bounded("max_body", &mut fetch.max_body, 1..=1 << 30);
        keys.bounded(
            "max_header_bytes",
            &mut fetch.max_header_bytes,
            1 << 10..=16 << 20,
        );
        keys.bounded("min_speed", &mut fetch.min_bytes_per_second, 0..=1 << 30);
        keys.bounded(
            "min_speed_grace",
            &mut fetch.min_speed_grace,
            short..=60 * 60 * SECOND,
        );
        keys.bounded("max_redirects", &mut fetch.max_redirects, 0..=20);
        keys.optional(
            "allow_private_addresses",
            &mut fetch.allow_private_addresses,
        );
        keys.optional("respect_robots", &mut fetch.respect_robots);
    }
}

/// Whom a publisher can ask: a page or a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact(pub(super) String);

impl Setting for VoikkoChoice {
    const WANTED: &'static str = "\"auto\", \"off\", or the path of libvoikko.so.1";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        match String::read(raw)?.as_str() {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            path if path.contains('/') => Ok(Self::Library(path.into())),
            word => Err(format!("`{word}` is neither a mode nor a path")),
        }
    }

    fn printed(&self) -> Option<String> {
        match self {
            Self::Auto => "auto".to_owned().printed(),
            Self::Off => "off".to_owned().printed(),
            Self::Library(path) => path.display().to_string().printed(),
        }
    }
}

impl Setting for Contact {
    const WANTED: &'static str =
        "a page or a mailbox, such as \"https://example.fi/seutu\" or \"mailto:seutu@example.fi\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let text = String::read(raw)?;
        if !text
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')'))
        {
            return Err(
                "it stands in a header, where blanks, brackets and letters outside ASCII \
                        cannot"
                    .to_owned(),
            );
        }
        let url = Url::parse(&text).map_err(|error| error.to_string())?;
        match url.scheme() {
            "http" | "https" => Url::read(raw).map(|_url| Self(text)),
            "mailto" if url.path().contains('@') => Ok(Self(text)),
            other => Err(format!("`{other}:` does not lead to a person")),
        }
    }

    fn printed(&self) -> Option<String> {
        self.0.printed()
    }
}

/// The address readers know the site by; ends with a slash, so that paths can be joined to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SiteUrl(pub(super) Url);

impl Setting for SiteUrl {
    const WANTED: &'static str = Url::WANTED;

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let mut url = Url::read(raw)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it carries `?` or `#`, to which no path can be joined".to_owned());
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }

    fn printed(&self) -> Option<String> {
        self.0.printed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_page_or_a_mailbox() {
        for good in [
            "https://example.fi/seutu",
            "http://example.fi",
            "mailto:seutu@example.fi",
        ] {
            assert!(Contact::from_text(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "seutu@example.fi",
            "mailto:",
            "ftp://example.fi",
            "https://exämple.fi",
            "x",
        ] {
            assert!(Contact::from_text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_public_address_ends_with_a_slash() {
        let site = SiteUrl::from_text("https://example.fi/seutu").expect("address");
        assert_eq!(site.0.as_str(), "https://example.fi/seutu/");
        assert!(SiteUrl::from_text("https://example.fi/?a=b").is_err());
    }
}
