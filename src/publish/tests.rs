//! Whole documents: what entries say, and the Atom document parsed back.

/// Invented items.
mod samples {
    use jiff::civil::date;

    use crate::model::ids::{ItemKey, SourceId, Uid};
    use crate::model::item::{ItemRecord, MatchRecord};
    use crate::model::minutes::{Attachment, ItemReading, Lang, Outcome, Stage};
    use crate::model::network::{Evidence, Field, Verdict};

    pub(super) fn unread() -> ItemRecord {
        ItemRecord {
            uid: Uid::of("Asikkala", &ItemKey::new("2024375-8")),
            source: SourceId::new("asikkala"),
            source_name: "Asikkala – Dynasty".into(),
            source_feed: "https://asikkala.example/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30"
                .into(),
            municipality: "Asikkala".into(),
            municipality_code: "016".into(),
            body: Some("Sivistyslautakunta".into()),
            held_on: Some(date(2024, 3, 14)),
            title: "Seudullinen oppilashuolto".into(),
            stage: None,
            outcome: None,
            fields: None,
            handlings: Vec::new(),
            url: "https://asikkala.example/cgi/DREQUEST.PHP?page=meetingitem&id=2024375-8"
                .parse()
                .expect("url"),
            version_no: 0,
            first_seen_at: "2024-03-08T10:00:00Z".parse().expect("instant"),
            changed_at: "2024-03-08T10:00:00Z".parse().expect("instant"),
            withdrawn_at: None,
            matches: Vec::new(),
        }
    }

    fn reading(stage: Stage) -> ItemReading {
        let sopimus: url::Url = "https://asikkala.example/liite.pdf".parse().expect("url");
        ItemReading {
            lang: Lang::Fi,
            stage: Some(stage),
            minutes_checked: None,
            body: Some("Sivistyslautakunta".into()),
            held_on: Some(date(2024, 3, 14)),
            position: Some(8),
            section_no: None,
            title: Some("Seudullinen oppilashuolto".into()),
            diary_numbers: vec!["12/2024".into()],
            preparer: None,
            presenter: None,
            background: Some("Taustaa.".into()),
            proposal: Some("Lautakunta päättää hyväksyä sopimuksen.\n\nToinen kappale.".into()),
            proceedings: None,
            votes: None,
            decision: None,
            outcome: None,
            dissent: None,
            conflicts: None,
            competence: None,
            appeal_kind: None,
            appeal_text: None,
            notified: None,
            attachments: vec![Attachment {
                number: Some("1".into()),
                title: "Sopimus".into(),
                url: sopimus,
            }],
            previous: None,
            next: None,
            pdf_url: Some("https://asikkala.example/kokous.pdf".parse().expect("url")),
        }
    }

    pub(super) fn agenda() -> ItemRecord {
        ItemRecord {
            stage: Some(Stage::Agenda),
            fields: Some(reading(Stage::Agenda)),
            version_no: 1,
            ..unread()
        }
    }

    pub(super) fn minutes() -> ItemRecord {
        let mut fields = reading(Stage::Minutes);
        fields.section_no = Some(39);
        fields.decision = Some("Lautakunta hyväksyi ehdotuksen.\n\nPykälä tarkastettiin.".into());
        fields.outcome = Some(Outcome::Accepted);
        let evidence = Evidence {
            rule: "yhteistyö".into(),
            field: Field::Decision,
            quote: "seudullinen yhteistyö".into(),
            weight: 2.0,
        };
        ItemRecord {
            stage: Some(Stage::Minutes),
            outcome: Some(Outcome::Accepted),
            fields: Some(fields),
            version_no: 2,
            changed_at: "2024-03-20T06:30:00Z".parse().expect("instant"),
            matches: vec![MatchRecord {
                network: "sivistys".into(),
                network_name: "Sivistysverkosto".into(),
                verdict: Verdict::In,
                score: 2.0,
                decided_by: "rules".into(),
                explanation: "Päätöksessä puhutaan seudullisesta yhteistyöstä.".into(),
                evidence: vec![evidence],
            }],
            ..unread()
        }
    }

    pub(super) fn with_text(text: &str) -> ItemRecord {
        let mut item = minutes();
        if let Some(fields) = &mut item.fields {
            fields.decision = Some(text.to_owned());
        }
        item
    }
}

/// What an entry says of agendas, minutes, unread and withdrawn items.
mod content {
    use super::samples::{agenda, minutes, unread, with_text};
    use crate::model::network::Verdict;
    use crate::publish::content::{SECTION_LIMIT, SUMMARY_LIMIT, html, summary, title};

