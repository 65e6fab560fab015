//! The hub is told which feeds changed, and told again what it did not take.

use jiff::SignedDuration;
use seutu::daemon::cycle::Scope;
use seutu::daemon::websub::tell_hub;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close, turn};

fn told(hub: &Origin) -> Vec<String> {
    let requests = hub.requests("/hub").into_iter();
    requests
        .map(|seen| {
            assert_eq!(seen.method, "POST");
            let kind = seen.header("content-type").expect("type");
            assert_eq!(kind, "application/x-www-form-urlencoded");
            String::from_utf8(seen.body).expect("a form")
        })
        .collect()
}

fn about(topic: &str) -> impl Fn(&String) -> bool + use<> {
    let ending = format!("feeds%2F{topic}");
    move |form| form.starts_with("hub.mode=publish&hub.url=http") && form.ends_with(&ending)
}

#[tokio::test]
async fn the_hub_is_told_of_changed_feeds_and_told_again_what_it_did_not_take() {
    let hub = Origin::start();
    hub.script("/hub", vec![Reply::status(500), Reply::status(202)]);
    let paper = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let settings = format!("\n[feeds]\nhub = \"{}\"\n", hub.url("/hub"));
    let workshop = Workshop::new(Sheet::of(portal.url()).fetching(&settings));
    let engine = workshop.open().await;
    turn(&engine, Scope::Due).await;
    tell_hub(&engine).await;
    assert_eq!(told(&hub).len(), 1, "it did not take the first");
    tell_hub(&engine).await;
    assert_eq!(told(&hub).len(), 1, "and is left alone for a while");
    workshop.pass(SignedDuration::from_mins(1));
    tell_hub(&engine).await;
    let first = told(&hub);
    for word in ["atom", "rss", "json"] {
        let topic = about(&format!("all.{word}"));
        assert!(first.iter().skip(1).any(topic), "{first:?}");
    }
    assert!(first.iter().any(|form| form.contains("municipalities")));
    tell_hub(&engine).await;
    assert_eq!(told(&hub).len(), first.len(), "nothing changed since");
    portal.serves(&paper.minutes("Hyväksyttiin."));
    workshop.pass_days(5);
    turn(&engine, Scope::All).await;
    tell_hub(&engine).await;
    let again = told(&hub).split_off(first.len());
    assert!(again.iter().any(about("all.atom")), "{again:?}");
    close(engine).await;
}

#[tokio::test]
async fn without_a_hub_nobody_is_told() {
    let hub = Origin::start();
    let workshop = Workshop::new(Sheet::of(Portal::with(&[]).url()));
    let engine = workshop.open().await;
    tell_hub(&engine).await;
    assert_eq!(hub.asked(), 0);
    close(engine).await;
}
