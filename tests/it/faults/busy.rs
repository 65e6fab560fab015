//! Pages that cost the processor, read by a running daemon while it is asked whether it is well.

use std::time::{Duration, Instant};

use super::{agendas, processor_time, start};
use crate::cli::running::{ends, get, listening, terminate, until};
use crate::cli::supervised::{Superior, until_at_last};
use crate::support::origin::Reply;
use crate::support::program::seutu;

/// Pages that cost much, and how often each says the same.
const PAGES: usize = 8;
/// What an answer may take that does not wait for a page.
const SOON: Duration = Duration::from_millis(200);

/// A page that is read, and takes long: as large as one may be, with as many paragraphs and links as fit.
fn costly(number: usize) -> Reply {
    let part = "<p>x<a href='../kokous/1-2-3.PDF'>Liite</a>";
    let page = format!(
        "<html><body><a href='../kokous/2026311-{number}.PDF'>x</a>{}</body></html>",
        part.repeat(30_000)
    );
    Reply::ok("text/html; charset=utf-8", page)
}

#[test]
fn while_pages_cost_the_processor_whoever_asks_is_answered_and_the_watchdog_is_fed() {
    let (portal, mut workshop) = start(0);
    workshop.sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let daemon = superior.watches(&mut seutu(&workshop.config_file(), &["run"]));
    until("the server", || get(&address, "/healthz").is_some());
    let papers = agendas(PAGES);
    for (number, paper) in papers.iter().enumerate() {
        portal.page_answers(&paper.key, costly(number + 1));
    }
    portal.lists(&papers);
    until("the first page", || {
        portal.page_requests(&papers[0].key) > 0
    });
    let (began, before) = (Instant::now(), processor_time(daemon.id()));
    let alive = superior.times("WATCHDOG=1");
    let mut took = vec![];
    let checked = "SELECT count(*) FROM page WHERE checked_at IS NOT NULL";
    until_at_last("the last page", || {
        for _ in 0..20 {
            let asked = Instant::now();
            let answer = get(&address, "/healthz").expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            took.push(asked.elapsed());
        }
        workshop.value(checked) == PAGES.to_string()
    });
    let (all, used) = (
        began.elapsed(),
        processor_time(daemon.id()).saturating_sub(before),
    );
    took.sort();
    let (middle, late) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let last = took[took.len() - 1];
    let alive = superior.times("WATCHDOG=1") - alive;
    println!(
        "{} answers, half in {middle:?}, 99 of 100 in {late:?}, all in {last:?}; {used:?} of the processor in {all:?}, \
         {alive} signs of life",
        took.len()
    );
    assert!(
        used > Duration::from_secs(2),
        "the pages cost little: {used:?}"
    );
    assert!(late <= SOON, "{late:?}");
    assert!(alive as u64 >= all.as_secs() / 2, "{alive} in {all:?}");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
}
