//! No redirect, name or link leads to an address inside: with the rules of production, on a public address.
//!
//! The test runs itself once more in a network of its own, where a public address belongs to the loopback device.

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seutu::fetch::guard::Looking;
use seutu::fetch::{Answer, Client, FetchError, Lookup, Request, RequestKind};
use seutu::model::fetch_settings::{FetchSettings, PrivateAddresses};
use seutu::model::poll::{PollOutcome, Validators};

use crate::support::namespace::{is_inside, run_inside};
use crate::support::origin::{Origin, Reply};
use crate::support::portal::{FEED, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop};

pub const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 215, 14);

/// Runs one test of this program in a network of its own.
pub fn in_a_network_of_its_own(test: &str) {
    let network = "ip link set lo up && ip addr add 93.184.215.14/32 dev lo && ip addr add 10.0.0.5/32 dev lo \
                   && ip addr add 169.254.169.254/32 dev lo \
                   && mount -t tmpfs none /mnt && echo nameserver 127.0.0.1 >/mnt/servers \
                   && mount --bind /mnt/servers /etc/resolv.conf";
    run_inside(test, "-rnm", network);
}

/// Whoever listens where nobody may be asked.
struct Canaries {
    origins: Vec<Origin>,
    six: TcpListener,
}

impl Canaries {
    fn start() -> Self {
        let addresses = [
            Ipv4Addr::LOCALHOST,
            Ipv4Addr::new(10, 0, 0, 5),
            Ipv4Addr::new(169, 254, 169, 254),
        ];
        let six = TcpListener::bind("[::1]:0").expect("bind");
        six.set_nonblocking(true).expect("a setting");
        Self {
            origins: addresses.into_iter().map(Origin::start_on).collect(),
            six,
        }
    }

    /// Addresses inside, in every spelling that might pass for one outside.
    fn addresses(&self) -> Vec<String> {
        let [local, ten, metadata] = [0, 1, 2].map(|n: usize| self.origins[n].port());
        let six = self.six.local_addr().expect("address").port();
        let spelled = [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "sisalla.test",
            "sekava.test",
        ];
        let mut all: Vec<String> = spelled
            .iter()
            .map(|host| format!("http://{host}:{local}/salaisuus"))
            .collect();
        all.push(format!("//127.0.0.1:{local}/salaisuus"));
        all.push(format!("http://10.0.0.5:{ten}/salaisuus"));
        all.push(format!(
            "http://169.254.169.254:{metadata}/latest/meta-data/"
        ));
        all.push(format!("http://[::1]:{six}/salaisuus"));
        all.push(format!("http://[0:0:0:0:0:0:0:1]:{six}/salaisuus"));
        all
    }

    fn insist_unasked(&self) {
        for origin in &self.origins {
            assert_eq!(origin.asked(), 0, "{}", origin.authority());
            assert!(origin.log().is_empty());
        }
        let nobody = self.six.accept().expect_err("nobody came");
        assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
    }
}

/// Names of the test; `vaihtuva.test` is public when it is asked for the first time, and inside after that.
#[derive(Default)]
struct Names(AtomicUsize);

