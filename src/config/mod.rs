//! Configuration: TOML into checked values, with every fault reported at once by file and line.
//!
//! A new scalar setting is a field and a line in `settings`, a new key of an entry one line in
//! `entries`, and a commented line in `config/seutu.toml`; reading, environment, printing and the
//! drift test follow from these.

mod checks;
mod entries;
mod fault;
mod folder;
mod keys;
mod print;
mod read;
mod register;
mod setting;
mod settings;
mod units;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use url::Url;

pub use self::fault::{ConfigFaults, Fault, Place, nearest};
pub use self::folder::archive_dir_fault;
use self::read::Whole;
pub use self::register::{RegisteredMunicipality, municipality_in, registered_municipalities};
pub use self::setting::Optional;
use crate::model::fetch_settings::FetchSettings;
use crate::model::file_kind::FileKind;
use crate::model::network::Network;
use crate::model::operation::MetricsAccess;
use crate::model::source::{Municipality, Source};
use crate::model::takedown::{WhenGone, WhenRedacted};
use crate::model::voikko::VoikkoChoice;

/// The default configuration.
const EMBEDDED: &str = include_str!("../../config/seutu.toml");

/// What faults call the default configuration.
const EMBEDDED_NAME: &str = "config/seutu.toml (embedded)";

/// Where a configuration is looked for when none is named.
const CANDIDATES: [&str; 2] = ["seutu.toml", "/etc/seutu/seutu.toml"];

/// The largest configuration file that is read; a hundred times the default one is a mistake.
const MAX_BYTES: u64 = 4 << 20;

/// When feeds and pages are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// Time between two polls of a feed, for sources that do not say.
    pub interval: Duration,
    /// Time between two looks of the daemon at what is due.
    pub look_interval: Duration,
    /// Most pages of one source checked in one cycle, so that a first run does not fall upon a portal.
    pub pages_per_cycle: u32,
    /// Most attachments and PDFs of whole meetings of one source asked for in one cycle, together, for sources
    /// that want their text.
    pub attachments_per_cycle: u32,
    /// Bytes of an attachment, or of a PDF of a whole meeting, that is read.
    pub max_attachment: u64,
    /// Kinds of attachments that are fetched, for sources that do not say.
    pub attachments: Vec<FileKind>,
}

/// Where exports to an S3-compatible store go, and who they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSettings {
    /// The store; Amazon's own of the region while nothing is named.
    pub s3_endpoint: Optional<Url>,
    /// Its region.
    pub s3_region: Optional<String>,
    /// Whether the bucket stands in the path of addresses (true) or in the host name.
    pub s3_path_style: bool,
    /// A file with the access key id.
    pub access_key_file: Optional<PathBuf>,
    /// A file with the secret key.
    pub secret_key_file: Optional<PathBuf>,
}

/// When the archive is published as one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSettings {
    /// Least time between two snapshots that the daemon publishes by itself; zero: none.
    pub interval: Duration,
}

/// How feeds are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSettings {
    /// The hub (`WebSub`) that is told when a feed changed, so that subscribers need not ask.
    pub hub: Optional<Url>,
}

/// What follows when a source takes back what it published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacySettings {
    /// How long after its minutes a decision can be appealed against; before, nothing is taken out.
    pub appeal_window: Duration,
    /// How long a page must be gone before its item loses its names.
    pub grace: Duration,
    /// What follows when a page is gone.
    pub when_gone: WhenGone,
    /// What follows when a page loses words.
    pub when_redacted: WhenRedacted,
}

/// The configuration with every default filled in and every name checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Folder of `archive.db`, `originals.db` and the published snapshot.
    pub archive_dir: PathBuf,
    /// Where `archive_dir` was set, for [`archive_dir_fault`].
    pub archive_dir_place: Place,
    /// Bytes of a PDF or another attachment whose original is kept; the text of larger ones is kept alone.
    pub max_pdf_original: u64,
    /// Whether the search asks Voikko for the forms of Finnish words.
    pub voikko: VoikkoChoice,
    /// File with the words that agendas and minutes are read by; the built-in ones while nothing is named.
    pub vocabulary: Optional<PathBuf>,
    /// Bytes of all attachments and PDFs of whole meetings that are kept among the originals.
    pub max_attachments: u64,
    /// Free bytes on the archive's disk below which the daemon says that it is not ready; zero: never.
    pub min_free: u64,
    /// Address the HTTP server listens on.
    pub listen: SocketAddr,
    /// Address readers know the site by; ends with a slash.
    pub public_url: Url,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// Page or mailbox that stands in the User-Agent.
    pub contact: String,
    /// Manners and limits of the HTTP client.
    pub fetch: FetchSettings,
    /// When feeds and pages are checked.
    pub poll: PollSettings,
    /// Where exports go.
    pub export: ExportSettings,
    /// When the archive is published as one file.
    pub snapshot: SnapshotSettings,
    /// What follows when a source takes back what it published.
    pub privacy: PrivacySettings,
    /// How feeds are published.
    pub feeds: FeedSettings,
    /// Everybody who publishes.
    pub municipalities: Vec<Municipality>,
    /// Where they publish; each names one of `municipalities`.
    pub sources: Vec<Source>,
    /// The networks whose decisions are recognised; members are among `municipalities`.
    pub networks: Vec<Network>,
}

