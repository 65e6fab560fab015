//! Every simulated site read the way the daemon reads it: from its front to its items, in both states.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use seutu::daemon::reading::{read_list, read_page};
use seutu::model::feed_item::ListedItem;
use seutu::model::listing::{AskedList, ListAddress};
use seutu::model::minutes::Reading;
use seutu::model::page::AskedPage;
use seutu::model::source::{PlatformKind, Publishes, Source};
use seutu::platform::platform;
use seutu::serve::simulated::{SimulatedSites, SimulatedSource};

use super::bundled::{Site, bundled, text, title_parts};
use super::wire::{Reply, get};
use crate::support::program::bare;

/// What stands on the pages of the sites that are bundled files, item by item, as a person reads it:
/// site, state, key, body, day, section, outcome, attachments, earlier handlings, title.
const READINGS: &str = include_str!("readings.txt");

/// An item as planned or as read: body, day, title; and of sites of files, section, outcome and counts.
type Line = (String, String, String, Option<String>);

fn configured(site: &SimulatedSource) -> Source {
    Source {
        id: site.id.clone(),
        municipality: site.municipality.clone(),
        platform: site.platform,
        url: site.url.clone(),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: site.permission.clone(),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

/// What was planned for a site in a state, by key.
fn planned(site: &Site, stage: &str) -> BTreeMap<String, Line> {
    if !site.is_dynasty() {
        let of_file = |line: &'static str| -> Option<(String, Line)> {
            let [
                id,
                at,
                key,
                body,
                day,
                section,
                outcome,
                files,
                earlier,
                title,
            ] = line.split('|').collect::<Vec<_>>().try_into().expect(line);
            let known = Some(format!("{section}|{outcome}|{files}|{earlier}"));
            let read = (body.to_owned(), day.to_owned(), title.to_owned(), known);
            (id == site.id() && at == stage).then(|| (key.to_owned(), read))
        };
        return READINGS.lines().filter_map(of_file).collect();
    }
    let there = site
        .items()
        .iter()
        .filter(|item| text(item, "agenda").is_some() || stage == "minutes");
    there
        .map(|item| {
            let (body, day, title) = title_parts(text(item, "title").unwrap());
            let key = text(item, "key").unwrap().to_owned();
            (key, (body, day, title, None))
        })
        .collect()
}

/// An answer worth reading, asked for until the site is in the mood.
async fn answer(list: &ListAddress) -> Reply {
    for _ in 0..6 {
        let reply = get(&list.url, &[]).await;
        let html = reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if reply.status == 200 && reply.is_whole() && html != list.kind.is_feed() {
            return reply;
        }
    }
    panic!("{} was never served", list.url);
}

/// Every item that some list leads to, by key.
async fn items(source: &Source) -> BTreeMap<String, ListedItem> {
    let reader = platform(source.platform);
    let mut waiting = vec![reader.front(source)];
    waiting.extend(reader.lists(source));
    let mut known = BTreeSet::new();
    let mut items: BTreeMap<String, ListedItem> = BTreeMap::new();
    while let Some(list) = waiting.pop() {
        if !known.insert(list.key.clone()) {
            continue;
        }
        let reply = answer(&list).await;
        let asked = AskedList {
            source,
            list: &list,
            served: &list.url,
        };
        let kind = reply.header("content-type");
        let read = read_list(asked, &reply.body, kind)
            .unwrap_or_else(|fault| panic!("{}: {fault:?}", list.url));
        assert_eq!(read.problems, [], "{}", list.url);
        let meetings = read.meetings.into_iter().filter_map(|meeting| meeting.list);
        waiting.extend(read.lists.into_iter().chain(meetings));
        for item in read.items {
            let seen = items
                .entry(item.key.as_str().to_owned())
                .or_insert_with(|| item.clone());
            assert_eq!(
                (&seen.title, seen.held_on),
                (&item.title, item.held_on),
                "{}",
                list.url
            );
        }
    }
    items
}

/// The page of an item; some sites answer wrongly once.
async fn page(source: &Source, item: &ListedItem) -> Reading {
    let mut fault = None;
    for _ in 0..3 {
        let reply = get(&item.url, &[]).await;
        assert_eq!(reply.status, 200, "{}", item.url);
        let asked = AskedPage {
            portal: &source.url,
            url: &item.url,
            key: &item.key,
            key_prefix: "",
        };
        match read_page(
            source.platform,
            asked,
            &reply.body,
            reply.header("content-type"),
        ) {
            Ok(reading) => return reading,
            Err(found) => fault = Some(found),
        }
    }
    panic!("{}: {fault:?}", item.url);
}

fn day(date: Option<jiff::civil::Date>) -> String {
    date.map_or_else(String::new, |day| day.strftime("%d.%m.%Y").to_string())
}

/// What was read of an item, in the shape of the plan.
fn line(listed: &ListedItem, reading: &Reading, plan: &Site) -> Line {
    let item = &reading.item;
    let number = item.section_no.map_or_else(String::new, |n| n.to_string());
    let outcome = item.outcome.map_or("", |outcome| outcome.word());
    (
        item.body
            .clone()
            .or(listed.body.clone())
            .unwrap_or_default(),
        day(item.held_on.or(listed.held_on)),
        listed.title.clone(),
        (!plan.is_dynasty()).then(|| {
            let (files, earlier) = (item.attachments.len(), reading.handlings.len());
            format!("{number}|{outcome}|{files}|{earlier}")
        }),
    )
}

#[tokio::test]
async fn every_list_and_every_page_reads_as_planned() {
    let sites = SimulatedSites::start().await.expect("sites");
    let plans = bundled();
    let mut failures = Vec::new();
    for stage in ["agenda", "minutes"] {
        for simulated in sites.config() {
            let plan = plans.iter().find(|plan| plan.id() == simulated.id.as_str());
            let plan = plan.expect("a plan");
            if simulated.platform == PlatformKind::Feed || plan.is_down() {
                continue;
            }
            let source = configured(&simulated);
            let mut read = BTreeMap::new();
            for (key, listed) in items(&source).await {
                let reading = page(&source, &listed).await;
                assert_eq!(reading.problems, [], "{}", listed.url);
                for file in &reading.item.attachments {
                    let reply = get(&file.url, &[]).await;
                    assert!(reply.body.starts_with(b"%PDF-"), "{}", file.url);
                }
                read.insert(key, line(&listed, &reading, plan));
            }
            let planned = planned(plan, stage);
            for key in read.keys().chain(planned.keys()) {
                if read.get(key) != planned.get(key) {
                    let (read, planned) = (read.get(key), planned.get(key));
                    failures.push(format!("{stage} {key}: {read:?}, planned {planned:?}"));
                }
            }
        }
        sites.advance();
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn the_county_keeps_its_pages_to_itself_without_a_permission() {
    let sites = SimulatedSites::start().await.expect("sites");
    let config = sites.config();
    let county = config
        .iter()
        .find(|site| site.platform == PlatformKind::Tweb)
        .expect("a county");
    let robots = get(&county.url.join("/robots.txt").unwrap(), &[]).await;
    assert!(robots.text().contains("Disallow: /\n"));
    assert!(county.permission.is_some());
    let document = county
        .url
        .join("/ktwebscr/fileshow?doctype=3&docid=90412")
        .unwrap();
    let reply = get(&document, &[]).await;
    assert_eq!(
        reply.body[..4],
        [b'<', 0, b'!', 0],
        "UTF-16LE without a mark"
    );
}

/// What the demonstration must find, however its table is laid out: municipality, items, the network's item
/// and what became of it.
const FOUND: [(&str, &[&str]); 14] = [
    ("Esimerkkilä", &["7", "esimerkkila/2026311-4", "accepted"]),
    ("Esimerkkimaan hyvinvointialue", &["9"]),
    ("Exempelby", &["5", "exempelby/2026215-3", "accepted"]),
    ("Haavela", &["0"]),
    ("Hiljala", &["7"]),
    ("Juttumäki", &["5"]),
    ("Keksivaara", &["9", "keksivaara/2026640-3", "other"]),
    ("Kuvitteela", &["6", "kuvitteela/2026777-3", "tabled"]),
    ("Loruranta", &["6", "loruranta/31003", "accepted"]),
    ("Mallikylä", &["6", "mallikyla/2026502-4", "amended"]),
    ("Olemattomala", &["4"]),
    ("Satulampi", &["5"]),
    ("Tarinajoki", &["4", "tarinajoki/2026499-3"]),
    ("Taruniemi", &["5", "taruniemi/2026118-3", "rejected"]),
];

/// Who decided what of the plan: as proposed, otherwise, on the table, still on an agenda.
const MATRIX: [&str; 7] = [
    "Toimintasuunnitelma ja vuosikello 2026",
    "Exempelby decided 2026-11-18 accepted as proposed",
    "Haavela unknown source down since 2026-11-09",
    "Kuvitteela on agenda 2026-11-16 tabled",
    "Mallikylä decided 2026-11-11 amended differs from the proposal",
    "Tarinajoki on agenda 2026-11-16",
    "Taruniemi decided 2026-11-12 rejected differs from the proposal",
];

#[test]
fn the_demonstration_ends_with_what_the_pages_say() {
    let output = bare(&["demo", "--once"]).output().expect("run");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, archived) = text.split_once("What is archived now:").expect("a table");
    for (municipality, words) in FOUND {
        let rows = archived.lines();
        let mut rows = rows.filter_map(|line| line.strip_prefix(municipality));
        let row = rows.next().unwrap_or_else(|| panic!("{municipality}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        for word in words {
            assert!(cells.contains(word), "{municipality}: {word} in {row}");
        }
        // Of the county's meetings some are older than what is bundled: their sections are missing.
        let health = match municipality {
            "Esimerkkimaan hyvinvointialue" => "notice",
            "Haavela" => "failing",
            _ => "ok",
        };
        assert!(cells.contains(&health), "{municipality}: {health} in {row}");
        let is_wanted = words.iter().any(|word| word.contains('/'));
        let is_there = cells.iter().any(|cell| cell.contains('/'));
        assert_eq!(is_there, is_wanted, "{row}");
    }
    let notices: Vec<&str> = archived
        .lines()
        .filter_map(|line| line.strip_prefix("notice: "))
        .collect();
    assert!(
        notices.len() == 1 && notices[0].contains("sections are missing"),
        "{notices:?}"
    );
    assert!(archived.contains("\n53 agendas became minutes.\n"));
    for line in MATRIX {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            archived.lines().any(|row| words(row) == line),
            "{line} in {archived}"
        );
    }
    let failed: Vec<&str> = archived
        .lines()
        .filter(|line| line.contains(" failed in the "))
        .collect();
    let failed: Vec<_> = failed
        .iter()
        .filter_map(|line| line.split_once(": http"))
        .map(|(what, _)| what)
        .collect();
    assert_eq!(
        failed,
        [
            "haavela failed in the first cycle",
            "satulampi failed in the first cycle",
            "haavela failed in the second cycle"
        ]
    );
}
