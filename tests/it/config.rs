//! The configuration as people meet it: files, faults with their places, environment, printing.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use seutu::config::{Config, ConfigFaults, archive_dir_fault, load, load_to_write};
use seutu::model::fetch_settings::{PrivateAddresses, RobotsPolicy};
use seutu::model::file_kind::FileKind;
use seutu::model::source::{PlatformKind, Source};

fn no_environment() -> impl Iterator<Item = (String, String)> {
    std::iter::empty()
}

fn parse(text: &str) -> Result<Config, ConfigFaults> {
    Config::parse("seutu.toml", text, no_environment())
}

fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::parse("seutu.toml", Config::embedded_text(), variables.into_iter())
}

/// The one fault of a text, as printed.
fn fault(text: &str) -> String {
    let faults = parse(text).expect_err("a fault");
    assert_eq!(faults.0.len(), 1, "{faults}");
    faults.to_string()
}

#[test]
fn the_default_has_a_source_for_every_member_and_the_county() {
    let config = parse(Config::embedded_text()).expect("the embedded configuration");
    let on = |platform: PlatformKind| {
        let sources = config.sources.iter();
        let on: Vec<_> = sources
            .filter(|source| source.platform == platform && source.enabled)
            .map(|source| source.id.as_str())
            .collect();
        on
    };
    assert_eq!(config.sources.len(), 11);
    assert_eq!(on(PlatformKind::Dynasty).len(), 8);
    assert_eq!(on(PlatformKind::Casem), ["hollola", "padasjoki"]);
    assert_eq!(on(PlatformKind::Tweb), ["phhva"]);
}

#[test]
fn the_default_names_ten_members_and_their_codes() {
    let config = parse(Config::embedded_text()).expect("the embedded configuration");
    let codes: Vec<_> = config
        .municipalities
        .iter()
        .map(|m| (m.name.as_str(), m.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            ("Asikkala", "016"),
            ("Hartola", "081"),
            ("Heinola", "111"),
            ("Hollola", "098"),
            ("Iitti", "142"),
            ("Kärkölä", "316"),
            ("Lahti", "398"),
            ("Orimattila", "560"),
            ("Padasjoki", "576"),
            ("Sysmä", "781"),
            ("Päijät-Hämeen hyvinvointialue", "PHHVA"),
        ]
    );
    assert!(
        config
            .municipalities
            .iter()
            .all(|m| m.region.as_deref() == Some("Päijät-Häme"))
    );
    assert!(
        config
            .sources
            .iter()
            .all(|s| s.interval == Duration::from_mins(20))
    );
    let network = config.networks.first().expect("the network");
    assert_eq!(
        (network.slug.as_str(), network.members.len()),
        ("sivistys", 10)
    );
    assert!(!network.rules.is_empty());
    assert_eq!(
        config
            .municipality("Lahti")
            .and_then(|m| m.name_sv.as_deref()),
        Some("Lahtis")
    );
    let agent = format!(
        "seutu/{} (+https://example.fi/seutu)",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(config.fetch.user_agent, agent);
}

#[test]
fn an_empty_file_means_the_defaults_that_the_embedded_file_shows() {
    let empty = parse("").expect("an empty file");
    let embedded = parse(Config::embedded_text()).expect("the embedded configuration");
    assert_eq!(empty.archive_dir, embedded.archive_dir);
    assert_eq!(empty.listen, embedded.listen);
    assert_eq!(empty.public_url, embedded.public_url);
    assert_eq!(empty.contact, embedded.contact);
    assert_eq!(empty.fetch, embedded.fetch);
    assert_eq!(empty.poll, embedded.poll);
}

#[test]
fn commented_settings_show_their_defaults() {
    let lines = Config::embedded_text().lines();
    let live: Vec<_> = lines
        .map(|line| uncommented(line).unwrap_or(line))
        .collect();
    let live = live.join(
        "
",
    ) + "
";
    assert_ne!(live, Config::embedded_text());
    assert_eq!(
        parse(&live).expect("uncommented"),
        parse(Config::embedded_text()).expect("as is")
    );
}

/// `#key = value` without its mark.
fn uncommented(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('#')?;
    rest.starts_with(|c: char| c.is_ascii_lowercase())
        .then_some(rest)
}

/// Drift: a key that the code knows and the embedded file does not show, or the other way round.
#[test]
fn the_embedded_file_shows_every_key_the_code_knows() {
    let mut shown = BTreeSet::new();
    let mut section = String::new();
    let mut in_list = false;
    for line in Config::embedded_text().lines() {
        let line = uncommented(line).unwrap_or(line);
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
        } else if in_list {
            in_list = line.trim() != "]";
        } else if let Some((key, value)) = line.split_once(" = ")
            && !line.starts_with('#')
        {
            shown.insert(format!("{section}.{key}"));
            in_list = value.trim() == "[";
        }
    }
    // Printing a configuration with every key set writes every key the code knows.
    let full = parse(
        r#"
        [[municipality]]
        name = "Asikkala"
        code = "016"
        name_sv = "Asikkala"
        region = "Päijät-Häme"
        [[source]]
        id = "a"
        municipality = "Asikkala"
        platform = "dynasty"
        url = "https://example.fi/"
        interval = "2h"
        attachments = ["odt"]
        [[network]]
        slug = "n"
        name = "n"
        description = "n"
        members = ["Asikkala"]
        [[network.rule]]
        name = "r"
        words = ["w"]
        weight = 1
        [[network.subject]]
        key = "s"
        title = "s"
        words = ["w"]
        year = "none"
        "#,
    )
    .expect("a full configuration");
    let mut known = BTreeSet::new();
    for line in full.effective_toml().lines() {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ") {
            known.insert(format!("{section}.{key}"));
        }
    }
    assert!(known.len() > 35, "{known:?}");
    assert_eq!(known, shown);
}

