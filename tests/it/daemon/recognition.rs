//! Verdicts: by the rules in force, judged again when they change, and a person's for good.

use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::rederive;
use seutu::model::ids::Uid;
use seutu::model::network::Verdict;
use seutu::model::source::PlatformKind;

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, close, hours};

const VERDICTS: &str = "SELECT i.key, m.verdict, m.decided_by FROM network_match m JOIN item i ON i.id=m.item_id ORDER BY i.key";

fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma"),
        Paper::agenda("2026311-2", "Seudullinen kirjasto"),
        Paper::agenda("2026311-3", "Koulukuljetukset"),
    ]
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&papers());
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

/// The configuration with the weight of a rule changed.
fn reweighted(workshop: &mut Workshop, from: &str, to: &str) {
    let networks = workshop
        .sheet
        .networks
        .replace(&format!("weight = {from}"), &format!("weight = {to}"));
    assert_ne!(networks, workshop.sheet.networks);
    workshop.sheet.networks = networks;
}

#[tokio::test]
async fn verdicts_are_stored_with_score_sentence_and_quoted_evidence() {
    let (_portal, workshop) = start();
    let report = workshop.poll().await;
    assert_eq!(report.recognised, 1);
    assert_eq!(
        workshop.rows(VERDICTS),
        [
            "2026311-1 | in | rules",
            "2026311-2 | maybe | rules",
            "2026311-3 | out | rules"
        ]
    );
    let evidence = "SELECT rule, field, quote, weight FROM match_evidence ORDER BY id";
    let evidence = workshop.rows(evidence);
    assert_eq!(evidence.len(), 2, "{evidence:?}");
    assert!(
        evidence[0].starts_with("verkoston nimi | title | ") && evidence[0].contains("verkoston")
    );
    assert_eq!(
        workshop.value("SELECT count(*) FROM network_match WHERE length(explanation)<10"),
        "0"
    );
    assert_eq!(
        workshop.rows("SELECT item_uid FROM event WHERE kind='matched'"),
        ["kuusijarvi/2026311-1"]
    );
}

#[tokio::test]
async fn rules_that_changed_judge_everything_again_at_the_next_start() {
    let (portal, mut workshop) = start();
    workshop.round().await;
    let asked = portal.origin.log().len();
    reweighted(&mut workshop, "4.0", "6.5");
    reweighted(&mut workshop, "7.0", "1.0");
    close(workshop.open().await).await;
    assert_eq!(
        workshop.rows(VERDICTS),
        [
            "2026311-1 | out | rules",
            "2026311-2 | in | rules",
            "2026311-3 | out | rules"
        ]
    );
    assert_eq!(portal.origin.log().len(), asked, "without the network");
    let told = "SELECT kind, item_uid FROM event WHERE kind IN ('matched','unmatched') ORDER BY seq DESC LIMIT 2";
    let mut told = workshop.rows(told);
    told.sort();
    assert_eq!(
        told,
        [
            "matched | kuusijarvi/2026311-2",
            "unmatched | kuusijarvi/2026311-1"
        ]
    );
}

#[tokio::test]
async fn a_network_that_is_new_finds_its_items_among_the_old_ones() {
    let (_portal, mut workshop) = start();
    workshop.round().await;
    workshop.sheet.networks.push_str(
        "[[network]]\nslug = \"kirjastot\"\nname = \"Kirjastot\"\nmembers = [\"Kuusijärvi\"]\n\
         [[network.rule]]\nname = \"kirjasto\"\nwords = [\"kirjasto*\"]\nweight = 9.0\n",
    );
    close(workshop.open().await).await;
    let found = "SELECT i.key FROM network_match m JOIN item i ON i.id=m.item_id
        JOIN network n ON n.id=m.network_id WHERE n.slug='kirjastot' AND m.verdict='in'";
    assert_eq!(workshop.rows(found), ["2026311-2"]);
}

#[tokio::test]
async fn a_person_s_verdict_survives_polls_new_texts_rederiving_and_new_rules() {
    let (portal, mut workshop) = start();
    workshop.round().await;
    let engine = workshop.open().await;
    let uid = Uid::new("kuusijarvi/2026311-3");
    let now = workshop.now();
    engine
        .writer
        .write(move |batch| {
            batch.store_human_verdict(&uid, "sivistys", (Verdict::In, "Kuuluu verkostolle."), now)
        })
        .await
        .expect("stored");
    close(engine).await;

    portal.serves(&papers()[2].saying("Uusi selostus."));
    workshop.pass(hours(1));
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.value("SELECT version_no FROM item WHERE key='2026311-3'"),
        "2"
    );
    reweighted(&mut workshop, "4.0", "3.5");
    let engine = workshop.open().await;
    rederive(
        &engine,
        &seutu::daemon::rederive::Request::default(),
        |_, _| (),
    )
    .await
    .expect("rederived");
    close(engine).await;
    assert_eq!(
        workshop.rows(VERDICTS),
        [
            "2026311-1 | in | rules",
            "2026311-2 | maybe | rules",
            "2026311-3 | in | human"
        ]
    );
    let why = "SELECT explanation FROM network_match WHERE decided_by='human'";
    assert_eq!(workshop.value(why), "Kuuluu verkostolle.");
}