impl Config {
    /// The default configuration as it is embedded: `config/seutu.toml`.
    pub fn embedded_text() -> &'static str {
        EMBEDDED
    }

    /// The contact, where somebody set one.
    pub fn named_contact(&self) -> Option<&str> {
        Some(self.contact.as_str()).filter(|contact| *contact != settings::PLACEHOLDER_CONTACT)
    }

    /// Reads a configuration text; `file` is its name in faults. `environment` is looked through for
    /// `SEUTU_<SECTION>_<KEY>`.
    pub fn parse(
        file: &str,
        text: &str,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFaults> {
        let variables = environment.collect();
        Whole::read(file, text, &variables).into_config()
    }

    /// The same, with what is open already as it is in `opened`; says which settings that concerns: they change at
    /// the next start.
    #[must_use]
    pub fn beside(self, opened: &Self) -> (Self, Vec<&'static str>) {
        let kept = [
            ("archive.dir", self.archive_dir == opened.archive_dir),
            ("archive.voikko", self.voikko == opened.voikko),
            ("http.listen", self.listen == opened.listen),
        ];
        let changed = kept.into_iter().filter(|(_, same)| !same);
        let changed = changed.map(|(name, _)| name).collect();
        let config = Self {
            archive_dir: opened.archive_dir.clone(),
            archive_dir_place: opened.archive_dir_place.clone(),
            voikko: opened.voikko.clone(),
            listen: opened.listen,
            ..self
        };
        (config, changed)
    }

    /// The municipality of that name.
    pub fn municipality(&self, name: &str) -> Option<&Municipality> {
        self.municipalities
            .iter()
            .find(|municipality| municipality.name == name)
    }

    /// TOML that loads back to an equal configuration: what `check --print` shows.
    pub fn effective_toml(&self) -> String {
        print::toml(self)
    }
}

/// Loads the named file, else `./seutu.toml`, else `/etc/seutu/seutu.toml`, else the embedded default.
///
/// For commands that only read; those that write use [`load_to_write`].
pub fn load(
    explicit: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigFaults> {
    let (file, text) = find(explicit)?;
    Config::parse(&file, &text, environment)
}

/// Like [`load`], and an archive folder that cannot be written is a fault among the others.
pub fn load_to_write(
    explicit: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigFaults> {
    let (file, text) = find(explicit)?;
    let variables: BTreeMap<_, _> = environment.collect();
    let mut whole = Whole::read(&file, &text, &variables);
    whole.check_folder();
    whole.into_config()
}

/// The archive's folder that a configuration names, whatever else is wrong with it: where a running daemon is found.
pub fn folder_of(
    explicit: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<PathBuf, ConfigFaults> {
    let (file, text) = find(explicit)?;
    let variables = environment.collect();
    Ok(Whole::read(&file, &text, &variables).folder())
}

/// The name and the text of the configuration to use.
///
/// # Errors
/// Where a file is there and cannot be read, or the one named is not there.
pub fn find(explicit: Option<&Path>) -> Result<(String, String), ConfigFaults> {
    if let Some(path) = explicit {
        return read_file(path).map_err(|error| unreadable(path, &error));
    }
    for path in CANDIDATES.map(Path::new) {
        match read_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other.map_err(|error| unreadable(path, &error)),
        }
    }
    Ok((EMBEDDED_NAME.to_owned(), EMBEDDED.to_owned()))
}

fn read_file(path: &Path) -> io::Result<(String, String)> {
    let size = fs::metadata(path)?.len();
    if size > MAX_BYTES {
        return Err(io::Error::other(format!(
            "{size} bytes are too many for a configuration"
        )));
    }
    let text = String::from_utf8(fs::read(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))?;
    Ok((path.display().to_string(), text))
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigFaults {
    let remedy = if error.kind() == io::ErrorKind::NotFound {
        "name an existing file, or leave --config out"
    } else if error.kind() == io::ErrorKind::InvalidData {
        "save the file as UTF-8"
    } else {
        "make it a file that this user may read"
    };
    ConfigFaults(vec![Fault {
        file: path.display().to_string(),
        line: 0,
        column: 0,
        what: format!("the configuration cannot be read: {error}"),
        remedy: remedy.to_owned(),
    }])
}