#[test]
fn what_is_printed_loads_back_to_the_same() {
    let embedded = parse(Config::embedded_text()).expect("the embedded configuration");
    let again = parse(&embedded.effective_toml()).expect("the printed configuration");
    assert_eq!(again, embedded);

    let other = parse(
        r#"
        [archive]
        dir = "a \"b\" ä\\c"
        [http]
        listen = "[::1]:0"
        public_url = "https://example.fi/seutu"
        [fetch]
        contact = "mailto:seutu@example.fi"
        min_interval = "0s"
        timeout = "1m30s"
        max_body = "1000B"
        allow_private_addresses = true
        respect_robots = false
        [poll]
        interval = "90m"
        "#,
    )
    .expect("another configuration");
    assert_eq!(other.public_url.as_str(), "https://example.fi/seutu/");
    assert_eq!(
        other.fetch.allow_private_addresses,
        PrivateAddresses::Allowed
    );
    assert_eq!(other.fetch.respect_robots, RobotsPolicy::Ignored);
    assert_eq!(other.fetch.min_interval, Duration::ZERO);
    assert_eq!(other.fetch.max_body, 1000);
    assert_eq!(parse(&other.effective_toml()).expect("printed"), other);
}

/// Whoever begins with what is printed changes `[poll]` for all sources but those that differ.
#[test]
fn what_sources_have_from_poll_is_printed_there_alone() {
    let one = |id: &str, lines: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nmunicipality = \"Asikkala\"\nplatform = \"feed\"\n\
             url = \"https://{id}.example/\"\nkey_prefix = \"{id}\"\n{lines}\n"
        )
    };
    let text = format!(
        "[poll]\ninterval = \"30m\"\nattachments = [\"pdf\"]\n[[municipality]]\nname = \"Asikkala\"\ncode = \"016\"\n{}{}",
        one("a", ""),
        one("b", "interval = \"2h\"\nattachments = [\"docx\"]"),
    );
    let printed = parse(&text).expect("configuration").effective_toml();
    assert_eq!(parse(&printed), parse(&text));
    let changed = printed
        .replace("interval = \"30m\"", "interval = \"5m\"")
        .replace("attachments = [\"pdf\"]", "attachments = [\"odt\"]");
    let sources = parse(&changed).expect("configuration").sources;
    let [a, b] = sources.as_slice() else {
        panic!("{sources:?}")
    };
    assert_eq!(a.interval, Duration::from_mins(5));
    assert_eq!(a.attachments, [FileKind::Odt]);
    assert_eq!(b.interval, Duration::from_hours(2));
    assert_eq!(b.attachments, [FileKind::Docx]);
}

