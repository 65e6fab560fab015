//! Personal data: identity codes that are published, pages that are gone or lose names, items that are taken down.

use std::sync::Arc;

use seutu::archive::{PublicFolder, Reader, SearchQuery, verify};
use seutu::daemon::cycle::Scope;
use seutu::daemon::order::{Order, Outcome, carry_out};
use seutu::daemon::poll::Running;
use seutu::daemon::rederive::{Request, rederive};
use seutu::daemon::report::nobody;
use seutu::model::ids::Uid;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};

use crate::support::contents::{differences, everything};
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close, turn};

const KEY: &str = "2026311-1";
const UID: &str = "kuusijarvi/2026311-1";
/// Of the range that is given to nobody.
const CODE: &str = "010190-900P";
const NAME: &str = "Aino Esimerkkinen";

fn agenda() -> Paper {
    Paper::agenda(KEY, "Koulukuljetusten periaatteet").saying(&format!(
        "Hakija on {NAME}.</span></p><p><span>Matka on pitkä."
    ))
}

fn minutes() -> Paper {
    agenda().minutes("Hyväksyttiin.")
}

fn setting(portal: &Portal, lines: &str) -> Workshop {
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.sheet.poll = format!("[privacy]\n{lines}\n");
    workshop
}

/// Agenda and minutes of an item that names somebody, and another item.
async fn with_minutes(lines: &str) -> (Portal, Workshop) {
    let other = Paper::agenda("2026311-2", "Verkoston suunnitelma");
    let portal = Portal::with(&[agenda(), other]);
    let workshop = setting(&portal, lines);
    workshop.round().await;
    portal.serves(&minutes());
    workshop.pass_days(5);
    workshop.round().await;
    assert_eq!(
        workshop.value(&format!("SELECT version_no FROM item WHERE uid='{UID}'")),
        "2"
    );
    (portal, workshop)
}

/// Where these words still stand: in the files as they are, or in bytes that are packed in them.
fn found(workshop: &Workshop, words: &str) -> Vec<String> {
    let mut found = vec![];
    // The search index shortens words by what they share with the one before.
    let lower = words.to_lowercase();
    let tail = lower
        .get(3..)
        .filter(|tail| tail.len() > 5 && !words.contains(' '));
    let tail = tail.unwrap_or(&lower);
    for entry in std::fs::read_dir(workshop.archive()).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("file");
            let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
            if holds(words.as_bytes()) || holds(tail.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    let reader = Reader::open(&workshop.archive()).expect("archive");
    for hash in workshop.rows("SELECT DISTINCT sha256 FROM fetch") {
        let bytes = reader.original(&hash).expect("original");
        if bytes.is_some_and(|bytes| String::from_utf8_lossy(&bytes).contains(words)) {
            found.push(hash);
        }
    }
    found
}

fn is_whole(workshop: &Workshop) {
    assert_eq!(verify(&workshop.archive()), []);
}

async fn order(workshop: &Workshop, order: Order) -> anyhow::Result<Outcome> {
    let engine = workshop.open().await;
    let outcome = carry_out(&engine, &Running::default(), order, &nobody()).await;
    close(engine).await;
    outcome
}

async fn take_down(workshop: &Workshop, action: TakedownAction) {
    let takedown = Takedown {
        action,
        reason: TakedownReason::PersonalData,
        note: Some("puh. 040 000 0000".to_owned()),
        expires_on: None,
    };
    let uid = Uid::new(UID);
    let done = order(workshop, Order::TakeDown { uid, takedown }).await;
    assert_eq!(done.expect("taken down"), Outcome::Wiped(true));
}

async fn derive(workshop: &Workshop) -> Vec<Uid> {
    let engine = workshop.open().await;
    let done = rederive(&Arc::clone(&engine), &Request::default(), |_, _| ())
        .await
        .expect("derived");
    close(engine).await;
    done.changed
}

#[tokio::test]
async fn identity_codes_are_stored_nowhere_and_reported() {
    let titled = Paper::agenda("2026311-2", &format!("Hakemus {CODE}"));
    let told = agenda().saying(&format!("Hakija {NAME} ({CODE})."));
    let portal = Portal::with(&[told.clone(), titled]);
    let workshop = setting(&portal, "");
    workshop.round().await;
    assert_eq!(found(&workshop, CODE), [] as [&str; 0]);
    assert_eq!(
        workshop.rows("SELECT title, background FROM item ORDER BY key"),
        [
            format!("Koulukuljetusten periaatteet | Hakija {NAME} ([henkilötunnus poistettu])."),
            "Hakemus [henkilötunnus poistettu] | Asiaa on valmisteltu kuntien kesken.".to_owned(),
        ]
    );
    let problems =
        "SELECT coalesce(item_id,0), kind FROM problem WHERE kind='identity_code' ORDER BY 1";
    assert_eq!(
        workshop.rows(problems),
        [
            "0 | identity_code",
            "1 | identity_code",
            "2 | identity_code"
        ]
    );
    assert_eq!(
        workshop.rows(
            "SELECT severity, text LIKE '%identity codes%' FROM finding WHERE kind='identity_codes'"
        ),
        ["warning | 1"]
    );
    is_whole(&workshop);
    let before = everything(&workshop.archive());
    assert!(derive(&workshop).await.is_empty());
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        [] as [&str; 0]
    );
    // The same bytes are the same page, although they are not stored as they came.
    workshop.pass_days(1);
    let reports = workshop.round_of(Scope::All).await;
    assert_eq!(reports[0].versions, 0, "{reports:?}");
    assert_eq!(
        workshop.value("SELECT count(*) FROM fetch WHERE item_id=1"),
        "1"
    );
    // A code that markup tears apart cannot be masked in place: its bytes are not kept at all.
    portal.serves(&told.saying("Hakija 010190-<b>900P</b>."));
    workshop.pass_days(1);
    workshop.round_of(Scope::All).await;
    assert_eq!(found(&workshop, "900P"), [] as [&str; 0]);
    is_whole(&workshop);
    // Once it is mended at the source, nothing is reported any more.
    portal.serves(&told.saying("Hakija on tiedossa."));
    workshop.pass_days(1);
    workshop.round_of(Scope::All).await;
    assert!(
        !workshop
            .rows(problems)
            .contains(&"1 | identity_code".to_owned())
    );
}

