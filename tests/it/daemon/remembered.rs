//! What a person decided is remembered for ever, whatever happens to the item, the rules and the configuration.

use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::{Request, rederive};
use seutu::model::ids::Uid;
use seutu::model::network::Verdict;

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{RULES, Sheet, Workshop, close, hours};

const KEY: &str = "2026311-1";
const STANDS: &str = "SELECT verdict, decided_by, explanation FROM network_match";

/// An item that the rules accept and a person refused.
async fn refused_by_a_person() -> (Portal, Workshop, Paper) {
    let paper = Paper::agenda(KEY, "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let engine = workshop.open().await;
    let (uid, now) = (Uid::new(format!("kuusijarvi/{KEY}")), workshop.now());
    let given = (Verdict::Out, "Toisen alan verkosto.");
    engine
        .writer
        .write(move |batch| batch.store_human_verdict(&uid, "sivistys", given, now))
        .await
        .expect("stored");
    close(engine).await;
    (portal, workshop, paper)
}

fn stands(workshop: &Workshop, after: &str) {
    let now = workshop.rows(STANDS);
    assert_eq!(now, ["out | human | Toisen alan verkosto."], "{after}");
}

#[tokio::test]
async fn it_survives_a_withdrawal_and_the_item_s_return() {
    let (portal, workshop, paper) = refused_by_a_person().await;
    portal.page_answers(KEY, Reply::status(410));
    workshop.pass_days(5);
    for _ in 0..=7 {
        workshop.round().await;
        workshop.pass(hours(24));
    }
    let withdrawn = "SELECT withdrawn_at IS NOT NULL FROM item";
    assert_eq!(workshop.value(withdrawn), "1");
    stands(&workshop, "withdrawn");
    portal.serves(&paper.minutes("Sivistyksen verkoston suunnitelma hyväksyttiin."));
    workshop.pass_days(92);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value(withdrawn), "0");
    assert_eq!(workshop.value("SELECT stage FROM item"), "minutes");
    stands(&workshop, "returned");
}

#[tokio::test]
async fn it_survives_other_rules_polls_and_deriving_again() {
    let (portal, mut workshop, paper) = refused_by_a_person().await;
    for weight in ["8.0", "1.0", "7.0"] {
        workshop.sheet.networks = RULES.replace("weight = 7.0", &format!("weight = {weight}"));
        close(workshop.open().await).await;
        stands(&workshop, "other rules");
    }
    for text in ["Verkosto.", "Seudullinen verkosto."] {
        portal.serves(&paper.saying(text));
        workshop.pass_days(1);
        workshop.round_of(Scope::All).await;
        stands(&workshop, "another text");
    }
    let engine = workshop.open().await;
    let again = rederive(&engine, &Request::default(), |_, _| ()).await;
    again.expect("rederived");
    close(engine).await;
    stands(&workshop, "derived again");
}

#[tokio::test]
async fn it_survives_a_network_that_leaves_the_configuration_and_comes_back() {
    let (_portal, mut workshop, _) = refused_by_a_person().await;
    workshop.sheet.networks = RULES.replace("\"sivistys\"", "\"toinen\"");
    workshop.round_of(Scope::All).await;
    workshop.sheet.networks = RULES.to_owned();
    workshop.round_of(Scope::All).await;
    let of_network = "SELECT m.verdict, m.decided_by FROM network_match m
        JOIN network n ON n.id=m.network_id WHERE n.slug='sivistys'";
    assert_eq!(workshop.rows(of_network), ["out | human"]);
}

#[tokio::test]
async fn other_rules_that_say_the_same_for_the_same_reasons_leave_the_day_of_the_decision() {
    let paper = Paper::agenda(KEY, "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let decided = "SELECT decided_at, ruleset FROM network_match";
    let before = workshop.rows(decided);
    workshop.pass_days(3);
    workshop.sheet.networks = RULES.replace("weight = 4.0", "weight = 3.5");
    close(workshop.open().await).await;
    let after = workshop.rows(decided);
    let split = |rows: &[String]| {
        let (at, ruleset) = rows[0].split_once(" | ").expect("two columns");
        (at.to_owned(), ruleset.to_owned())
    };
    let ((at, ruleset), (at_now, ruleset_now)) = (split(&before), split(&after));
    assert_eq!(at, at_now);
    assert_ne!(ruleset, ruleset_now);
}
