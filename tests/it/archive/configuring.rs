//! A configuration that is corrected: names, codes and addresses change, items stay what they are.

use rusqlite::Connection;
use seutu::archive::{Archive, FeedState, PagePlan, PageTime, Reader, verify};
use seutu::model::change::ListingChange;
use seutu::model::ids::{SourceId, Uid};
use seutu::model::poll::{MovedTo, PollOutcome};
use seutu::model::source::{Municipality, Source};

use super::support::*;

/// Registers the invented configuration as changed by `change`.
fn configure(
    archive: &mut Archive,
    at: i64,
    change: impl FnOnce(&mut Vec<Municipality>, &mut Vec<Source>),
) {
    let (mut places, mut sources, mut network) = (municipalities(), sources(), network());
    change(&mut places, &mut sources);
    network.members = places.iter().map(|place| place.name.clone()).collect();
    archive
        .transaction(|batch| batch.register(&places, &sources, &[network], hour(at)))
        .expect("registered");
}

fn rows(dir: &std::path::Path, sql: &str) -> Vec<String> {
    let conn = Connection::open(dir.join("archive.db")).expect("file");
    let mut statement = conn.prepare(sql).expect("query");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

const PLACES: &str = "SELECT name||' '||slug||' '||code FROM municipality ORDER BY id";

#[test]
fn a_municipality_that_is_renamed_keeps_its_slug_and_its_items() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    configure(&mut archive, 3, |places, sources| {
        places[0].name = "Uusijärvi".into();
        sources[0].municipality = "Uusijärvi".into();
    });
    assert_eq!(
        rows(dir.path(), PLACES),
        ["Uusijärvi kuusijarvi 901", "Petäjävaara petajavaara 902"]
    );
    assert_eq!(
        rows(dir.path(), "SELECT name FROM source ORDER BY id")[0],
        "Uusijärvi – Dynasty"
    );
    let changes = [
        ListingChange::Relisted(listed("2026100-3", "Uusi otsikko")),
        ListingChange::New(listed("2026100-5", "Uusi asia")),
    ];
    let written = archive
        .transaction(|batch| {
            batch.apply_listing(
                &SourceId::new("kuusijarvi"),
                PagePlan::Read,
                &changes,
                hour(4),
            )
        })
        .expect("listed");
    let uids: Vec<_> = written.into_iter().map(|row| row.uid).collect();
    assert_eq!(uids, [uid("2026100-3"), uid("2026100-5")]);
    assert_eq!(
        rows(dir.path(), "SELECT DISTINCT uid FROM meeting"),
        ["kuusijarvi/sivistyslautakunta/2026-08-05"]
    );
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn codes_may_be_swapped_and_corrected_and_slugs_never_clash() {
    let (dir, mut archive) = empty();
    configure(&mut archive, 1, |places, _| {
        (places[0].code, places[1].code) = ("902".into(), "901".into());
    });
    assert_eq!(
        rows(dir.path(), PLACES),
        ["Kuusijärvi kuusijarvi 902", "Petäjävaara petajavaara 901"]
    );
    let renamed = |places: &mut Vec<Municipality>, sources: &mut Vec<Source>| {
        (places[0].name, places[0].code) = ("Uusijärvi".into(), "902".into());
        sources[0].municipality = "Uusijärvi".into();
        places[1].code = "905".into();
    };
    configure(&mut archive, 2, renamed);
    configure(&mut archive, 3, |places, sources| {
        let mut again = places[0].clone();
        again.code = "907".into();
        renamed(places, sources);
        places.push(again);
    });
    assert_eq!(
        rows(dir.path(), PLACES),
        [
            "Uusijärvi kuusijarvi 902",
            "Petäjävaara petajavaara 905",
            "Kuusijärvi kuusijarvi-907 907"
        ]
    );
    configure(&mut archive, 4, |places, _| {
        places.remove(0);
        places[0].code = "902".into();
    });
}

#[test]
fn a_source_of_another_municipality_keeps_the_uids_of_its_items() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    configure(&mut archive, 3, |_, sources| {
        sources[0].municipality = "Petäjävaara".into();
    });
    let of = "SELECT mu.name FROM source s JOIN municipality mu ON mu.id=s.municipality_id
              WHERE s.slug='kuusijarvi'";
    assert_eq!(rows(dir.path(), of), ["Petäjävaara"]);
    let changes = [ListingChange::Relisted(listed("2026100-4", "Uusi otsikko"))];
    let source = SourceId::new("kuusijarvi");
    let written = archive
        .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(4)))
        .expect("listed");
    assert_eq!(written[0].uid, uid("2026100-4"));
}

