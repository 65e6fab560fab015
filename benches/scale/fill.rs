//! Items by the thousand through the one writer, as a cycle stores them: listing, original, version, check, verdict.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use seutu::archive::{ArchiveError, Batch, PagePlan, Writer};
use seutu::config::Config;
use seutu::decide::check::{AnswerFacts, Checked, check};
use seutu::decide::page::page;
use seutu::model::change::{ListingChange, Original, PageChange};
use seutu::model::digest::sha256_hex;
use seutu::model::feed_item::ListedItem;
use seutu::model::ids::ItemKey;
use seutu::model::item::DuePage;
use seutu::model::minutes::{AppealKind, Attachment, ItemReading, Lang, Outcome, Reading, Stage};
use seutu::model::network::{Evidence, Field, Recognition, Verdict};
use seutu::model::poll::{PollOutcome, PollRecord, Validators};
use seutu::model::source::{PlatformKind, Source};

use crate::words::Words;

/// Items of one transaction, as when pages of many sources are read at once.
pub const AT_ONCE: usize = 100;
/// Items after which the rate is noted.
pub const STEP: usize = 10_000;
/// Letters of the text of an item.
const LETTERS: usize = 4_500;
/// Items of a meeting.
const OF_MEETING: usize = 20;
/// Polls of each source that are kept.
const POLLS: i64 = 500;
/// Bodies of every municipality.
pub const BODIES: [&str; 12] = [
    "Kunnanhallitus",
    "Kunnanvaltuusto",
    "Sivistyslautakunta",
    "Kasvatus- ja opetuslautakunta",
    "Tekninen lautakunta",
    "Hyvinvointilautakunta",
    "Tarkastuslautakunta",
    "Keskusvaalilautakunta",
    "Henkilöstöjaosto",
    "Rakennuslautakunta",
    "Elinvoimalautakunta",
    "Nuorisovaltuusto",
];
/// The first meetings are held on this day.
const FIRST: Date = jiff::civil::date(2020, 1, 7);

/// When everything is stored: a fixed instant, so that two runs make the same archive.
pub fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 20_779)
}

/// When an item is stored: one second after the one before.
fn stored_at(n: usize) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(i64::try_from(n).unwrap_or(0))
}

/// The archive being filled.
pub struct Filling<'a> {
    writer: &'a Writer,
    words: &'a Words,
    sources: Vec<Source>,
    network: String,
    random: Rng,
}

impl<'a> Filling<'a> {
    /// Registers who publishes, and their polls of the last week.
    pub fn begin(
        writer: &'a Writer,
        words: &'a Words,
        config: &Config,
        from: usize,
    ) -> Result<Self, ArchiveError> {
        let (municipalities, networks) = (config.municipalities.clone(), config.networks.clone());
        let mut sources = config.sources.clone();
        for source in &mut sources {
            source.platform = PlatformKind::Dynasty;
        }
        let of_writer = sources.clone();
        writer.write_blocking(move |batch| {
            batch.register(&municipalities, &of_writer, &networks, now())?;
            of_writer.iter().try_for_each(|source| polls(batch, source))
        })?;
        let network = config.networks.first();
        Ok(Self {
            writer,
            words,
            sources,
            network: network.map_or_else(String::new, |network| network.slug.clone()),
            random: Rng::with_seed(20_261_122 + u64::try_from(from).unwrap_or_default()),
        })
    }

