//! One item from first sight over agenda and minutes to amendments, by the clock.

use jiff::Timestamp;
use seutu::daemon::cycle::Scope;

use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, hours};

const KEY: &str = "2026311-1";

const DUE: &str = "SELECT next_check_at FROM page";

fn agenda() -> Paper {
    Paper::agenda(KEY, "Koulukuljetusten periaatteet")
}

fn minutes() -> Paper {
    agenda().minutes("Hyväksyttiin.")
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&[agenda()]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

fn due_in_hours(workshop: &Workshop) -> i64 {
    workshop
        .instant(DUE)
        .duration_since(workshop.now())
        .as_hours()
}

/// Moves the clock to just after the page is due, and polls.
async fn when_due(workshop: &Workshop) {
    let wait = workshop.instant(DUE).duration_since(workshop.now());
    workshop.pass(wait + jiff::SignedDuration::from_secs(1));
    workshop.round().await;
}

#[tokio::test]
async fn an_agenda_becomes_minutes_as_version_two_of_one_item() {
    let (portal, workshop) = start();
    let first = workshop.poll().await;
    assert_eq!(
        (first.items_new, first.versions, first.minutes_published),
        (1, 1, 0)
    );
    assert_eq!(
        workshop.rows("SELECT uid, stage, version_no, decision FROM item"),
        ["kuusijarvi/2026311-1 | agenda | 1 | null"]
    );
    portal.serves(&minutes());
    workshop.pass_days(5);
    let second = workshop.poll().await;
    assert_eq!((second.versions, second.minutes_published), (1, 1));
    assert_eq!(
        workshop.rows("SELECT uid, stage, version_no, decision, outcome FROM item"),
        ["kuusijarvi/2026311-1 | minutes | 2 | Hyväksyttiin. | accepted"]
    );
    let versions =
        workshop.rows("SELECT version_no, stage, seen_to IS NULL FROM item_version ORDER BY 1");
    assert_eq!(versions, ["1 | agenda | 0", "2 | minutes | 1"]);
    let changed = workshop.value("SELECT changed_fields FROM item_version WHERE version_no=2");
    assert_eq!(changed, r#"["stage","section_no","decision","outcome"]"#);
    let events =
        workshop.rows("SELECT kind, version_no FROM event WHERE item_id IS NOT NULL ORDER BY seq");
    assert_eq!(
        events.last().map(String::as_str),
        Some("minutes_published | 2"),
        "{events:?}"
    );
    assert_eq!(
        events
            .iter()
            .filter(|e| e.starts_with("minutes_published"))
            .count(),
        1
    );
}

#[tokio::test]
async fn an_agenda_is_due_again_the_morning_after_its_meeting_and_then_every_day() {
    let (portal, workshop) = start();
    workshop.round().await;
    let due = workshop.instant(DUE);
    let morning: Timestamp = "2026-11-13T04:00:00Z".parse().expect("instant");
    assert!(
        (0..=2).contains(&due.duration_since(morning).as_hours()),
        "{due}"
    );
    // Nothing is asked before: three days of polls.
    for _ in 0..3 {
        workshop.pass_days(1);
        workshop.round().await;
    }
    assert_eq!(portal.page_requests(KEY), 1);
    when_due(&workshop).await;
    assert_eq!(portal.page_requests(KEY), 2);
    assert_eq!(due_in_hours(&workshop), 24);
}

#[tokio::test]
async fn minutes_are_due_after_a_day_a_week_a_month_a_quarter_and_every_quarter() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.serves(&minutes());
    when_due(&workshop).await;
    let published = workshop.now();
    let mut days = vec![];
    for _ in 0..5 {
        let due = workshop.instant(DUE);
        days.push(due.duration_since(published).as_hours() / 24);
        when_due(&workshop).await;
    }
    assert_eq!(days, [1, 7, 30, 91, 182]);
    assert_eq!(workshop.value("SELECT version_no FROM item"), "2");
}

#[tokio::test]
async fn an_item_that_left_the_feed_is_followed_to_its_minutes() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.lists(&[Paper::agenda("2026320-1", "Toinen asia")]);
    portal.serves(&Paper::agenda("2026320-1", "Toinen asia"));
    portal.serves(&minutes());
    workshop.pass_days(5);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT key, stage, withdrawn_at FROM item ORDER BY key"),
        ["2026311-1 | minutes | null", "2026320-1 | agenda | null"]
    );
}

#[tokio::test]
async fn amended_minutes_are_version_three_and_are_followed_from_the_beginning_again() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.serves(&minutes());
    when_due(&workshop).await;
    when_due(&workshop).await;
    when_due(&workshop).await;
    portal.serves(&agenda().minutes("Palautettiin valmisteltavaksi."));
    when_due(&workshop).await;
    assert_eq!(
        workshop.rows("SELECT version_no, stage, outcome FROM item"),
        ["3 | minutes | returned"]
    );
    let changed = workshop.value("SELECT changed_fields FROM item_version WHERE version_no=3");
    assert_eq!(changed, r#"["decision","outcome"]"#);
    assert!((24..=26).contains(&due_in_hours(&workshop)));
    let published = "SELECT count(*) FROM event WHERE kind='minutes_published'";
    assert_eq!(workshop.value(published), "1");
}

