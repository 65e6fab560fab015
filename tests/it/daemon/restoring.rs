//! A snapshot and the originals are the whole archive: restored, it is equal, sound, and goes on where it was.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;
use seutu::archive::verify;
use seutu::daemon::cycle::Scope;
use seutu::daemon::engine::Engine;
use seutu::daemon::publishing::publish;
use seutu::model::source::PlatformKind;
use tokio::task::spawn_blocking;

use crate::support::contents::{canonical, explain};
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, close, turn};

/// A region of two sites with a past: agendas, minutes, an amendment.
async fn with_a_past() -> ([Portal; 2], Workshop) {
    let one = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let two = Paper::agenda("2026311-2", "Seudullinen kirjasto");
    let portals = [(); 2].map(|()| Portal::with(&[one.clone(), two.clone()]));
    let sheet = Sheet::of(portals[0].url()).with("toinen", PlatformKind::Dynasty, portals[1].url());
    let workshop = Workshop::new(sheet);
    workshop.round().await;
    for decision in ["Hyväksyttiin.", "Palautettiin valmisteltavaksi."] {
        workshop.pass_days(5);
        portals[0].serves(&one.minutes(decision));
        workshop.round_of(Scope::All).await;
    }
    let versions = workshop.value("SELECT max(version_no) FROM item");
    assert_eq!(versions, "3", "there is a past to restore");
    (portals, workshop)
}

/// Merged feeds as the program writes them, in every format.
fn feeds(workshop: &Workshop) -> Vec<String> {
    let config = workshop.config_file();
    let asked = ["all", "sivistys", "all/daily", "municipalities/kuusijarvi"];
    let asked = asked
        .iter()
        .flat_map(|feed| ["atom", "rss", "json"].map(|form| (*feed, form)));
    asked
        .map(|(feed, form)| {
            let written = run(&config, &["feed", feed, "--format", form]);
            assert_eq!(written.code, Some(0), "{feed}: {written:?}");
            written.out
        })
        .collect()
}

/// A restored archive is what the first one is, its feeds are the same to the byte, and the next round finds nothing new.
async fn goes_on(first: &Workshop, restored: Workshop) {
    assert_eq!(verify(&restored.archive()), []);
    let (before, after) = (feeds(first), feeds(&restored));
    assert!(before[0].matches("<entry>").count() >= 4, "{}", before[0]);
    assert_eq!(before, after);
    let (before, after) = (canonical(&first.archive()), canonical(&restored.archive()));
    assert!(before == after, "{}", explain(&before, &after));
    restored.pass_days(13);
    let reports = restored.round_of(Scope::All).await;
    assert_eq!(reports.len(), 2);
    for report in reports {
        let new = (report.items_new, report.versions, report.recognised);
        assert_eq!((report.failed(), new), (false, (0, 0, 0)), "{report:#?}");
    }
    let versions = |workshop: &Workshop| {
        workshop.rows("SELECT i.uid, v.version_no, v.content_sha256 FROM item_version v JOIN item i ON i.id=v.item_id ORDER BY 1, 2")
    };
    assert_eq!(versions(&restored), versions(first));
    let events = |workshop: &Workshop| workshop.value("SELECT max(seq) FROM event");
    assert_eq!(events(&restored), events(first));
    assert_eq!(verify(&restored.archive()), []);
}

#[tokio::test]
async fn a_published_snapshot_and_the_originals_restore_the_archive() {
    let (_portals, workshop) = with_a_past().await;
    let engine = workshop.open().await;
    publish(&engine).await.expect("published");
    close(engine).await;
    let restored = Workshop::new(workshop.sheet.clone());
    std::fs::create_dir(restored.archive()).expect("folder");
    for (from, to) in [
        ("public/archive.db", "archive.db"),
        ("originals.db", "originals.db"),
    ] {
        std::fs::copy(workshop.archive().join(from), restored.archive().join(to)).expect("copied");
    }
    goes_on(&workshop, restored).await;
}

/// The commands of README's section on backups: those that back up, and those that restore.
fn recipes() -> [String; 2] {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(readme).expect("README.md");
    let (_, section) = text
        .split_once("### Backup, restore, damage")
        .expect("the section");
    let mut blocks = section.split("```sh\n").skip(1);
    [(); 2].map(|()| {
        let block = blocks.next().and_then(|block| block.split("```").next());
        block.expect("commands").to_owned()
    })
}

/// `install` that changes no owner.
const WITHOUT_OWNER: &str = "left=$#
while [ $left -gt 0 ]; do
  case $1 in
    -o | -g) shift 2; left=$((left - 2)) ;;
    *) set -- \"$@\" \"$1\"; shift; left=$((left - 1)) ;;
  esac
done
exec /usr/bin/install \"$@\"";

/// Runs commands of README with our folders in place of the system's.
fn carry_out(recipe: &str, (archive, backup): (&Path, &Path), config: &Path) {
    let bin = config.with_file_name("bin");
    std::fs::create_dir_all(&bin).expect("folder");
    let program = format!(
        "exec '{}' --config '{}' \"$@\"",
        env!("CARGO_BIN_EXE_seutu"),
        config.display()
    );
    // There is no service here, nor its user.
    for (name, does) in [
        ("seutu", program.as_str()),
        ("systemctl", "exit 0"),
        ("sudo", "shift 2; exec \"$@\""),
        ("install", WITHOUT_OWNER),
    ] {
        let wrapper = bin.join(name);
        std::fs::write(&wrapper, format!("#!/bin/sh\n{does}\n")).expect("written");
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("mode");
    }
    let script = recipe
        .replace("/var/lib/seutu", &archive.display().to_string())
        .replace("/var/backups/seutu", &backup.display().to_string());
    let path = std::env::var("PATH").unwrap_or_default();
    let done = Command::new("sh")
        .args(["-e", "-c", &script])
        .env("PATH", format!("{}:{path}", bin.display()))
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{script}{said}");
}

