//! Lists of items for programs, and whether an item may be shown.

use seutu::archive::{Archive, FeedQuery, ItemCursor, ItemQuery, PagePlan, Reader};
use seutu::model::change::ListingChange;
use seutu::model::ids::{SourceId, Uid};
use seutu::model::takedown::{Gone, GoneItem, Standing, Takedown, TakedownAction, TakedownReason};
use tempfile::TempDir;

use super::support::*;

/// Four items of one second, one that came before and one after.
fn filled() -> (TempDir, Archive, Reader) {
    let (dir, mut archive) = empty();
    for (at, keys) in [(1, vec![1]), (2, vec![2, 3, 4, 5]), (3, vec![6])] {
        let new = |n: &i64| ListingChange::New(listed(&format!("2026100-{n}"), "Asia"));
        let changes: Vec<_> = keys.iter().map(new).collect();
        let source = SourceId::new("kuusijarvi");
        archive
            .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(at)))
            .expect("listed");
    }
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

fn query(limit: u32, after: Option<ItemCursor>) -> ItemQuery {
    ItemQuery {
        filter: FeedQuery {
            limit,
            ..FeedQuery::default()
        },
        after,
    }
}

fn keys(reader: &Reader, query: &ItemQuery) -> (Vec<char>, Option<ItemCursor>) {
    let page = reader.items(query).expect("items");
    let key = |uid: &Uid| uid.as_str().chars().last().expect("a key");
    (
        page.items.iter().map(|item| key(&item.uid)).collect(),
        page.next,
    )
}

#[test]
fn pages_go_on_in_the_middle_of_a_second_and_end() {
    let (_dir, mut archive, reader) = filled();
    let (first, next) = keys(&reader, &query(2, None));
    assert_eq!(first, ['6', '5']);
    let source = SourceId::new("kuusijarvi");
    let new = [ListingChange::New(listed("2026100-7", "Asia"))];
    archive
        .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &new, hour(4)))
        .expect("listed");
    let (second, next) = keys(&reader, &query(2, next));
    assert_eq!(second, ['4', '3'], "what came in moves nothing");
    let (third, next) = keys(&reader, &query(2, next));
    assert_eq!((third, next), (vec!['2', '1'], None));
    assert_eq!(
        keys(&reader, &query(7, None)),
        ("7654321".chars().collect(), None)
    );
}

#[test]
fn a_year_is_that_of_the_meeting() {
    let (_dir, _archive, reader) = filled();
    let of = |year| {
        let mut asked = query(10, None);
        asked.filter.year = Some(year);
        asked
    };
    assert_eq!(keys(&reader, &of(2026)).0.len(), 6);
    assert_eq!(keys(&reader, &of(2025)).0.len(), 0);
}

fn order(action: TakedownAction) -> Takedown {
    Takedown {
        action,
        reason: TakedownReason::Legal,
        note: Some("nothing of this is told".into()),
        expires_on: None,
    }
}

#[test]
fn an_item_is_found_gone_or_unknown() {
    let (_dir, mut archive, reader) = filled();
    let standing = |key: &str| reader.standing(&uid(key)).expect("standing");
    let gone = |gone, reason, at| {
        Standing::Gone(GoneItem {
            gone,
            reason,
            since: hour(at),
        })
    };
    assert_eq!(standing("2026100-1"), Standing::Found);
    assert_eq!(standing("2026100-99"), Standing::Unknown);
    archive
        .transaction(|batch| {
            batch.take_down(&uid("2026100-1"), &order(TakedownAction::Redact), hour(5))?;
            batch.take_down(&uid("2026100-2"), &order(TakedownAction::Hide), hour(6))?;
            batch.take_down(&uid("2026100-3"), &order(TakedownAction::Erase), hour(7))?;
            batch.mark_withdrawn(&uid("2026100-4"), hour(8))
        })
        .expect("taken down");
    assert_eq!(
        standing("2026100-1"),
        Standing::Found,
        "its names alone are out"
    );
    let (legal, source) = (TakedownReason::Legal, TakedownReason::SourceWithdrew);
    assert_eq!(standing("2026100-2"), gone(Gone::TakenDown, legal, 6));
    assert_eq!(standing("2026100-3"), gone(Gone::Erased, legal, 7));
    assert_eq!(standing("2026100-4"), gone(Gone::Withdrawn, source, 8));
    assert_eq!(keys(&reader, &query(10, None)).0, ['1', '6', '5']);
    archive
        .transaction(|batch| batch.lift_takedown(&uid("2026100-2"), hour(9)).map(drop))
        .expect("lifted");
    assert_eq!(standing("2026100-2"), Standing::Found);
}