#[test]
fn attachments_are_asked_for_by_kind_everywhere_or_by_a_source() {
    let text =
        "[poll]\nattachments = [\"docx\"]\n[[municipality]]\nname = \"Asikkala\"\ncode = \"016\"\n";
    let source = |id: &str, line: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nmunicipality = \"Asikkala\"\nplatform = \"feed\"\n\
             url = \"https://{id}.example/\"\nkey_prefix = \"{id}\"\n{line}\n"
        )
    };
    let text = [
        text.to_owned(),
        source("a", ""),
        source("b", "attachments = []"),
        source("c", "pdf = [\"attachments\"]"),
        source(
            "d",
            "attachments = [\"text\", \"pdf\"]\npdf = [\"attachments\"]",
        ),
    ]
    .concat();
    let kinds = |config: &Config| {
        let kinds = |source: &Source| -> Vec<&str> {
            source.attachments.iter().map(|kind| kind.word()).collect()
        };
        config.sources.iter().map(kinds).collect::<Vec<_>>()
    };
    let config = parse(&text).expect("configuration");
    let expected = [
        vec!["docx"],
        vec![],
        vec!["pdf", "docx"],
        vec!["pdf", "text"],
    ];
    assert_eq!(kinds(&config), expected);
    assert_eq!(parse(&config.effective_toml()).expect("printed"), config);
    let set = [("SEUTU_POLL_ATTACHMENTS".to_owned(), "pdf, rtf".to_owned())];
    let config = Config::parse("test", &text, set.into_iter()).expect("configuration");
    assert_eq!(kinds(&config)[0], ["pdf", "rtf"]);
}

/// A file with a fault of every kind.
const FAULTY: &str = r#"[archive]
dirr = "x"
[http]
listen = "localhost"
public_url = "ftp://example.fi/"
[fetch]
contact = "ask me"
min_interval = "1 second"
timeout = 30
max_body = "16 megabytes"
respect_robots = "yes"
[pol]
interval = "20m"
[poll]
interval = "0s"
[[municipality]]
name = "Asikkala"
code = "16"
[[municipality]]
name = "Asikkala"
code = "016"
kind = "town"
[[source]]
id = "a"
municipality = "Asikala"
platform = "dynast"
url = "example.fi"
[[source]]
id = "a"
municipality = "Asikkala"
platform = "dynasty"
url = "https://example.fi/DREQUEST.PHP"
[[source]]
id = "Ä b"
municipality = "Asikkala"
platform = "dynasty"
url = "https://example.fi/sv/DREQUEST.PHP"
[[network]]
slug = "all"
name = "n"
accept = 1
doubt = 2
members = ["Asikkala",
  "Asikala"]
[[network.rule]]
name = "r"
fields = ["titel"]
words = []
near = [["a*b"]]
weight = 0
needs = ["a"]
[[network]]
slug = "m"
"#;

