//! What must hold for whatever bytes come: no panic, the same answer twice, no more than two seconds.
//!
//! The targets in `fuzz_targets` are one line each and call these. `.ci/fuzz` builds and runs them.

use std::fmt::Debug;
use std::fs;
use std::time::Duration;

use jiff::Timestamp;
use seutu::archive::{Archive, ArchiveError, PagePlan, Reader, SearchQuery};
use seutu::config::Config;
use seutu::daemon::reading;
use seutu::feed::FeedError;
use seutu::fetch::charset as charsets;
use seutu::model::change::ListingChange;
use seutu::model::feed_item::ListedItem;
use seutu::model::ids::{ItemKey, SourceId};
use seutu::model::listing::AskedList;
use seutu::model::page::AskedPage;
pub use seutu::model::source::PlatformKind;
use seutu::model::source::{AuthorityKind, Municipality, Publishes, Source};
use seutu::platform::{platform, visible_text};
use seutu::privacy::{mask_bytes, masked_text};
use url::Url;

/// The longest that one input may take, of the processor's time: a busy machine is no finding.
const LONGEST: Duration = Duration::from_secs(2);

/// Nanoseconds that this thread had the processor for; nothing where the kernel does not tell.
fn busy() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(first.unwrap_or_default())
}

/// Does it twice: the same must come out, and neither may take long.
fn steady<T: PartialEq + Debug>(what: impl Fn() -> T) -> T {
    let before = busy();
    let first = what();
    let took = busy().saturating_sub(before);
    assert!(took < LONGEST, "slow: {took:?}");
    assert_eq!(first, what(), "another answer the second time");
    first
}

fn address(text: &str) -> Url {
    text.parse().expect("an address")
}

