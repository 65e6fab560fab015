//! Sources whose feed says all there is: items with its text, of no known stage, no page fetched.

use std::sync::Arc;

use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::{Rederived, Request, rederive};
use seutu::model::poll::PollOutcome;
use seutu::model::source::PlatformKind;

use crate::support::contents::{differences, everything};
use crate::support::origin::{Origin, Reply};
use crate::support::portal::conditional;
use crate::support::workshop::{Sheet, Workshop, close, hours};

const PATH: &str = "/syote.atom";

fn atom(origin: &Origin, entries: &[(&str, &str, &str)]) -> String {
    let entries = entries
        .iter()
        .map(|(id, title, text)| {
            let link = origin.url(&format!("/{id}"));
            format!(
                "<entry><id>urn:x:{id}</id><title>{title}</title><link href='{link}'/>\
                 <updated>2026-11-05T08:00:00Z</updated><published>2026-11-05T08:00:00Z</published>\
                 <content type='text'>{text}</content></entry>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Kunta</title>\
         <updated>2026-11-05T08:00:00Z</updated>{entries}</feed>"
    )
}

fn serve(origin: &Origin, entries: &[(&str, &str, &str)]) {
    let feed = atom(origin, entries);
    origin.on_with(PATH, move |seen| {
        conditional(seen, "application/atom+xml", &feed)
    });
}

const TWO: [(&str, &str, &str); 2] = [
    (
        "1",
        "Sivistyksen verkoston kokous",
        "Lautakunta käsitteli suunnitelman.",
    ),
    ("2", "Kesätyöt", "Haku alkaa."),
];

fn start() -> (Origin, Workshop) {
    let origin = Origin::start();
    serve(&origin, &TWO);
    let sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, origin.url(PATH));
    (origin, Workshop::new(sheet))
}

#[tokio::test]
async fn items_have_the_feed_s_text_no_stage_and_no_page() {
    let (origin, workshop) = start();
    let report = workshop.poll().await;
    assert_eq!(
        (report.items_new, report.versions, report.recognised),
        (2, 2, 1)
    );
    assert_eq!(
        workshop
            .rows("SELECT title, stage, version_no, background, listed_on FROM item ORDER BY id"),
        [
            "Sivistyksen verkoston kokous | null | 1 | Lautakunta käsitteli suunnitelman. | 2026-11-05",
            "Kesätyöt | null | 1 | Haku alkaa. | 2026-11-05",
        ]
    );
    assert_eq!(
        workshop.rows("SELECT parser, stage FROM item_version"),
        ["feed/1 | null", "feed/1 | null"]
    );
    assert_eq!(workshop.value("SELECT count(*) FROM page"), "0");
    let asked: Vec<String> = origin.log().into_iter().map(|seen| seen.target).collect();
    assert_eq!(asked, [PATH], "no page, no robots.txt");
    let verdicts = workshop.rows("SELECT verdict FROM network_match ORDER BY item_id");
    assert_eq!(verdicts, ["in", "out"]);
}

#[tokio::test]
async fn an_edited_entry_is_another_version_of_the_same_item() {
    let (origin, workshop) = start();
    workshop.round().await;
    serve(&origin, &[TWO[0], ("2", "Kesätyöt", "Haku päättyi.")]);
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!((report.items_new, report.versions), (0, 1));
    assert_eq!(
        workshop.rows("SELECT version_no, background FROM item ORDER BY id"),
        [
            "1 | Lautakunta käsitteli suunnitelman.",
            "2 | Haku päättyi."
        ]
    );
    let fields = workshop.value("SELECT changed_fields FROM item_version WHERE version_no=2");
    assert_eq!(fields, r#"["background"]"#);
}

/// A feed of one entry, always with the same id.
fn reused(origin: &Origin, (path, day, title): (&str, u32, &str), text: &str) {
    let link = origin.url(path);
    let feed = format!(
        "<rss version='2.0'><channel><title>k</title><item><guid isPermaLink='false'>uusin</guid>\
         <link>{link}</link><title>{title}</title><description>{text}</description>\
         <pubDate>{day} Nov 2026 10:00:00 +0200</pubDate></item></channel></rss>"
    );
    origin.on(PATH, Reply::ok("text/xml; charset=utf-8", feed));
}

#[tokio::test]
async fn an_id_that_goes_to_another_matter_makes_another_item() {
    let (origin, workshop) = start();
    let first = ("/1", 5, "Koulujen kokous");
    let second = ("/2", 19, "Teiden kokous");
    reused(&origin, first, "Koulut.");
    workshop.round().await;
    let items = "SELECT title, version_no, background FROM item ORDER BY id";
    assert_eq!(workshop.rows(items), ["Koulujen kokous | 1 | Koulut."]);
    let of_first = "SELECT * FROM item WHERE title='Koulujen kokous'";
    let untouched = workshop.rows(of_first);
    reused(&origin, second, "Tiet.");
    for new in [1, 0] {
        workshop.pass(hours(1));
        let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
        assert_eq!(report.items_new, new);
        let two = ["Koulujen kokous | 1 | Koulut.", "Teiden kokous | 1 | Tiet."];
        assert_eq!(workshop.rows(items), two);
        assert_eq!(workshop.rows("SELECT kind FROM problem"), ["weak_identity"]);
    }
    // An edit of the second is one of the second, and what comes back is the first.
    reused(&origin, second, "Tiet ja kadut.");
    workshop.pass(hours(1));
    workshop.round().await;
    let last = "Teiden kokous | 2 | Tiet ja kadut.";
    assert_eq!(workshop.rows(items)[1], last);
    reused(&origin, first, "Koulut.");
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(
        workshop.rows(items),
        ["Koulujen kokous | 1 | Koulut.", last]
    );
    assert_eq!(workshop.rows(of_first), untouched);
    let before = everything(&workshop.archive());
    let done = derived(&workshop).await;
    assert_eq!((done.changed.len(), done.listed.len()), (0, 0));
    let differing = differences(&before, &everything(&workshop.archive()));
    assert_eq!(differing, [] as [&str; 0]);
}

#[tokio::test]
async fn an_entry_that_leaves_the_feed_stays_in_the_archive() {
    let (origin, workshop) = start();
    workshop.round().await;
    serve(&origin, &TWO[..1]);
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE withdrawn_at IS NULL"),
        "2"
    );
}

#[tokio::test]
async fn a_feed_with_nothing_new_writes_the_poll_alone() {
    let (_origin, workshop) = start();
    workshop.round().await;
    let before = everything(&workshop.archive());
    workshop.pass(hours(1));
    let reports = workshop.round_of(Scope::All).await;
    assert_eq!(
        reports[0].outcome.map(PollOutcome::word),
        Some("not_modified")
    );
    let after = everything(&workshop.archive());
    assert_eq!(differences(&before, &after), ["archive.db poll"]);
}

#[tokio::test]
async fn a_json_feed_is_read_too() {
    let origin = Origin::start();
    let feed = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Kunta","items":[
        {"id":"a1","url":"https://kunta.example/a1","title":"Kuulutus","content_text":"Nähtävillä."}]}"#;
    origin.on(PATH, Reply::ok("application/feed+json", feed));
    let sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, origin.url(PATH));
    let workshop = Workshop::new(sheet);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT title, background FROM item"),
        ["Kuulutus | Nähtävillä."]
    );
}

