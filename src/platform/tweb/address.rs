//! What a TWeb address points at: a portal's folder, a meeting's list of items, a document.
//!
//! Newer installations serve `/ktwebscr/X.htm`, older ones `/ktwebbin/dbisa.dll/ktwebscr/X.htm`.

use url::Url;

use crate::model::listing::MeetingStatus;

/// The folder of scripts, in either layout.
const SCRIPTS: &str = "ktwebscr";
/// The folder of programs, in the older layout only.
const PROGRAMS: &str = "ktwebbin";
/// Where the older layout keeps its scripts, below the folder of programs.
const SCRIPTS_OF_PROGRAMS: &str = "dbisa.dll/ktwebscr/";
/// The kind of document that a meeting's items are; its number is left out of keys.
const ITEM_DOCTYPE: &str = "3";

/// A document by its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    doctype: String,
    docid: String,
}

impl Document {
    /// Reads a key: `632581`, or `1-632581` for documents of another kind than items.
    pub(super) fn parse(key: &str) -> Option<Self> {
        let (doctype, docid) = key.split_once('-').unwrap_or((ITEM_DOCTYPE, key));
        Some(Self {
            doctype: number(doctype)?,
            docid: number(docid)?,
        })
    }

    /// The key: the same whatever layout the address has.
    pub(super) fn key(&self) -> String {
        if self.doctype == ITEM_DOCTYPE {
            self.docid.clone()
        } else {
            format!("{}-{}", self.doctype, self.docid)
        }
    }

    /// The query that asks for it.
    fn query(&self) -> String {
        format!("doctype={}&docid={}", self.doctype, self.docid)
    }
}

/// A meeting's list of items by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeetingPage {
    bid: String,
    /// Agendas and minutes have scripts of their own.
    pub(super) status: MeetingStatus,
}

impl MeetingPage {
    /// The key of the list; the scripts number their meetings separately for all that is known.
    pub(super) fn key(&self) -> String {
        let folder = if self.status == MeetingStatus::Agenda {
            "agenda"
        } else {
            "meeting"
        };
        format!("{folder}/{}", self.bid)
    }
}

/// What an address points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The items of a meeting.
    Meeting(MeetingPage),
    /// A document: an item's, or a listed file.
    Document(Document),
    /// The files listed for an item's document.
    Files(Document),
    /// Anything else.
    Elsewhere,
}

/// Resolves a link; hosts are not compared.
pub(super) fn target(url: &Url) -> Target {
    let script = script(url);
    if script.starts_with("fileshow") || script.starts_with("ktproxy") {
        let doctype = query(url, "doctype").map_or(Some(ITEM_DOCTYPE.to_owned()), |n| number(&n));
        let docid = query(url, "docid").and_then(|n| number(&n));
        return match (doctype, docid) {
            (Some(doctype), Some(docid)) => Target::Document(Document { doctype, docid }),
            _ => Target::Elsewhere,
        };
    }
    if script.starts_with("epjattn_") {
        let asked = url.query().unwrap_or_default();
        return Document::parse(asked.trim_matches('+')).map_or(Target::Elsewhere, Target::Files);
    }
    let status = match script.split_once("_asil") {
        Some(("pk", _)) => MeetingStatus::Minutes,
        Some(("epj", _)) => MeetingStatus::Agenda,
        Some(_) | None => return Target::Elsewhere,
    };
    query(url, "bid")
        .and_then(|n| number(&n))
        .map_or(Target::Elsewhere, |bid| {
            Target::Meeting(MeetingPage { bid, status })
        })
}

/// Which of the two feeds an address is, told by what it lists.
pub(super) fn feed_status(url: &Url) -> Option<MeetingStatus> {
    match script(url).split_once("_rssfeed")?.0 {
        "pk" => Some(MeetingStatus::Minutes),
        "epj" => Some(MeetingStatus::Agenda),
        _ => None,
    }
}

/// Whether an address belongs to this platform.
pub(in crate::platform) fn is_endpoint(url: &Url) -> bool {
    segments(url).any(|part| is(part, SCRIPTS) || is(part, PROGRAMS))
}

/// The portal that an address belongs to: its folder of scripts.
pub(super) fn portal(url: &Url) -> Option<Url> {
    let parts: Vec<&str> = segments(url).collect();
    let upto = |name: &str| {
        let at = parts.iter().position(|part| is(part, name))?;
        Some(format!("/{}/", parts.get(..=at)?.join("/")))
    };
    let path = upto(SCRIPTS)
        .or_else(|| upto(PROGRAMS).map(|folder| format!("{folder}{SCRIPTS_OF_PROGRAMS}")))?;
    let mut portal = bare(url);
    portal.set_path(&path);
    Some(portal)
}

/// The portal of a source: its folder of scripts, also where only the host is configured.
pub(super) fn portal_of_source(url: &Url) -> Url {
    portal(url).unwrap_or_else(|| {
        let mut portal = bare(url);
        portal.set_path(&format!("/{SCRIPTS}/"));
        portal
    })
}

/// The address of a script of a portal.
pub(super) fn script_address(portal: &Url, script: &str, query: &str) -> Url {
    let mut url = portal.clone();
    url.set_path(&format!("{}{script}", portal.path()));
    url.set_query(Some(query));
    url
}

/// A meeting's address as the archive keeps it: the link's own script on the portal's host. Whether the
/// plus sign before the number may be left out is known of no installation, so it stays.
pub(super) fn meeting_address(portal: &Url, link: &Url) -> Url {
    let mut url = on_portal(portal, link);
    url.set_query(link.query());
    url
}

