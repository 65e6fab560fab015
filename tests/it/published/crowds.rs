//! Many at once: connections that say nothing or never come to an end, readers that do not read, costly searches. Others
//! are served meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use seutu::serve::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::client::{Answer, Server, start, start_within};
use super::limits::{asking, generous};
use super::shelf::{Trouble, shelf};
use crate::support::left_out::left_out;

/// As many as are wanted, if both ends of them can be held in this process.
fn held(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let known = getrlimit(Resource::Nofile).current;
    let most = match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.current,
        Err(_) => known,
    };
    let most = most.unwrap_or(u64::MAX);
    let most = usize::try_from(most.saturating_sub(300) / 2).unwrap_or(usize::MAX);
    if most < wanted {
        let why = format!("{wanted} connections at once: the limit of open files allows {most}");
        left_out("DESCRIPTORS", &why);
    }
    most.min(wanted)
}

/// Asks as others do, and is answered.
async fn others_are_served(server: &Server) {
    for path in ["/healthz", "/feeds/all.atom", "/search?q=sopimus"] {
        let answer = timeout(Duration::from_mins(1), server.get(path, &[])).await;
        assert_eq!(answer.expect("served").status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_thousand_readers_that_do_not_read_leave_others_served() {
    // Their connections never end, so nobody is served because somebody else was cut off.
    let server = start_within(shelf(200), generous()).await;
    let mut slow = vec![];
    for _ in 0..held(1000) {
        let mut reader = asking(server.address, "/feeds/all.atom?limit=500").await;
        let mut start = [0; 12];
        reader.read_exact(&mut start).await.expect("an answer");
        assert_eq!(&start, b"HTTP/1.1 200");
        slow.push(reader);
    }
    others_are_served(&server).await;
    assert!(slow.len() > 100, "{}", slow.len());
}

/// Asks five times on one connection; how long each answer took.
async fn asks_five_times(address: SocketAddr) -> [Duration; 5] {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let mut times = [Duration::ZERO; 5];
    let mut answer = vec![];
    for time in &mut times {
        let began = Instant::now();
        let request = b"GET /feeds/all.atom?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request).await.expect("sent");
        answer.clear();
        while !answer.ends_with(b"</feed>\n") && !answer.ends_with(b"</feed>") {
            let read = stream.read_buf(&mut answer).await.expect("an answer");
            assert!(
                read > 0,
                "closed after {}",
                String::from_utf8_lossy(&answer)
            );
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        *time = began.elapsed();
    }
    times
}

/// With the places of production.
#[tokio::test(flavor = "multi_thread")]
async fn four_thousand_connections_that_stay_open_are_all_answered() {
    let server = start_within(shelf(5), generous()).await;
    assert_eq!(server.get("/feeds/all.atom?limit=1", &[]).await.status, 200);
    let mut crowd = JoinSet::new();
    let readers = held(4000);
    for _ in 0..readers {
        crowd.spawn(asks_five_times(server.address));
    }
    let mut times = vec![];
    let all = async {
        while let Some(asked) = crowd.join_next().await {
            times.extend(asked.expect("answered"));
        }
    };
    timeout(Duration::from_mins(2), all).await.expect("no hang");
    assert_eq!(times.len(), readers * 5);
    times.sort();
    println!(
        "{readers} connections, five answers each: median {:?}, 99 % within {:?}, longest {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
}

/// Sends a head that never ends, a line at a time; or nothing, where there is no line. Ends when the server closes.
async fn lingers(mut stream: TcpStream, line: Option<&'static [u8]>) {
    let (mut reading, mut writing) = stream.split();
    let mut answer = vec![];
    let closed = reading.read_to_end(&mut answer);
    let trickle = async {
        let mut tick = interval(Duration::from_millis(500));
        while let Some(line) = line {
            tick.tick().await;
            if writing.write_all(line).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        // Closed in order or reset: either way it has its place back.
        _ = closed => {}
        () = trickle => {}
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(!answer.contains("200 OK"), "{answer}");
}

/// The limits are those of production: whoever says nothing, or never comes to an end, is closed.
#[tokio::test]
async fn heads_that_trickle_and_silence_hold_places_for_seconds_and_nobody_up() {
    let server = start_within(shelf(20), Limits::default()).await;
    let (mut crowd, began) = (JoinSet::new(), Instant::now());
    let (trickling, silent) = (held(400), held(900).saturating_sub(400));
    for n in 0..trickling + silent {
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        let line = (n < trickling).then_some(&b"X-Slow: 1\r\n"[..]);
        if line.is_some() {
            let head = b"GET / HTTP/1.1\r\nHost: x\r\n";
            stream.write_all(head).await.expect("sent");
        }
        crowd.spawn(lingers(stream, line));
    }
    assert!(crowd.len() > 100, "{}", crowd.len());
    let asked = Instant::now();
    others_are_served(&server).await;
    println!("three others were answered in {:?}", asked.elapsed());
    assert!(
        crowd.try_join_next().is_none(),
        "all of them were still there"
    );
    let all = async {
        while let Some(ended) = crowd.join_next().await {
            ended.expect("closed without an answer");
        }
    };
    timeout(Duration::from_mins(1), all).await.expect("closed");
    println!("closed after {:?}", began.elapsed());
    others_are_served(&server).await;
}

#[tokio::test]
async fn searches_wait_for_their_turn_a_little_and_keep_nobody_else_waiting() {
    let shelf = shelf(5);
    let server = Arc::new(start(shelf.clone()).await);
    assert_eq!(server.get("/sources", &[]).await.status, 200);
    shelf.search_gate.close();
    let mut searches = JoinSet::new();
    for n in 0..100 {
        let server = Arc::clone(&server);
        let path = match n % 3 {
            0 => format!("/search?q=sana{n}"),
            1 => format!("/api/items?q=sana{n}"),
            _ => format!("/feeds/all.atom?q=sana{n}"),
        };
        searches.spawn(async move { server.get(&path, &[]).await });
    }
    // All but those that have a turn are told to come back, while these two still look.
    for _ in 0..98 {
        let refused = searches
            .join_next()
            .await
            .expect("an answer")
            .expect("no panic");
        insist_busy(&refused);
    }
    for path in ["/healthz", "/", "/feeds/all.atom", "/api/items", "/search"] {
        assert_eq!(server.get(path, &[]).await.status, 200, "{path}");
    }
    shelf.search_gate.open();
    while let Some(found) = searches.join_next().await {
        assert_eq!(found.expect("no panic").status, 200);
    }
    assert_eq!(server.get("/search?q=sana", &[]).await.status, 200);
}

/// Who goes away leaves a search behind: its turn is not free before it has ended.
#[tokio::test]
async fn who_goes_away_does_not_free_the_turn_of_a_search_that_runs_on() {
    let shelf = shelf(5);
    let server = start(shelf.clone()).await;
    shelf.search_gate.close();
    for n in 0..2 {
        let asked = shelf.asked.load(Ordering::SeqCst);
        let gone = asking(server.address, &format!("/search?q=sana{n}")).await;
        timeout(Duration::from_mins(1), async {
            while shelf.asked.load(Ordering::SeqCst) == asked {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("it looks");
        drop(gone);
    }
    // An answer on another connection shows that the server has seen them go.
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
    insist_busy(&server.get("/search?q=muu", &[]).await);
    shelf.search_gate.open();
    timeout(Duration::from_mins(1), async {
        while server.get("/search?q=muu", &[]).await.status != 200 {}
    })
    .await
    .expect("turns are free again");
}

fn insist_busy(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("5"));
    let text = answer.text();
    let said = ["Hakuja on yhtä aikaa liikaa", "too many searches at once"];
    assert!(said.iter().any(|said| text.contains(said)), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_search_that_takes_too_long_says_so_in_the_form_of_its_address() {
    let shelf = shelf(5);
    let server = start(shelf.clone()).await;
    *shelf.trouble.lock().expect("trouble") = Some(Trouble::Costly);
    for (path, kind) in [
        ("/search?q=sana", "text/html"),
        ("/api/items?q=sana", "application/problem+json"),
        ("/feeds/all.atom?q=sana", "text/plain"),
    ] {
        let answer = server.get(path, &[]).await;
        insist_busy(&answer);
        let type_of = answer.header("content-type").expect("a type");
        assert!(type_of.starts_with(kind), "{path}: {type_of}");
    }
}