async fn derived(workshop: &Workshop) -> Rederived {
    let engine = workshop.open().await;
    let done = rederive(&Arc::clone(&engine), &Request::default(), |_, _| ()).await;
    close(engine).await;
    done.expect("rederived")
}

/// Two items, one of them with a past.
async fn with_a_past() -> Workshop {
    let (origin, workshop) = start();
    workshop.round().await;
    for text in ["Haku päättyi.", "Haku alkaa.", "Haku jatkuu."] {
        workshop.pass(hours(2));
        serve(&origin, &[TWO[0], ("2", "Kesätyöt", text)]);
        workshop.round().await;
    }
    assert_eq!(
        workshop.rows("SELECT version_no FROM item ORDER BY id"),
        ["1", "4"]
    );
    workshop
}

#[tokio::test]
async fn texts_of_feeds_are_derived_again_from_the_feeds_and_the_same_reader_changes_no_row() {
    let workshop = with_a_past().await;
    let before = everything(&workshop.archive());
    workshop.pass_days(1);
    let done = derived(&workshop).await;
    assert_eq!(
        (done.items, done.changed.len(), done.listed.len()),
        (2, 0, 0)
    );
    let differing = differences(&before, &everything(&workshop.archive()));
    assert_eq!(differing, [] as [&str; 0]);
}

#[tokio::test]
async fn texts_and_listings_that_an_older_reader_took_from_a_feed_are_healed() {
    let workshop = with_a_past().await;
    let before = everything(&workshop.archive());
    let conn = rusqlite::Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item_version SET parser='feed/0', fields=json_set(fields,'$.background','Väärin.'),
           content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE item_id=2 AND version_no>1;
         UPDATE item SET background='Väärin.', listed_title='Väärin', title='Väärin',
           content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE id=2",
    )
    .expect("tampered");
    drop(conn);
    let done = derived(&workshop).await;
    let names = |uids: &[seutu::model::ids::Uid]| uids.len();
    assert_eq!((names(&done.changed), names(&done.listed)), (1, 1));
    assert_eq!(done.fields, [("background".to_owned(), 1)].into());
    let differing = differences(&before, &everything(&workshop.archive()));
    assert_eq!(differing, ["archive.db event"]);
    assert_eq!(seutu::archive::verify(&workshop.archive()), []);
    assert_eq!(derived(&workshop).await.changed, []);
}