/// A feed as a poll reads it.
pub fn feed(bytes: &[u8]) {
    let base = address("https://kunta.example/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30");
    let read = steady(|| reading::read_feed(bytes, None, &base).map_err(|error| error.to_string()));
    if let Err(FeedError::Crashed { .. }) = reading::read_feed(bytes, None, &base) {
        panic!("the parser panicked: {read:?}");
    }
    let Ok(read) = read else { return };
    let mut ids: Vec<_> = read.entries.iter().map(|entry| &entry.native_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), read.entries.len(), "every identity once");
    for entry in &read.entries {
        assert!(entry.link.as_ref().is_none_or(is_web), "{:?}", entry.link);
        assert!(entry.title.chars().all(is_printed), "{:?}", entry.title);
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn is_printed(letter: char) -> bool {
    !letter.is_control()
}

/// The charset of a document: always some text, and without a mark at its beginning.
pub fn charset(bytes: &[u8]) {
    for declared in [
        None,
        Some("text/html; charset=iso-8859-1"),
        Some("text/xml;charset=\"utf-16\""),
    ] {
        let decoded = steady(|| charsets::decode(bytes, declared));
        assert!(decoded.text.len() <= 3 * bytes.len() + 3);
    }
    let masked = steady(|| format!("{:?}", mask_bytes(bytes)));
    drop(masked);
    let text = charsets::decode(bytes, None).text;
    let once = masked_text(&text);
    assert_eq!(masked_text(&once), once, "a mask is masked again");
}

fn source(kind: PlatformKind) -> Source {
    Source {
        id: SourceId::new("kuusijarvi"),
        municipality: "Kuusijärvi".into(),
        platform: kind,
        url: address(match kind {
            PlatformKind::Dynasty | PlatformKind::Feed => {
                "https://kunta.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2"
            }
            PlatformKind::Casem => "https://kunta.example/djulkaisu/kokous/20261-2.HTM",
            PlatformKind::Tweb => "https://kunta.example/ktwebscr/fileshow?doctype=3&docid=1",
        }),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::default(),
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

/// A page of a platform: as an item, as each of its lists, and as the text that a person sees.
pub fn page(kind: PlatformKind, bytes: &[u8]) {
    let source = source(kind);
    let reader = platform(kind);
    let text = charsets::decode(bytes, None).text;
    let key = reader
        .key_of_page(&text)
        .unwrap_or_else(|| ItemKey::new("1-2"));
    let asked = || AskedPage {
        portal: &source.url,
        url: &source.url,
        key: &key,
        key_prefix: "",
    };
    let read = steady(|| {
        let read = reading::read_page(kind, asked(), bytes, None);
        serde_json::to_string(&read.map_err(|fault| fault.to_string())).expect("JSON")
    });
    drop(read);
    for list in reader.lists(&source) {
        let asked = || AskedList {
            source: &source,
            list: &list,
            served: &list.url,
        };
        let read = steady(|| {
            let read = reading::read_list(asked(), bytes, None);
            serde_json::to_string(&read.map_err(|fault| fault.to_string())).expect("JSON")
        });
        drop(read);
    }
    drop(steady(|| {
        visible_text(&text).map_err(|fault| fault.to_string())
    }));
}

/// Words that meet in titles, and some that mean something to the index.
const TITLES: [&str; 8] = [
    "Seudullisen verkoston suunnitelma",
    "Talousarvio 2026, 85/12.00.00/2026",
    "NEAR AND OR NOT \"lainaus\" title:verkosto",
    "Perusopetuksen järjestämissuunnitelma",
    "Anslag för småbarnspedagogiken",
    "Lausunto * ( ) { } ^ + - :",
    "Kaavamuutos, Åkerlundinkatu 3",
    "Oikaisuvaatimus",
];

fn shelve(archive: &mut Archive, now: Timestamp) -> Result<(), ArchiveError> {
    let source = source(PlatformKind::Dynasty);
    let municipality = Municipality {
        name: source.municipality.clone(),
        code: "901".into(),
        kind: AuthorityKind::Municipality,
        name_sv: None,
        region: None,
    };
    let listed = |n: usize, title: &str| ListedItem {
        key: ItemKey::new(format!("1-{n}")),
        url: source.url.clone(),
        title: title.into(),
        body: Some("Sivistyslautakunta".into()),
        held_on: None,
        position: None,
        section_no: None,
        published: None,
        text: None,
    };
    let titles = TITLES.iter().cycle().take(400).enumerate();
    let changes: Vec<_> = titles
        .map(|(n, title)| ListingChange::New(listed(n, title)))
        .collect();
    archive.transaction(|batch| {
        batch.register(&[municipality], std::slice::from_ref(&source), &[], now)?;
        batch.apply_listing(&source.id, PagePlan::Read, &changes, now)?;
        Ok(())
    })
}

/// An archive of some hundred items, open for as long as the thread lives.
fn shelf() -> Reader {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let now = Timestamp::constant(1_784_505_600, 0);
    let mut archive = Archive::open(&folder, now).expect("an archive");
    shelve(&mut archive, now).expect("items");
    let reader = Reader::open(&folder).expect("a reader");
    drop(archive);
    reader
}

/// What somebody types: never an error, whatever it is.
pub fn query(bytes: &[u8]) {
    thread_local! {
        static SHELF: Reader = shelf();
    }
    let words = String::from_utf8_lossy(bytes);
    SHELF.with(|shelf| {
        let query = SearchQuery::new(words.as_ref());
        let hits = steady(|| shelf.search(&query).map_err(say)).expect("an answer");
        let found = shelf.results(&query, 0).map_err(say).expect("an answer");
        drop(found);
        let named = SearchQuery {
            municipality: Some(words.clone().into_owned()),
            body: Some(words.clone().into_owned()),
            ..SearchQuery::new("verkosto")
        };
        drop(shelf.unknown_name(&named).expect("an answer"));
        drop(shelf.search(&named).expect("an answer"));
        drop(shelf.search_meetings(&query, &hits).expect("an answer"));
    });
}

fn say(error: ArchiveError) -> String {
    error.to_string()
}

/// A configuration: faults, or one that says itself again in the same words.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let parse = |text: &str| {
        Config::parse("fuzz.toml", text, std::iter::empty()).map_err(|faults| faults.to_string())
    };
    let Ok(config) = steady(|| parse(text).map(|config| config.effective_toml())) else {
        return;
    };
    let again = parse(&config).map(|config| config.effective_toml());
    assert_eq!(again.as_ref(), Ok(&config), "what is printed loads back");
}
