//! The plan of a simulated site: its `site.toml` and the bundled files it names.

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use thiserror::Error;

use crate::model::minutes::Stage;
use crate::model::source::{AuthorityKind, PlatformKind};

static BUNDLED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/demo");

/// Why the bundled pages cannot be served.
#[derive(Debug, Error)]
pub enum PlanError {
    /// A file that should be bundled is not, or is not UTF-8.
    #[error("fixtures/demo/{0}: not bundled as UTF-8 text; add it and touch src/serve/simulated")]
    Missing(String),
    /// A `site.toml` cannot be read.
    #[error("fixtures/demo/{site}/site.toml: {cause}")]
    Unreadable {
        /// Folder of the site.
        site: String,
        /// What the TOML reader says, with line and column.
        cause: toml::de::Error,
    },
    /// A site has not exactly one of `[rss]`, `[document]` and `[portal]`.
    #[error("fixtures/demo/{0}/site.toml: needs exactly one of [rss], [document] and [portal]")]
    Shape(String),
    /// A charset label nobody knows.
    #[error("fixtures/demo/{site}/site.toml: unknown charset \"{charset}\"")]
    Charset {
        /// Folder of the site.
        site: String,
        /// The label.
        charset: String,
    },
    /// The address of the site is no URL.
    #[error("fixtures/demo/{site}/site.toml: bad address: {cause}")]
    Address {
        /// Folder of the site.
        site: String,
        /// What the URL reader says.
        cause: url::ParseError,
    },
}

/// A value for each state of the country.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerStage<T> {
    /// While agendas are out.
    pub agenda: T,
    /// Once minutes are out.
    pub minutes: T,
}

impl<T> PerStage<T> {
    /// The value for a state.
    pub fn at(&self, stage: Stage) -> &T {
        match stage {
            Stage::Agenda => &self.agenda,
            Stage::Minutes => &self.minutes,
        }
    }
}

/// Which validators a feed sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidatorKind {
    /// A strong `ETag` and `Last-Modified`.
    #[default]
    Both,
    /// A strong `ETag`.
    Etag,
    /// A weak `ETag`.
    WeakEtag,
    /// `Last-Modified`.
    LastModified,
}

/// How a site answers one request for its feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedAnswer {
    /// With the feed, or 304.
    #[default]
    Ok,
    /// 503 with `Retry-After: 1`.
    Unavailable,
    /// The connection ends in the middle of the body.
    BrokenOff,
    /// 200 with an HTML login page.
    Login,
}

/// How a site answers one of the first requests for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageAnswer {
    /// 200 with the page of another item.
    Wrong,
    /// 200 with a maintenance notice.
    Notice,
}

/// What every kind of feed has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedPlan {
    /// `Content-Type` as sent.
    pub content_type: String,
    /// Charset of the bytes; `iso-8859-1` sends windows-1252 bytes under that name, as real servers do.
    pub charset: String,
    /// Which validators are sent.
    pub validators: ValidatorKind,
    /// `Last-Modified`; the second value counts only where the bytes differ.
    pub modified: PerStage<String>,
    /// Answers in turn, from the beginning again after the last; empty means always well.
    #[serde(default)]
    pub answers: Vec<FeedAnswer>,
}

/// A feed made from the item list the way the platform makes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RssPlan {
    /// Title of the channel.
    pub title: String,
    /// Description of the channel of items.
    pub description: String,
    /// Link of an entry, with `@ORIGIN@` and `@KEY@`: the place for quirks of order and ampersands.
    pub link: String,
    /// The pieces of its pages of lists, a file under `fixtures/demo`.
    #[serde(default = "finnish_lists")]
    pub lists: String,
}

fn finnish_lists() -> String {
    "lists.fi.toml".to_owned()
}

/// A feed that is a bundled file for each state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentPlan {
    /// Path of the feed.
    pub path: String,
    /// Files.
    pub files: PerStage<String>,
}

/// A portal that is nothing but bundled files at addresses: lists of meetings, meetings, items.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalPlan {
    /// Which reader understands it.
    pub platform: PlatformKind,
    /// Path of the portal, and of the source that is configured.
    pub path: String,
    /// Why its pages may be read although its robots.txt forbids it, as the configuration would say.
    #[serde(default)]
    pub permission: Option<String>,
    /// What kind of authority runs it.
    #[serde(default)]
    pub kind: AuthorityKind,
    /// Addresses that begin with this are listed documents, all of them the same PDF.
    #[serde(default)]
    pub documents: Option<String>,
    /// The files.
    pub file: Vec<FilePlan>,
}

/// A bundled file at an address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePlan {
    /// Path and query as they are asked for, without regard to percent-encoding.
    pub at: String,
    /// File while agendas are out; without one there is nothing yet.
    #[serde(default)]
    pub agenda: Option<String>,
    /// File once minutes are out; without one, that of the agenda stays.
    #[serde(default)]
    pub minutes: Option<String>,
    /// What the address is, for the counts.
    #[serde(default)]
    pub is: FileKind,
    /// `Content-Type` as sent.
    #[serde(default = "html")]
    pub content_type: String,
    /// Charset the bytes are in; `utf-16le` without a byte order mark.
    #[serde(default = "utf8")]
    pub charset: String,
}

/// What stands at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// What is asked for at every poll.
    Front,
    /// A list.
    List,
    /// An item.
    #[default]
    Item,
}

fn html() -> String {
    "text/html; charset=utf-8".to_owned()
}

fn utf8() -> String {
    "utf-8".to_owned()
}

