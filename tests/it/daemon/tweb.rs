//! Documents of TWeb that say of themselves neither body nor day nor section: the meeting's list does.

use std::fmt::Write as _;

use seutu::daemon::rederive::{Pass, Request, rederive};
use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::workshop::{Sheet, Workshop, close};

const LIST: &str = "/ktwebscr/pk_asil_tweb.htm?bid=4411";
const HTML: &str = "text/html; charset=utf-8";

fn feed(items: &str) -> Reply {
    Reply::ok(
        "text/xml; charset=utf-8",
        format!(
            "<rss version=\"2.0\"><channel><title>Pöytäkirjat</title><link>/ktwebscr/</link>\
             <description>Pöytäkirjat</description>{items}</channel></rss>"
        ),
    )
}

/// The page of a meeting: kind of its papers, then section and document of each item.
fn meeting(kind: &str, items: &[(u32, u32)]) -> Reply {
    let mut rows = String::new();
    for (section, document) in items {
        write!(
            rows,
            "<tr><td>{section}</td><td><a href=\"/ktwebscr/fileshow?doctype=3&amp;docid={document}\">\
             Verkoston asia {document}</a></td><td>-</td></tr>"
        )
        .expect("a string");
    }
    Reply::ok(
        HTML,
        format!(
            "<!DOCTYPE html><html lang=\"fi\"><head><title>{kind}</title></head><body><main>\
             <h1>Kokouksen asiat</h1><table><caption>Aluehallitus: 14/2026 <br> 5.11.2026 13:00 <br> {kind}</caption>\
             <thead><tr><th>Pykälä</th><th>Otsikko</th><th>Liitteet</th></tr></thead><tbody>{rows}</tbody></table>\
             </main></body></html>"
        ),
    )
}

/// A portal with the minutes of one meeting, of which sections 73 and 74 are not published.
fn start() -> (Origin, Workshop) {
    let origin = Origin::start();
    let item = format!(
        "<item><title>Aluehallitus: 14/2026 5.11.2026 13:00</title><link>{LIST}</link>\
         <category>Aluehallitus</category><pubDate>Thu, 05 Nov 2026 13:00:00 GMT</pubDate></item>"
    );
    origin.on("/ktwebscr/pk_rssfeed.htm?toimielin=", feed(&item));
    origin.on("/ktwebscr/epj_rssfeed.htm?toimielin=", feed(""));
    origin.on(LIST, meeting("Pöytäkirja", &[(72, 901), (75, 904)]));
    let document = include_str!("../../../fixtures/platforms/tweb/without-header/page.html");
    for id in [901, 904] {
        let address = format!("/ktwebscr/fileshow?doctype=3&docid={id}");
        let title = format!("Verkoston asia {id}");
        let text = document.replace("Kiinteistön myynti", &title);
        origin.on(&address, Reply::ok(HTML, text));
    }
    let sheet = Sheet::default().with("mallilahva", PlatformKind::Tweb, origin.url("/ktwebscr/"));
    let workshop = Workshop::new(sheet.permitted("hallintojohtaja, 1.11.2026"));
    (origin, workshop)
}

const ITEMS: &str =
    "SELECT uid, body, date, section_no, stage, version_no FROM decisions ORDER BY uid";
const MISSING: &str = "SELECT body, year, first_no, last_no, sections FROM missing";

#[tokio::test]
async fn a_document_without_a_header_keeps_section_body_and_day_of_its_meetings_list() {
    let (_origin, workshop) = start();
    workshop.round().await;
    assert_eq!(
        workshop.rows(ITEMS),
        [
            "kuusijarvi/901 | Aluehallitus | 2026-11-05 | 72 | minutes | 1",
            "kuusijarvi/904 | Aluehallitus | 2026-11-05 | 75 | minutes | 1"
        ]
    );
    assert_eq!(
        workshop.rows(MISSING),
        ["Aluehallitus | 2026 | 73 | 74 | 2"]
    );
}

#[tokio::test]
async fn what_was_read_under_a_permission_stays_when_it_ends_and_deriving_again_comes_to_rest() {
    let (origin, mut workshop) = start();
    workshop.round().await;
    let read = workshop.rows(ITEMS);
    let texts = "SELECT item_id, version_no, parser, content_sha256 FROM item_version ORDER BY 1,2";
    let before = (
        workshop.rows(texts),
        workshop.rows("SELECT max(seq) FROM event"),
    );
    workshop.sheet =
        Sheet::default().with("mallilahva", PlatformKind::Tweb, origin.url("/ktwebscr/"));
    for pass in [Pass::Trial, Pass::GoOn, Pass::FromStart] {
        let engine = workshop.open().await;
        let request = Request {
            pass,
            ..Request::default()
        };
        let done = rederive(&engine, &request, |_, _| ()).await.expect("done");
        close(engine).await;
        assert_eq!((done.items, done.changed.len()), (2, 0), "{done:?}");
    }
    assert_eq!(workshop.rows(ITEMS), read);
    let after = (
        workshop.rows(texts),
        workshop.rows("SELECT max(seq) FROM event"),
    );
    assert_eq!(after, before);
}

#[tokio::test]
async fn pages_that_may_be_read_no_more_are_nothing_that_is_due() {
    let (origin, mut workshop) = start();
    workshop.round().await;
    workshop.sheet =
        Sheet::default().with("mallilahva", PlatformKind::Tweb, origin.url("/ktwebscr/"));
    workshop.pass_days(31);
    let due = "SELECT count(*)>0 FROM page WHERE next_check_at<=strftime('%Y-%m-%dT%H:%M:%SZ', ";
    assert_eq!(workshop.value(&format!("{due}'{}')", workshop.now())), "1");
    assert_eq!(workshop.round().await.len(), 1, "its front is due");
    assert_eq!(workshop.round().await, [], "and nothing else");
}

#[tokio::test]
async fn a_section_that_a_list_adds_later_reaches_the_items_that_were_read() {
    let (origin, workshop) = start();
    let papers = [(72, 901), (75, 904)];
    origin.on(LIST, meeting("Esityslista", &papers));
    workshop.round().await;
    let sections = "SELECT section_no FROM item ORDER BY uid";
    assert_eq!(workshop.rows(sections), ["null", "null"], "only planned");
    origin.on(LIST, meeting("Pöytäkirja", &papers));
    workshop.pass_days(31);
    workshop.round().await;
    assert_eq!(workshop.rows(sections), ["72", "75"]);
    assert_eq!(
        workshop.rows(MISSING),
        ["Aluehallitus | 2026 | 73 | 74 | 2"]
    );
}