#[test]
fn a_portal_with_another_address_is_asked_at_once_as_if_for_the_first_time() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let mut gone = poll("kuusijarvi", hour(5), PollOutcome::HttpError);
    gone.failures = 7;
    gone.next_check_at = "9999-12-30T00:00:00Z".parse().expect("instant");
    let state = FeedState {
        moved_to: Some(MovedTo {
            url: "https://elsewhere.example/".into(),
            since: hour(1),
            adopted: true,
        }),
        gone_since: Some(hour(1)),
        ..FeedState::default()
    };
    let (left, mut failed) = (uid("2026100-3"), check(hour(5)));
    (failed.failures, failed.gone_since) = (3, Some(hour(4)));
    archive
        .transaction(|batch| {
            batch.record_poll(&gone)?;
            batch.store_feed_state(&source, &state)?;
            batch.record_check(&left, &failed)
        })
        .expect("stored");
    configure(&mut archive, 6, |_, sources| {
        sources[0].url = "https://uusi.example/DREQUEST.PHP"
            .parse()
            .expect("address");
    });

    let reader = Reader::open(dir.path()).expect("reader");
    let state = reader.source_states().expect("states").remove(0);
    assert_eq!((state.next_check_at, state.failures), (Some(hour(6)), 0));
    assert_eq!(FeedState::from(state), FeedState::default());
    let page = reader.page(&left).expect("read").expect("page");
    assert_eq!(
        page.url.as_str(),
        "https://uusi.example/DREQUEST.PHP?id=2026100-3"
    );
    assert_eq!((page.failures, page.gone_since), (0, None));
    assert_eq!(page.validators.etag, None);
    let due: Vec<Uid> = reader
        .due(PageTime::Due(hour(6), hour(99)))
        .expect("due")
        .into_iter()
        .map(|(_, uid)| uid)
        .collect();
    assert!(due.contains(&left), "{due:?}");
    let events = reader.events_since(0, 99).expect("events");
    assert_eq!(
        events.last().and_then(|event| event.uid.as_deref()),
        Some("kuusijarvi/2026100-4"),
        "readers of a feed are told of the new address"
    );

    let before = dump(dir.path(), &[]);
    configure(&mut archive, 7, |_, sources| {
        sources[0].url = "https://uusi.example/DREQUEST.PHP"
            .parse()
            .expect("address");
    });
    assert_eq!(dump(dir.path(), &[]), before, "only once");
}

#[test]
fn a_successor_is_joined_once_and_given_back() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let sql = "SELECT s.slug||' '||coalesce(n.slug,'-')||' '||coalesce(s.retired_on,'-')
               FROM source s LEFT JOIN source n ON n.id=s.successor_id ORDER BY s.id";
    let before = rows(dir.path(), sql);
    let succeed = |_: &mut Vec<Municipality>, sources: &mut Vec<Source>| {
        let mut new = sources[0].clone();
        new.id = SourceId::new("uusi");
        new.key_prefix = "p2".into();
        new.url = "https://uusi.example/cgi/DREQUEST.PHP"
            .parse()
            .expect("url");
        new.successor_of = Some(sources[0].id.clone());
        sources.push(new);
    };
    configure(&mut archive, 3, succeed);
    let joined = rows(dir.path(), sql);
    assert!(joined[0].starts_with("kuusijarvi uusi 2"), "{joined:?}");
    // The day it was retired stays, however often the configuration is read.
    configure(&mut archive, 300, succeed);
    assert_eq!(rows(dir.path(), sql), joined);
    configure(&mut archive, 301, |_, _| {});
    let back = rows(dir.path(), sql);
    assert_eq!(back[..before.len()], before[..], "{back:?}");
}
