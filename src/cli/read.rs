//! `seutu read`: what the program reads from one page or feed, as JSON.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use url::Url;

use super::{Exit, Global, opening, say, say_json};
use crate::config::Config;
use crate::daemon::file_text::FileFault;
use crate::daemon::inflight::Suspect;
use crate::daemon::reading::{read_again, read_feed, read_page, read_pdf_page};
use crate::daemon::{office_text, pdf_text};
use crate::fetch::{Client, Request, RequestKind, RobotsVerdict, charset};
use crate::model::file_kind::FileKind;
use crate::model::minutes::Reading;
use crate::model::page::{AskedPage, PageFault};
use crate::model::poll::Validators;
use crate::model::source::PlatformKind;
use crate::office;
use crate::pdf::is_pdf;
use crate::platform::{platform, recognise_address};

/// Stack of the threads on which a poll reads: the default of threads in Rust and in the runtime.
const POLL_STACK: usize = 2 * 1024 * 1024;

/// Options of `read`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A saved page, feed or PDF, an address, or - for standard input
    #[arg(value_name = "FILE-or-URL", required_unless_present_any = ["in_flight", "pdf_pages", "office_text"])]
    from: Option<String>,
    /// Which platform's page it is [default: told from the address, else dynasty]
    #[arg(long, value_parser = platform_word)]
    platform: Option<PlatformKind>,
    /// The address that a saved page came from
    #[arg(long)]
    url: Option<Url>,
    /// Internal: the note of an input in flight, read as the process did that died of it
    #[arg(long, hide = true, value_name = "NOTE", conflicts_with_all = ["from", "platform", "url"])]
    in_flight: Option<PathBuf>,
    /// Internal: a PDF at the standard input, its pages as JSON at the standard output
    #[arg(long, hide = true, conflicts_with_all = ["from", "platform", "url", "in_flight"])]
    pdf_pages: bool,
    /// Internal: a zipped document of this kind at the standard input, its text as JSON at the standard output
    #[arg(long, hide = true, value_name = "KIND", value_parser = file_kind,
        conflicts_with_all = ["from", "platform", "url", "in_flight", "pdf_pages"])]
    office_text: Option<FileKind>,
}

fn file_kind(word: &str) -> Result<FileKind, String> {
    FileKind::from_word(word).ok_or_else(|| format!("`{word}` is no kind of file"))
}

pub(super) fn platform_word(word: &str) -> Result<PlatformKind, String> {
    PlatformKind::from_word(word).ok_or_else(|| {
        let known: Vec<_> = PlatformKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("known platforms are {}", known.join(", "))
    })
}

/// What stands at an address or in a file.
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    pub(super) url: Option<Url>,
}

/// The answer when a page could not be read: kind and detail for scripts, a sentence for people.
#[derive(Serialize)]
struct RefusedPage {
    #[serde(flatten)]
    fault: PageFault,
    message: String,
}

impl From<PageFault> for RefusedPage {
    fn from(fault: PageFault) -> Self {
        let message = fault.to_string();
        Self { fault, message }
    }
}

/// The same for a feed.
#[derive(Serialize)]
struct RefusedFeed {
    fault: &'static str,
    message: String,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    if let Some(note) = &args.in_flight {
        return in_flight(note);
    }
    if args.pdf_pages {
        return say(&pdf_text::answer(std::io::stdin())?).map(|()| Exit::Done);
    }
    if let Some(kind) = args.office_text {
        return say(&office_text::answer(kind, std::io::stdin())?).map(|()| Exit::Done);
    }
    let from = args.from.as_deref().unwrap_or_default();
    let config = opening::config(global)?;
    let input = input(&config, from, args.url.clone())?;
    if is_pdf(&input.bytes) {
        return pdf(args, &input);
    }
    if let Some(kind) = FileKind::of_bytes(&input.bytes).filter(|kind| office::reads(*kind)) {
        return document(kind, &input);
    }
    if let Some(what) = unreadable(&input.bytes) {
        anyhow::bail!("{from} {what}");
    }
    if is_feed(&input) {
        let base = input.url.unwrap_or(Url::parse("https://feed.invalid/")?);
        return match read_feed(&input.bytes, input.content_type.as_deref(), &base) {
            Ok(reading) => say_json(&reading).map(|()| Exit::Done),
            Err(error) => say_json(&RefusedFeed {
                fault: "unreadable_feed",
                message: error.to_string(),
            })
            .map(|()| Exit::Failed),
        };
    }
    said(page(args.platform, &input)?)
}

