//! A folder put together from a copy of the archive and the originals is as good as the one it was copied from.

use rusqlite::Connection;
use seutu::archive::verify;
use seutu::daemon::cycle::Scope;

use crate::support::contents::{canonical, differences, everything, explain};
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop};

/// Copies the archive as a snapshot is made, and the originals as they are.
fn copy(from: &Workshop, to: &Workshop) {
    std::fs::create_dir_all(to.archive()).expect("folder");
    let target = to.archive().join("archive.db");
    let conn = Connection::open(from.archive().join("archive.db")).expect("archive");
    conn.execute("VACUUM INTO ?1", [target.to_str().expect("UTF-8")])
        .expect("copied");
    let conn = Connection::open(from.archive().join("originals.db")).expect("originals");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .expect("written");
    drop(conn);
    std::fs::copy(
        from.archive().join("originals.db"),
        to.archive().join("originals.db"),
    )
    .expect("copied");
}

#[tokio::test]
async fn a_copy_is_an_equal_archive_and_the_next_cycle_stores_nothing_new() {
    let one = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(&[one.clone(), Paper::agenda("2026311-2", "Koulukuljetukset")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    portal.serves(&one.minutes("Hyväksyttiin."));
    workshop.pass_days(5);
    workshop.round_of(Scope::All).await;
    let restored = Workshop::new(Sheet::of(portal.url()));
    copy(&workshop, &restored);
    assert_eq!(
        differences(
            &everything(&workshop.archive()),
            &everything(&restored.archive())
        ),
        [] as [&str; 0]
    );
    assert_eq!(verify(&restored.archive()), []);
    let before = canonical(&restored.archive());
    restored.pass_days(6);
    restored.round_of(Scope::All).await;
    let after = canonical(&restored.archive());
    assert!(before == after, "{}", explain(&before, &after));
    assert_eq!(verify(&restored.archive()), []);
}