/// How the lines of its report begin, after the name of the file.
const FAULTS_OF_FAULTY: &[&str] = &[
    "2:1: unknown key `dirr` in [archive]; did you mean `dir`?",
    "4:10: http.listen = \"localhost\" cannot be used: invalid socket address syntax; write an IP \
         address with a port, such as \"127.0.0.1:8080\"",
    "5:14: http.public_url",
    "7:11: fetch.contact",
    "8:16: fetch.min_interval = \"1 second\" cannot be used: unknown unit `second`",
    "9:11: fetch.timeout cannot be used: it is of type integer; write a duration in quotes",
    "10:12: fetch.max_body = \"16 megabytes\" cannot be used: unknown unit `megabytes`",
    "11:18: fetch.respect_robots = \"yes\" cannot be used: it is of type string; write true or",
    "12:2: unknown section `pol`; did you mean `poll`?",
    "15:12: poll.interval = \"0s\" cannot be used: it is too little; write a value from",
    "18:8: municipality.code = \"16\" is not a code",
    "20:8: municipality \"Asikkala\" is there twice",
    "22:8: municipality.kind = \"town\" cannot be used: `town` is none of municipality,",
    "25:16: source.municipality names \"Asikala\": no [[municipality]] has that name; add it, or \
         did you mean `Asikkala`?",
    "26:12: source.platform = \"dynast\" cannot be used: `dynast` is none of dynasty, casem, tweb, feed",
    "27:7: source.url = \"example.fi\" cannot be used: it does not begin with https",
    "29:6: source.id = \"a\" is there twice",
    "33:1: sources \"a\" and \"Ä b\" of Asikkala have the same platform and key_prefix",
    "34:6: source.id = \"Ä b\" cannot stand in an address; write it with a-z, 0-9 and hyphens, \
         such as \"a-b\"",
    "39:8: network.slug = \"all\" cannot be used: it stands for every network",
    "41:10: network.accept = 1 and doubt = 2 leave a verdict without score",
    "44:3: network.members names \"Asikala\"",
    "47:10: network.rule.fields cannot be used: element 1: `titel` is none of title,",
    "48:9: rule.words is empty",
    "49:8: rule.near: \"a*b\" is not a word pattern",
    "50:10: rule.weight = 0 does nothing",
    "51:10: rule.needs: no rule before it is called \"a\"",
    "52:1: [[network]] has no `name`: the key is required; add `name =` with",
    "52:1: [[network]] has no `members`: the key is required; add `members =` with",
];

#[test]
fn every_fault_is_reported_in_one_run_in_the_order_of_the_file() {
    let faults = parse(FAULTY).expect_err("faults");
    let shown = faults.to_string();
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), FAULTS_OF_FAULTY.len(), "{shown}");
    for (line, start) in lines.iter().zip(FAULTS_OF_FAULTY) {
        assert!(
            line.starts_with(&format!("seutu.toml:{start}")),
            "wanted {start}\ngot    {line}"
        );
        assert!(line.contains("; "), "no remedy: {line}");
    }
}

#[test]
fn broken_syntax_is_one_fault_and_not_its_consequences() {
    let shown = fault("[http]\nlisten = \"127.0.0.1:80\n[[source]]\nid = \"a\"\n");
    assert!(shown.starts_with("seutu.toml:2:"), "{shown}");
    assert!(shown.contains("not TOML"), "{shown}");
    let shown = parse("[poll]\ninterval = \"20m\"\ninterval = \"5m\"\nintervall = \"5m\"\n")
        .expect_err("faults")
        .to_string();
    assert!(
        shown.contains("seutu.toml:3:1: not TOML: duplicate key"),
        "{shown}"
    );
    assert!(
        shown.contains("seutu.toml:4:1: unknown key `intervall`"),
        "{shown}"
    );
}

#[test]
fn sections_and_lists_of_the_wrong_shape_are_faults() {
    assert!(fault("fetch = 1").contains("it is a section; write `[fetch]`"));
    assert!(fault("[source]\nid = \"a\"").contains("it is a list; write `[[source]]`"));
    assert!(fault("source = [1]").contains("it is a list"));
    assert!(fault("[[network]]\nslug=\"a\"\nname=\"a\"\nmembers=[]\nrule=3").contains("is a list"));
}

#[test]
fn a_second_source_of_a_municipality_needs_its_own_prefix() {
    let text = |prefix: &str| {
        format!(
            "[[municipality]]\nname = \"A\"\ncode = \"001\"\n\
             [[source]]\nid = \"fi\"\nmunicipality = \"A\"\nplatform = \"dynasty\"\nurl = \"https://fi.example.fi\"\n\
             [[source]]\nid = \"sv\"\nmunicipality = \"A\"\nplatform = \"dynasty\"\nurl = \"https://sv.example.fi\"\n\
             key_prefix = \"{prefix}\"\n"
        )
    };
    assert!(fault(&text("")).contains("seutu.toml:14:14: sources \"fi\" and \"sv\""));
    assert_eq!(parse(&text("sv-")).expect("two sources").sources.len(), 2);
}

