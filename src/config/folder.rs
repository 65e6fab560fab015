//! Whether the archive folder can be written, told before a daemon starts rather than by its first poll.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::{fs, io};

use super::Config;
use super::fault::{Fault, Place};

/// What is wrong with the archive folder, if anything. Nothing is created but a file that is removed
/// again at once.
pub fn archive_dir_fault(config: &Config) -> Option<Fault> {
    fault_at(&config.archive_dir, &config.archive_dir_place)
}

/// The same for a folder and the place that names it.
pub(super) fn fault_at(dir: &Path, place: &Place) -> Option<Fault> {
    let cause = cause(dir)?;
    Some(Fault {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
        what: format!(
            "archive.dir = {:?} cannot hold the archive: {cause}",
            dir.display()
        ),
        remedy: remedy(dir),
    })
}

/// What to do: an archive that somebody else keeps is written by that user.
fn remedy(dir: &Path) -> String {
    let another = "name a folder that this user may write";
    let owner = fs::metadata(dir).map(|found| found.uid());
    let myself = fs::metadata("/proc/self").map(|found| found.uid());
    match (owner, myself) {
        // Where this user may not even look, something is kept from it.
        (Ok(owner), Ok(myself))
            if owner != myself && !matches!(dir.join("archive.db").try_exists(), Ok(false)) =>
        {
            let owner = name_of(owner);
            format!("the archive there is {owner}'s: run `sudo -u {owner} seutu ...`, or {another}")
        }
        _ => format!("{another}, or give this one to the user"),
    }
}

/// The name of a user, else the number as `sudo` takes it.
fn name_of(user: u32) -> String {
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)?.parse() == Ok(user)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("'#{user}'"))
}

/// Why nothing can be written there; a folder that does not exist yet is judged by its parents.
fn cause(dir: &Path) -> Option<String> {
    match fs::metadata(dir) {
        Ok(found) if !found.is_dir() => Some(format!("{} is not a folder", dir.display())),
        Ok(_) => tempfile::Builder::new()
            .prefix(".seutu-check")
            .tempfile_in(dir)
            .err()
            .map(|error| format!("{} cannot be written: {}", dir.display(), short(&error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match dir.parent() {
            Some(parent) if parent.as_os_str().is_empty() => cause(Path::new(".")),
            Some(parent) => cause(parent),
            None => Some(error.to_string()),
        },
        Err(error) => Some(format!("{}: {error}", dir.display())),
    }
}

/// The cause without the random file name that tempfile adds.
fn short(error: &io::Error) -> String {
    error.kind().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_yet_to_be_made_is_judged_by_its_parents() {
        let dir = tempfile::tempdir().expect("folder");
        assert_eq!(cause(&dir.path().join("a/b/c")), None);
        assert_eq!(cause(Path::new("seutu-data-that-does-not-exist")), None);
        assert!(fs::read_dir(dir.path()).expect("folder").next().is_none());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("taken");
        fs::write(&file, "x").expect("file");
        assert!(cause(&file).expect("cause").contains("is not a folder"));
        assert!(cause(&file.join("below")).is_some());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_refuses_files_is_named() {
        // Even the superuser cannot make files there.
        let cause = cause(Path::new("/proc/self/net")).or_else(|| cause(Path::new("/sys")));
        assert!(cause.expect("cause").contains("cannot be written"));
    }
}