#[tokio::test]
async fn contact_details_stand_in_no_field() {
    let paper = agenda()
        .saying("Lisätietoja 040 000 0000.")
        .minutes("Oikaisuvaatimus lähetetään: kirjaamo@kunta.example, puh. 000 111.");
    let portal = Portal::with(&[paper]);
    let workshop = setting(&portal, "");
    workshop.round().await;
    assert_eq!(
        workshop.value("SELECT decision FROM item"),
        "Oikaisuvaatimus lähetetään: [yhteystieto poistettu], puh. [yhteystieto poistettu]."
    );
    for column in ["background", "proposal", "decision", "appeal_text"] {
        let sql =
            format!("SELECT count(*) FROM item WHERE {column} LIKE '%040%' OR {column} LIKE '%@%'");
        assert_eq!(workshop.value(&sql), "0", "{column}");
    }
    let stored =
        "SELECT count(*) FROM item_version WHERE fields LIKE '%@%' OR fields LIKE '%040 0%'";
    assert_eq!(workshop.value(stored), "0");
}

#[tokio::test]
async fn a_page_that_is_gone_loses_its_names_after_the_time_for_appeals() {
    let (portal, workshop) = with_minutes("when_gone = \"erase\"\ngrace = \"10d\"").await;
    portal.page_answers(KEY, Reply::status(404));
    for _ in 0..44 {
        workshop.pass_days(1);
        workshop.round().await;
    }
    assert_eq!(
        workshop.value("SELECT erased_at IS NULL, withdrawn_at IS NULL FROM item WHERE id=1"),
        "1 | 0",
        "withdrawn, and nothing taken out before the time is over"
    );
    assert!(!found(&workshop, "Esimerkkinen").is_empty());
    let hashes = "SELECT version_no, content_sha256 FROM item_version WHERE item_id=1";
    let before = workshop.rows(hashes);
    for _ in 0..3 {
        workshop.pass_days(1);
        workshop.round().await;
    }
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    assert_eq!(
        workshop.value("SELECT title, background, decision, proposal FROM item WHERE id=1"),
        "Koulukuljetusten periaatteet | null | Hyväksyttiin. | Lautakunta hyväksyy asian."
    );
    assert_eq!(workshop.rows(hashes), before, "the hashes stay");
    let last = "SELECT kind, item_uid FROM event ORDER BY seq DESC LIMIT 1";
    assert_eq!(workshop.value(last), format!("erased | {UID}"));
    is_whole(&workshop);
    assert!(derive(&workshop).await.is_empty());
    let events = workshop.value("SELECT max(seq) FROM event");
    workshop.pass_days(100);
    workshop.round().await;
    assert_eq!(workshop.value("SELECT max(seq) FROM event"), events);
}

