//! `seutu read`: what the program reads from one page or feed, as JSON.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use url::Url;

use super::{Exit, Global, opening, say_json};
use crate::daemon::reading::{read_feed, read_page};
use crate::fetch::{Client, Request, RequestKind, charset};
use crate::model::page::{AskedPage, PageFault};
use crate::model::poll::Validators;
use crate::model::source::PlatformKind;
use crate::platform::{platform, recognise_address};

/// Options of `read`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A saved page or feed, or an address
    #[arg(value_name = "FILE-or-URL")]
    from: String,
    /// Which platform's page it is [default: told from the address, else dynasty]
    #[arg(long, value_parser = platform_word)]
    platform: Option<PlatformKind>,
    /// The address that a saved page came from
    #[arg(long)]
    url: Option<Url>,
}

fn platform_word(word: &str) -> Result<PlatformKind, String> {
    PlatformKind::from_word(word).ok_or_else(|| {
        let known: Vec<_> = PlatformKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("known platforms are {}", known.join(", "))
    })
}

/// What stands at an address or in a file.
struct Input {
    bytes: Vec<u8>,
    content_type: Option<String>,
    url: Option<Url>,
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
    let input = match Url::parse(&args.from) {
        Ok(url) if url.has_host() => download(global, url)?,
        Ok(_) | Err(_) => saved(Path::new(&args.from), args.url.clone())?,
    };
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
    page(args, &input)
}

fn page(args: &Args, input: &Input) -> anyhow::Result<Exit> {
    let kind = args
        .platform
        .or_else(|| input.url.as_ref().and_then(recognise_address))
        .unwrap_or(PlatformKind::Dynasty);
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
    let mut portal = url.clone();
    portal.set_query(None);
    let asked = AskedPage {
        portal: &portal,
        url: &url,
        key: &key,
        key_prefix: "",
    };
    match read_page(kind, asked, &input.bytes, input.content_type.as_deref()) {
        Ok(reading) => say_json(&reading).map(|()| Exit::Done),
        Err(fault) => say_json(&RefusedPage::from(fault)).map(|()| Exit::Failed),
    }
}

fn saved(path: &Path, url: Option<Url>) -> anyhow::Result<Input> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Input {
        bytes,
        content_type: None,
        url,
    })
}

fn download(global: &Global, url: Url) -> anyhow::Result<Input> {
    let config = opening::config(global)?;
    opening::block_on(async {
        let client = Client::new(&config.fetch)?;
        let request = Request {
            url: url.clone(),
            kind: RequestKind::Page,
            validators: Validators::default(),
        };
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