#[tokio::test]
async fn the_command_gives_a_verdict_and_hands_it_back_to_the_rules() {
    let (_portal, workshop) = start();
    workshop.round().await;
    let config = workshop.config_file();
    let given = run(
        &config,
        &[
            "verdict",
            "kuusijarvi/2026311-1",
            "sivistys",
            "out",
            "--note",
            "Toinen verkosto.",
        ],
    );
    assert_eq!(given.code, Some(0), "{given:?}");
    assert_eq!(workshop.rows(VERDICTS)[0], "2026311-1 | out | human");
    close(workshop.open().await).await;
    assert_eq!(workshop.rows(VERDICTS)[0], "2026311-1 | out | human");
    let back = run(
        &config,
        &["verdict", "kuusijarvi/2026311-1", "sivistys", "rules"],
    );
    assert_eq!(back.code, Some(0), "{back:?}");
    assert_eq!(workshop.rows(VERDICTS)[0], "2026311-1 | in | rules");
    for (wrong, code, said) in [
        (
            ["verdict", "kuusijarvi/9-9", "sivistys", "in"],
            1,
            "no item kuusijarvi/9-9",
        ),
        (
            ["verdict", "kuusijarvi/2026311-1", "olematon", "in"],
            2,
            "no network \"olematon\"",
        ),
    ] {
        let ended = run(&config, &wrong);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    let unknown = run(
        &config,
        &["verdict", "kuusijarvi/2026311-1", "sivistys", "perhaps"],
    );
    assert_eq!(unknown.code, Some(2));
}

#[tokio::test]
async fn a_verdict_without_a_reason_says_that_a_person_decided() {
    let (_portal, workshop) = start();
    workshop.round().await;
    let config = workshop.config_file();
    for (verdict, said) in [
        ("in", "asia kuuluu verkostoon."),
        ("maybe", "asia voi kuulua verkostoon."),
        ("out", "asia ei kuulu verkostoon."),
    ] {
        for note in [&[][..], &["--note", " "]] {
            let given = ["verdict", "kuusijarvi/2026311-1", "sivistys", verdict];
            let given = run(&config, &[&given[..], note].concat());
            assert_eq!(given.code, Some(0), "{given:?}");
            let why =
                workshop.value("SELECT explanation FROM network_match WHERE decided_by='human'");
            assert!(why.starts_with("Ihminen") && why.ends_with(said), "{why}");
        }
    }
}

#[tokio::test]
async fn once_the_page_is_read_the_page_decides() {
    let (portal, workshop) = start();
    // The feed's title says nothing, the page's own does.
    portal.lists(&[Paper::agenda("2026311-3", "Ilmoitusasia")]);
    workshop.round().await;
    portal.serves(&Paper::agenda("2026311-3", "Verkoston ohjausryhmä"));
    workshop.pass(hours(1));
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "in");
}

#[tokio::test]
async fn a_source_with_another_id_does_not_judge_pages_by_their_titles_in_the_feed() {
    let (portal, mut workshop) = start();
    portal.lists(&[Paper::agenda("2026311-3", "Ilmoitusasia")]);
    portal.serves(&Paper::agenda("2026311-3", "Verkoston ohjausryhmä"));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "in");
    workshop.sheet = Sheet::default().with("uusi", PlatformKind::Dynasty, portal.url());
    workshop.pass(hours(1));
    workshop.round_of(Scope::FeedsOnly).await;
    let of = "SELECT s.slug FROM item i JOIN source s ON s.id=i.source_id";
    assert_eq!(workshop.value(of), "uusi");
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "in");
}

#[tokio::test]
async fn until_the_page_is_read_a_new_title_in_the_feed_is_judged() {
    let (portal, workshop) = start();
    portal.lists(&[Paper::agenda("2026311-3", "Ilmoitusasia")]);
    portal.page_answers("2026311-3", Reply::status(500));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "out");
    portal.lists(&[Paper::agenda("2026311-3", "Verkoston suunnitelma")]);
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "in");
}
