//! Certificates that are not accepted: which fault it is, in words, and nothing of the site is archived.
//!
//! The program trusts what the system trusts, and for a system with authorities of its own OpenSSL's variable
//! stands; so the tests have one too, and show that nothing but the certificate makes the difference.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::support::program::{ended, seutu};
use crate::support::secure::{Authority, Identity, SecureOrigin};
use crate::support::workshop::{Sheet, Workshop};

const FEED: &str = "<rss version=\"2.0\"><channel><title>Kuusijärvi</title><link>/</link>\
    <description>Kuusijärvi</description></channel></rss>";
const FINDINGS: &str = "SELECT f.kind, f.severity, f.text FROM finding f";
const HERE: &[&str] = &["127.0.0.1"];
const NOW: (i32, i32) = (2020, 2120);

/// Polls a site with that certificate once, trusting the authority alone.
async fn poll(trusted: &Authority, identity: Identity) -> (SecureOrigin, Workshop) {
    let origin = SecureOrigin::start(identity, FEED).await;
    let workshop = Workshop::new(Sheet::of(origin.url("/cgi/DREQUEST.PHP")));
    let config = workshop.config_file();
    let roots = config.with_file_name("roots.pem");
    fs::write(&roots, &trusted.pem).expect("written");
    let mut command = seutu(&config, &["poll", "--all"]);
    command.env("SSL_CERT_FILE", roots);
    command.env_remove("SSL_CERT_DIR");
    let run = tokio::task::spawn_blocking(move || command.output().expect("started"));
    let run = ended(run.await.expect("no panic"));
    assert!(run.code.is_some(), "{run:?}");
    (origin, workshop)
}

/// Asserts that the site is refused for this fault.
async fn is_refused(trusted: &Authority, identity: Identity, (fault, words): (&str, &str)) {
    let (origin, workshop) = poll(trusted, identity).await;
    let (handshakes, requests) = origin.counts();
    assert!(handshakes > 0, "{fault}: the site was asked");
    assert_eq!(requests, 0, "{fault}: no request goes to a stranger");
    let polls = "SELECT DISTINCT outcome, certificate FROM poll";
    assert_eq!(workshop.rows(polls), [format!("http_error | {fault}")]);
    let finding = workshop.value(FINDINGS);
    assert!(finding.starts_with("certificate | failing | "), "{finding}");
    assert!(finding.contains(words), "{finding}");
    assert_eq!(workshop.value("SELECT count(*) FROM fetch"), "0", "{fault}");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "0", "{fault}");
}

#[tokio::test]
async fn a_certificate_that_is_right_is_accepted() {
    let authority = Authority::new();
    let (origin, workshop) = poll(&authority, authority.sign(HERE, NOW)).await;
    assert!(origin.counts().1 > 0);
    assert_eq!(workshop.rows("SELECT certificate FROM poll")[0], "null");
    assert_eq!(
        workshop.rows("SELECT kind FROM finding WHERE kind='certificate'"),
        [""; 0]
    );
    assert_eq!(workshop.value("SELECT count(*)>0 FROM fetch"), "1");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let expired = authority.sign(HERE, (2020, 2021));
    is_refused(&authority, expired, ("expired", "has expired")).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let other = authority.sign(&["toinen.example"], NOW);
    is_refused(
        &authority,
        other,
        ("wrong_name", "made out to another name"),
    )
    .await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let stranger = Authority::new().sign(HERE, NOW);
    let words = ("unknown_issuer", "of an unknown authority");
    is_refused(&Authority::new(), stranger, words).await;
}

#[tokio::test]
async fn a_certificate_signed_by_itself_is_refused() {
    let own = Identity::self_signed(HERE, NOW);
    is_refused(&Authority::new(), own, ("unknown_issuer", "self-signed")).await;
    let authority = Identity::own_authority(HERE, NOW);
    is_refused(
        &Authority::new(),
        authority,
        ("unknown_issuer", "self-signed"),
    )
    .await;
}

/// The answer to a greeting of a server that speaks TLS 1.0 alone: its own greeting in that version.
fn greeting_of_1_0() -> Vec<u8> {
    let mut body = vec![3, 1];
    body.extend([7; 32]);
    // No session, RSA with AES-128-CBC-SHA, no compression.
    body.extend([0, 0x00, 0x2f, 0]);
    let length = u8::try_from(body.len()).expect("short");
    let mut record = vec![22, 3, 1, 0, length + 4, 2, 0, 0, length];
    record.extend(body);
    record
}

/// What the same server says where it does not like what it is offered.
const TOO_NEW: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];

#[test]
fn a_server_of_tls_1_0_alone_is_refused_and_nothing_is_sent_without_tls() {
    for answer in [greeting_of_1_0(), TOO_NEW.to_vec()] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let inside = Arc::clone(&heard);
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut greeting = [0; 4096];
                let length = stream.read(&mut greeting).unwrap_or_default();
                let mut said = greeting[..length].to_vec();
                // Fails when the client has hung up, which is its right.
                let _sent = stream.write_all(&answer);
                let _rest = stream.read_to_end(&mut said);
                inside.lock().expect("no panic").push(said);
            }
        });
        let portal = format!("https://127.0.0.1:{port}/cgi/DREQUEST.PHP");
        let workshop = Workshop::new(Sheet::of(portal.parse().expect("address")));
        let config = workshop.config_file();
        let roots = config.with_file_name("roots.pem");
        fs::write(&roots, Authority::new().pem).expect("written");
        let mut command = seutu(&config, &["poll", "--all"]);
        command.env("SSL_CERT_FILE", roots);
        command.env_remove("SSL_CERT_DIR");
        let run = ended(command.output().expect("started"));
        assert_eq!(run.code, Some(3), "{run:?}");
        let poll = workshop.value("SELECT outcome, certificate, error FROM poll");
        assert!(poll.starts_with("http_error | null | "), "{poll}");
        assert!(poll.contains("TLS failed ("), "{poll}");
        let heard = heard.lock().expect("no panic");
        assert!(!heard.is_empty());
        for said in heard.iter() {
            // A greeting, and an alert at the most: no record of data, no letter of HTTP.
            assert_eq!(said[0], 22, "{said:?}");
            assert!(!said.windows(4).any(|four| four == b"GET "), "{said:?}");
        }
    }
}
