//! Dossiers in a running archive: joined after each round, corrected by hand for good, and caught up after a death.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;
use seutu::daemon::rederive::rederive;

use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, close};

const SUBJECT: &str = r#"
[[network.subject]]
key = "suunnitelma"
title = "Suunnitelma"
words = ["suunnitelma*"]
year = "coming"
"#;

const PLACES: &str =
    "SELECT d.slug, i.key, di.method FROM dossier_item di JOIN dossier d ON d.id=di.dossier_id
    JOIN item i ON i.id=di.item_id ORDER BY d.slug, i.key";

/// Everything that joining writes.
const WRITTEN: &str = "SELECT json_array(id,title,slug,year,subject,predecessor_id,first_on,last_on,changed_at,revision) FROM dossier
    UNION ALL SELECT json_array(dossier_id,item_id,method,confidence,note) FROM dossier_item
    UNION ALL SELECT json_array(slug,joined_seq,joined_by) FROM network
    UNION ALL SELECT json_array(network_id,body_id) FROM network_body";

fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Verkoston suunnitelma 2026"),
        Paper::agenda("2026311-2", "Verkoston suunnitelma 2025"),
        Paper::agenda("2026311-3", "Verkoston ohjausryhmän edustaja"),
        Paper::agenda("2026311-4", "Koulukuljetukset"),
    ]
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&papers());
    let mut sheet = Sheet::of(portal.url());
    sheet.networks.push_str(SUBJECT);
    (portal, Workshop::new(sheet))
}

const JOINED: [&str; 3] = [
    "sivistys-suunnitelma-2025 | 2026311-2 | title",
    "sivistys-suunnitelma-2026 | 2026311-1 | title",
    "sivistys-verkoston-ohjausryhman-edustaja-2026 | 2026311-3 | title",
];

#[tokio::test]
async fn items_are_joined_after_a_round_and_the_same_bytes_change_nothing() {
    let (portal, workshop) = start();
    workshop.round().await;
    assert_eq!(workshop.rows(PLACES), JOINED);
    assert_eq!(
        workshop.value("SELECT p.slug FROM dossier d JOIN dossier p ON p.id=d.predecessor_id"),
        "sivistys-suunnitelma-2025"
    );
    let before = workshop.rows(WRITTEN);
    workshop.pass_days(1);
    workshop.round().await;
    close(workshop.open().await).await;
    assert_eq!(workshop.rows(WRITTEN), before);
    // A title that changes its year takes the item to another dossier; the slugs stay.
    let mut changed = papers();
    changed[0].title = "Verkoston suunnitelma 2027".to_owned();
    portal.lists(&changed);
    portal.serve_all(&changed);
    workshop.pass_days(1);
    workshop.round().await;
    assert!(
        workshop
            .rows(PLACES)
            .contains(&"sivistys-suunnitelma-2027 | 2026311-1 | title".to_owned())
    );
    let slugs = workshop.rows("SELECT slug FROM dossier ORDER BY slug");
    assert!(
        slugs.contains(&"sivistys-suunnitelma-2026".to_owned()),
        "{slugs:?}"
    );
}

#[tokio::test]
async fn what_a_death_left_undone_is_done_at_the_next_start() {
    let (_portal, workshop) = start();
    workshop.round().await;
    let before = workshop.rows(PLACES);
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    // As the file is between the verdicts and the joining.
    conn.execute_batch(
        "DELETE FROM dossier_item; DELETE FROM dossier; UPDATE network SET joined_seq=NULL",
    )
    .expect("undone");
    drop(conn);
    close(workshop.open().await).await;
    assert_eq!(workshop.rows(PLACES), before);
}

#[tokio::test]
async fn subjects_that_changed_join_everything_again_at_the_next_start() {
    let (_portal, mut workshop) = start();
    workshop.round().await;
    workshop.sheet.networks = workshop
        .sheet
        .networks
        .replace(r#"["suunnitelma*"]"#, r#"["edustaja*"]"#);
    workshop.sheet.networks = workshop
        .sheet
        .networks
        .replace("key = \"suunnitelma\"", "key = \"edustaja\"");
    close(workshop.open().await).await;
    let places = workshop.rows(PLACES);
    assert!(
        places.contains(&"sivistys-edustaja-2027 | 2026311-3 | title".to_owned()),
        "{places:?}"
    );
}

fn done(config: &Path, arguments: &[&str]) -> String {
    let ended = run(config, arguments);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (Some(0), ""),
        "{arguments:?}: {}",
        ended.out
    );
    ended.out
}

