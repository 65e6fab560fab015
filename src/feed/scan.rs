//! Reads the structure of an XML feed before feed-rs does, and refuses what would hurt.
//!
//! feed-rs 3.0 descends by recursion: a 25 KB feed of nested `media:group` overflows the stack,
//! which aborts the process and cannot be caught. Nothing reaches it that has not been measured
//! here. The same walk mends tags for which feed-rs would refuse the whole feed (a missing version)
//! or silently see no entry (an unknown namespace).

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::tally::Tally;
use super::{FeedError, FeedLimits};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const RSS_1: &str = "http://purl.org/rss/1.0/";

/// A document that feed-rs may read.
pub(super) struct Fit {
    /// Its text.
    pub(super) text: String,
    /// Entries beyond the limit of one poll, which it no longer holds: what feed-rs keeps of an
    /// entry is many times its text.
    pub(super) left_out: usize,
}

/// The feed with its tags mended, cut after its root element, once its structure is known to be
/// harmless.
pub(super) fn scan(
    xml: &str,
    url: &str,
    limits: &FeedLimits,
    tally: &mut Tally,
) -> Result<Fit, FeedError> {
    let mut scanner = Scanner {
        xml,
        url,
        limits,
        tally,
        depth: 0,
        atom: false,
        entry: None,
        entries: 0,
        beyond: None,
        out: String::new(),
        copied: 0,
    };
    let end = scanner.walk()?;
    scanner.finish(end);
    Ok(Fit {
        left_out: scanner.entries.saturating_sub(limits.max_entries),
        text: scanner.out,
    })
}

struct Scanner<'a> {
    xml: &'a str,
    url: &'a str,
    limits: &'a FeedLimits,
    tally: &'a mut Tally,
    depth: usize,
    atom: bool,
    /// How deep entries stand, and what they are called.
    entry: Option<(usize, &'static str)>,
    entries: usize,
    /// First byte of the entry under way, when it is one too many.
    beyond: Option<usize>,
    out: String,
    /// Everything before this byte of `xml` stands in `out`.
    copied: usize,
}