#[tokio::test]
async fn minutes_are_never_overwritten_by_an_agenda() {
    let (portal, workshop) = start();
    portal.serves(&minutes());
    workshop.round().await;
    portal.serves(&agenda());
    workshop.pass_days(2);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT stage, version_no, decision FROM item"),
        ["minutes | 1 | Hyväksyttiin."]
    );
    assert_eq!(workshop.rows("SELECT kind FROM problem"), ["disagreement"]);
    portal.serves(&minutes());
    workshop.pass_days(8);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT kind FROM problem"),
        [] as [&str; 0],
        "it is solved"
    );
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
}

#[tokio::test]
async fn a_page_that_changes_at_every_fetch_is_noticed_and_limited() {
    let (portal, workshop) = start();
    for visit in 0..12 {
        portal.serves(&agenda().saying(&format!("Sivu haettu {visit}. kerran.")));
        workshop.round_of(Scope::All).await;
        workshop.pass(hours(1));
    }
    assert_eq!(workshop.value("SELECT count(*) FROM item_version"), "6");
    assert_eq!(workshop.rows("SELECT kind FROM problem"), ["restless"]);
    assert_eq!(portal.page_requests(KEY), 12);
    // Once it becomes minutes, that is stored whatever its past.
    portal.serves(&minutes());
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.rows("SELECT stage, version_no FROM item"),
        ["minutes | 7"]
    );
}

#[tokio::test]
async fn a_restless_page_still_gets_a_version_a_month_and_is_forgiven_when_it_rests() {
    let (portal, workshop) = start();
    for visit in 0..8 {
        portal.serves(&agenda().saying(&format!("Sivu haettu {visit}. kerran.")));
        workshop.round_of(Scope::All).await;
        workshop.pass(hours(1));
    }
    workshop.pass_days(31);
    portal.serves(&agenda().saying("Kuukautta myöhemmin."));
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "7");
    workshop.pass(hours(1));
    portal.serves(
        &agenda()
            .saying("Kuukautta myöhemmin.")
            .minutes("Hyväksyttiin."),
    );
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "8");
}

#[tokio::test]
async fn a_listing_that_changes_makes_the_page_due_and_the_item_stays_one() {
    let (portal, workshop) = start();
    workshop.round().await;
    let renamed = Paper::agenda(KEY, "Koulukuljetusten periaatteet ja maksut");
    portal.lists(std::slice::from_ref(&renamed));
    portal.serves(&renamed);
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!((report.items_new, report.versions), (0, 1));
    assert_eq!(
        workshop.rows("SELECT title, version_no FROM item"),
        ["Koulukuljetusten periaatteet ja maksut | 2"]
    );
}

#[tokio::test]
async fn the_last_text_of_a_restless_page_is_not_lost_when_it_rests() {
    let (portal, workshop) = start();
    for visit in 0..8 {
        portal.serves(&agenda().saying(&format!("Sivu haettu {visit}. kerran.")));
        workshop.round_of(Scope::All).await;
        workshop.pass(hours(1));
    }
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "6");
    assert_eq!(workshop.rows("SELECT kind FROM problem"), ["restless"]);
    workshop.pass_days(31);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT version_no, background FROM item"),
        ["7 | Sivu haettu 7. kerran."]
    );
    assert_eq!(workshop.rows("SELECT kind FROM problem"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_page_that_rests_between_its_changes_is_not_restless() {
    let (portal, workshop) = start();
    for visit in 0..8 {
        portal.serves(&agenda().saying(&format!("{visit}. korjaus.")));
        for _ in 0..2 {
            workshop.round_of(Scope::All).await;
            workshop.pass(hours(1));
        }
    }
    assert_eq!(workshop.value("SELECT version_no FROM item"), "8");
    assert_eq!(workshop.rows("SELECT kind FROM problem"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_clock_that_ran_ahead_once_does_not_end_the_polls() {
    let (portal, workshop) = start();
    workshop.round().await;
    workshop.pass_days(3650);
    portal.serves(&minutes());
    workshop.round().await;
    assert_eq!(workshop.value("SELECT stage FROM item"), "minutes");
    workshop.pass_days(-3650);
    workshop.pass(hours(1));
    workshop.round().await;
    let asked = (portal.feed_requests().len(), portal.page_requests(KEY));
    assert_eq!(asked, (3, 3));
    assert_eq!(workshop.round().await, [], "and then they wait as ever");
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(portal.feed_requests().len(), 4);
}
