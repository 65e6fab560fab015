//! What a Dynasty address points at: an item or a decision, its files, a meeting, a body, a list of them.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

/// The name of a file under `/kokous/`: meeting, item, attachment. The oldest installations write
/// `KOKOUS-` before it.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)/kokous/(?:kokous-)?(\d+)(?:-(\d+))?(?:-([0-9a-z_]+))?\.([a-z0-9]{2,5})$")
        .unwrap()
});
/// A file of a decision: nobody has written down its folder, only announcements are known to be none.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static DECISION_FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)/([a-z_]+)/(\d{5,12})(?:([-.][0-9a-z_]+)+)?\.(?:pdf|docx?|xlsx?|pptx?)$")
        .unwrap()
});
/// A static page of bodies, or of the meetings of one.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static STATIC_LIST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)/(?:telimet|telin-(\d{1,12}))\.html?$").unwrap());
/// A key: meeting and position, or the number of a decision.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{1,12})(?:-(\d{1,6}))?$").unwrap());

/// The static page of a portal's bodies.
const STATIC_FRONT: &str = "TELIMET.HTM";
/// The folder whose files are announcements.
const ANNOUNCEMENTS: &str = "kuulutus";

/// An item's key in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Number of the meeting, or of the decision itself.
    pub(super) number: String,
    /// Position on the agenda; a decision of an officeholder has none, and no meeting.
    pub(super) position: Option<u32>,
}

impl Key {
    /// Reads `2024375-8` (an item) or `2026376840` (a decision): one never looks like the other.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = KEY.captures(text.trim())?;
        let position = parts
            .get(2)
            .map(|position| position.as_str().parse().ok())
            .map_or(Some(None), |position| position.map(Some))?;
        Some(Self {
            number: parts.get(1)?.as_str().to_owned(),
            position,
        })
    }

    fn item(text: &str) -> Option<Self> {
        Self::parse(text).filter(|key| key.position.is_some())
    }

    fn decision(text: &str) -> Option<Self> {
        Self::parse(text).filter(Self::is_decision)
    }

    /// Whether it is the key of an officeholder's decision.
    pub(super) fn is_decision(&self) -> bool {
        self.position.is_none()
    }

    pub(super) fn text(&self) -> String {
        match self.position {
            Some(position) => format!("{}-{position}", self.number),
            None => self.number.clone(),
        }
    }

    /// Whether a file is this item as a document.
    pub(super) fn is_own_document(&self, target: &Target) -> bool {
        match target.file() {
            Some(key) => key == self,
            None => self.is_decision() && target.meeting_file() == Some(self.number.as_str()),
        }
    }

    /// Whether a file is attached to this item. What is filed like the items of a meeting is, under a
    /// decision's number, attached to the decision.
    pub(super) fn is_own_attachment(&self, target: &Target) -> bool {
        let of_decision = |key: &Self| self.is_decision() && key.number == self.number;
        target
            .attached_to()
            .is_some_and(|key| key == self || of_decision(key))
            || target
                .file()
                .is_some_and(|key| key.position.is_some() && of_decision(key))
    }
}

/// What an address points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An item page, its static form of old installations, or the page of a decision.
    Item(Key),
    /// An item or decision as PDF.
    ItemFile(Key),
    /// An attachment of an item or decision.
    Attachment(Key),
    /// The list of a meeting's items.
    Meeting(String),
    /// A file of a whole meeting.
    MeetingFile(String),
    /// The list of a body's meetings.
    Body(String),
    /// The list of bodies.
    Bodies,
    /// A list of officeholders' decisions.
    Decisions,
    /// Anything else.
    Elsewhere,
}

impl Target {
    /// The item whose page it is.
    pub(super) fn item(&self) -> Option<&Key> {
        if let Self::Item(key) = self {
            Some(key)
        } else {
            None
        }
    }

    /// The item that it is as a document.
    pub(super) fn file(&self) -> Option<&Key> {
        if let Self::ItemFile(key) = self {
            Some(key)
        } else {
            None
        }
    }

    /// The item that it is attached to.
    pub(super) fn attached_to(&self) -> Option<&Key> {
        if let Self::Attachment(key) = self {
            Some(key)
        } else {
            None
        }
    }