impl Lookup for Names {
    fn lookup(&self, name: String) -> Looking {
        let inside = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let turn = match name.as_str() {
            "vaihtuva.test" => self.0.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        let addresses = match (name.as_str(), turn) {
            ("vaihtuva.test", 0) | ("kunta.test", _) => vec![IpAddr::V4(PUBLIC)],
            ("sekava.test", _) => vec![IpAddr::V4(PUBLIC), inside],
            ("sisalla.test" | "vaihtuva.test", _) => vec![inside],
            _ => vec![],
        };
        Box::pin(async move { Ok(addresses) })
    }
}

fn settings() -> FetchSettings {
    let settings = FetchSettings {
        min_interval: std::time::Duration::ZERO,
        ..FetchSettings::defaults("https://example.fi/seutu")
    };
    assert_eq!(settings.allow_private_addresses, PrivateAddresses::Refused);
    settings
}

async fn get(client: &Client, url: &str) -> Result<Answer, FetchError> {
    let request = Request {
        url: url.parse().expect("address"),
        kind: RequestKind::Page,
        validators: Validators::default(),
    };
    client.get(request).await
}

#[tokio::test]
async fn redirects_and_names_lead_to_nobody_inside() {
    if !is_inside() {
        in_a_network_of_its_own("hostile::inside::redirects_and_names_lead_to_nobody_inside");
        return;
    }
    let (outside, canaries) = (Origin::start_on(PUBLIC), Canaries::start());
    let client = Client::with_lookup(&settings(), Arc::new(Names::default())).expect("client");
    outside.on("/ok", Reply::ok("text/html", "x"));
    let start = format!("http://kunta.test:{}", outside.port());
    outside.on("/well", Reply::redirect(302, "/ok"));
    get(&client, &format!("{start}/well"))
        .await
        .expect("a redirect to a public address is followed");
    let mut refused = 0;
    for (number, inside) in canaries.addresses().iter().enumerate() {
        for status in [301, 302, 303, 307, 308] {
            let (near, far) = (
                format!("/n{number}-{status}"),
                format!("/f{number}-{status}"),
            );
            outside.on(&near, Reply::redirect(status, inside));
            outside.on(&far, Reply::redirect(status, &near));
            for path in [near, far] {
                let error = get(&client, &format!("{start}{path}"))
                    .await
                    .expect_err(inside);
                assert_eq!(error.outcome(), PollOutcome::Blocked, "{inside}: {error:?}");
                refused += 1;
            }
        }
        if !inside.starts_with("//") {
            let error = get(&client, inside).await.expect_err(inside);
            assert!(
                matches!(error, FetchError::Refused { .. }),
                "{inside}: {error:?}"
            );
            refused += 1;
        }
    }
    canaries.insist_unasked();
    println!("{refused} requests refused");
}

#[tokio::test]
async fn a_name_that_changes_between_two_requests_is_checked_again() {
    if !is_inside() {
        in_a_network_of_its_own(
            "hostile::inside::a_name_that_changes_between_two_requests_is_checked_again",
        );
        return;
    }
    let (outside, canaries) = (Origin::start_on(PUBLIC), Canaries::start());
    let client = Client::with_lookup(&settings(), Arc::new(Names::default())).expect("client");
    let last = Reply::ok("text/html", "x").header("Connection", "close");
    outside.on("/", last);
    let url = format!("http://vaihtuva.test:{}/", outside.port());
    get(&client, &url).await.expect("public the first time");
    let refused = get(&client, &url)
        .await
        .expect_err("inside the second time");
    assert!(matches!(refused, FetchError::Refused { .. }), "{refused:?}");
    canaries.insist_unasked();
}

/// The system's resolver asks a name server that lies.
#[tokio::test]
async fn aliases_and_answers_that_are_good_for_no_time_lead_to_nobody_inside() {
    if !is_inside() {
        in_a_network_of_its_own(
            "hostile::inside::aliases_and_answers_that_are_good_for_no_time_lead_to_nobody_inside",
        );
        return;
    }
    super::resolver::start();
    let (outside, canaries) = (Origin::start_on(PUBLIC), Canaries::start());
    let client = Client::new(&settings()).expect("client");
    let last = Reply::ok("text/html", "x").header("Connection", "close");
    outside.on("/", last);
    for host in ["kunta.test", "hetki.test"] {
        let url = format!("http://{host}:{}/", outside.port());
        get(&client, &url).await.expect("public the first time");
    }
    let inside = canaries.origins[0].port();
    for host in ["hetki.test", "toinen.test", "ketju.test", "seka.test"] {
        let refused = get(&client, &format!("http://{host}:{inside}/"))
            .await
            .expect_err(host);
        assert!(
            matches!(refused, FetchError::Refused { .. }),
            "{host}: {refused:?}"
        );
    }
    canaries.insist_unasked();
}

#[tokio::test]
async fn a_poll_follows_no_link_of_a_portal_inside() {
    if !is_inside() {
        in_a_network_of_its_own("hostile::inside::a_poll_follows_no_link_of_a_portal_inside");
        return;
    }
    let canaries = Canaries::start();
    let papers: Vec<Paper> = (1..=3)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::start_on(PUBLIC);
    portal.lists(&papers);
    portal.serve_all(&papers);
    let inside = canaries.addresses();
    portal.page_answers("2026311-1", Reply::redirect(301, &inside[0]));
    let links: Vec<String> = inside
        .iter()
        .map(|address| format!("<a class='document' href='{address}/2026311-2-1.PDF'>Liite</a>"))
        .collect();
    let page = papers[1].html().replace(
        "<!--DATAEND-->",
        &format!("{}<!--DATAEND-->", links.concat()),
    );
    portal.page_answers("2026311-2", Reply::ok("text/html; charset=utf-8", page));
    let mut sheet = Sheet::of(portal.url());
    sheet.fetch = "min_interval = \"0s\"\n".to_owned();
    sheet.networks = format!(
        "attachments = [\"pdf\"]\npdf = [\"items\", \"attachments\"]\n{}",
        sheet.networks
    );
    let workshop = Workshop::new(sheet);
    for _ in 0..3 {
        workshop.round().await;
        workshop.pass_days(1);
    }
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE version_no >= 1"),
        "2"
    );
    // The feed itself is turned inside.
    portal.origin.on(FEED, Reply::redirect(308, &inside[0]));
    workshop.pass_days(8);
    let report = workshop.poll().await;
    assert_eq!(report.outcome, Some(PollOutcome::Blocked), "{report:?}");
    assert_eq!(workshop.value("SELECT moved_url FROM feed_state"), "null");
    canaries.insist_unasked();
}
