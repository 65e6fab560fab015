//! The writer thread: jobs, savepoints, failures.

use super::super::testing::{NOW, open_temporary};
use super::*;

fn count(batch: &Batch<'_>) -> Result<i64, ArchiveError> {
    Ok(batch
        .archive
        .query_row("SELECT count(*) FROM host_pause", [], |row| row.get(0))?)
}

#[test]
fn a_failing_and_a_panicking_job_take_back_only_themselves() {
    let (_dir, mut archive) = open_temporary();
    let (send, answers) = mpsc::channel();
    let jobs: Vec<Box<dyn Job>> = (0..4)
        .map(|n| {
            let work = move |batch: &Batch<'_>| {
                batch.pause_host(&format!("host{n}.example"), Some(NOW))?;
                assert!(n != 2, "job 2 breaks down");
                if n == 1 {
                    Err(ArchiveError::UnknownNetwork("x".into()))
                } else {
                    Ok(n)
                }
            };
            let send = send.clone();
            let reply = move |result: Result<i32, ArchiveError>| send.send(result).expect("answer");
            Box::new(Task {
                work: Some(work),
                result: None,
                reply,
            }) as Box<dyn Job>
        })
        .collect();
    store(&mut archive, jobs, &Signs::default());
    let answers: Vec<_> = answers.try_iter().collect();
    assert!(matches!(answers[0], Ok(0)));
    assert!(matches!(answers[1], Err(ArchiveError::UnknownNetwork(_))));
    assert!(matches!(&answers[2], Err(ArchiveError::Panicked(text)) if text.contains("job 2")));
    assert!(matches!(answers[3], Ok(3)));
    assert_eq!(archive.transaction(count).expect("count"), 2);
}

#[test]
fn a_lost_transaction_fails_its_jobs_and_spares_the_rest() {
    let (_dir, mut archive) = open_temporary();
    let (send, answers) = mpsc::channel();
    let jobs: Vec<Box<dyn Job>> = (0..3)
        .map(|n| {
            let work = move |batch: &Batch<'_>| {
                batch.pause_host(&format!("host{n}.example"), Some(NOW))?;
                if n == 1 {
                    // What SQLite does by itself when the disk is full.
                    batch.archive.execute_batch("ROLLBACK")?;
                }
                Ok(n)
            };
            let send = send.clone();
            let reply = move |result: Result<i32, ArchiveError>| send.send(result).expect("answer");
            Box::new(Task {
                work: Some(work),
                result: None,
                reply,
            }) as Box<dyn Job>
        })
        .collect();
    store(&mut archive, jobs, &Signs::default());
    let answers: Vec<_> = answers.try_iter().collect();
    assert!(
        matches!(answers[0], Err(ArchiveError::NotCommitted(_))),
        "{answers:?}"
    );
    assert!(answers[1].is_err());
    assert!(matches!(answers[2], Ok(2)));
    assert_eq!(archive.transaction(count).expect("count"), 1);
}

#[test]
fn on_a_full_disk_what_was_acknowledged_is_there_and_nothing_else() {
    let (_dir, mut archive) = open_temporary();
    let pages: i64 = archive
        .main
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("pages");
    archive
        .main
        .pragma_update(None, "max_page_count", pages + 3)
        .expect("a small disk");
    let (send, answers) = mpsc::channel();
    let jobs: Vec<Box<dyn Job>> = (0..6)
        .map(|n| {
            let reason = "x".repeat(if n % 3 == 1 { 100_000 } else { 10 });
            let work = move |batch: &Batch<'_>| {
                batch.quarantine(&format!("{n:064}"), "https://a.example/", &reason, NOW)
            };
            let send = send.clone();
            let reply = move |result: Result<(), ArchiveError>| send.send(result).expect("answer");
            Box::new(Task {
                work: Some(work),
                result: None,
                reply,
            }) as Box<dyn Job>
        })
        .collect();
    store(&mut archive, jobs, &Signs::default());
    let answers: Vec<_> = answers.try_iter().collect();
    assert!(answers[1].is_err() && answers[4].is_err(), "{answers:?}");
    let acknowledged = answers.iter().filter(|answer| answer.is_ok()).count();
    archive
        .main
        .pragma_update(None, "max_page_count", 1_000_000)
        .expect("space again");
    let stored = archive
        .transaction(|batch| {
            batch.quarantine(&"f".repeat(64), "https://b.example/", "x", NOW)?;
            let sql = "SELECT count(*) FROM quarantine";
            Ok(batch
                .archive
                .query_row(sql, [], |row| row.get::<_, u32>(0))?)
        })
        .expect("works again");
    assert_eq!(usize::try_from(stored).ok(), Some(acknowledged + 1));
}

#[tokio::test]
async fn closing_frees_the_lock_and_refuses_later_writes() {
    let (dir, archive) = open_temporary();
    let writer = Writer::start(archive).expect("thread");
    writer
        .write(|batch| batch.pause_host("a.example", Some(NOW)))
        .await
        .expect("written");
    writer.close().await.expect("closed");
    assert!(matches!(
        writer.write(count).await,
        Err(ArchiveError::Closed)
    ));
    writer.close().await.expect("closed twice");
    let mut again = Archive::open(dir.path(), NOW).expect("lock is free");
    assert_eq!(again.transaction(count).expect("count"), 1);
}
