//! Names that nobody can resolve for a while: what is archived is served, nobody is blamed, and it passes.
//!
//! The test runs itself once more where the names of hosts are a file of its own and no server of names is.

use std::fs;

use seutu::model::poll::PollOutcome;
use seutu::model::source::PlatformKind;
use url::Url;

use crate::support::namespace::{is_inside, run_inside};
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, hours};

const HOSTS: &str = "/etc/hosts";

const NAMES: [&str; 3] = ["kuusijarvi.test", "haavela.test", "mallikyla.test"];

/// A portal under a name.
fn portal_named(name: &str, number: usize) -> (Portal, Url) {
    let paper = [Paper::agenda(
        &format!("202631{number}-1"),
        &format!("Asia {number}"),
    )];
    let portal = Portal::with(&paper);
    let mut url = portal.url();
    url.set_host(Some(name)).expect("a name");
    let feed = Portal::feed_at(&url, &paper);
    portal.feed_answers(Reply::ok("text/xml; charset=utf-8", feed));
    (portal, url)
}

/// Everybody can be found, or nobody.
fn resolved(names: &[&str]) {
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("127.0.0.1 {name}\n"))
        .collect();
    fs::write(HOSTS, lines.concat()).expect("a file of its own");
}

fn published(workshop: &Workshop) -> String {
    let feed = run(&workshop.config_file(), &["feed"]);
    assert_eq!(feed.code, Some(0), "{feed:?}");
    feed.out
}

#[tokio::test]
async fn names_that_cannot_be_resolved_for_five_cycles_are_nobodys_fault() {
    if !is_inside() {
        run_inside(
            "hostile::names::names_that_cannot_be_resolved_for_five_cycles_are_nobodys_fault",
            "-rmn",
            "ip link set lo up && mount -t tmpfs none /mnt && touch /mnt/hosts /mnt/servers \
             && mount --bind /mnt/hosts /etc/hosts && mount --bind /mnt/servers /etc/resolv.conf",
        );
        return;
    }
    resolved(&NAMES);
    let portals: Vec<_> = (0..3).map(|n| portal_named(NAMES[n], n)).collect();
    let mut sheet = Sheet::of(portals[0].1.clone());
    for ((_, url), id) in portals.iter().zip(["", "toinen", "kolmas"]).skip(1) {
        sheet = sheet.with(id, PlatformKind::Dynasty, url.clone());
    }
    let workshop = Workshop::new(sheet);
    let reports = workshop.round().await;
    assert!(reports.iter().all(|report| !report.failed()), "{reports:?}");
    let before = published(&workshop);
    assert_eq!(before.matches("<entry").count(), 3);
    let asked = || {
        portals
            .iter()
            .map(|(portal, _)| portal.origin.asked())
            .sum::<usize>()
    };
    let asked_before = asked();

    resolved(&[]);
    for _ in 0..5 {
        workshop.pass(hours(1));
        let reports = workshop.round().await;
        assert_eq!(reports.len(), 3, "asked again at the plain interval");
        for report in &reports {
            assert!(report.our_side && !report.failed(), "{report:?}");
            let error = report.error.as_deref().unwrap_or_default();
            assert!(error.contains("could not be resolved"), "{error}");
        }
        assert_eq!(published(&workshop), before, "what is archived is served");
    }
    assert_eq!(workshop.value("SELECT max(failures) FROM poll"), "0");
    assert_eq!(asked(), asked_before);

    resolved(&NAMES);
    workshop.pass(hours(1));
    let reports = workshop.round().await;
    assert_eq!(reports.len(), 3, "all are back in the first cycle");
    let well = |outcome: Option<PollOutcome>| outcome.is_some_and(PollOutcome::is_success);
    assert!(
        reports.iter().all(|report| well(report.outcome)),
        "{reports:?}"
    );
    assert_eq!(published(&workshop), before);
}