impl FilePlan {
    /// The file in a state; `None` before there is one.
    pub fn file(&self, stage: Stage) -> Option<&str> {
        match stage {
            Stage::Agenda => self.agenda.as_deref(),
            Stage::Minutes => self.minutes.as_deref().or(self.agenda.as_deref()),
        }
    }
}

/// What all pages of a site share.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagesPlan {
    /// `Content-Type` as sent; the bytes are always UTF-8.
    pub content_type: String,
    /// A session cookie (`Set-Cookie` value) that is a trap: whoever sends any cookie back gets
    /// the page of another item.
    #[serde(default)]
    pub cookie_trap: Option<String>,
}

/// One item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemPlan {
    /// The platform's key; for a plain feed, the path of the page without the slash before it.
    pub key: String,
    /// Title in the feed, as it stands inside CDATA (entities included).
    #[serde(default)]
    pub title: String,
    /// File of the agenda page.
    #[serde(default)]
    pub agenda: Option<String>,
    /// File of the minutes page; without one, the agenda stays.
    #[serde(default)]
    pub minutes: Option<String>,
    /// States in which the feed lists it.
    #[serde(default = "always")]
    pub listed: Vec<Stage>,
    /// Answers before the right page comes.
    #[serde(default)]
    pub first: Vec<PageAnswer>,
}

fn always() -> Vec<Stage> {
    Stage::ALL.to_vec()
}

impl ItemPlan {
    /// The file of its page in a state; `None` before there is one.
    pub fn file(&self, stage: Stage) -> Option<&str> {
        match stage {
            Stage::Agenda => self.agenda.as_deref(),
            Stage::Minutes => self.minutes.as_deref().or(self.agenda.as_deref()),
        }
    }
}

/// A whole `site.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitePlan {
    /// Name of the folder.
    #[serde(skip)]
    pub id: String,
    /// Name of the municipality.
    pub name: String,
    /// Municipality code.
    pub code: String,
    /// What is special about the site.
    pub note: String,
    /// Whether the municipality takes no part in the networks.
    #[serde(default)]
    pub outside: bool,
    /// Whether everything but robots.txt is unavailable, for good.
    #[serde(default)]
    pub down: bool,
    /// Path before the platform's own paths: empty or `/djulkaisu`.
    #[serde(default)]
    pub prefix: String,
    /// Generation of the markup of its pages.
    #[serde(default)]
    pub markup: Option<String>,
    /// The feed; a portal of files has none.
    #[serde(default)]
    pub feed: FeedPlan,
    /// A feed made from the items.
    #[serde(default)]
    pub rss: Option<RssPlan>,
    /// A feed from files.
    #[serde(default)]
    pub document: Option<DocumentPlan>,
    /// A portal of files.
    #[serde(default)]
    pub portal: Option<PortalPlan>,
    /// The pages.
    #[serde(default)]
    pub pages: PagesPlan,
    /// The items in feed order.
    #[serde(default, rename = "item")]
    pub items: Vec<ItemPlan>,
}

impl SitePlan {
    /// Which reader understands the site.
    pub fn platform(&self) -> PlatformKind {
        match (&self.portal, &self.document) {
            (Some(portal), _) => portal.platform,
            (None, Some(_)) => PlatformKind::Feed,
            (None, None) => PlatformKind::Dynasty,
        }
    }

    /// Path of the portal, or of the feed where there is no portal.
    pub fn portal_path(&self) -> String {
        match (&self.portal, &self.document) {
            (Some(portal), _) => portal.path.clone(),
            (None, Some(document)) => document.path.clone(),
            (None, None) => format!("{}/cgi/DREQUEST.PHP", self.prefix),
        }
    }

    /// The text of one of the site's files.
    pub fn file(&self, name: &str) -> Result<&'static str, PlanError> {
        text(&format!("{}/{name}", self.id))
    }
}

/// The text of a bundled file, by its path under `fixtures/demo`.
pub fn text(path: &str) -> Result<&'static str, PlanError> {
    BUNDLED
        .get_file(path)
        .and_then(include_dir::File::contents_utf8)
        .ok_or_else(|| PlanError::Missing(path.to_owned()))
}

/// Every bundled site, in order of folder names, each checked to be servable.
pub fn bundled() -> Result<Vec<SitePlan>, PlanError> {
    let mut plans: Vec<SitePlan> = BUNDLED
        .dirs()
        .map(|folder| read(&folder.path().to_string_lossy()))
        .collect::<Result<_, _>>()?;
    plans.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(plans)
}

fn read(site: &str) -> Result<SitePlan, PlanError> {
    let source = text(&format!("{site}/site.toml"))?;
    let mut plan: SitePlan = toml::from_str(source).map_err(|cause| PlanError::Unreadable {
        site: site.to_owned(),
        cause,
    })?;
    site.clone_into(&mut plan.id);
    let shapes = [
        plan.rss.is_some(),
        plan.document.is_some(),
        plan.portal.is_some(),
    ];
    if shapes.iter().filter(|there| **there).count() != 1 {
        return Err(PlanError::Shape(plan.id));
    }
    let documents = plan
        .document
        .iter()
        .flat_map(|d| [&d.files.agenda, &d.files.minutes]);
    let pages = plan
        .items
        .iter()
        .flat_map(|item| [&item.agenda, &item.minutes])
        .flatten();
    let files = plan.portal.iter().flat_map(|portal| &portal.file);
    let files = files
        .flat_map(|file| [&file.agenda, &file.minutes])
        .flatten();
    if let Some(rss) = &plan.rss {
        text(&rss.lists)?;
    }
    for name in documents.chain(pages).chain(files) {
        plan.file(name)?;
    }
    Ok(plan)
}
