//! A Dynasty portal on loopback whose items and answers a test decides, one by one.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use sha2::{Digest, Sha256};
use url::Url;

use super::origin::{Origin, Reply, Seen};

/// Path and query of the feed of items.
pub const FEED: &str = "/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30";

/// Path and query of the feed of meetings.
pub const MEETINGS: &str = "/cgi/DREQUEST.PHP?page=rss/meetings&show=30";

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// One item of a meeting, as agenda or as minutes.
#[derive(Clone, Debug)]
pub struct Paper {
    /// `2026311-1`.
    pub key: String,
    /// What it is about.
    pub title: String,
    /// Name of the body.
    pub body: String,
    /// Day of the meeting, as printed.
    pub day: String,
    /// Background.
    pub text: String,
    /// Section number and decision, once there are minutes.
    pub decided: Option<(u32, String)>,
}

impl Paper {
    /// An agenda of a meeting on 12 November 2026.
    pub fn agenda(key: &str, title: &str) -> Self {
        Self {
            key: key.to_owned(),
            title: title.to_owned(),
            body: "Kasvatus- ja opetuslautakunta".to_owned(),
            day: "12.11.2026".to_owned(),
            text: "Asiaa on valmisteltu kuntien kesken.".to_owned(),
            decided: None,
        }
    }

    /// The same item, decided.
    pub fn minutes(&self, decision: &str) -> Self {
        Self {
            decided: Some((44, decision.to_owned())),
            ..self.clone()
        }
    }

    /// The same item with another background.
    pub fn saying(&self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..self.clone()
        }
    }

    /// Path and query of its page.
    pub fn target(&self) -> String {
        target(&self.key)
    }

    /// Its page, in the platform's markup.
    pub fn html(&self) -> String {
        let Self {
            key,
            title,
            body,
            day,
            text,
            ..
        } = self;
        let (head, section) = match &self.decided {
            None => (format!("Esityslista {day}/Asianro 1"), String::new()),
            Some((no, _)) => (format!("Pöytäkirja {day}/Pykälä {no}"), format!(" § {no}")),
        };
        let decision = self.decided.as_ref().map_or("", |(_, decision)| decision);
        let p = |inner: &str| format!("<p class=\"MsoNormal\">{inner}</p>\n");
        let lines = [
            format!("<span style=\"font-weight:bold\">{title}</span>"),
            format!("<span>KASOPLTK {day}{section}</span>"),
            format!("<span>{text}</span>"),
            "<span>Päätösehdotus</span><span>Lautakunta hyväksyy asian.</span>".to_owned(),
            format!("<span>Päätös</span><span>{decision}</span>"),
        ]
        .map(|line| p(&line))
        .join(&p("<span>&#xa0;</span>"));
        format!(
            "<!DOCTYPE html>\n<html lang='fi'>\n<head>\n<meta charset='utf-8'>\n\
             <title>Dynasty tietopalvelu</title>\n</head>\n<body class='page-meetingitem'>\n<div id='content'>\n\
             <h1 class='page-header'>{body}<br>{head}</h1>\n<!--DATABEGIN-->\n\
             <div class='data-part page-navigation'><table class='data-part-table'>\n\
             <tr><td class='navigation-documents'>\
             <a target='_blank' href='../kokous/{key}.PDF'>Kokousasia PDF-muodossa</a> |</td></tr>\n\
             </table></div>\n<div class='data-part meetingitem'>\n<div class='data-part-block-htm'>\n\
             <div>{lines}</div>\n</div>\n</div>\n<!--DATAEND-->\n</div>\n</body>\n</html>\n"
        )
    }

    fn entry(&self, portal: &Url) -> String {
        let Self {
            key,
            title,
            body,
            day,
            ..
        } = self;
        format!(
            "<item><title><![CDATA[{body} {day} / {title}]]></title>\
             <description><![CDATA[{title}]]></description>\
             <link><![CDATA[{portal}?page=meetingitem&id={key}]]></link></item>"
        )
    }
}