    #[test]
    fn minutes_say_what_was_decided_before_what_was_proposed() {
        let item = minutes();
        assert_eq!(title(&item), "Asikkala: Seudullinen oppilashuolto");
        assert_eq!(
            summary(&item),
            "Hyväksyttiin: Lautakunta hyväksyi ehdotuksen."
        );
        let html = html(&item);
        let decision = html.find("<h3>Päätös</h3>").expect("decision");
        let proposal = html.find("<h3>Päätösehdotus</h3>").expect("proposal");
        assert!(decision < proposal, "{html}");
        assert!(html.contains("Asikkala · Sivistyslautakunta · 14.3.2024 · § 39 · Pöytäkirja · Hyväksyttiin · Diaarinumero 12/2024"));
        assert!(
            html.contains("<h3>Miksi asia kuuluu verkostoon</h3>"),
            "{html}"
        );
        assert!(
            html.contains("<blockquote>seudullinen yhteistyö</blockquote>"),
            "{html}"
        );
        assert!(
            html.contains("rel=\"noopener noreferrer\">Sopimus</a>"),
            "{html}"
        );
    }

    #[test]
    fn an_agenda_never_shows_a_decision() {
        let mut item = agenda();
        if let Some(fields) = &mut item.fields {
            fields.decision = Some("Vanha päätös".into());
        }
        assert!(!html(&item).contains("Vanha päätös"));
        assert_eq!(
            summary(&item),
            "Esityslistalla: Lautakunta päättää hyväksyä sopimuksen."
        );
    }

    #[test]
    fn an_item_never_read_says_so() {
        let item = unread();
        assert!(summary(&item).contains("ei ole vielä luettu"));
        assert!(html(&item).contains("ei ole vielä luettu"));
    }

    #[test]
    fn a_withdrawn_item_keeps_no_text() {
        let mut item = minutes();
        item.withdrawn_at = Some(item.changed_at);
        let said = format!("{} {} {}", title(&item), summary(&item), html(&item));
        for gone in ["oppilashuolto", "hyväksyi", "yhteistyö", "Sopimus"] {
            assert!(!said.contains(gone), "{said}");
        }
        assert!(said.contains("poistettu"));
    }

    #[test]
    fn persons_and_their_contacts_stay_out() {
        let mut item = with_text("Lisätietoja: esa.esimerkki@example.fi, 040 123 4567.");
        if let Some(fields) = &mut item.fields {
            fields.presenter = Some("Sivistysjohtaja Esa Esimerkki".into());
        }
        let html = html(&item);
        assert!(
            !html.contains("esa.esimerkki") && !html.contains("123 4567"),
            "{html}"
        );
        assert!(!html.contains("Sivistysjohtaja"), "{html}");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let item = with_text(&"ä".repeat(SECTION_LIMIT + 5));
        let html = html(&item);
        assert!(html.contains("Teksti jatkuu kunnan sivulla."));
        assert_eq!(html.matches('ä').count() - html_words(), SECTION_LIMIT - 1);
        assert_eq!(summary(&item).chars().count(), SUMMARY_LIMIT);
    }

    /// Letters ä that stand in headings and captions.
    fn html_words() -> usize {
        html(&with_text("x")).matches('ä').count()
    }

    #[test]
    fn doubtful_verdicts_are_marked_and_rejected_ones_are_silent() {
        let mut item = minutes();
        item.matches[0].verdict = Verdict::Maybe;
        assert!(html(&item).contains("Epävarma: "));
        item.matches[0].verdict = Verdict::Out;
        assert!(!html(&item).contains("Perustelut"));
    }
}

/// The Atom document.
mod atom {
    use std::str::FromStr;

    use atom_syndication::{Feed, Link};

    use super::samples::{agenda, minutes, unread, with_text};
    use crate::model::item::ItemRecord;
    use crate::publish::atom::document;
    use crate::publish::tag::TagAuthority;
    use crate::publish::{FeedDocument, Paging, clean};

    fn feed() -> FeedDocument {
        FeedDocument {
            title: "Sivistysverkosto".into(),
            subtitle: "Asiat".into(),
            id: TagAuthority::default().feed_id("sivistys"),
            self_url: "https://seutu.example/feeds/sivistys.atom?q=040+123+4567".into(),
            alternate_url: "https://seutu.example/".into(),
            updated: "2024-03-20T06:30:00Z".parse().expect("instant"),
            language: "fi".into(),
            paging: Paging {
                next: Some("https://seutu.example/feeds/sivistys.atom?page=2".into()),
                ..Paging::default()
            },
            generator_version: "0.1.0".into(),
            author: "seutu".into(),
            tags: TagAuthority::default(),
        }
    }

    fn parsed(items: &[ItemRecord]) -> Feed {
        Feed::from_str(&document(&feed(), items)).expect("well-formed Atom")
    }

