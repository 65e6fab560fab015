//! The invented country: what every municipality publishes on which day, and the sites that serve it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::fault::{drawn, weather};
use crate::season::{CALM, Wanted};
use crate::support::origin::Reply;
use crate::support::portal::{FEED, Paper, Portal, conditional, target};

/// When it begins: in the morning, in Finland.
pub const START: &str = "2026-11-09T06:00:00Z";
const FIRST_DAY: Date = date(2026, 11, 9);
/// Days between two meetings of a municipality.
const RHYTHM: i64 = 14;
/// Entries of a feed.
const SHOWN: usize = 30;

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// What of an item was ever answered rightly. What a site that is out takes away before anybody could read it is nobody's.
#[derive(Debug, Default)]
pub struct Served {
    /// In a feed.
    pub listed: AtomicBool,
    /// Its page, with the minutes.
    pub minutes: AtomicBool,
}

/// One item and the days of its life.
#[derive(Debug)]
pub struct Life {
    /// As it stands on the agenda.
    pub paper: Paper,
    /// When it is published.
    pub published: i64,
    /// When its minutes are.
    pub decided: i64,
    /// When the site takes it away.
    pub withdrawn: Option<i64>,
    /// A word that stands in this item and in no other.
    pub word: String,
    /// What of it was served.
    pub served: Served,
}

impl Life {
    /// The decision as the minutes tell it.
    pub fn decision(&self) -> String {
        format!("Hyväksyttiin tunnuksella {}.", self.word)
    }

    fn is_out(&self, day: i64) -> bool {
        self.published <= day && self.withdrawn.is_none_or(|gone| day < gone)
    }

    fn html(&self, day: i64) -> String {
        if self.decided <= day {
            self.paper.minutes(&self.decision()).html()
        } else {
            self.paper.html()
        }
    }
}

/// All sites, and what day it is there.
pub struct Country {
    /// What was asked for.
    pub wanted: Wanted,
    /// The items of each municipality.
    pub lives: Vec<Arc<Vec<Life>>>,
    portals: Vec<Portal>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    day: AtomicI64,
    requests: AtomicU64,
    faults: AtomicU64,
}

/// Id of the source of a municipality.
pub fn id(number: usize) -> String {
    format!("kunta{number:03}")
}

impl Country {
    /// Starts every site.
    pub fn start(wanted: Wanted) -> Self {
        let shared = Arc::new(Shared::default());
        let (mut lives, mut portals) = (vec![], vec![]);
        for number in 0..wanted.municipalities {
            let of_site = Arc::new(lives_of(wanted, number));
            let portal = Portal::start();
            Site {
                wanted,
                number: u64::try_from(number).expect("small"),
                requests: AtomicU64::default(),
                lives: Arc::clone(&of_site),
                shared: Arc::clone(&shared),
            }
            .open(&portal);
            lives.push(of_site);
            portals.push(portal);
        }
        Self {
            wanted,
            lives,
            portals,
            shared,
        }
    }

    /// Lets a day begin.
    pub fn set_day(&self, day: i64) {
        self.shared.day.store(day, Ordering::SeqCst);
    }

    /// Requests for feeds and pages so far.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Those that were answered wrongly on purpose.
    pub fn faults(&self) -> u64 {
        self.shared.faults.load(Ordering::SeqCst)
    }

    /// The configuration for it.
    pub fn config(&self, archive: &Path) -> String {
        let mut text = format!(
            "[archive]\ndir = {archive:?}\n[http]\nlisten = \"127.0.0.1:1\"\n[fetch]\nmin_interval = \"0s\"\n\
             allow_private_addresses = true\n[poll]\ninterval = \"6h\"\n"
        );
        for (number, portal) in self.portals.iter().enumerate() {
            let (id, url, code) = (id(number), portal.url(), number + 1);
            write!(
                text,
                "[[municipality]]\nname = \"{id}\"\ncode = \"{code:03}\"\n[[source]]\nid = \"{id}\"\n\
                 municipality = \"{id}\"\nplatform = \"dynasty\"\nurl = \"{url}\"\nshow = {SHOWN}\n"
            )
            .expect("a string");
        }
        text
    }
}

