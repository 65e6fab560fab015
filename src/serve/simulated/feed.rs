//! The feeds of a simulated site, in the platform's exact shape: one line, no dates, no ids.

use crate::model::digest::sha256_hex;
use crate::model::minutes::Stage;

use super::plan::{ItemPlan, PlanError, RssPlan};
use super::site::Site;

/// Entries when the address does not say how many.
const DEFAULT_SHOW: usize = 30;

/// Which of the platform's feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    /// One entry per item.
    Items,
    /// One entry per meeting.
    Meetings,
}

/// The bytes of a feed in a state of the country, at most `show` entries.
pub fn bytes(
    site: &Site,
    kind: FeedKind,
    stage: Stage,
    show: Option<usize>,
) -> Result<Vec<u8>, PlanError> {
    let text = match (&site.plan.rss, &site.plan.document) {
        (Some(rss), _) => channel(site, rss, &entries(site, rss, (kind, stage), show)),
        (None, Some(document)) => site.plan.file(document.files.at(stage))?.to_owned(),
        (None, None) => return Err(PlanError::Shape(site.plan.id.clone())),
    };
    let text = site.localise(&text);
    let (encoded, _, _) = site.encoding.encode(&text);
    Ok(encoded.into_owned())
}

/// An entity tag for bytes, without quotes.
pub fn tag(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(16).collect()
}

fn channel(site: &Site, rss: &RssPlan, entries: &str) -> String {
    let (title, description) = (&rss.title, &rss.description);
    let charset = &site.plan.feed.charset;
    let portal = site.plan.portal_path();
    format!(
        "<?xml version='1.0' encoding='{charset}'?><rss version='2.0'><channel>\
         <title><![CDATA[{title}]]></title><description><![CDATA[{description}]]></description>\
         <link><![CDATA[@ORIGIN@{portal}?page=meeting_frames]]></link>{entries}</channel></rss>"
    )
}

fn entries(
    site: &Site,
    rss: &RssPlan,
    (kind, stage): (FeedKind, Stage),
    show: Option<usize>,
) -> String {
    let listed = site
        .plan
        .items
        .iter()
        .filter(|item| item.listed.contains(&stage));
    let mut entries: Vec<String> = listed
        .map(|item| match kind {
            FeedKind::Items => item_entry(rss, item),
            FeedKind::Meetings => meeting_entry(rss, item),
        })
        .collect();
    // Items of one meeting stand together, so equal meetings are neighbours.
    entries.dedup();
    entries.truncate(show.unwrap_or(DEFAULT_SHOW));
    entries.concat()
}

fn item_entry(rss: &RssPlan, item: &ItemPlan) -> String {
    let subject = item
        .title
        .split_once(" / ")
        .map_or(item.title.as_str(), |(_, subject)| subject);
    entry(&item.title, subject, &rss.link.replace("@KEY@", &item.key))
}

fn meeting_entry(rss: &RssPlan, item: &ItemPlan) -> String {
    let meeting = item
        .title
        .split_once(" / ")
        .map_or(item.title.as_str(), |(meeting, _)| meeting);
    let id = item
        .key
        .split_once('-')
        .map_or(item.key.as_str(), |(id, _)| id);
    let link = rss
        .link
        .replace("meetingitem", "meeting")
        .replace("@KEY@", id);
    entry(meeting, meeting, &link)
}

fn entry(title: &str, description: &str, link: &str) -> String {
    format!(
        "<item><title><![CDATA[{title}]]></title>\
         <description><![CDATA[{description}]]></description>\
         <link><![CDATA[{link}]]></link></item>"
    )
}
