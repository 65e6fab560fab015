//! SIGKILL while matters are joined and while a person corrects them: each correction is there whole or not at all, and
//! in the end everything stands as after undisturbed runs.

use std::path::Path;
use std::time::{Duration, Instant};

use seutu::archive::verify;

use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};

const SUBJECT: &str = r#"
[[network.subject]]
key = "suunnitelma"
title = "Suunnitelma"
words = ["suunnitelma*"]
year = "coming"
"#;

/// What a person says of the matters.
const CORRECTIONS: [&[&str]; 3] = [
    &[
        "join",
        "kuusijarvi/2026311-3",
        "sivistys-suunnitelma-2026",
        "--note",
        "osa suunnitelmaa",
    ],
    &["split", "kuusijarvi/2026311-2"],
    &[
        "rename",
        "sivistys-suunnitelma-2026",
        "Vuoden 2026 suunnitelma",
    ],
];

/// Kills of each correction, and of polls that join.
const KILLS: u32 = 8;

/// Where everything is, and who put it there.
const STATE: &str = "SELECT 'place', d.slug, i.key, di.method, di.note FROM dossier_item di
      JOIN dossier d ON d.id=di.dossier_id JOIN item i ON i.id=di.item_id
    UNION ALL SELECT 'hand', d.slug, i.key, h.action, h.note FROM dossier_hand h
      JOIN dossier d ON d.id=h.dossier_id JOIN item i ON i.id=h.item_id
    UNION ALL SELECT 'dossier', slug, title, title_by, subject FROM dossier ORDER BY 1, 2, 3, 4";

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&[
        Paper::agenda("2026311-1", "Verkoston suunnitelma 2026"),
        Paper::agenda("2026311-2", "Verkoston suunnitelma 2025"),
        Paper::agenda("2026311-3", "Verkoston ohjausryhmän edustaja"),
    ]);
    let mut sheet = Sheet::of(portal.url());
    sheet.networks.push_str(SUBJECT);
    (portal, Workshop::new(sheet))
}

fn done(config: &Path, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    let ended = run(config, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    began.elapsed()
}

fn correction<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["dossier"], words].concat()
}

/// What a person said, of all that [`STATE`] tells.
fn said(state: &[String]) -> Vec<&String> {
    let of_person = |row: &&String| row.starts_with("hand") || row.contains("| human |");
    state
        .iter()
        .filter(of_person)
        .filter(|row| !row.starts_with("place"))
        .collect()
}

/// Starts the program and kills it after a while, unless it has ended before.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn killed(config: &Path, arguments: &[&str], after: Duration) {
    let mut victim = seutu(config, arguments).spawn().expect("started");
    std::thread::sleep(after);
    victim.kill().expect("killed");
    victim.wait().expect("ended");
}

/// The moment of a kill in a run that takes so long when nothing disturbs it.
fn moment(longest: Duration, kill: u32) -> Duration {
    longest * kill / KILLS
}

#[test]
fn a_persons_word_is_there_whole_or_not_at_all_whenever_the_program_is_killed() {
    let (_portal, undisturbed) = start();
    let calm = undisturbed.config_file();
    done(&calm, &["poll", "--all"]);
    let mut states = vec![undisturbed.rows(STATE)];
    let mut times = vec![];
    for words in CORRECTIONS {
        times.push(done(&calm, &correction(words)));
        states.push(undisturbed.rows(STATE));
    }

    let (_portal, workshop) = start();
    let config = workshop.config_file();
    done(&config, &["poll", "--all"]);
    for (number, words) in CORRECTIONS.iter().enumerate() {
        let whole = [&states[number], &states[number + 1]];
        for kill in 1..=KILLS {
            killed(&config, &correction(words), moment(times[number], kill));
            assert_eq!(verify(&workshop.archive()), [], "{words:?}, kill {kill}");
            let stored = workshop.rows(STATE);
            let said = said(&stored);
            assert!(
                whole.iter().any(|state| said == self::said(state)),
                "{words:?}, kill {kill}: {said:#?}"
            );
            // Items take their places after the word in a commit of their own; what was not done is done by the next poll.
            done(&config, &["poll", "--all"]);
            let found = workshop.rows(STATE);
            assert!(
                whole.contains(&&found),
                "{words:?}, kill {kill}: {found:#?}"
            );
            if &found == whole[1] {
                break;
            }
        }
        // What is said already need not be said again, and some of it cannot be.
        if workshop.rows(STATE) != states[number + 1] {
            done(&config, &correction(words));
        }
        assert_eq!(workshop.rows(STATE), states[number + 1], "{words:?}");
    }
}

#[test]
fn polls_that_are_killed_leave_a_persons_word_and_join_the_rest_in_the_end() {
    let titles = ["Verkoston suunnitelma 2027", "Verkoston vuosikokous"];
    let grown = |portal: &Portal| {
        let mut papers = vec![
            Paper::agenda("2026311-1", "Verkoston suunnitelma 2026"),
            Paper::agenda("2026311-2", "Verkoston suunnitelma 2025"),
            Paper::agenda("2026311-3", "Verkoston ohjausryhmän edustaja"),
        ];
        let more = (4..).zip(titles);
        papers.extend(more.map(|(n, title)| Paper::agenda(&format!("2026311-{n}"), title)));
        portal.lists(&papers);
        portal.serve_all(&papers);
    };
    let corrected = || {
        let (portal, workshop) = start();
        let config = workshop.config_file();
        done(&config, &["poll", "--all"]);
        for words in CORRECTIONS {
            done(&config, &correction(words));
        }
        grown(&portal);
        (portal, workshop, config)
    };
    let (_first, undisturbed, calm) = corrected();
    let longest = done(&calm, &["poll", "--all"]);

    let (_second, workshop, config) = corrected();
    let hands = "SELECT count(*) FROM dossier_hand";
    for kill in 1..=KILLS {
        killed(&config, &["poll", "--all"], moment(longest, kill));
        assert_eq!(verify(&workshop.archive()), [], "kill {kill}");
        assert_eq!(
            workshop.value(hands),
            undisturbed.value(hands),
            "kill {kill}"
        );
    }
    done(&config, &["poll", "--all"]);
    assert_eq!(workshop.rows(STATE), undisturbed.rows(STATE));
}
