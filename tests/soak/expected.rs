//! What must be so at the end, counted in the archive against what the country published.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use seutu::archive::verify;

use crate::country::{Country, Life, id};
use crate::support::contents::rows;

/// Promises that were broken, one line each.
pub fn check(country: &Country, archive: &Path) -> Vec<String> {
    let mut broken = vec![];
    items(country, archive, &mut broken);
    texts(country, archive, &mut broken);
    log(archive, &mut broken);
    broken.extend(verify(archive).iter().map(ToString::to_string));
    broken
}

fn value(archive: &Path, sql: &str) -> String {
    rows(archive, sql).join(", ")
}

/// Every item once, none that nobody published, every minutes found, what was taken away marked and nothing else.
fn items(country: &Country, archive: &Path, broken: &mut Vec<String>) {
    let found = rows(
        archive,
        "SELECT uid, stage, withdrawn_at IS NOT NULL, (SELECT count(*) FROM item_version v WHERE v.item_id=i.id)
         FROM item i ORDER BY uid",
    );
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &found {
        let (uid, state) = row.split_once(" | ").expect("columns");
        states
            .entry(uid.to_owned())
            .or_default()
            .push(state.to_owned());
    }
    let (mut lost, mut unserved) = (0_u32, 0_u32);
    for (uid, life) in lives(country) {
        let had = |flag: &AtomicBool| flag.load(Ordering::SeqCst) || life.withdrawn.is_none();
        let (listed, decided) = (had(&life.served.listed), had(&life.served.minutes));
        unserved += u32::from(!decided);
        let Some(states) = states.remove(&uid) else {
            lost += u32::from(listed);
            if listed {
                broken.push(format!("{uid} is lost: {life:?}"));
            }
            continue;
        };
        // The agenda and the minutes, or the minutes alone where nobody could read the agenda.
        let right = match (decided, life.withdrawn) {
            (true, None) => vec!["minutes | 0 | 1", "minutes | 0 | 2"],
            (true, Some(_)) => vec!["minutes | 1 | 1", "minutes | 1 | 2"],
            (false, _) => vec!["agenda | 1 | 0", "agenda | 1 | 1"],
        };
        if states.len() != 1 || !right.contains(&states[0].as_str()) {
            broken.push(format!(
                "{uid} is {states:?} and should be {right:?}: {life:?}"
            ));
        }
    }
    broken.extend(
        states
            .keys()
            .map(|uid| format!("{uid} was never published")),
    );
    crate::season::say(&format!(
        "{} items, {lost} lost; {unserved} were taken away before their minutes were ever answered",
        found.len()
    ));
}

/// No version of an item says what another one says, or what no page said.
fn texts(country: &Country, archive: &Path, broken: &mut Vec<String>) {
    let lives: BTreeMap<String, &Life> = lives(country).collect();
    let stored = rows(
        archive,
        "SELECT i.uid, v.stage, v.fields FROM item_version v JOIN item i ON i.id=v.item_id",
    );
    let words: BTreeSet<&str> = lives.values().map(|life| life.word.as_str()).collect();
    for row in &stored {
        let (uid, text) = row.split_once(" | ").expect("columns");
        let Some(life) = lives.get(uid) else { continue };
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
        let said: BTreeSet<&str> = parts.filter(|word| words.contains(word)).collect();
        let minutes = text.starts_with("minutes");
        let is_whole = text.contains("valmisteltu kuntien kesken")
            && (!minutes || text.contains(&life.decision()));
        if said != BTreeSet::from([life.word.as_str()]) || !is_whole {
            broken.push(format!(
                "{uid} has a version of {said:?}, whole: {is_whole}: {text}"
            ));
        }
    }
    let quarantined = value(archive, "SELECT count(*) FROM quarantine");
    if quarantined != "0" {
        broken.push(format!("{quarantined} inputs are in quarantine"));
    }
    crate::season::say(&format!("{} versions, each of its own item", stored.len()));
}

/// No event is missing, none is told twice.
fn log(archive: &Path, broken: &mut Vec<String>) {
    let gaps = value(archive, "SELECT max(seq)-count(*) FROM event");
    if gaps != "0" {
        broken.push(format!("{gaps} events are missing from the log"));
    }
    for kind in ["item_new", "minutes_published"] {
        let twice = format!(
            "SELECT item_uid, count(*) FROM event WHERE kind='{kind}' GROUP BY item_uid HAVING count(*)>1"
        );
        let twice = rows(archive, &twice);
        broken.extend(
            twice
                .iter()
                .map(|row| format!("{kind} more than once: {row}")),
        );
    }
    let problems = rows(archive, "SELECT kind, detail FROM problem LIMIT 5");
    broken.extend(
        problems
            .iter()
            .map(|row| format!("a problem that nobody has any more: {row}")),
    );
    crate::season::say(&format!(
        "events by kind: {}",
        value(
            archive,
            "SELECT kind || ' ' || count(*) FROM event GROUP BY kind"
        )
    ));
}

fn lives(country: &Country) -> impl Iterator<Item = (String, &Life)> {
    country
        .lives
        .iter()
        .enumerate()
        .flat_map(|(number, lives)| {
            let uid = move |life: &Life| format!("{}/{}", id(number), life.paper.key);
            lives.iter().map(move |life| (uid(life), life))
        })
}