#[tokio::test]
async fn the_recipes_of_the_readme_back_up_beside_a_writer_and_restore() {
    let (_portals, workshop) = with_a_past().await;
    let [save, restore] = recipes();
    let config = workshop.config_file();
    let backup = config.with_file_name("backup");
    let engine = workshop.open().await;
    // The second time over the first backup.
    for _ in 0..2 {
        carry_out(&save, (&workshop.archive(), &backup), &config);
    }
    close(engine).await;
    let mode = std::fs::metadata(backup.join("originals.db"))
        .expect("file")
        .permissions();
    assert_eq!(
        mode.mode() & 0o077,
        0,
        "nobody else reads pages as they were served"
    );
    let restored = Workshop::new(workshop.sheet.clone());
    let config = restored.config_file();
    // What is damaged, with a log that must not be read into what is restored.
    std::fs::create_dir(restored.archive()).expect("folder");
    for name in ["archive.db", "archive.db-wal"] {
        std::fs::write(restored.archive().join(name), "damaged").expect("written");
    }
    carry_out(&restore, (&restored.archive(), &backup), &config);
    goes_on(&workshop, restored).await;
}

/// The entries of a feed, by their id.
fn entries(feed: &str) -> BTreeMap<String, String> {
    let entries = feed.split("<entry>").skip(1);
    let entries = entries.map(|entry| entry.split("</entry>").next().unwrap_or_default());
    let by_id = entries.map(|entry| {
        let (_, id) = entry.split_once("<id>").expect("an id");
        let (id, _) = id.split_once("</id>").expect("an id");
        (id.to_owned(), entry.to_owned())
    });
    by_id.collect()
}

/// Number of the last event.
fn newest(workshop: &Workshop) -> u64 {
    let seq = workshop.value("SELECT max(seq) FROM event");
    seq.parse().expect("a number")
}

/// Waits until the last event is another one.
async fn beyond(workshop: &Workshop, seq: u64) {
    while newest(workshop) <= seq {
        tokio::task::yield_now().await;
    }
}

/// Runs rounds until it is enough, each with something new: an item, and once there are many, another decision of one.
async fn rounds(engine: &Arc<Engine>, workshop: &Workshop, portal: &Portal, done: &AtomicBool) {
    let mut papers = vec![];
    for round in 1.. {
        if done.load(Ordering::Relaxed) {
            return;
        }
        if round <= 20 {
            let key = format!("2026312-{round}");
            papers.push(Paper::agenda(&key, "Verkoston lisäasia"));
        } else {
            papers[0] = papers[0].minutes(&format!("Päätös {round}."));
        }
        portal.serve_all(&papers);
        portal.lists(&papers);
        workshop.pass(SignedDuration::from_secs(1));
        turn(engine, Scope::All).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_rounds_go_on_has_all_that_was_there_when_it_began() {
    let (portals, workshop) = with_a_past().await;
    let [save, restore] = recipes();
    let config = workshop.config_file();
    let backup = config.with_file_name("backup");
    let engine = workshop.open().await;
    let done = AtomicBool::new(false);
    let saving = async {
        beyond(&workshop, newest(&workshop) + 2).await;
        let began = newest(&workshop);
        let (archive, backup, config) = (workshop.archive(), backup.clone(), config.clone());
        let saved = spawn_blocking(move || carry_out(&save, (&archive, &backup), &config)).await;
        saved.expect("saved");
        let after = newest(&workshop);
        beyond(&workshop, after).await;
        done.store(true, Ordering::Relaxed);
        (began, after)
    };
    let writing = rounds(&engine, &workshop, &portals[1], &done);
    let ((), (began, after)) = tokio::join!(writing, saving);
    close(engine).await;
    let restored = Workshop::new(workshop.sheet.clone());
    std::fs::create_dir(restored.archive()).expect("folder");
    carry_out(
        &restore,
        (&restored.archive(), &backup),
        &restored.config_file(),
    );
    assert_eq!(verify(&restored.archive()), []);
    let saved = newest(&restored);
    println!("events {began} to {after} while it was saved: {saved}");
    assert!(began < after, "the writer rested");
    assert!((began..=after).contains(&saved), "{began} {saved} {after}");
    let log = format!("SELECT * FROM event WHERE seq<={saved} ORDER BY seq");
    assert_eq!(restored.rows(&log), workshop.rows(&log));
    // What has not changed since is said with the same bytes. The last item may have been between feed and page, and one
    // is decided again and again.
    let (then, now) = (entries(&feeds(&restored)[0]), entries(&feeds(&workshop)[0]));
    let changed = then
        .iter()
        .filter(|(id, entry)| now.get(*id) != Some(*entry))
        .count();
    assert!(
        then.len() >= 6 && changed <= 2,
        "{changed} of {}",
        then.len()
    );
    assert!(then.keys().all(|id| now.contains_key(id)));
}
