//! The text of PDFs: lines as laid out, faults in words, and a child process that may die of them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use seutu::daemon::pdf_text::{read, read_within};
use seutu::pdf::{PdfFault, pages};

use super::support::program::{bare, ended};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/pdf")
        .join(name)
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(file(name)).expect("fixture")
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_seutu"))
}

/// The lines of a text with every gap as one blank, or as a bar where it parts columns.
fn lines(page: &str) -> Vec<String> {
    let line = |line: &str| {
        let parts: Vec<&str> = line
            .split("   ")
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        parts.join(" | ")
    };
    page.lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn minutes_are_read_line_by_line() {
    let pages = pages(&fixture("minutes.pdf")).expect("text");
    assert_eq!(pages.len(), 1);
    assert_eq!(
        lines(&pages[0]),
        [
            "Mallikylän kunta | Pöytäkirja | 3/2024",
            "Sivistyslautakunta | § 39 | 14.03.2024",
            "Seudullisen musiikkiopiston sopimuksen hyväksyminen",
            "Valmistelija | sivistysjohtaja Aino Esimerkki, puh. 000 000 0000",
            "Selostus | Seudullisen musiikkiopiston yhteistoimintasopimus päättyy 31.7.2024. Sopijakun\u{ad}",
            "nat ovat neuvotelleet uuden sopimuksen, jossa opetustuntien määrä ja kuntien",
            "maksuosuudet määräytyvät oppilasmäärän mukaan. Affiniteetti, offset ja flyygeli",
            "kuuluvat hankintaan. Työryhmä kuuli Åke Öhmania.",
            "Päätösehdotus | Lautakunta päättää hyväksyä sopimuksen liitteen mukaisena.",
            "Päätös | Hyväksyttiin yksimielisesti.",
        ]
    );
}

#[test]
fn label_and_value_stand_in_one_line_whatever_was_drawn_first() {
    for name in ["labels.pdf", "printing-forbidden.pdf"] {
        let pages = pages(&fixture(name)).expect("text");
        assert_eq!(
            lines(&pages[0]),
            [
                "Pöytäkirja 14.03.2024/Pykälä 39",
                "Asia: | Åbergin tilan myynti – hinta 12 000 €",
                "Päätös: | Hyväksyttiin yksimielisesti.",
                "Läsnä: | Väinö Malli, Yrjö Åström",
            ]
        );
        assert_eq!(pages[1..], ["Sivu 2: muutoksenhaku"]);
    }
}

#[test]
fn columns_stand_side_by_side() {
    let pages = pages(&fixture("columns.pdf")).expect("text");
    let lines = lines(&pages[0]);
    assert_eq!(lines[0], "Esityslista");
    let (left, right) = lines[1].split_once(" | ").expect("two columns");
    assert!(left.starts_with("Kunnanhallitus kokoontui"), "{left}");
    assert!(
        right.starts_with("Toinen palsta alkaa tästä: Väinö"),
        "{right}"
    );
}

#[test]
fn what_has_no_text_says_why() {
    assert_eq!(pages(&fixture("locked.pdf")), Err(PdfFault::Encrypted));
    assert_eq!(pages(&fixture("scanned.pdf")), Err(PdfFault::NoText));
    for bytes in [fixture("broken.pdf"), b"<html>".to_vec(), vec![]] {
        assert!(matches!(pages(&bytes), Err(PdfFault::Broken(_))));
    }
}

/// A PDF of one page with this content stream, given as it is stored; `/F1` is a font.
pub(crate) fn pdf_of(filter: &str, stream: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = vec![];
    let head = format!("<</Length {}{filter}>>\nstream\n", stream.len());
    let content = [head.as_bytes(), stream, b"\nendstream"].concat();
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>>>".to_vec(),
        content,
    ];
    for (number, object) in (1..).zip(objects) {
        places.push(out.len());
        writeln!(out, "{number} 0 obj").expect("bytes");
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    write!(out, "xref\n0 5\n0000000000 65535 f \n").expect("bytes");
    for place in places {
        writeln!(out, "{place:010} 00000 n ").expect("bytes");
    }
    write!(
        out,
        "trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    )
    .expect("bytes");
    out
}

/// A gigabyte of blanks, packed.
pub(crate) fn flate_bomb() -> Vec<u8> {
    let mut packed = ZlibEncoder::new(vec![], Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..1024 {
        packed.write_all(&block).expect("packed");
    }
    pdf_of("/Filter/FlateDecode", &packed.finish().expect("packed"))
}

/// Arrays in arrays, as many as once overflowed the stack.
pub(crate) fn nested_arrays() -> Vec<u8> {
    let nested = format!("{}{} pop", "[".repeat(10_380), "]".repeat(10_380));
    pdf_of("", nested.as_bytes())
}

#[tokio::test]
async fn a_child_reads_what_can_be_read() {
    let pages = read(program(), fixture("minutes.pdf")).await.expect("text");
    assert!(pages[0].contains("Hyväksyttiin yksimielisesti."));
    let locked = read(program(), fixture("locked.pdf")).await;
    assert_eq!(locked, Err(PdfFault::Encrypted));
    let scanned = read(program(), fixture("scanned.pdf")).await;
    assert_eq!(scanned, Err(PdfFault::NoText));
}

#[tokio::test]
async fn bombs_end_the_child_or_are_refused() {
    for bomb in [nested_arrays(), flate_bomb()] {
        let began = Instant::now();
        let fault = read(program(), bomb).await.expect_err("no text");
        assert!(began.elapsed() < Duration::from_secs(40), "{fault}");
    }
}

/// A stand-in for the program.
fn script(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("reader");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    path
}

#[tokio::test]
async fn a_child_that_does_not_end_is_ended_with_all_it_started() {
    let dir = tempfile::tempdir().expect("folder");
    let pid = dir.path().join("pid");
    let text = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let hangs = script(dir.path(), &text);
    let deadline = Duration::from_secs(2);
    let read = read_within(&hangs, fixture("labels.pdf"), deadline).await;
    assert_eq!(read, Err(PdfFault::TimedOut(2)));
    let grandchild = fs::read_to_string(pid).expect("pid");
    let state = || fs::read_to_string(format!("/proc/{}/stat", grandchild.trim()));
    for _ in 0..100 {
        // Nobody may have waited for it yet.
        if state().map_or(true, |stat| stat.contains(") Z ")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{grandchild} is still there");
}

#[tokio::test]
async fn a_child_that_dies_or_babbles_is_a_fault() {
    let dir = tempfile::tempdir().expect("folder");
    for text in ["kill -ABRT $$", "echo no answer", "exit 3"] {
        let program = script(dir.path(), text);
        let read = read(&program, fixture("labels.pdf")).await;
        assert!(matches!(read, Err(PdfFault::Killed(_))), "{text}: {read:?}");
    }
    let none = read(&dir.path().join("none"), vec![]).await;
    assert!(matches!(none, Err(PdfFault::NoReader(_))), "{none:?}");
}

#[test]
fn the_command_prints_pages_or_why_not() {
    let run = |name: &str| {
        let path = file(name);
        let path = path.to_str().expect("path");
        ended(bare(&["read", path]).output().expect("started"))
    };
    let read = run("labels.pdf");
    let pages: Vec<String> = serde_json::from_str(&read.out).expect("pages");
    assert_eq!((read.code, pages.len()), (Some(0), 2));
    let read = run("locked.pdf");
    assert_eq!(read.code, Some(1));
    assert!(
        read.out.contains("\"encrypted\"") && read.out.contains("password"),
        "{}",
        read.out
    );
}

#[test]
fn the_unit_lets_the_child_read_pdfs() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/seutu.service");
    let unit = fs::read_to_string(unit).expect("unit");
    let line = |key: &str| unit.lines().find(|line| line.starts_with(key));
    let runs = line("ExecPaths=").expect("paths");
    assert!(runs.contains("/usr/bin/seutu ") && runs.contains("-/usr/bin/pdftotext "));
    // A child that takes too much must not stop the service.
    assert_eq!(line("OOMPolicy="), Some("OOMPolicy=continue"));
}
