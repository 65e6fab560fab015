//! `show --versions` and `show --diff`.

use serde_json::Value;

use super::start;
use crate::support::origin::Reply;
use crate::support::portal::Paper;
use crate::support::program::run;

#[test]
fn versions_and_differences_are_told() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    let paper = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    portal.serves(&paper.minutes("Lautakunta hyväksyi asian."));
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    let uid = "kuusijarvi/2026311-1";
    let sha256 = workshop.value("SELECT content_sha256 FROM item WHERE key='2026311-1'");

    let listed = run(&config, &["show", uid, "--versions"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    for part in [
        "version 1: agenda, seen from ",
        "version 2: minutes, seen from ",
        " to now\n",
        &format!("sha256 {sha256}\n"),
        "?page=meetingitem&id=2026311-1\n",
        "read by dynasty/",
        "changed stage, ",
    ] {
        assert!(
            listed.out.contains(part),
            "{part:?} is not in:\n{}",
            listed.out
        );
    }

    let differing = run(&config, &["show", uid, "--diff"]);
    assert_eq!(differing.code, Some(0), "{differing:?}");
    for part in [
        "proposal -> decision (accepted)\nLautakunta [-hyväksyy-]{+hyväksyi+} asian.\n",
        "version 1 (agenda) -> version 2 (minutes), seen from ",
        "\nstage\n[-agenda-]{+minutes+}\n",
        "\nsection no\n{+44+}\n",
        "\ndecision\n{+Lautakunta hyväksyi asian.+}\n",
    ] {
        assert!(
            differing.out.contains(part),
            "{part:?} is not in:\n{}",
            differing.out
        );
    }
    assert!(!differing.out.contains('\u{1b}'), "no colours in a pipe");

    let back = run(&config, &["show", "--diff=2..1", uid]);
    assert!(
        back.out.contains("\nstage\n[-minutes-]{+agenda+}\n"),
        "{}",
        back.out
    );
    let first = run(&config, &["show", uid, "--version", "1"]);
    assert!(first.out.contains("\nagenda, version 1\n"), "{}", first.out);

    let json = run(&config, &["show", uid, "--versions", "--diff", "--json"]);
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["versions"][1]["content_sha256"], sha256.as_str());
    assert_eq!(
        json["versions"][0]["seen_to"],
        json["versions"][1]["seen_from"]
    );
    assert_eq!(json["diff"]["decision"][1]["kind"], "removed");
    assert_eq!(json["diff"]["versions"][0]["fields"][0]["field"], "stage");
}

#[test]
fn what_cannot_be_shown_is_said_with_what_to_do() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    portal.page_answers("2026311-2", Reply::status(503));
    let _some = run(&config, &["poll", "--all"]);
    for (arguments, code, parts) in [
        (
            vec!["show", "kuusijarvi/2026311-9"],
            1,
            vec![
                "there is no item kuusijarvi/2026311-9",
                "near it stand kuusijarvi/2026311-1, ",
                "`seutu search`",
            ],
        ),
        (
            vec!["show", "asikkala/2026311-1"],
            1,
            vec!["near it stand kuusijarvi/2026311-1; "],
        ),
        (
            vec!["show", "kuusijarvi/2026311-2", "--versions"],
            1,
            vec![
                "kuusijarvi/2026311-2 has no versions",
                "its page has not been read yet",
            ],
        ),
        (
            vec!["show", "kuusijarvi/2026311-1", "--version", "7"],
            2,
            vec!["there is no version 7"],
        ),
        (
            vec!["show", "kuusijarvi/2026311-1", "--diff=1..2"],
            2,
            vec!["there is no version 2: the item has versions 1 to 1"],
        ),
        (
            vec!["show", "kuusijarvi/2026311-1", "--diff=x"],
            2,
            vec!["give two version numbers: --diff=1..2"],
        ),
    ] {
        let ended = run(&config, &arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        for part in parts {
            assert!(ended.err.contains(part), "{part:?} is not in {}", ended.err);
        }
    }
}