#[test]
fn the_environment_overrides_and_is_checked() {
    let config = with(&[
        ("SEUTU_ARCHIVE_DIR", "/tmp/elsewhere"),
        ("SEUTU_HTTP_LISTEN", "127.0.0.1:9999"),
        ("SEUTU_FETCH_MIN_INTERVAL", "0s"),
        ("SEUTU_FETCH_ALLOW_PRIVATE_ADDRESSES", "true"),
        ("SEUTU_FETCH_MAX_REDIRECTS", "3"),
        ("SEUTU_POLL_INTERVAL", "5m"),
        ("SEUTU_LOG", "debug"),
        ("PATH", "/bin"),
    ])
    .expect("overrides");
    assert_eq!(config.archive_dir.to_str(), Some("/tmp/elsewhere"));
    assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 9999)));
    assert_eq!(config.fetch.min_interval, Duration::ZERO);
    assert_eq!(
        config.fetch.allow_private_addresses,
        PrivateAddresses::Allowed
    );
    assert_eq!(config.fetch.max_redirects, 3);
    assert!(
        config
            .sources
            .iter()
            .all(|source| source.interval == Duration::from_mins(5))
    );

    let shown = with(&[
        ("SEUTU_FETCH_MIN_INTERVALL", "1s"),
        ("SEUTU_FETCH_TIMEOUT", "soon"),
        ("SEUTU_POLL_PAGES_PER_CYCLE", "0"),
        ("SEUTU_FETCH_RESPECT_ROBOTS", "yes"),
        ("SEUTU_FETCH_CONTACT", "me"),
    ])
    .expect_err("faults")
    .to_string();
    for part in [
        "environment: unknown variable SEUTU_FETCH_MIN_INTERVALL; unset it, or did you mean \
         `SEUTU_FETCH_MIN_INTERVAL`?",
        "environment: SEUTU_FETCH_TIMEOUT=soon cannot be used: a whole number is missing before \
         `soon`; set it to a duration, such as 20m, 1h30m or 500ms",
        "environment: SEUTU_POLL_PAGES_PER_CYCLE=0 cannot be used: it is too little",
        "environment: SEUTU_FETCH_RESPECT_ROBOTS=yes cannot be used",
        "environment: SEUTU_FETCH_CONTACT=me cannot be used",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert_eq!(shown.lines().count(), 5, "{shown}");
}

#[test]
fn a_variable_mends_a_fault_of_nothing_but_its_own_key() {
    // The file stays faulty: an override is no repair.
    let variables = [("SEUTU_POLL_INTERVAL".to_owned(), "5m".to_owned())];
    let faults = Config::parse("f", "[poll]\ninterval = \"x\"", variables.into_iter());
    assert!(faults.is_err());
}

