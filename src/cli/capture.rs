//! `seutu capture`: a page of a platform as a fixture, with invented people in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use url::Url;

use super::read::{Input, input, platform_word};
use super::{Exit, Global, complain, opening, say};
use crate::daemon::capture::{Captured, capture};
use crate::daemon::reading::{read_list, read_page};
use crate::model::ids::{ItemKey, SourceId, slug};
use crate::model::listing::{AskedList, ListAddress, ListKind};
use crate::model::page::AskedPage;
use crate::model::source::{PlatformKind, Publishes, Source};
use crate::platform::{platform, portal_at};

/// Stands for the portal's host in a fixture.
const NOBODYS_HOST: &str = "portal.example";

/// Options of `capture`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address of a page, or a saved page with --url
    #[arg(value_name = "URL-or-FILE")]
    from: String,
    /// Which platform's page it is [default: told from the address]
    #[arg(long, value_parser = platform_word)]
    platform: Option<PlatformKind>,
    /// The address that a saved page came from
    #[arg(long)]
    url: Option<Url>,
    /// Name of the case [default: told from the address]
    #[arg(long)]
    name: Option<String>,
    /// Folder of the fixtures
    #[arg(long, default_value = "fixtures")]
    out: PathBuf,
    /// What it lists, where it is no item: bodies, meetings, meeting, item_feed or meeting_feed
    #[arg(long, value_name = "KIND", value_parser = list_word)]
    list: Option<ListKind>,
    /// Keep the portal's host instead of one that nobody has
    #[arg(long)]
    keep_host: bool,
}

fn list_word(word: &str) -> Result<ListKind, String> {
    ListKind::from_word(word).ok_or_else(|| {
        let known: Vec<_> = ListKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("known lists are {}", known.join(", "))
    })
}

/// What the saved document is.
enum Subject {
    Item(ItemKey),
    List(ListAddress),
}

/// What the harness of lists asks for.
#[derive(Serialize)]
struct ListToml<'a> {
    kind: ListKind,
    key: &'a str,
    url: &'a Url,
}

/// A document with everything that reading it takes.
struct Page<'a> {
    kind: PlatformKind,
    portal: Url,
    url: Url,
    subject: &'a Subject,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let input = input(&config, &args.from, args.url.clone())?;
    let url = input
        .url
        .clone()
        .context("a saved page does not tell where it came from: give --url")?;
    let kind = args
        .platform
        .or_else(|| portal_at(&url).map(|(kind, _)| kind))
        .context("the address tells no platform: give --platform")?;
    let portal = platform(kind)
        .portal_of_address(&url)
        .unwrap_or_else(|| url.clone());
    let subject = subject(args, kind, &portal, &url)?;
    let page = Page {
        kind,
        portal,
        url,
        subject: &subject,
    };
    let saved = invented(&input, &page);
    let page = if args.keep_host {
        page
    } else {
        elsewhere(page)
    };
    let bytes = if args.keep_host {
        saved.bytes.clone()
    } else {
        without_host(&saved.bytes, input.url.as_ref())
    };
    let folder = write(args, &page, &bytes)?;
    report(&folder, &saved)?;
    Ok(Exit::Done)
}

/// Whether it is an item or a list; the lists a platform follows are known by their addresses.
fn subject(args: &Args, kind: PlatformKind, portal: &Url, url: &Url) -> anyhow::Result<Subject> {
    let reader = platform(kind);
    let source = source(kind, portal);
    if let Some(kind) = args.list {
        return Ok(Subject::List(ListAddress {
            kind,
            key: kind.word().to_owned(),
            url: url.clone(),
            body: None,
            held_on: None,
        }));
    }
    if let Some(key) = reader.key_of_address(url) {
        return Ok(Subject::Item(key));
    }
    let known = [reader.front(&source)]
        .into_iter()
        .chain(reader.lists(&source))
        .chain(reader.backfill(&source))
        .find(|list| list.url == *url);
    known.map(Subject::List).context(
        "the address is neither an item nor a list that is always followed: give --list KIND for what \
         it lists",
    )
}

