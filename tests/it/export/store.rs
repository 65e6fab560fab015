//! `seutu export` into an object store.

use super::{Filled, files};
use crate::support::bucket::{ACCESS, BUCKET, Request, SECRET, Store};
use crate::support::program::{Ended, ended, seutu};

fn export(filled: &Filled, store: &Store, out: &str, more: &[&str]) -> Ended {
    let mut arguments = vec!["-vv", "export", "--format", "parquet", "--out", out];
    arguments.extend(more);
    let mut command = seutu(&filled.config, &arguments);
    for (name, value) in [
        ("SEUTU_EXPORT_S3_ENDPOINT", store.url().as_str()),
        ("AWS_ACCESS_KEY_ID", ACCESS),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "eu-north-1"),
    ] {
        command.env(name, value);
    }
    ended(command.output().expect("started"))
}

#[test]
fn a_store_gets_the_same_files_then_the_manifest_and_loses_the_old_ones_last() {
    let (filled, store) = (Filled::new(), Store::start());
    store.keep("avoin/data/decisions/year=1999/decisions.parquet", b"old");
    store.keep("avoin/data/decisions/readme.txt", b"mine");
    let ended = export(&filled, &store, &format!("s3://{BUCKET}/avoin/data/"), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let folder = files(&filled.export("parquet", "folder", &[]));
    let mut objects = store.objects();
    assert_eq!(
        objects.remove("avoin/data/decisions/readme.txt").as_deref(),
        Some(&b"mine"[..])
    );
    let expected: Vec<_> = folder
        .keys()
        .map(|path| format!("avoin/data/{path}"))
        .collect();
    assert_eq!(objects.keys().cloned().collect::<Vec<_>>(), expected);
    for (path, bytes) in &folder {
        assert!(
            objects[&format!("avoin/data/{path}")] == *bytes,
            "{path} differs"
        );
    }
    let log = store.log();
    let changes = log.iter().filter(|request| request.method != "GET");
    let changes: Vec<_> = changes.map(Request::line).collect();
    assert_eq!(
        changes.get(changes.len() - 2..),
        Some(
            &[
                "PUT avoin/data/manifest.json".to_owned(),
                "DELETE avoin/data/decisions/year=1999/decisions.parquet".to_owned()
            ][..]
        )
    );
    for secret in [SECRET, "X-Amz-Signature", "X-Amz-Credential"] {
        assert!(
            !ended.err.contains(secret) && !ended.out.contains(secret),
            "{secret} is shown"
        );
    }
}

#[test]
fn an_upload_that_fails_leaves_the_old_manifest() {
    let (filled, store) = (Filled::new(), Store::start());
    store.keep("manifest.json", b"{}");
    store.fail("PUT event", 403, "AccessDenied");
    let ended = export(&filled, &store, &format!("s3://{BUCKET}"), &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(
        ended.err.contains(&format!(
            "s3://{BUCKET}/event/year=2026/event.parquet: AccessDenied"
        )),
        "{}",
        ended.err
    );
    assert_eq!(store.objects()["manifest.json"], b"{}");
}

#[test]
fn changes_do_not_take_the_place_of_a_whole_export_in_a_store() {
    let (filled, store) = (Filled::new(), Store::start());
    let out = format!("s3://{BUCKET}/x");
    assert_eq!(export(&filled, &store, &out, &[]).code, Some(0));
    let refused = export(&filled, &store, &out, &["--since", "1"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("holds an export of the whole archive"),
        "{}",
        refused.err
    );
}
