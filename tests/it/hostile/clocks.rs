//! Clocks that jump: an hour back, a year ahead, past 2038 and home again.

use jiff::{SignedDuration, Timestamp};
use seutu::archive::verify;
use seutu::daemon::rederive::{Request, rederive};

use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

/// The second after which 32 bits are not enough.
const AFTER_2038: &str = "2038-01-19T03:14:08Z";

fn set(workshop: &Workshop, to: &str) {
    let to: Timestamp = to.parse().expect("instant");
    workshop.pass(to.duration_since(workshop.now()));
}

/// A poll after which everything that was listed is archived once.
async fn polled(workshop: &Workshop, portal: &Portal, papers: &mut Vec<Paper>) {
    let number = papers.len() + 1;
    papers.push(Paper::agenda(
        &format!("2026311-{number}"),
        &format!("Asia {number}"),
    ));
    portal.lists(papers);
    portal.serve_all(papers);
    let reports = workshop.round().await;
    assert!(!reports.is_empty(), "something is due");
    for report in &reports {
        // That the newest meeting is of last year is told, and rightly.
        let outcome = report.outcome.expect("polled");
        assert!(outcome.is_success(), "{report:?}");
    }
}

#[tokio::test]
async fn clocks_that_jump_lose_and_double_nothing() {
    let portal = Portal::start();
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let mut papers = vec![];
    polled(&workshop, &portal, &mut papers).await;
    for jump in [1, -1, 400 * 24, -400 * 24, 2, -2] {
        workshop.pass(SignedDuration::from_hours(jump));
        // Whatever the jump put off is due again within a day.
        workshop.pass_days(1);
        polled(&workshop, &portal, &mut papers).await;
        let known = workshop.value("SELECT count(*) FROM item");
        assert_eq!(known, papers.len().to_string(), "after {jump} hours");
    }
    set(&workshop, AFTER_2038);
    polled(&workshop, &portal, &mut papers).await;
    set(&workshop, "2026-12-01T06:00:00Z");
    workshop.pass_days(1);
    polled(&workshop, &portal, &mut papers).await;
    assert_eq!(
        workshop.value("SELECT count(*) FROM item"),
        papers.len().to_string()
    );
    let doubled = "SELECT item_id FROM item_version GROUP BY item_id HAVING count(*) > 1";
    assert_eq!(workshop.rows(doubled), [] as [&str; 0], "a version each");
    let new = workshop.value("SELECT count(*) FROM event WHERE kind='item_new'");
    assert_eq!(new, papers.len().to_string(), "told once each");
}

#[tokio::test]
async fn a_page_put_off_by_a_clock_ahead_is_read_when_it_is_right_again() {
    let papers = vec![Paper::agenda("2026311-1", "Koulukuljetukset")];
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    set(&workshop, AFTER_2038);
    workshop.round().await;
    set(&workshop, "2026-11-13T08:00:00Z");
    let minutes = vec![papers[0].minutes("Hyväksyttiin.")];
    portal.lists(&minutes);
    portal.serve_all(&minutes);
    for _ in 0..3 {
        workshop.round().await;
        workshop.pass_days(1);
    }
    assert_eq!(workshop.value("SELECT stage FROM item"), "minutes");
}

#[tokio::test]
async fn what_changes_after_the_clock_was_ahead_is_younger_than_what_changed_then() {
    let agenda = Paper::agenda("2026311-1", "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&agenda));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let right = workshop.now();
    let said = "SELECT changed_at || ' ' || version_no FROM item";
    let mut told = vec![workshop.value(said)];
    // The clock runs ahead, is set right, and goes on.
    for (day, decision) in [
        (400, "Hyväksyttiin."),
        (1, "Palautettiin."),
        (30, "Pantiin pöydälle."),
    ] {
        let paper = agenda.minutes(decision);
        portal.lists(std::slice::from_ref(&paper));
        portal.serves(&paper);
        workshop.pass(right.duration_since(workshop.now()));
        workshop.pass_days(day);
        for _ in 0..8 {
            workshop.round().await;
            workshop.pass_days(1);
        }
        told.push(workshop.value(said));
    }
    assert!(
        told.is_sorted_by(|before, after| before < after),
        "{told:?}"
    );
    assert!(
        told.iter()
            .zip(1..)
            .all(|(told, no)| told.ends_with(&format!(" {no}"))),
        "{told:?}"
    );
    assert_eq!(verify(&workshop.archive()), []);
    let before =
        workshop.rows("SELECT version_no || seen_from || coalesce(seen_to,'') FROM item_version");
    let engine = workshop.open().await;
    let done = rederive(&engine, &Request::default(), |_, _| ()).await;
    close(engine).await;
    assert_eq!(done.expect("rederived").changed, []);
    let after =
        workshop.rows("SELECT version_no || seen_from || coalesce(seen_to,'') FROM item_version");
    assert_eq!(before, after);
}