fn json(config: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(config, arguments)).expect("JSON")
}

#[tokio::test]
async fn a_persons_word_survives_rounds_and_deriving_again() {
    let (_portal, workshop) = start();
    workshop.round().await;
    let config = workshop.config_file();
    let uid = "kuusijarvi/2026311-3";
    done(
        &config,
        &[
            "dossier",
            "join",
            uid,
            "sivistys-suunnitelma-2026",
            "--note",
            "osa suunnitelmaa",
        ],
    );
    done(&config, &["dossier", "split", "kuusijarvi/2026311-2"]);
    done(
        &config,
        &[
            "dossier",
            "rename",
            "sivistys-suunnitelma-2026",
            "Vuoden 2026 suunnitelma",
        ],
    );
    let expected = [
        "sivistys-suunnitelma-2026 | 2026311-1 | title",
        "sivistys-suunnitelma-2026 | 2026311-3 | human",
    ];
    assert_eq!(workshop.rows(PLACES), expected);
    let engine = workshop.open().await;
    rederive(
        &engine,
        &seutu::daemon::rederive::Request::default(),
        |_, _| (),
    )
    .await
    .expect("derived");
    close(engine).await;
    workshop.pass_days(1);
    workshop.round().await;
    assert_eq!(workshop.rows(PLACES), expected);
    let shown = json(
        &config,
        &["dossier", "show", "sivistys-suunnitelma-2026", "--json"],
    );
    assert_eq!(shown["summary"]["title"], "Vuoden 2026 suunnitelma");
    assert_eq!(shown["items"][1]["note"], "osa suunnitelmaa");
    assert_eq!(shown["cells"][0]["state"], "on agenda");
    done(&config, &["dossier", "forget", uid]);
    done(&config, &["dossier", "forget", "kuusijarvi/2026311-2"]);
    assert_eq!(workshop.rows(PLACES), JOINED);
}

#[tokio::test]
async fn the_commands_list_show_compare_and_refuse() {
    let (_portal, workshop) = start();
    workshop.round().await;
    let config = workshop.config_file();
    let listed = json(
        &config,
        &["dossier", "list", "--network", "sivistys", "--json"],
    );
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    assert_eq!(listed[0]["on_agenda"], 1);
    assert!(done(&config, &["dossier", "list"]).contains("Suunnitelma 2026"));
    assert!(done(&config, &["dossier", "matrix", "sivistys"]).contains("on agenda"));
    assert!(
        done(&config, &["dossier", "show", "sivistys-suunnitelma-2026"])
            .contains("suunnitelma 2026")
    );
    assert!(
        done(
            &config,
            &["dossier", "compare", "sivistys-suunnitelma-2026"]
        )
        .contains("100 %")
    );
    let made = done(&config, &["dossier", "new", "sivistys", "Oma asia"]);
    assert_eq!(made.trim(), "sivistys-oma-asia");
    done(
        &config,
        &[
            "dossier",
            "join",
            "kuusijarvi/2026311-4",
            "sivistys-oma-asia",
        ],
    );
    let places = workshop.rows(PLACES);
    assert!(
        places.contains(&"sivistys-oma-asia | 2026311-4 | human".to_owned()),
        "{places:?}"
    );
    for (arguments, code) in [
        (&["dossier", "show", "sivistys-ei-ole"][..], 1),
        (&["dossier", "list", "--network", "ei-ole"], 2),
        (&["dossier", "rename", "sivistys-oma-asia", " "], 2),
        (
            &["dossier", "join", "kuusijarvi/0-0", "sivistys-oma-asia"],
            1,
        ),
        (&["dossier", "split", "kuusijarvi/0-0"], 1),
    ] {
        let ended = run(&config, arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.is_empty());
    }
}