/// A document's address as the archive keeps it.
pub(super) fn document_address(portal: &Url, link: &Url, document: &Document) -> Url {
    let mut url = on_portal(portal, link);
    url.set_query(Some(&document.query()));
    url
}

/// Scheme, host and port of the portal, path of the link.
fn on_portal(portal: &Url, link: &Url) -> Url {
    let mut url = bare(portal);
    url.set_path(link.path());
    url
}

fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn segments(url: &Url) -> impl Iterator<Item = &str> {
    url.path().split('/').filter(|part| !part.is_empty())
}

fn is(part: &str, name: &str) -> bool {
    part.eq_ignore_ascii_case(name)
}

/// The last part of the path, in small letters, where the address is one of this platform.
fn script(url: &Url) -> String {
    let last = segments(url).last().filter(|_| is_endpoint(url));
    last.unwrap_or_default().to_ascii_lowercase()
}

/// A query parameter; older scripts write a plus sign before its name, which decodes to a blank.
fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| is(key.trim(), name))
        .map(|(_, value)| value.trim().to_owned())
}

/// A number of the database behind it, which some scripts write as `12867.000000`.
fn number(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = (1..=12).contains(&whole.len()) && whole.chars().all(|c| c.is_ascii_digit());
    (digits && fraction.chars().all(|c| c == '0')).then(|| whole.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("url")
    }

    fn portal_text(text: &str) -> Option<String> {
        portal(&url(text)).map(|portal| portal.to_string())
    }

    #[test]
    fn portals_of_both_layouts_from_any_page_below() {
        let newer = Some("https://k.example/ktwebscr/".to_owned());
        for page in [
            "https://k.example/ktwebscr/",
            "https://k.example/ktwebscr",
            "https://k.example/ktwebscr/pk_tek_tweb.htm?x=1#y",
            "https://k.example/ktwebscr/fileshow?doctype=3&docid=1",
        ] {
            assert_eq!(portal_text(page), newer, "{page}");
        }
        let older = Some("http://k.example:8443/ktwebbin/dbisa.dll/ktwebscr/".to_owned());
        for page in [
            "http://k.example:8443/ktwebbin/dbisa.dll/ktwebscr/pk_asil_tweb.htm?+bid=12867",
            "http://k.example:8443/ktwebbin/ktproxy2.dll?doctype=3&docid=1",
        ] {
            assert_eq!(portal_text(page), older, "{page}");
        }
        assert_eq!(portal_text("https://k.example/"), None);
        assert_eq!(
            portal_of_source(&url("https://k.example/")).as_str(),
            "https://k.example/ktwebscr/"
        );
    }

    #[test]
    fn meetings_with_and_without_the_plus_sign() {
        let key = |text: &str| match target(&url(text)) {
            Target::Meeting(page) => page.key(),
            Target::Document(_) | Target::Files(_) | Target::Elsewhere => "-".to_owned(),
        };
        let old = "http://k.example/ktwebbin/dbisa.dll/ktwebscr/pk_asil_tweb.htm?+bid=12867";
        assert_eq!(key(old), "meeting/12867");
        assert_eq!(
            key("https://k.example/ktwebscr/PK_ASIL_TWEB.HTM?bid=12867.000000"),
            "meeting/12867"
        );
        assert_eq!(
            key("https://k.example/ktwebscr/epj_asil_tweb.htm?bid=7"),
            "agenda/7"
        );
        assert_eq!(
            key("https://k.example/ktwebscr/pk_asil_tweb.htm?bid=../7"),
            "-"
        );
        assert_eq!(
            meeting_address(&url("https://k.example/ktwebscr/"), &url(old)).as_str(),
            "https://k.example/ktwebbin/dbisa.dll/ktwebscr/pk_asil_tweb.htm?+bid=12867"
        );
    }

    #[test]
    fn documents_of_both_layouts_have_one_key() {
        let key = |text: &str| match target(&url(text)) {
            Target::Document(document) => document.key(),
            Target::Files(document) => format!("files of {}", document.key()),
            Target::Meeting(_) | Target::Elsewhere => "-".to_owned(),
        };
        for link in [
            "https://k.example/ktwebscr/fileshow?doctype=3&docid=632581",
            "https://k.example/ktwebscr/fileshow?docid=632581",
            "http://k.example/ktwebbin/ktproxy2.dll?docid=632581&doctype=3",
        ] {
            assert_eq!(key(link), "632581", "{link}");
        }
        let other = key("https://k.example/ktwebscr/fileshow?doctype=1&docid=632581");
        assert_eq!(other, "1-632581");
        assert_eq!(Document::parse(&other).map(|d| d.key()), Some(other));
        assert_eq!(
            key("https://k.example/ktwebscr/epjattn_tweb.htm?632581"),
            "files of 632581"
        );
        assert_eq!(key("https://k.example/elsewhere/fileshow?docid=1"), "-");
        assert_eq!(Document::parse("2024375-8x"), None);
    }

    #[test]
    fn feeds_tell_what_they_list() {
        let status = |name: &str| feed_status(&url(&format!("https://k.example/ktwebscr/{name}")));
        assert_eq!(
            status("pk_rssfeed.htm?toimielin="),
            Some(MeetingStatus::Minutes)
        );
        assert_eq!(status("epj_rssfeed.htm"), Some(MeetingStatus::Agenda));
        assert_eq!(status("pk_tek_tweb.htm"), None);
    }
}