/// What stands at an address, in a file, or on standard input (`-`).
pub(super) fn input(config: &Config, from: &str, url: Option<Url>) -> anyhow::Result<Input> {
    if let Ok(url) = Url::parse(from)
        && url.has_host()
    {
        return download(config, url);
    }
    let most = config.fetch.max_body;
    let bytes = if from == "-" {
        limited(std::io::stdin().lock(), "standard input", most)?
    } else {
        let name = Path::new(from).display().to_string();
        let file = File::open(from).map_err(|cause| {
            anyhow!("cannot read {name}: {cause}; name a saved page, an address that begins with https://, or - for standard input")
        })?;
        limited(file, &name, most)?
    };
    Ok(Input {
        bytes,
        content_type: None,
        url,
    })
}

/// Why bytes are no page at all, if so.
pub(super) fn unreadable(bytes: &[u8]) -> Option<&'static str> {
    if bytes.trim_ascii().is_empty() {
        return Some("is empty: there is nothing to read");
    }
    let decoded = charset::decode(bytes, None);
    let control = |c: &char| c.is_control() && !c.is_whitespace();
    let strange = decoded.text.chars().take(4000).filter(control).count();
    (strange > 8).then_some("is neither a page nor a feed: its bytes are no text")
}

/// A PDF: read as an item where its address tells which, else page by page.
fn pdf(args: &Args, input: &Input) -> anyhow::Result<Exit> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let pages =
        opening::block_on(async { Ok(pdf_text::read(&program, input.bytes.clone()).await) })?;
    let pages = match pages {
        Ok(pages) => pages,
        Err(fault) => {
            return say_json(&RefusedPage::from(PageFault::Pdf(fault))).map(|()| Exit::Failed);
        }
    };
    let kind = platform_of(args.platform, input);
    let url = input.url.as_ref();
    let Some((url, key)) = url.and_then(|url| Some((url, platform(kind).key_of_address(url)?)))
    else {
        return say_json(&pages).map(|()| Exit::Done);
    };
    let portal = platform(kind).portal_of_address(url);
    let asked = AskedPage {
        portal: portal.as_ref().unwrap_or(url),
        url,
        key: &key,
        key_prefix: "",
    };
    said(read_pdf_page(kind, asked, &pages))
}

/// A document of an office program: its text, page by page.
fn document(kind: FileKind, input: &Input) -> anyhow::Result<Exit> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let read =
        opening::block_on(async { Ok(office_text::read(&program, kind, &input.bytes).await) })?;
    match read {
        Ok(pages) => say_json(&pages).map(|()| Exit::Done),
        Err(FileFault::NoReader(why) | FileFault::TooBig(why) | FileFault::Unread(why)) => {
            let fault = "no_text";
            let message = why;
            say_json(&RefusedFeed { fault, message }).map(|()| Exit::Failed)
        }
    }
}

fn said(read: Result<Reading, PageFault>) -> anyhow::Result<Exit> {
    match read {
        Ok(reading) => say_json(&reading).map(|()| Exit::Done),
        Err(fault) => say_json(&RefusedPage::from(fault)).map(|()| Exit::Failed),
    }
}

fn platform_of(told: Option<PlatformKind>, input: &Input) -> PlatformKind {
    told.or_else(|| input.url.as_ref().and_then(recognise_address))
        .unwrap_or(PlatformKind::Dynasty)
}

