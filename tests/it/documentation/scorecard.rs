//! `docs/scorecard.md`: a row for each check, and no test named there that does not exist.

use super::generated::file;

/// The checks: a letter, and the first and last number of each of its stretches.
const CHECKS: [(&str, &[(u8, u8)]); 6] = [
    ("I", &[(1, 28)]),
    ("N", &[(1, 15)]),
    ("P", &[(1, 17)]),
    ("D", &[(1, 14)]),
    ("L", &[(1, 10)]),
    ("S", &[(1, 5), (10, 26)]),
];

/// Where tests are looked for: the integration tests, then the program with its unit tests.
const ROOTS: [&str; 2] = ["tests/it", "src"];

/// Folders of the repository whose files are named with their path.
const FOLDERS: [&str; 4] = [".ci/", "benches/", "packaging/", "fuzz/"];

fn document() -> String {
    std::fs::read_to_string(file("docs/scorecard.md")).expect("docs/scorecard.md")
}

/// The ids of all checks, in order.
fn checks() -> Vec<String> {
    let stretches = CHECKS.iter().flat_map(|(letter, stretches)| {
        let of = stretches.iter().map(move |stretch| (letter, stretch));
        of.flat_map(|(letter, (first, last))| {
            (*first..=*last).map(move |number| format!("{letter}{number:02}"))
        })
    });
    stretches.collect()
}

/// Whether a cell holds the id of a check, known or not.
fn is_id(cell: &str) -> bool {
    let (letter, number) = cell.split_at_checked(1).unwrap_or_default();
    number.len() == 2
        && letter.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The rows of checks: the cells of each, the id first.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = lines.map(|line| {
        let line = line.strip_suffix(" |").unwrap_or(line);
        line.split(" | ").collect::<Vec<_>>()
    });
    rows.filter(|cells| cells.first().is_some_and(|cell| is_id(cell)))
        .collect()
}

/// What is wrong with the rows of checks.
fn faults_of_rows(text: &str) -> Vec<String> {
    let (rows, checks) = (rows(text), checks());
    let times = |id: &str| rows.iter().filter(|cells| cells[0] == id).count();
    let wrong = checks.iter().filter(|id| times(id) != 1);
    let mut faults: Vec<String> = wrong
        .map(|id| format!("{id} has {} rows", times(id)))
        .collect();
    for cells in &rows {
        if !checks.iter().any(|id| id == cells[0]) {
            faults.push(format!("{} is no check", cells[0]));
        }
        if cells.len() != 4 || cells.iter().any(|cell| cell.trim().is_empty()) {
            faults.push(format!("{} has an empty cell or not four", cells[0]));
        }
    }
    faults
}

/// Every piece of the document that stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// Whether a word has the form of a module's or a test's name.
fn is_name(word: &str) -> bool {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    word.contains("::") && word.split("::").all(is_part)
}

/// The sources of a module; those of `tests` inside a file are that file's.
fn sources(module: &str) -> Vec<String> {
    let path = module.replace("::", "/");
    let paths = ROOTS
        .iter()
        .flat_map(|root| [format!("{root}/{path}.rs"), format!("{root}/{path}/mod.rs")]);
    let mut found: Vec<String> = paths
        .filter_map(|path| std::fs::read_to_string(file(&path)).ok())
        .collect();
    if let Some(outer) = module.strip_suffix("::tests") {
        let outer = sources(outer).into_iter();
        found.extend(outer.filter(|text| text.contains("\nmod tests {")));
    }
    found
}

/// Whether a name is that of a module or of a function in one.
fn is_there(name: &str) -> bool {
    let is_in = |(module, function): (&str, &str)| {
        let head = format!("fn {function}(");
        sources(module).iter().any(|text| text.contains(&head))
    };
    !sources(name).is_empty() || name.rsplit_once("::").is_some_and(is_in)
}

/// Names of tests and of files that nothing bears.
fn unknown(text: &str) -> Vec<String> {
    let words = quoted(text).into_iter();
    let firsts = words.filter_map(|word| word.split_whitespace().next());
    let wrong = firsts.filter(|word| {
        let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder));
        (is_name(word) && !is_there(word)) || (is_path && !file(word).exists())
    });
    wrong.map(str::to_owned).collect()
}

/// What the document says of its rows, as they are.
fn counted(text: &str) -> String {
    let rows = rows(text);
    let marked = |mark: &str| {
        let last = rows.iter().filter_map(|cells| cells.last());
        last.filter(|cell| cell.starts_with(mark)).count()
    };
    let (part, none) = (marked("**in part:**"), marked("**not tried:**"));
    let whole = rows.len() - part - none;
    format!(
        "Of the {} checks {whole} are shown whole, {part} in part, {none} not at all.",
        rows.len()
    )
}

#[test]
fn every_check_has_one_row() {
    let faults = faults_of_rows(&document());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_test_that_is_named_exists() {
    let text = document();
    let named = quoted(&text).into_iter().filter(|word| is_name(word));
    assert!(named.count() > 100, "the names are found");
    let unknown = unknown(&text);
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn the_counts_are_those_of_the_rows() {
    let text = document();
    let words: Vec<&str> = text.split_whitespace().collect();
    let counted = counted(&text);
    assert!(words.join(" ").contains(&counted), "{counted}");
}

#[test]
fn a_row_too_few_or_too_many_and_a_name_of_nothing_are_found() {
    assert_eq!(checks().len(), 106);
    let checks = checks().into_iter();
    let rows: Vec<String> = checks.map(|id| format!("| {id} | a | b | c |\n")).collect();
    let whole = rows.concat();
    assert!(faults_of_rows(&whole).is_empty());
    for (broken, fault) in [
        (whole.replace("| I28 |", "| I27 |"), "I27 has 2 rows"),
        (whole.replace("| S10 |", "| S09 |"), "S10 has 0 rows"),
        (whole.replace("| L10 |", "| L11 |"), "L11 is no check"),
        (
            whole.replace("| D01 | a |", "| D01 |"),
            "D01 has an empty cell or not four",
        ),
    ] {
        let faults = faults_of_rows(&broken);
        assert!(faults.iter().any(|found| found == fault), "{faults:?}");
    }
    let known = "`fetch::headers_are_capped`, `daemon::quarantine`, `fetch::guard::tests`, `.ci/run quick`, \
                 `feed::tests::long_fields_are_cut_and_long_ids_are_not_used`, `a: b`, `&x;`";
    assert_eq!(unknown(known), [] as [String; 0]);
    for name in [
        "fetch::headers_are",
        "daemon::quarantined",
        "fetch::guard::tests::nothing",
        ".ci/walk",
    ] {
        assert_eq!(unknown(&format!("`{name}`")), [name]);
    }
}