impl Scanner<'_> {
    /// Walks to the end of the root element and returns the byte after it.
    fn walk(&mut self) -> Result<usize, FeedError> {
        let mut reader = Reader::from_str(self.xml);
        for _ in 0..self.limits.max_events {
            let from = position(&reader);
            let event = reader
                .read_event()
                .map_err(|cause| self.malformed(from, &cause))?;
            let to = position(&reader);
            match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    self.opened(&tag, from, to)?;
                }
                Event::Empty(tag) => {
                    self.depth += 1;
                    self.opened(&tag, from, to)?;
                    self.closed(to);
                }
                Event::End(_) => self.closed(to),
                Event::Eof if self.depth == 0 => return Err(FeedError::not_a_feed(self.url, "")),
                Event::Eof => return Err(FeedError::truncated(self.url, "the root element")),
                Event::Text(_)
                | Event::CData(_)
                | Event::GeneralRef(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => continue,
            }
            if self.depth == 0 {
                return Ok(to);
            }
        }
        Err(FeedError::TooManyParts {
            url: self.url.to_owned(),
            limit: self.limits.max_events,
        })
    }

    fn opened(&mut self, tag: &BytesStart<'_>, from: usize, to: usize) -> Result<(), FeedError> {
        let url = || self.url.to_owned();
        let limit = self.limits.max_depth;
        if self.depth > limit {
            return Err(FeedError::TooDeep { url: url(), limit });
        }
        let limit = self.limits.max_attributes;
        // Checking for equal names compares each with each; a bomb would make that slow.
        if tag.attributes().with_checks(false).take(limit + 1).count() > limit {
            let element = tag.name().as_ref().chars().take(40).collect();
            return Err(FeedError::TooManyAttributes {
                url: url(),
                element,
                limit,
            });
        }
        self.count(tag, from);
        if self.beyond.is_some() {
            return Ok(());
        }
        let mended = if self.depth == 1 {
            self.root(tag)?
        } else {
            self.text_construct(tag)
        };
        if let Some(mut mended) = mended {
            let empty = self
                .xml
                .get(from..to)
                .is_some_and(|tag| tag.ends_with("/>"));
            mended.push_str(if empty { "/>" } else { ">" });
            self.out
                .push_str(self.xml.get(self.copied..from).unwrap_or_default());
            self.out.push_str(&mended);
            self.copied = to;
        }
        Ok(())
    }

    /// Counts an entry that begins.
    fn count(&mut self, tag: &BytesStart<'_>, from: usize) {
        let is_entry = |(depth, name)| depth == self.depth && tag.local_name().as_ref() == name;
        if self.entry.is_some_and(is_entry) {
            self.entries += 1;
            if self.entries > self.limits.max_entries {
                self.beyond = Some(from);
            }
        }
    }

    /// An element ends; one entry too many is left out with it.
    fn closed(&mut self, to: usize) {
        let is_entry = self.entry.is_some_and(|(depth, _)| depth == self.depth);
        if let Some(from) = self.beyond.take_if(|_| is_entry) {
            self.out
                .push_str(self.xml.get(self.copied..from).unwrap_or_default());
            self.copied = to;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Mends a root element of which feed-rs would make nothing.
    fn root(&mut self, tag: &BytesStart<'_>) -> Result<Option<String>, FeedError> {
        let name = tag.name();
        match name.local_name().as_ref() {
            "rss" => {
                self.entry = Some((3, "item"));
                Ok(self.rss_root(tag))
            }
            "feed" | "entry" => {
                self.atom = true;
                self.entry = Some((2, "entry"));
                let plain = name.prefix().is_none();
                Ok(if plain {
                    self.namespace(tag, ATOM)
                } else {
                    None
                })
            }
            "RDF" => {
                self.entry = Some((2, "item"));
                Ok(self.namespace(tag, RSS_1))
            }
            other => Err(FeedError::not_a_feed(self.url, other)),
        }
    }

    fn rss_root(&mut self, tag: &BytesStart<'_>) -> Option<String> {
        let version = attribute(tag, "version");
        let wanted = match version.as_deref() {
            Some("2.0" | "" | "0.91" | "0.92") => None,
            Some("0.93" | "0.94") => Some("0.92"),
            Some(_) | None => Some("2.0"),
        };
        if wanted.is_some() {
            let seen = version.as_deref().unwrap_or_default();
            self.tally
                .repaired("version of <rss> that is missing or unknown replaced", seen);
        }
        let foreign = attribute(tag, "xmlns").filter(|space| !space.is_empty() && space != RSS_1);
        if let Some(space) = &foreign {
            self.tally
                .repaired("unknown namespace of the feed replaced", space);
        }
        if wanted.is_none() && foreign.is_none() {
            return None;
        }
        let version = wanted.map(Cow::Borrowed).or(version.map(Cow::Owned));
        Some(rewritten(
            tag,
            &["xmlns", "version"],
            &[("version", version.unwrap_or_default())],
        ))
    }

    fn namespace(&mut self, tag: &BytesStart<'_>, wanted: &'static str) -> Option<String> {
        let seen = attribute(tag, "xmlns").filter(|seen| seen != wanted)?;
        self.tally
            .repaired("unknown namespace of the feed replaced", &seen);
        Some(rewritten(
            tag,
            &["xmlns"],
            &[("xmlns", Cow::Borrowed(wanted))],
        ))
    }

    /// Mends the `type` of an Atom text for which feed-rs would refuse the whole feed.
    fn text_construct(&mut self, tag: &BytesStart<'_>) -> Option<String> {
        let name = tag.name();
        let local = name.local_name();
        let known = ["title", "subtitle", "summary", "rights", "content"].contains(&local.as_ref());
        if !self.atom || !known {
            return None;
        }
        let content = local.as_ref() == "content";
        if content && attribute(tag, "src").is_some() {
            // Content that stands elsewhere is not read; without its address it is an empty text.
            return Some(rewritten(tag, &["src", "type"], &[]));
        }
        let seen = attribute(tag, "type")?;
        let wanted = match seen.trim().to_ascii_lowercase().as_str() {
            "text" | "" => "text",
            html if html.contains("html") && !html.contains("xhtml") => "html",
            xml if xml.contains("xml") || xml == "xhtml" => "xhtml",
            "text/plain" => "text",
            _ if content => return None,
            _ => "text",
        };
        if seen == wanted {
            return None;
        }
        self.tally
            .repaired("unknown type of a text replaced", &seen);
        Some(rewritten(
            tag,
            &["type"],
            &[("type", Cow::Borrowed(wanted))],
        ))
    }

    fn malformed(&self, position: usize, cause: &quick_xml::Error) -> FeedError {
        let cause_text = cause.to_string();
        // Every syntax error of quick-xml is something that the end of the text left open.
        if matches!(cause, quick_xml::Error::Syntax(_)) {
            return FeedError::truncated(self.url, &cause_text);
        }
        FeedError::Malformed {
            url: self.url.to_owned(),
            position,
            cause: cause_text,
        }
    }

    fn finish(&mut self, end: usize) {
        self.out
            .push_str(self.xml.get(self.copied..end).unwrap_or_default());
        let after = self.xml.get(end..).unwrap_or_default().trim();
        if !after.is_empty() {
            self.tally
                .repaired("text after the end of the feed removed", after);
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let mut found = attributes
        .with_checks(false)
        .flatten()
        .filter(|a| a.key.as_ref() == name);
    found.next().map(|attribute| attribute.value.into_owned())
}

/// The tag without its closing bracket, some attributes dropped and others added.
fn rewritten(tag: &BytesStart<'_>, dropped: &[&str], added: &[(&str, Cow<'_, str>)]) -> String {
    let mut out = format!("<{}", tag.name().as_ref());
    let mut push = |name: &str, value: &str| {
        for part in [" ", name, "=\"", &value.replace('"', "&quot;"), "\""] {
            out.push_str(part);
        }
    };
    for attribute in tag.attributes().with_checks(false).flatten() {
        let name = attribute.key.as_ref();
        if !dropped.contains(&name) {
            push(name, &attribute.value);
        }
    }
    for (name, value) in added {
        push(name, value);
    }
    out
}