/// Path and query of an item's page.
pub fn target(key: &str) -> String {
    format!("/cgi/DREQUEST.PHP?page=meetingitem&id={key}")
}

/// A page that is no item.
pub fn maintenance() -> Reply {
    let html = "<!DOCTYPE html><html><head><title>Huoltokatko</title></head><body>\
                <h1>Palvelussa on huoltokatko</h1><p>Yritä myöhemmin uudelleen.</p></body></html>";
    Reply::ok(HTML, html)
}

/// The portal; it stops when it is dropped.
pub struct Portal {
    /// Where requests are written down and answers can be replaced.
    pub origin: Origin,
}

impl Portal {
    /// Starts without items: its feed is 404, its feed of meetings is empty.
    pub fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST)
    }

    /// The same on another loopback address.
    pub fn start_on(ip: Ipv4Addr) -> Self {
        let portal = Self {
            origin: Origin::start_on(ip),
        };
        let channel = "<rss version='2.0'><channel><title>Dynasty</title></channel></rss>";
        portal.origin.on(MEETINGS, Reply::ok(XML, channel));
        portal
    }

    /// Starts with these items listed and served.
    pub fn with(papers: &[Paper]) -> Self {
        let portal = Self::start();
        portal.lists(papers);
        portal.serve_all(papers);
        portal
    }

    /// The address a source is configured with.
    pub fn url(&self) -> Url {
        self.origin.url("/cgi/DREQUEST.PHP")
    }

    /// The bytes of a feed of these items.
    pub fn feed_of(&self, papers: &[Paper]) -> String {
        Self::feed_at(&self.url(), papers)
    }

    /// The same of the portal at an address.
    pub fn feed_at(portal: &Url, papers: &[Paper]) -> String {
        let entries: String = papers.iter().map(|paper| paper.entry(portal)).collect();
        format!(
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>\
             <title><![CDATA[Dynasty]]></title><description><![CDATA[Dynasty - Kokousasiat]]></description>\
             <link><![CDATA[{portal}?page=meeting_frames]]></link>{entries}</channel></rss>"
        )
    }

    /// Lists these items from now on, with a strong entity tag and 304.
    pub fn lists(&self, papers: &[Paper]) {
        let feed = self.feed_of(papers);
        self.origin
            .on_with(FEED, move |seen| conditional(seen, XML, &feed));
    }

    /// Answers requests for the feed like this from now on.
    pub fn feed_answers(&self, reply: Reply) {
        self.origin.on(FEED, reply);
    }

    /// Serves the page of an item from now on.
    pub fn serves(&self, paper: &Paper) {
        self.page_answers(&paper.key, Reply::ok(HTML, paper.html()));
    }

    /// Serves the pages of these items.
    pub fn serve_all(&self, papers: &[Paper]) {
        for paper in papers {
            self.serves(paper);
        }
    }

    /// Answers requests for an item's page like this from now on.
    pub fn page_answers(&self, key: &str, reply: Reply) {
        self.origin.on(&target(key), reply);
    }

    /// Requests for the feed so far.
    pub fn feed_requests(&self) -> Vec<Seen> {
        self.origin.requests(FEED)
    }

    /// How often the page of an item was asked for.
    pub fn page_requests(&self, key: &str) -> usize {
        self.origin.requests(&target(key)).len()
    }
}

/// A document with an entity tag, or 304 to who has it.
pub fn conditional(seen: &Seen, content_type: &str, body: &str) -> Reply {
    let tag = entity_tag(body);
    if seen.header("If-None-Match").as_deref() == Some(tag.as_str()) {
        return Reply::status(304).header("ETag", &tag);
    }
    Reply::ok(content_type, body).header("ETag", &tag)
}

/// The entity tag of a document.
pub fn entity_tag(body: &str) -> String {
    format!("\"{}\"", sha256(body.as_bytes()))
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string");
            hex
        })
}