#[test]
fn an_archive_folder_that_cannot_be_written_is_a_fault_among_the_others() {
    let dir = tempfile::tempdir().expect("folder");
    let taken = dir.path().join("taken");
    fs::write(&taken, "a file").expect("file");
    let file = dir.path().join("seutu.toml");
    fs::write(
        &file,
        format!("[archive]\ndir = {:?}\n", taken.join("below")),
    )
    .expect("file");

    let config = load(Some(&file), no_environment()).expect("commands that only read go on");
    let fault = archive_dir_fault(&config).expect("a fault");
    let place = format!("{}:2:7: archive.dir = ", file.display());
    assert!(fault.to_string().starts_with(&place), "{fault}");
    let faults = load_to_write(Some(&file), no_environment()).expect_err("a fault");
    assert_eq!(faults.0, [fault]);

    fs::write(
        &file,
        format!("[archive]\ndir = {taken:?}\n[poll]\nx = 1\n"),
    )
    .expect("file");
    let faults = load_to_write(Some(&file), no_environment()).expect_err("both faults");
    assert_eq!(faults.0.len(), 2, "{faults}");

    let variables = [("SEUTU_ARCHIVE_DIR".to_owned(), taken.display().to_string())];
    let faults = load_to_write(Some(&file), variables.into_iter()).expect_err("both faults");
    assert!(
        faults
            .to_string()
            .contains("SEUTU_ARCHIVE_DIR: archive.dir"),
        "{faults}"
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let dir = tempfile::tempdir().expect("folder");
    let missing = load(Some(&dir.path().join("none.toml")), no_environment()).expect_err("missing");
    assert!(
        missing
            .to_string()
            .contains("none.toml: the configuration cannot be read")
    );
    assert!(missing.to_string().contains("name an existing file"));
    let latin = dir.path().join("latin.toml");
    fs::write(&latin, b"# K\xe4rk\xf6l\xe4\n").expect("file");
    let shown = load(Some(&latin), no_environment())
        .expect_err("latin")
        .to_string();
    assert!(shown.contains("save the file as UTF-8"), "{shown}");
    let marked = dir.path().join("bom.toml");
    fs::write(&marked, "\u{feff}[poll]\ninterval = \"5m\"\n").expect("file");
    let config = load(Some(&marked), no_environment()).expect("a byte order mark is no fault");
    assert_eq!(config.poll.interval, Duration::from_mins(5));
}

#[test]
fn small_slips_are_told_in_plain_words_and_once() {
    let text = "[[source]]\nid = \"a\"\nmunicipality = \"A\"\nplatform = \"feed\"\nurl = \"a.example/feed\"\n\
                [[network]]\nslug = \"n\"\nname = \" \"\nmembers = []\n\
                [[network.rule]]\nname = \"r\"\nwords = [\"x\"]\nweight = \"heavy\"\n";
    let faults = parse(text).expect_err("faults").to_string();
    let told = |line: &str, words: &str| {
        let told = faults
            .lines()
            .filter(|fault| fault.contains(line) && fault.contains(words));
        told.count()
    };
    assert_eq!(told(":5:", "does not begin with https://"), 1, "{faults}");
    assert_eq!(
        told(":3:", "there is no [[municipality]] yet"),
        1,
        "{faults}"
    );
    assert_eq!(told(":8:", "network.name is empty"), 1, "{faults}");
    assert_eq!(told(":13:", "weight"), 1, "{faults}");
}

/// Two sources of one municipality, the second with more keys.
fn two_sources(more: &str) -> String {
    format!(
        "[[municipality]]\nname = \"Mallila\"\ncode = \"901\"\n\
         [[source]]\nid = \"vanha\"\nmunicipality = \"Mallila\"\nplatform = \"dynasty\"\n\
         url = \"https://vanha.example/cgi/DREQUEST.PHP\"\n\
         [[source]]\nid = \"uusi\"\nmunicipality = \"Mallila\"\nplatform = \"casem\"\n\
         url = \"https://uusi.example/fi-FI\"\n{more}\n"
    )
}

#[test]
fn a_source_that_takes_anothers_place_retires_it() {
    let config = parse(&two_sources("successor_of = \"vanha\"")).expect("configuration");
    let polled: Vec<bool> = config.sources.iter().map(|source| source.enabled).collect();
    assert_eq!(polled, [false, true]);
    let again = parse(&config.effective_toml()).expect("printed");
    assert_eq!(again.sources, config.sources);
    // The old block may be gone: the archive knows the source.
    let gone = two_sources("successor_of = \"kadonnut\"");
    assert!(parse(&gone).is_ok());
}

#[test]
fn no_source_comes_after_itself_or_another_municipalitys() {
    let round = fault(&two_sources("successor_of = \"uusi\""));
    assert!(round.contains("cannot come after itself"), "{round}");
    let other = two_sources("successor_of = \"vanha\"").replacen(
        "[[source]]",
        "[[municipality]]\nname = \"Toisaala\"\ncode = \"902\"\n[[source]]",
        1,
    );
    let other = other.replacen(
        "municipality = \"Mallila\"\nplatform = \"dynasty\"",
        "municipality = \"Toisaala\"\nplatform = \"dynasty\"",
        1,
    );
    let other = fault(&other);
    assert!(other.contains("belongs to another municipality"), "{other}");
}