/// What is read from an item page.
pub(super) fn page(
    told: Option<PlatformKind>,
    input: &Input,
) -> anyhow::Result<Result<Reading, PageFault>> {
    let kind = platform_of(told, input);
    let decoded = charset::decode(&input.bytes, input.content_type.as_deref());
    let told = input
        .url
        .as_ref()
        .and_then(|url| platform(kind).key_of_address(url));
    let key = told
        .or_else(|| platform(kind).key_of_page(&decoded.text))
        .context("neither the address nor the page tells which item it is: give --url")?;
    let url = input
        .url
        .clone()
        .unwrap_or(Url::parse("https://page.invalid/")?);
    let portal = platform(kind)
        .portal_of_address(&url)
        .unwrap_or_else(|| url.clone());
    let asked = AskedPage {
        portal: &portal,
        url: &url,
        key: &key,
        key_prefix: "",
    };
    let content_type = input.content_type.as_deref();
    Ok(read_page(kind, asked, &input.bytes, content_type))
}

/// What a poll reads on a thread of the runtime is read on a thread of the same size, which is smaller
/// than the main one; nothing is printed, for only the end of this process matters.
fn in_flight(note: &Path) -> anyhow::Result<Exit> {
    let (input, bytes) =
        Suspect::load(note).with_context(|| format!("cannot read {}", note.display()))?;
    let reader = std::thread::Builder::new()
        .stack_size(POLL_STACK)
        .spawn(move || read_again(&input, &bytes))
        .context("cannot start a thread")?;
    Ok(match reader.join() {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(_)) | Err(_) => Exit::Failed,
    })
}

/// All bytes, which must not be more than what a poll would take.
fn limited(from: impl std::io::Read, name: &str, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![];
    from.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {name}"))?;
    anyhow::ensure!(
        u64::try_from(bytes.len()).is_ok_and(|size| size <= most),
        "{name} is larger than {most} bytes, which is all that a poll would take: see [fetch] max_body"
    );
    Ok(bytes)
}

fn download(config: &Config, url: Url) -> anyhow::Result<Input> {
    opening::block_on(async {
        let client = Client::new(&config.fetch)?;
        let request = Request {
            url: url.clone(),
            kind: RequestKind::Page,
            validators: Validators::default(),
        };
        // One page that a person asked for is no crawl, but whoever asks should know.
        if let Ok(RobotsVerdict::Disallowed) = client.robots_allow(&url).await {
            super::complain(&format!(
                "note: robots.txt forbids {url} to programs; it is read this once because a person asks"
            ));
        }
        let answer = client.get(request).await?;
        let document = answer.body.context("the server sent no body")?;
        Ok(Input {
            bytes: document.bytes.to_vec(),
            content_type: document.content_type,
            url: Some(url),
        })
    })
}

/// Whether the bytes begin as a feed does.
fn is_feed(input: &Input) -> bool {
    let decoded = charset::decode(&input.bytes, input.content_type.as_deref());
    let text = decoded.text.trim_start_matches('\u{feff}').trim_start();
    let head: String = text.chars().take(2000).collect::<String>().to_lowercase();
    head.starts_with('{')
        || (!head.contains("<html")
            && ["<rss", "<feed", "<rdf:rdf"]
                .iter()
                .any(|root| head.contains(root)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_page_says_kind_detail_and_sentence() {
        let refused = RefusedPage::from(PageFault::WrongPage {
            expected: "1-2".to_owned(),
            found: "1-3".to_owned(),
        });
        let json = serde_json::to_value(refused).expect("json");
        assert_eq!(json["fault"], "wrong_page");
        assert_eq!(json["detail"]["found"], "1-3");
        assert!(json["message"].as_str().expect("text").contains("1-3"));
        let json = serde_json::to_value(RefusedPage::from(PageFault::CutOff)).expect("json");
        assert_eq!(json["fault"], "cut_off");
    }
}