#[tokio::test]
async fn a_gone_page_is_only_withdrawn_by_default() {
    let (portal, workshop) = with_minutes("").await;
    portal.page_answers(KEY, Reply::status(410));
    for _ in 0..4 {
        workshop.pass_days(30);
        workshop.round().await;
    }
    assert_eq!(
        workshop.value("SELECT erased_at, withdrawn_at IS NULL FROM item WHERE id=1"),
        "null | 0"
    );
    assert!(!found(&workshop, "Esimerkkinen").is_empty());
}

/// The minutes without the name.
fn redacted() -> Paper {
    minutes().saying("Hakija on N.N.</span></p><p><span>Matka on pitkä.")
}

#[tokio::test]
async fn names_that_a_page_loses_after_the_time_for_appeals_leave_older_versions() {
    let (portal, workshop) = with_minutes("").await;
    workshop.pass_days(50);
    portal.serves(&redacted());
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.value("SELECT version_no FROM item WHERE id=1"),
        "3"
    );
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    assert_eq!(
        workshop.rows(
            "SELECT version_no, erased_at IS NOT NULL, fields->>'background' LIKE '%Matka on pitkä%',
               fields->>'decision' FROM item_version WHERE item_id=1"
        ),
        ["1 | 1 | 1 | null", "2 | 1 | 1 | Hyväksyttiin.", "3 | 0 | 1 | Hyväksyttiin."]
    );
    is_whole(&workshop);
    let before = everything(&workshop.archive());
    assert!(derive(&workshop).await.is_empty());
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        [] as [&str; 0],
        "deriving again keeps the older versions as they were cut"
    );
}

#[tokio::test]
async fn what_a_page_loses_before_is_history_and_may_be_kept_for_good() {
    for (lines, days) in [("", 5), ("when_redacted = \"keep\"", 60)] {
        let (portal, workshop) = with_minutes(lines).await;
        workshop.pass_days(days);
        portal.serves(&redacted());
        workshop.round_of(Scope::All).await;
        assert_eq!(
            workshop.value("SELECT version_no FROM item WHERE id=1"),
            "3"
        );
        assert!(!found(&workshop, "Esimerkkinen").is_empty(), "{lines}");
        let erased = "SELECT count(*) FROM item_version WHERE erased_at IS NOT NULL";
        assert_eq!(workshop.value(erased), "0");
    }
}

#[tokio::test]
async fn a_policy_may_take_all_names_out_when_a_page_loses_some() {
    let (portal, workshop) = with_minutes("when_redacted = \"erase_names\"").await;
    workshop.pass_days(50);
    portal.serves(&redacted());
    workshop.round_of(Scope::All).await;
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    let background = "SELECT background, decision, version_no FROM item WHERE id=1";
    assert_eq!(workshop.value(background), "null | Hyväksyttiin. | 3");
    workshop.pass_days(1);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value(background), "null | Hyväksyttiin. | 3");
}

#[tokio::test]
async fn an_erased_item_stands_nowhere_and_does_not_come_back() {
    let (portal, workshop) = with_minutes("").await;
    let words = ["Esimerkkinen", "Koulukuljetusten", "Matka on"];
    for word in words {
        assert!(!found(&workshop, word).is_empty(), "{word}");
    }
    take_down(&workshop, TakedownAction::Erase).await;
    for word in words {
        assert_eq!(found(&workshop, word), [] as [&str; 0], "{word}");
    }
    assert_eq!(found(&workshop, "040 000"), [] as [&str; 0], "in the note");
    assert_eq!(
        workshop
            .value("SELECT title, decision, version_no, withdrawn_at IS NULL FROM item WHERE id=1"),
        "[poistettu] | null | 2 | 0"
    );
    let last = "SELECT kind, item_uid, summary FROM event ORDER BY seq DESC LIMIT 1";
    assert_eq!(
        workshop.value(last),
        format!("erased | {UID} | [poistettu]")
    );
    assert_eq!(
        workshop
            .value("SELECT value=(SELECT max(seq) FROM event) FROM meta WHERE key='takedown_seq'"),
        "1"
    );
    is_whole(&workshop);
    // Listed again under another title, its page changed, everything asked for and derived again.
    let asked = portal.page_requests(KEY);
    let changed = Paper {
        title: "Koulukuljetusten muutokset".to_owned(),
        ..minutes()
    };
    portal.lists(std::slice::from_ref(&changed));
    portal.serves(&changed);
    workshop.pass_days(100);
    workshop.round_of(Scope::All).await;
    derive(&workshop).await;
    assert_eq!(portal.page_requests(KEY), asked);
    for word in words {
        assert_eq!(found(&workshop, word), [] as [&str; 0], "{word}");
    }
    is_whole(&workshop);
    // Undone: what the source still publishes is read again.
    let uid = Uid::new(UID);
    let done = order(&workshop, Order::LetIn { uid: uid.clone() }).await;
    assert_eq!(done.expect("let in"), Outcome::Done);
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.value("SELECT title, decision, withdrawn_at, erased_at FROM item WHERE id=1"),
        "Koulukuljetusten muutokset | Hyväksyttiin. | null | null"
    );
    is_whole(&workshop);
    assert!(order(&workshop, Order::LetIn { uid }).await.is_err());
}