    fn hrefs<'a>(links: &'a [Link], rel: &str) -> Vec<&'a str> {
        links
            .iter()
            .filter(|link| link.rel == rel)
            .map(|link| link.href.as_str())
            .collect()
    }

    #[test]
    fn the_feed_has_everything_rfc_4287_asks_for() {
        let feed = parsed(&[minutes()]);
        assert_eq!(feed.id, "tag:seutu.invalid,2026:feed/sivistys");
        assert_eq!(feed.updated.to_rfc3339(), "2024-03-20T06:30:00+00:00");
        assert_eq!(feed.lang.as_deref(), Some("fi"));
        assert_eq!(
            hrefs(&feed.links, "self"),
            ["https://seutu.example/feeds/sivistys.atom?q=040+123+4567"]
        );
        assert_eq!(hrefs(&feed.links, "alternate"), ["https://seutu.example/"]);
        assert_eq!(
            hrefs(&feed.links, "next"),
            ["https://seutu.example/feeds/sivistys.atom?page=2"]
        );
        assert!(hrefs(&feed.links, "previous").is_empty());
        assert_eq!(feed.authors.len(), 1);
    }

    #[test]
    fn an_entry_tells_where_it_comes_from() {
        let item = minutes();
        let feed = parsed(std::slice::from_ref(&item));
        let entry = &feed.entries[0];
        assert_eq!(entry.id, "tag:seutu.invalid,2026:item/asikkala/2024375-8");
        assert_eq!(hrefs(&entry.links, "alternate"), [item.url.as_str()]);
        assert_eq!(hrefs(&entry.links, "via"), [item.source_feed.as_str()]);
        assert_eq!(
            hrefs(&entry.links, "enclosure"),
            [
                "https://asikkala.example/kokous.pdf",
                "https://asikkala.example/liite.pdf"
            ]
        );
        let source = entry.source.as_ref().expect("source");
        assert_eq!(source.id, "tag:seutu.invalid,2026:source/asikkala");
        assert_eq!(source.title.value, "Asikkala – Dynasty");
        assert_eq!(hrefs(&source.links, "self"), [item.source_feed.as_str()]);
        let terms: Vec<_> = entry
            .categories
            .iter()
            .map(|category| category.term.as_str())
            .collect();
        assert_eq!(
            terms,
            [
                "asikkala",
                "sivistyslautakunta",
                "minutes",
                "accepted",
                "sivistys"
            ]
        );
    }

    #[test]
    fn an_agenda_that_becomes_minutes_keeps_its_identity_and_moves_updated() {
        let (before, after) = (parsed(&[agenda()]), parsed(&[minutes()]));
        let (before, after) = (&before.entries[0], &after.entries[0]);
        assert_eq!(before.id, after.id);
        assert_eq!(before.published, after.published);
        assert!(before.updated < after.updated);
        assert_eq!(parsed(&[unread()]).entries[0].id, after.id);
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "]]></content></entry><entry><script>alert(1)</script>\0\u{1b}[31m\u{fffe}\u{202e}&#0;&lol;";
        let mut item = with_text(hostile);
        item.title = hostile.into();
        item.municipality = hostile.into();
        item.source_name = hostile.into();
        item.body = Some(hostile.into());
        item.matches[0].explanation = hostile.into();
        item.matches[0].network_name = hostile.into();
        item.matches[0].evidence[0].quote = hostile.into();
        item.url = "javascript:alert(1)".parse().expect("url");
        item.source_feed = "javascript:alert(1)".into();
        let xml = document(&feed(), &[item, minutes()]);
        assert!(
            xml.chars()
                .all(|c| clean::characters(&c.to_string()) == c.to_string()),
            "illegal characters"
        );
        let feed = Feed::from_str(&xml).expect("well-formed Atom");
        assert_eq!(feed.entries.len(), 2);
        let entry = &feed.entries[0];
        assert!(
            entry
                .links
                .iter()
                .all(|link| link.href.starts_with("https://")),
            "{:?}",
            entry.links
        );
        assert!(
            entry
                .title
                .value
                .contains("]]></content></entry><entry><script>")
        );
        let content = entry
            .content
            .as_ref()
            .and_then(|content| content.value.as_deref())
            .expect("content");
        assert!(
            !content.contains("<script") && !content.contains("<entry"),
            "{content}"
        );
    }

    #[test]
    fn withdrawn_items_have_no_files_and_move_updated() {
        let mut item = minutes();
        item.withdrawn_at = Some("2024-05-01T00:00:00Z".parse().expect("instant"));
        let feed = parsed(&[item]);
        assert!(hrefs(&feed.entries[0].links, "enclosure").is_empty());
        assert_eq!(
            feed.entries[0].updated.to_rfc3339(),
            "2024-05-01T00:00:00+00:00"
        );
    }
}

#[test]
fn every_format_is_found_by_its_word_and_served_as_its_media_type() {
    for format in super::Format::ALL {
        assert_eq!(super::Format::from_word(format.word()), Some(*format));
        assert!(format.content_type().starts_with(format.media_type()));
    }
    assert_eq!(super::Format::from_word("exe"), None);
}
