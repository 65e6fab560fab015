//! Meetings of the portal: their feed, their pages, and the lists that lead to them.

use std::sync::atomic::{AtomicU32, Ordering};

use super::origin::Reply;
use super::portal::{MEETINGS, Paper, Portal, conditional};

const HTML: &str = "text/html; charset=utf-8";

/// One meeting with its items.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// `2026311`.
    pub id: String,
    /// Name of the body.
    pub body: String,
    /// Day, as printed.
    pub day: String,
    /// Its items.
    pub papers: Vec<Paper>,
    /// The word of its document, as printed.
    pub document: &'static str,
}

impl Meeting {
    /// A meeting of the day and body of these papers, with an agenda.
    pub fn of(id: &str, papers: &[Paper]) -> Self {
        let first = papers.first().expect("a paper");
        Self {
            id: id.to_owned(),
            body: first.body.clone(),
            day: first.day.clone(),
            papers: papers.to_vec(),
            document: "Esityslista",
        }
    }

    /// The same with minutes.
    pub fn minutes(&self) -> Self {
        Self {
            document: "Pöytäkirja",
            ..self.clone()
        }
    }

    /// Path and query of its page.
    pub fn target(&self) -> String {
        format!("/cgi/DREQUEST.PHP?page=meeting&id={}", self.id)
    }

    /// Its page, in the platform's markup, with a token that differs at every fetch.
    fn html(&self, token: u32) -> String {
        let Self { body, day, id, .. } = self;
        let document = self.document;
        let rows: String = self
            .papers
            .iter()
            .map(|paper| {
                let Paper { key, title, .. } = paper;
                format!("<tr><td><a href='?page=meetingitem&amp;id={key}'>1</a></td><td></td><td colspan='2'><a href='?page=meetingitem&amp;id={key}'>{title}</a></td></tr>\n")
            })
            .collect::<Vec<_>>()
            .concat();
        page(&format!(
            "<h1>{body}&nbsp; {document} 10/2026 {day} klo 16.30 -&nbsp; Kunnantalo, kokoushuone 2</h1>\n<!--DATABEGIN-->\n\
             <div class='data-part'><table class='data-part-table'>\n<tr><th>Asianro</th><th></th><th>Otsikko</th>\
             <th>Julkaistu: 05.11.2026 <a href='../kokous/{id}.PDF'>{document}</a></th></tr>\n{rows}</table></div>\n\
             <!--DATAEND-->\n<!-- token {token} -->"
        ))
    }

    fn entry(&self, portal: &Portal) -> String {
        let Self { body, day, id, .. } = self;
        format!(
            "<item><title><![CDATA[{body} {day}]]></title><description><![CDATA[{body}]]></description>\
             <link><![CDATA[{}?page=meeting&id={id}]]></link></item>",
            portal.url()
        )
    }

    /// Its row in the list of the body's meetings.
    fn row(&self) -> String {
        let Self { day, id, .. } = self;
        let document = self.document;
        format!(
            "<tr><td>{day}</td><td><a href='?page=meeting&amp;id={id}'>{document}</a></td><td></td></tr>\n"
        )
    }
}

fn page(content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang='fi'>\n<head>\n<meta charset='utf-8'>\n<title>Dynasty tietopalvelu</title>\n\
         </head>\n<body>\n<div class='header'><a href='?page=meeting_frames'>Dynasty tietopalvelu</a></div>\n\
         {content}\n<div class='footer'></div>\n</body>\n</html>\n"
    )
}

impl Portal {
    /// Lists these meetings in the feed of meetings, with an entity tag and 304.
    pub fn lists_meetings(&self, meetings: &[Meeting]) {
        let entries: String = meetings.iter().map(|meeting| meeting.entry(self)).collect();
        let feed = format!(
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Dynasty</title>\
             <description>Dynasty - Kokoukset</description><link>{}?page=meeting_frames</link>{entries}</channel></rss>",
            self.url()
        );
        self.origin.on_with(MEETINGS, move |seen| {
            conditional(seen, "text/xml; charset=utf-8", &feed)
        });
    }

    /// Serves the page of a meeting, never twice with the same bytes.
    pub fn serves_meeting(&self, meeting: &Meeting) {
        let (served, meeting) = (AtomicU32::new(0), meeting.clone());
        self.origin.on_with(&meeting.target(), move |_| {
            let token = served.fetch_add(1, Ordering::SeqCst);
            Reply::ok(HTML, meeting.html(token))
        });
    }

    /// Serves the list of bodies, each body's list of meetings, and the meetings with their items.
    pub fn serves_archive(&self, bodies: &[(u32, &str, Vec<Meeting>)]) {
        let rows: String = bodies
            .iter()
            .map(|(id, name, meetings)| {
                let newest = meetings.first().map(|m| (m.id.clone(), m.day.clone()));
                let (meeting, day) = newest.unwrap_or_default();
                format!("<tr><td><a href='?page=meetings&amp;id={id}'>{name}</a></td><td><a href='?page=meeting&amp;id={meeting}'>Pöytäkirja</a></td><td>{day}</td></tr>\n")
            })
            .collect::<Vec<_>>()
            .concat();
        let table = format!(
            "<h1>Toimielimet</h1>\n<!--DATABEGIN-->\n<table class='tbl'><tr><th>Toimielin</th><th>Viimeisin kokous</th>\
             <th>Kokouspäivä</th></tr>\n{rows}</table>\n<!--DATAEND-->"
        );
        let handlers = "/cgi/DREQUEST.PHP?page=meeting_handlers&id=";
        self.origin.on(handlers, Reply::ok(HTML, page(&table)));
        for (id, name, meetings) in bodies {
            let rows: String = meetings.iter().map(Meeting::row).collect();
            let list = format!(
                "<h1>{name}</h1>\n<!--DATABEGIN-->\n<table class='tbl'><caption>Kokoukset</caption>\
                 <tr><th>Kokouspäivämäärä</th><th>Asiakirja</th><th></th></tr>\n{rows}</table>\n<!--DATAEND-->"
            );
            let target = format!("/cgi/DREQUEST.PHP?page=meetings&id={id}");
            self.origin.on(&target, Reply::ok(HTML, page(&list)));
            for meeting in meetings {
                self.serves_meeting(meeting);
                self.serve_all(&meeting.papers);
            }
        }
    }
}
