//! Minutes that change after they came: the feed tells what changed since the version before.

use seutu::daemon::cycle::Scope;
use seutu::model::ids::Uid;
use seutu::publish::content;

use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

/// The content of the item's entry.
async fn entry(workshop: &Workshop) -> String {
    let engine = workshop.open().await;
    let item = engine.read(|reader| reader.item(&Uid::new("kuusijarvi/2026311-1")));
    let item = item.await.expect("read").expect("an item");
    close(engine).await;
    content::html(&item)
}

#[tokio::test]
async fn an_entry_says_what_changed_after_the_decision_and_only_then() {
    let agenda = Paper::agenda("2026311-1", "Verkoston suunnitelma 2026");
    let portal = Portal::with(std::slice::from_ref(&agenda));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let first = agenda.minutes("Lautakunta hyväksyi suunnitelman keväälle.");
    let again = agenda.minutes("Lautakunta hyväksyi suunnitelman syksylle.");
    let heading = "<h3>Päätöstekstin muutos edelliseen versioon</h3>";
    for (paper, is_amended) in [(&first, false), (&again, true)] {
        portal.serves(paper);
        workshop.pass_days(30);
        workshop.round_of(Scope::All).await;
        let html = entry(&workshop).await;
        assert_eq!(html.contains(heading), is_amended, "{html}");
        let is_told =
            html.contains("<del>keväälle.</del>") && html.contains("<ins>syksylle.</ins>");
        assert_eq!(is_told, is_amended, "{html}");
    }
}