/// What a municipality publishes: a meeting every two weeks, its agenda some days before, its minutes some days after.
fn lives_of(wanted: Wanted, number: usize) -> Vec<Life> {
    let site = u64::try_from(number).expect("small");
    let mut chance = drawn(wanted.seed, [site, 0, 0]);
    let (mut lives, mut meeting) = (vec![], 0);
    let mut day = chance.i64(1..RHYTHM);
    while day + 7 < wanted.days - CALM {
        let (published, decided) = (day - chance.i64(1..6), day + chance.i64(1..7));
        for n in 1..=chance.i64(2..5) {
            let word = format!("x{number:03}m{meeting:02}n{n}");
            let key = format!("2026{}-{n}", 100 + meeting);
            let mut paper = Paper::agenda(&key, &format!("Asia {word} kouluista"));
            let held = FIRST_DAY.checked_add(day.days()).expect("a day");
            paper.day = format!("{}.{}.{}", held.day(), held.month(), held.year());
            // Never the first: a feed that has become empty is not believed.
            let withdrawn = (chance.u8(0..12) == 0 && n > 1).then_some(decided + 5);
            lives.push(Life {
                paper: paper.saying(&format!("Asiaa {word} on valmisteltu kuntien kesken.")),
                published: published.max(0),
                decided,
                withdrawn,
                word,
                served: Served::default(),
            });
        }
        meeting += 1;
        day += RHYTHM;
    }
    lives
}

struct Site {
    wanted: Wanted,
    number: u64,
    requests: AtomicU64,
    lives: Arc<Vec<Life>>,
    shared: Arc<Shared>,
}

impl Site {
    fn open(self, portal: &Portal) {
        let site = Arc::new(self);
        let url = portal.url();
        let feed = Arc::clone(&site);
        portal.origin.on_with(FEED, move |seen| {
            let day = feed.day();
            let out = feed.lives.iter().rev().filter(|life| life.is_out(day));
            let papers: Vec<Paper> = out.map(|life| life.paper.clone()).take(SHOWN).collect();
            let right = Portal::feed_at(&url, &papers);
            let torn = Portal::feed_at(&url, &papers[..papers.len() / 2]);
            if let Some(fault) = feed.faulty((XML, &right), &torn) {
                return fault;
            }
            let shown = feed.lives.iter().rev().filter(|life| life.is_out(day));
            shown
                .take(SHOWN)
                .for_each(|life| life.served.listed.store(true, Ordering::SeqCst));
            conditional(seen, XML, &right)
        });
        for (number, life) in site.lives.iter().enumerate() {
            let page = Arc::clone(&site);
            portal.origin.on_with(&target(&life.paper.key), move |_| {
                let day = page.day();
                let life = &page.lives[number];
                let right = life.html(day);
                let other = &page.lives[(number + 1) % page.lives.len()];
                if let Some(fault) = page.faulty((HTML, &right), &other.html(day)) {
                    return fault;
                }
                if life.is_out(day) {
                    life.served
                        .minutes
                        .fetch_or(life.decided <= day, Ordering::SeqCst);
                    Reply::ok(HTML, right)
                } else {
                    Reply::status(404)
                }
            });
        }
    }

    fn day(&self) -> i64 {
        self.shared.day.load(Ordering::SeqCst)
    }

    /// What comes in place of the right answer to the next request.
    fn faulty(&self, right: (&str, &str), other: &str) -> Option<Reply> {
        self.shared.requests.fetch_add(1, Ordering::SeqCst);
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let Wanted { seed, days, .. } = self.wanted;
        let [day, days] = [self.day(), days].map(|day| u64::try_from(day).expect("a day"));
        let fault = weather(seed, self.number, day, days).of_request(seed, self.number, number)?;
        self.shared.faults.fetch_add(1, Ordering::SeqCst);
        Some(fault.reply(right, other))
    }
}
