//! One text that means something to every reader, and documents full of it.

use crate::support::portal::{Paper, Portal};

/// A formula, markup of pages and of feeds, sequences for terminals, ends of lines for calendars and
/// headers, letters that turn the direction, a command for shells, one for databases, a template.
pub const POLYGLOT: &str = "=cmd|'calc'!A0 verkosto \"><svg/onload=alert(1)><script>alert(1)</script> ]]></title>\
     </item><entry>x</entry> \u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m \r\n<3>FORGED:1\r\nBEGIN:VEVENT\r\nX-EVIL:1\r\nSet-Cookie: evil=1\r\n \
     \u{202e}tfel\u{2066} $(touch evil) '; DROP TABLE item;-- {{7*7}} &lol; \u{0}\u{1}\u{85}";

/// What of it must still be there, as text.
pub const KEPT: &str = "<script>alert(1)</script>";

/// Addresses that nobody may follow from an output.
pub const ADDRESSES: [&str; 8] = [
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    " \u{1}javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://kunta.example/1",
    "//[::ffff:127.0.0.1]/../../../etc/cron.d/evil",
];

/// Text as it stands in markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Items that are polyglot wherever a portal lets them be.
pub fn papers() -> Vec<Paper> {
    let bad = escaped(POLYGLOT);
    let agenda = Paper::agenda("2026311-1", &bad).saying(&bad);
    let mut minutes = Paper::agenda("2026311-2", &bad).minutes(&bad);
    minutes.text.clone_from(&bad);
    let mut odd = Paper::agenda("2026311-3", &bad).minutes(&bad);
    odd.body = format!("Kasvatuslautakunta {bad}");
    vec![agenda, minutes, odd]
}

/// A page with attachments whose names and addresses are nobody's friend.
pub fn with_attachments(paper: &Paper) -> String {
    let row = |(number, address): (usize, &str)| {
        let (bad, address) = (escaped(POLYGLOT), escaped(address));
        format!(
            "<tr><td><a class='document' target='_blank' href='{address}' \
             aria-label='{bad} pdf 402.2 kb'><span class='prefix'>Liite{number}</span>&nbsp; \
             ../../../etc/cron.d/evil {bad}</a></td></tr>"
        )
    };
    let own = "../kokous/2026311-1-55.PDF";
    let climbing = "../../../../etc/cron.d/2026311-1-56.PDF";
    let rows: String = ADDRESSES
        .into_iter()
        .chain([own, climbing])
        .enumerate()
        .map(row)
        .collect();
    let table = format!(
        "<div class='data-part'><table class='data-part-table'><caption>Liitteet</caption>{rows}</table></div>"
    );
    paper
        .html()
        .replace("<!--DATAEND-->", &format!("{table}<!--DATAEND-->"))
}

/// A portal that serves them.
pub fn portal() -> Portal {
    let papers = papers();
    let portal = Portal::with(&papers);
    for paper in &papers {
        let page =
            crate::support::origin::Reply::ok("text/html; charset=utf-8", with_attachments(paper));
        portal.page_answers(&paper.key, page);
    }
    portal
}

/// An Atom feed whose every field is polyglot and whose links are of every forbidden kind.
pub fn feed() -> String {
    let bad = escaped(POLYGLOT);
    let entries: Vec<String> = ADDRESSES
        .into_iter()
        .enumerate()
        .map(|(number, address)| {
            let address = escaped(address);
            format!(
                "<entry><id>{bad}{number}</id><title type='html'>{bad}</title><link href=\"{address}\"/>\
                 <author><name>{bad}</name></author><category term=\"{bad}\"/>\
                 <summary type='html'>{bad}</summary><updated>2026-11-0{}T00:00:00Z</updated></entry>",
                number + 1
            )
        })
        .collect();
    let entries = entries.concat();
    format!(
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>{bad}</title><id>{bad}</id>\
         <updated>2026-11-01T00:00:00Z</updated>{entries}</feed>"
    )
}