fn source(kind: PlatformKind, portal: &Url) -> Source {
    Source {
        id: SourceId::new("capture"),
        municipality: String::new(),
        platform: kind,
        url: portal.clone(),
        interval: std::time::Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: Some(String::new()),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

fn invented(input: &Input, page: &Page<'_>) -> Captured {
    let content_type = input.content_type.as_deref();
    let reading = match page.subject {
        Subject::Item(key) => {
            let asked = page.asked(key);
            read_page(page.kind, asked, &input.bytes, content_type).ok()
        }
        Subject::List(_) => None,
    };
    capture(&input.bytes, content_type, reading.as_ref())
}

impl Page<'_> {
    fn asked<'a>(&'a self, key: &'a ItemKey) -> AskedPage<'a> {
        AskedPage {
            portal: &self.portal,
            url: &self.url,
            key,
            key_prefix: "",
        }
    }
}

/// The same page at a host that nobody has, where its platform knows it there.
fn elsewhere(page: Page<'_>) -> Page<'_> {
    let moved = |url: &Url| {
        let mut moved = url.clone();
        let done = moved.set_host(Some(NOBODYS_HOST)).is_ok() && moved.set_port(None).is_ok();
        done.then_some(moved)
    };
    match (moved(&page.url), moved(&page.portal)) {
        (Some(url), Some(portal)) => Page {
            portal,
            url,
            ..page
        },
        (Some(_) | None, _) => page,
    }
}

/// Addresses of the portal in the page; hosts are ASCII in every charset a page may have but UTF-16.
fn without_host(bytes: &[u8], url: Option<&Url>) -> Vec<u8> {
    let Some(host) = url.and_then(Url::host_str) else {
        return bytes.to_vec();
    };
    let port = url.and_then(Url::port).map(|port| format!("{host}:{port}"));
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    let mut out = bytes.to_vec();
    for name in port.iter().map(String::as_str).chain([host]) {
        out = replaced(&out, name.as_bytes(), NOBODYS_HOST.as_bytes());
        out = replaced(&out, &wide(name), &wide(NOBODYS_HOST));
    }
    out
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Writes the case; an existing one is left alone.
fn write(args: &Args, page: &Page<'_>, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let (group, name) = match page.subject {
        Subject::Item(key) => ("platforms", format!("captured-{}", slug(key.as_str()))),
        Subject::List(list) => ("lists", format!("captured-{}", slug(&list.key))),
    };
    let name = args.name.clone().unwrap_or(name);
    let folder = args.out.join(group).join(page.kind.word()).join(name);
    anyhow::ensure!(
        !folder.exists(),
        "{} is there already: give another --name",
        folder.display()
    );
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let put = |name: &str, bytes: &[u8]| put(&folder, name, bytes);
    let expected = match page.subject {
        Subject::Item(key) => {
            put("page.html", bytes)?;
            put("url", format!("{}\n", page.url).as_bytes())?;
            match read_page(page.kind, page.asked(key), bytes, None) {
                Ok(reading) => serde_json::to_string_pretty(&reading)?,
                Err(fault) => serde_json::to_string_pretty(&fault)?,
            }
        }
        Subject::List(list) => {
            let list = ListAddress {
                url: page.url.clone(),
                ..list.clone()
            };
            let name = if list.kind.is_feed() {
                "feed.xml"
            } else {
                "page.html"
            };
            put(name, bytes)?;
            let asked = ListToml {
                kind: list.kind,
                key: &list.key,
                url: &list.url,
            };
            put("list.toml", toml::to_string(&asked)?.as_bytes())?;
            let source = source(page.kind, &page.portal);
            let asked = AskedList {
                source: &source,
                list: &list,
                served: &list.url,
            };
            match read_list(asked, bytes, None) {
                Ok(reading) => serde_json::to_string_pretty(&reading)?,
                Err(fault) => serde_json::to_string_pretty(&fault)?,
            }
        }
    };
    put("expected.json", format!("{expected}\n").as_bytes())?;
    Ok(folder)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let file = folder.join(name);
    fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

/// The folder on standard output; on standard error what a person has to look at.
fn report(folder: &Path, saved: &Captured) -> anyhow::Result<()> {
    for (name, invented) in &saved.replaced {
        complain(&format!("replaced: {name} by {invented}"));
    }
    for words in &saved.doubtful {
        complain(&format!("might still be a name: {words}"));
    }
    for warning in &saved.warnings {
        complain(&format!("warning: {warning}"));
    }
    complain(
        "expected.json holds what the program reads: check it field by field against the page, and the page \
         for names that are left, before you commit the case",
    );
    say(&folder.display().to_string())
}