    /// Stores the items of one step; the time is that of the writer alone, without making up the texts, which
    /// another thread does meanwhile. The second time is what the writer had of a processor, where the system tells
    /// it: what else the machine does is not in it.
    pub fn step(
        &mut self,
        from: usize,
        to: usize,
    ) -> Result<(Duration, Option<Duration>), ArchiveError> {
        let writer = self.writer;
        let (send, made) = mpsc::sync_channel::<Vec<Filled>>(2);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut next = from;
                while next < to {
                    let end = to.min(next + AT_ONCE);
                    let items = (next..end).filter_map(|n| self.item(n)).collect();
                    if send.send(items).is_err() {
                        break;
                    }
                    next = end;
                }
            });
            let mut spent = Duration::ZERO;
            let before = writer.write_blocking(|_| Ok(on_processor()))?;
            for items in made {
                let begun = Instant::now();
                writer.write_blocking(move |batch| {
                    items.iter().try_for_each(|item| item.store(batch))
                })?;
                spent += begun.elapsed();
            }
            let after = writer.write_blocking(|_| Ok(on_processor()))?;
            let of_processor = after
                .zip(before)
                .map(|(after, before)| after.saturating_sub(before));
            Ok((spent, of_processor))
        })
    }

    fn item(&mut self, n: usize) -> Option<Filled> {
        let meeting = n / OF_MEETING;
        let (of_source, place) = (meeting % self.sources.len(), meeting / self.sources.len());
        let source = self.sources.get(of_source)?.clone();
        let body = (*BODIES.get(place % BODIES.len())?).to_owned();
        let fortnight = i64::try_from(place / BODIES.len()).ok()?;
        let held_on = FIRST.checked_add(Span::new().days(14 * fortnight)).ok()?;
        let in_network = n.is_multiple_of(50);
        let title = self.title();
        let title = if in_network {
            format!("Sivistyspalvelujen seudullinen kehittämisverkosto: {title}")
        } else {
            title
        };
        let position = u32::try_from(n % OF_MEETING).ok()? + 1;
        let listed = ListedItem {
            key: ItemKey::new(format!("{}{meeting}-{position}", held_on.year())),
            url: source.url.join(&format!("?page=meetingitem&id={n}")).ok()?,
            title: title.clone(),
            body: Some(body.clone()),
            held_on: Some(held_on),
            position: Some(position),
            published: None,
            text: None,
            section_no: None,
        };
        // Numbers go on through the meetings of a body in a year.
        let before = (held_on.day_of_year() - 1) / 14;
        let section_no = u32::try_from(before).ok()? * 20 + position;
        let reading = self.reading(&listed, section_no, n)?;
        Some(Filled {
            at: stored_at(n),
            verdict: in_network.then(|| verdict(&self.network, &title)),
            source,
            listed,
            reading,
        })
    }

    fn title(&mut self) -> String {
        let letters = 20 + self.random.usize(..50);
        let title = self.words.text(letters, &mut self.random);
        title.trim_end_matches([' ', '.']).to_owned()
    }

    fn reading(&mut self, listed: &ListedItem, section_no: u32, n: usize) -> Option<Reading> {
        let mut part = |share: usize| self.words.text(LETTERS * share / 100, &mut self.random);
        let (background, proposal, decision) = (part(62), part(12), part(12));
        let (appeal, notified) = (part(10), part(4));
        let file = |no: usize| {
            let name = format!("../kokous/{}-{no}.PDF", listed.key.as_str());
            Some(Attachment {
                number: Some(no.to_string()),
                title: format!("Liite {no} {}", listed.title),
                url: listed.url.join(&name).ok()?,
            })
        };
        let day = listed.held_on?;
        let outcome = *Outcome::ALL.get(n % Outcome::ALL.len())?;
        Some(Reading {
            item: ItemReading {
                stage: Some(Stage::Minutes),
                body: listed.body.clone(),
                held_on: Some(day),
                position: listed.position,
                section_no: Some(section_no),
                title: Some(listed.title.clone()),
                diary_numbers: vec![format!("{}/12.00.00/{}", n / 3, day.year())],
                presenter: Some("Sivistysjohtaja Aino Esimerkki".to_owned()),
                background: Some(background),
                proposal: Some(proposal),
                decision: Some(decision),
                outcome: Some(outcome),
                appeal_kind: Some(AppealKind::Rectification),
                appeal_text: Some(appeal),
                notified: Some(notified),
                attachments: vec![file(1)?, file(2)?],
                ..ItemReading::empty(Lang::Fi)
            },
            handlings: vec![],
            problems: vec![],
        })
    }
}

/// How long the present thread has been on a processor.
pub fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// An item made up, ready to be stored.
struct Filled {
    at: Timestamp,
    source: Source,
    listed: ListedItem,
    reading: Reading,
    verdict: Option<Recognition>,
}

impl Filled {
    fn store(&self, batch: &Batch<'_>) -> Result<(), ArchiveError> {
        let known = DuePage::unread(
            &self.source.municipality,
            &self.source.id,
            &self.listed,
            self.at,
        );
        let new = ListingChange::New(self.listed.clone());
        batch.apply_listing(&self.source.id, PagePlan::Read, &[new], self.at)?;
        batch.put_page_original(&known.uid, &self.original())?;
        let change = page(&known, self.reading.clone(), "bench/1", self.at);
        if let PageChange::Version(version) = &change {
            batch.store_version(&known.uid, version, self.at)?;
        }
        let read = Checked::Read(&change);
        let record = check(&known, &read, AnswerFacts::default(), self.at, 0.5);
        batch.record_check(&known.uid, &record)?;
        match &self.verdict {
            Some(verdict) => batch.store_recognition(&known.uid, verdict, "bench", self.at),
            None => Ok(()),
        }
    }

    /// What stands for the page: its text in some markup.
    fn original(&self) -> Original {
        let item = &self.reading.item;
        let parts = [
            &item.title,
            &item.background,
            &item.proposal,
            &item.decision,
        ];
        let paragraphs: Vec<String> = parts
            .iter()
            .filter_map(|part| part.as_ref())
            .map(|part| format!("<p class=\"MsoNormal\"><span>{part}</span></p>"))
            .collect();
        let paragraphs = paragraphs.join("\n");
        let body = format!("<!DOCTYPE html><html lang='fi'><body>{paragraphs}</body></html>");
        Original {
            url: self.listed.url.to_string(),
            fetched_at: self.at,
            http_status: 200,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            validators: Validators::default(),
            sha256: sha256_hex(body.as_bytes()),
            body: body.into_bytes(),
            withheld: false,
        }
    }
}

fn verdict(network: &str, title: &str) -> Recognition {
    Recognition {
        network: network.to_owned(),
        verdict: Verdict::In,
        score: 8.0,
        explanation: "Otsikossa mainitaan verkosto.".to_owned(),
        evidence: vec![Evidence {
            rule: "verkoston nimi".to_owned(),
            field: Field::Title,
            quote: title.to_owned(),
            weight: 8.0,
        }],
    }
}

fn polls(batch: &Batch<'_>, source: &Source) -> Result<(), ArchiveError> {
    (0..POLLS).rev().try_for_each(|ago| {
        let started_at = now() - jiff::SignedDuration::from_mins(20 * (ago + 1));
        batch.record_poll(&PollRecord {
            source: source.id.clone(),
            started_at,
            duration_ms: 120,
            outcome: PollOutcome::NotModified,
            http_status: Some(304),
            items_seen: 100,
            items_new: 0,
            items_changed: 0,
            parse_warnings: 0,
            error: None,
            failures: 0,
            next_check_at: started_at + jiff::SignedDuration::from_mins(20),
            certificate: None,
        })
    })
}
