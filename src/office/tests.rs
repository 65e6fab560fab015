//! Documents written here, read back.

use std::io::{Cursor, Write as _};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// A zip archive of these parts.
fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, packed).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a file").into_inner()
}

fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\" xmlns:mc=\"m\"><w:body>{body}</w:body></w:document>"
    );
    zipped(&[("word/document.xml", &document)])
}

fn odt(body: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    );
    zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", &content),
    ])
}

#[test]
fn paragraphs_are_lines_and_words_stay_whole() {
    let body = "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Seudullinen yhteis</w:t></w:r><w:r><w:t>työ</w:t></w:r></w:p>
        <w:p><w:r><w:t>Hinta:</w:t><w:tab/><w:t xml:space=\"preserve\">5 &lt; 6 &#228; &amp;</w:t><w:br/><w:t>toinen</w:t></w:r></w:p>
        <w:p><w:del><w:r><w:delText>poistettu</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>
        <mc:AlternateContent><mc:Choice><w:p><w:r><w:t>kerran</w:t></w:r></w:p></mc:Choice>
          <mc:Fallback><w:p><w:r><w:t>kerran</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>";
    let read = text(FileKind::Docx, &docx(body)).expect("text");
    assert_eq!(
        read,
        ["Seudullinen yhteistyö\nHinta:\t5 < 6 ä &\ntoinen\n\nkerran"]
    );
    let body = "<text:tracked-changes><text:p>poistettu</text:p></text:tracked-changes><text:h>Otsikko</text:h>
        <text:p>Ensi<text:span>mmäinen</text:span><text:s/>sana<office:annotation><text:p>huomautus</text:p></office:annotation>\njatkuu</text:p>";
    let read = text(FileKind::Odt, &odt(body)).expect("text");
    assert_eq!(read, ["Otsikko\nEnsimmäinen\tsana jatkuu"]);
}

#[test]
fn notes_slides_and_tables_are_read_too() {
    let notes = zipped(&[
        (
            "word/footnotes.xml",
            "<w:f><w:p><w:t>Alaviite</w:t></w:p></w:f>",
        ),
        (
            "word/document.xml",
            "<w:d><w:p><w:t>Teksti</w:t></w:p></w:d>",
        ),
    ]);
    let read = text(FileKind::Docx, &notes);
    assert_eq!(read.as_deref(), Ok(&["Teksti\nAlaviite".to_owned()][..]));
    let slides = zipped(&[
        ("ppt/presentation.xml", "<p/>"),
        (
            "ppt/slides/slide10.xml",
            "<a><a:p><a:t>kymmenes</a:t></a:p></a>",
        ),
        (
            "ppt/slides/slide2.xml",
            "<a><a:p><a:t>toinen</a:t></a:p></a>",
        ),
    ]);
    assert_eq!(
        text(FileKind::Pptx, &slides).expect("slides"),
        ["toinen", "kymmenes"]
    );
    let cells = zipped(&[
        ("xl/workbook.xml", "<w/>"),
        (
            "xl/sharedStrings.xml",
            "<s><si><t>Kunta</t></si><si><r><t>Mei</t></r><r><t>jeri</t></r></si></s>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<w><c t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><t>Summa</t></is></c></w>",
        ),
    ]);
    assert_eq!(
        text(FileKind::Xlsx, &cells).expect("cells"),
        ["Kunta\nMeijeri\nSumma"]
    );
    let rows = zipped(&[(
        "content.xml",
        "<t:table><t:table-row><t:table-cell><t:p>Kunta</t:p></t:table-cell><t:table-cell><t:p>12</t:p></t:table-cell></t:table-row></t:table>",
    )]);
    let read = text(FileKind::Ods, &rows).expect("rows");
    let words: Vec<_> = read[0].split_whitespace().collect();
    assert_eq!(words, ["Kunta", "12"]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let broken = |bytes: &[u8]| matches!(text(FileKind::Docx, bytes), Err(OfficeFault::Broken(_)));
    let whole = docx("<w:p><w:t>Teksti</w:t></w:p>");
    assert!(broken(b"PK\x03\x04 word/document.xml"));
    assert!(broken(&whole[..whole.len() / 2]));
    assert!(broken(&zipped(&[("word/other.xml", "<a/>")])));
    assert!(broken(&docx("<w:p></w:t>")));
    assert_eq!(
        text(FileKind::Docx, &docx("<w:p/>")),
        Err(OfficeFault::NoText)
    );
    assert!(matches!(
        text(FileKind::Png, &whole),
        Err(OfficeFault::Broken(_))
    ));
    let locked = zipped(&[
        ("META-INF/manifest.xml", "<m:encryption-data/>"),
        ("content.xml", "\u{1}\u{2}"),
    ]);
    assert_eq!(text(FileKind::Odt, &locked), Err(OfficeFault::Locked));
}

#[test]
fn bombs_are_refused() {
    let big = |body: &str| match text(FileKind::Docx, &docx(body)) {
        Err(OfficeFault::TooBig(what)) => what,
        other => panic!("{other:?}"),
    };
    let letters = "x".repeat(MOST_LETTERS + 1);
    assert!(big(&format!("<w:t>{letters}</w:t>")).contains("letters"));
    let deep = "<w:p>".repeat(3_000);
    assert!(big(&deep).contains("deep"));
    // No text at all, and more than may be unpacked.
    let blanks = " ".repeat(1 << 20);
    let comment = format!("<!--{blanks}-->").repeat(100);
    let bytes = docx(&comment);
    assert!(bytes.len() < 2 << 20, "{}", bytes.len());
    assert!(big(&comment).contains("unpacks"));
}
