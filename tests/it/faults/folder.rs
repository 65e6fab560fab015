//! A folder that does not guard the archive: everybody may write into it, or a file of it is a link elsewhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{output, poll, start};
use crate::support::program::{run, seutu};

#[test]
fn a_folder_or_a_file_that_everybody_may_change_is_told_of_and_nothing_is_said_of_others() {
    let (_portal, workshop) = start(1);
    let config = workshop.config_file();
    let (dir, file) = (workshop.archive(), workshop.archive().join("archive.db"));
    let warned = || {
        let mut poll = seutu(&config, &["poll", "--all"]);
        let said = output({
            poll.env("RUST_LOG", "warn");
            poll
        })
        .err;
        let told = said
            .lines()
            .filter(|line| line.contains("everybody on this machine may change the archive"));
        told.map(|line| line.contains("archive.db"))
            .collect::<Vec<_>>()
    };
    assert!(warned().is_empty(), "as it was made");
    for (folder, archive, expected) in [
        (0o777, 0o640, vec![false]),
        (0o1777, 0o640, vec![]),
        (0o750, 0o666, vec![true]),
        (0o770, 0o660, vec![]),
    ] {
        fs::set_permissions(&dir, Permissions::from_mode(folder)).expect("mode");
        fs::set_permissions(&file, Permissions::from_mode(archive)).expect("mode");
        assert_eq!(warned(), expected, "{folder:o} {archive:o}");
    }
}

#[test]
fn a_file_that_is_a_link_is_refused_and_what_it_leads_to_stays_as_it_is() {
    for name in ["archive.db", "originals.db"] {
        let (_portal, workshop) = start(1);
        let config = workshop.config_file();
        poll(&config);
        let (file, elsewhere) = (
            workshop.archive().join(name),
            workshop.archive().with_file_name("elsewhere.db"),
        );
        fs::rename(&file, &elsewhere).expect("moved");
        symlink(&elsewhere, &file).expect("a link");
        let before = fs::read(&elsewhere).expect("file");
        let said = run(&config, &["poll"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        let text = said.out + &said.err;
        assert!(text.contains(name) && text.contains("is a link"), "{text}");
        assert!(fs::read(&elsewhere).expect("file") == before, "{name}");
    }
}