#[tokio::test]
async fn a_redacted_item_is_followed_without_its_names() {
    let (portal, workshop) = with_minutes("").await;
    take_down(&workshop, TakedownAction::Redact).await;
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    let shown = "SELECT background, decision, version_no, withdrawn_at FROM item WHERE id=1";
    assert_eq!(workshop.value(shown), "null | Hyväksyttiin. | 2 | null");
    for days in [1, 40] {
        workshop.pass_days(days);
        workshop.round_of(Scope::All).await;
        assert_eq!(workshop.value(shown), "null | Hyväksyttiin. | 2 | null");
    }
    portal.serves(&agenda().minutes("Palautettiin valmisteltavaksi."));
    workshop.pass_days(1);
    workshop.round_of(Scope::All).await;
    derive(&workshop).await;
    assert_eq!(
        workshop.value(shown),
        "null | Palautettiin valmisteltavaksi. | 3 | null"
    );
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    is_whole(&workshop);
}

#[tokio::test]
async fn a_check_in_flight_brings_nothing_back() {
    let (portal, workshop) = with_minutes("").await;
    portal.serves(&agenda().minutes("Palautettiin valmisteltavaksi."));
    workshop.pass_days(1);
    let engine = workshop.open().await;
    let page = engine.reader.page(&Uid::new(UID)).expect("read");
    let takedown = Takedown {
        action: TakedownAction::Erase,
        reason: TakedownReason::Legal,
        note: None,
        expires_on: None,
    };
    assert!(page.is_some());
    let now = workshop.now();
    let (uid, check) = (Uid::new(UID), page.expect("page"));
    engine
        .writer
        .write(move |batch| {
            batch.take_down(&uid, &takedown, now)?;
            // As a check that began before would end.
            batch.store_document(&uid, &["Aino Esimerkkinen".to_owned()], now)?;
            batch.mark_withdrawn(&check.uid, now)
        })
        .await
        .expect("written");
    engine.writer.purge().await.expect("purged");
    turn(&engine, Scope::All).await;
    close(engine).await;
    assert_eq!(found(&workshop, "Esimerkkinen"), [] as [&str; 0]);
    is_whole(&workshop);
}

#[tokio::test]
async fn a_hidden_item_is_shown_nowhere_until_its_last_day_is_over() {
    let (_portal, workshop) = with_minutes("").await;
    order(&workshop, Order::Snapshot {})
        .await
        .expect("published");
    let takedown = Takedown {
        action: TakedownAction::Hide,
        reason: TakedownReason::Mistake,
        note: None,
        expires_on: Some("2026-11-20".parse().expect("day")),
    };
    let uid = Uid::new(UID);
    let done = order(&workshop, Order::TakeDown { uid, takedown }).await;
    done.expect("hidden");
    let reader = Reader::open(&workshop.archive()).expect("archive");
    assert!(
        reader
            .search(&SearchQuery::new("koulukuljetusten"))
            .expect("found")
            .is_empty()
    );
    let last = "SELECT kind FROM event ORDER BY seq DESC LIMIT 1";
    assert_eq!(workshop.value(last), "withdrawn");
    // What is published is without it, at once, and the archive itself is not.
    let published = workshop.archive().join("public");
    let copies = std::fs::read_dir(published.join("snapshots")).expect("snapshots");
    assert_eq!(copies.count(), 1, "the one before is gone");
    let bytes = std::fs::read(published.join("archive.db")).expect("copy");
    let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(!has(b"Esimerkkinen") && !has(b"esimerkkinen") && has(b"Verkoston"));
    assert!(!found(&workshop, "Esimerkkinen").is_empty());
    let current = PublicFolder::of(&workshop.archive()).is_current(&reader);
    assert!(
        current.expect("compared"),
        "nothing more is to be published"
    );
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert!(
        reader
            .search(&SearchQuery::new("koulukuljetusten"))
            .expect("found")
            .is_empty()
    );
    workshop.pass_days(10);
    workshop.round().await;
    assert_eq!(
        reader
            .search(&SearchQuery::new("koulukuljetusten"))
            .expect("found")
            .len(),
        1
    );
    assert_eq!(workshop.value("SELECT count(*) FROM takedown"), "0");
}