    /// The meeting whose items it lists.
    pub(super) fn meeting(&self) -> Option<&str> {
        if let Self::Meeting(id) = self {
            Some(id)
        } else {
            None
        }
    }

    /// The meeting that it is as a document.
    pub(super) fn meeting_file(&self) -> Option<&str> {
        if let Self::MeetingFile(id) = self {
            Some(id)
        } else {
            None
        }
    }

    /// The body whose meetings it lists.
    pub(super) fn body(&self) -> Option<&str> {
        if let Self::Body(id) = self {
            Some(id)
        } else {
            None
        }
    }
}

/// Resolves a link of a page; hosts are not compared, paths are compared without case.
pub(super) fn target(url: &Url) -> Target {
    match query(url, "page") {
        Some(page) => paged(&page.to_ascii_lowercase(), query(url, "id").as_deref()),
        None => filed(url.path()),
    }
}

/// An address of the endpoint.
fn paged(page: &str, id: Option<&str>) -> Target {
    let id = id.unwrap_or_default().trim();
    let numbered = |of: fn(String) -> Target| {
        Key::decision(id).map_or(Target::Elsewhere, |key| of(key.number))
    };
    match page {
        "meetingitem" => Key::item(id).map_or(Target::Elsewhere, Target::Item),
        "official_decision" => Key::decision(id).map_or(Target::Elsewhere, Target::Item),
        "meeting" => numbered(Target::Meeting),
        "meetings" => numbered(Target::Body),
        "meeting_handlers" | "meeting_frames" => Target::Bodies,
        "official_search" | "official_frames" | "official_handlers" => Target::Decisions,
        _ => Target::Elsewhere,
    }
}

/// An address of a file.
fn filed(path: &str) -> Target {
    if let Some(list) = STATIC_LIST.captures(path) {
        return list
            .get(1)
            .map_or(Target::Bodies, |id| Target::Body(id.as_str().to_owned()));
    }
    let Some(file) = FILE.captures(path) else {
        return decision_file(path);
    };
    let part = |n: usize| file.get(n).map(|part| part.as_str());
    let (Some(number), Some(kind)) = (part(1).map(str::to_owned), part(4)) else {
        return Target::Elsewhere;
    };
    let is_page = kind.eq_ignore_ascii_case("htm") || kind.eq_ignore_ascii_case("html");
    let position: Option<u32> = part(2).and_then(|text| text.parse().ok());
    if position.is_none() {
        return if is_page {
            Target::Meeting(number)
        } else {
            Target::MeetingFile(number)
        };
    }
    let key = Key { number, position };
    match part(3) {
        Some(_) => Target::Attachment(key),
        None if is_page => Target::Item(key),
        None => Target::ItemFile(key),
    }
}

fn decision_file(path: &str) -> Target {
    let Some(file) = DECISION_FILE.captures(path) else {
        return Target::Elsewhere;
    };
    let part = |n: usize| file.get(n).map(|part| part.as_str());
    let folder = part(1).unwrap_or_default();
    let key = part(2).and_then(Key::decision);
    match key.filter(|_| !folder.eq_ignore_ascii_case(ANNOUNCEMENTS)) {
        Some(key) if part(3).is_some() => Target::Attachment(key),
        Some(key) => Target::ItemFile(key),
        None => Target::Elsewhere,
    }
}

/// Whether an address is Dynasty's endpoint; case varies between installations.
pub(super) fn is_endpoint(url: &Url) -> bool {
    url.path().to_ascii_lowercase().ends_with("/drequest.php")
}

/// Whether an address belongs to the old generation, whose pages are static files.
pub(super) fn is_static(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let html = [".htm", ".html"].iter().any(|end| path.ends_with(end));
    path.ends_with("/kokous/") || (html && (FILE.is_match(&path) || STATIC_LIST.is_match(&path)))
}

/// The portal an address belongs to, as a source's `url` would name it: the endpoint, or the static page
/// of bodies.
pub(super) fn portal(url: &Url) -> Option<Url> {
    let mut portal = if is_endpoint(url) {
        url.clone()
    } else if is_static(url) {
        url.join(STATIC_FRONT).ok()?
    } else {
        return None;
    };
    portal.set_query(None);
    portal.set_fragment(None);
    Some(portal)
}

/// A query parameter, its name compared without case.
pub(super) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests;
