//! Documents of office programs, as small as they can be.

use std::io::{Cursor, Write as _};

use zip::write::{SimpleFileOptions, ZipWriter};

/// The media type of DOCX.
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a file").into_inner()
}

/// A DOCX of these paragraphs.
pub fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body = |text: &&str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let body: String = paragraphs.iter().map(body).collect();
    let text = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    zipped(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", &text),
    ])
}

/// An ODT of these paragraphs.
pub fn odt(paragraphs: &[&str]) -> Vec<u8> {
    let body = |text: &&str| format!("<text:p>{text}</text:p>");
    let body: String = paragraphs.iter().map(body).collect();
    let text = format!("<office:text xmlns:office=\"o\" xmlns:text=\"t\">{body}</office:text>");
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("mimetype", stored).expect("a part");
    zip.write_all(b"application/vnd.oasis.opendocument.text")
        .expect("written");
    zip.start_file("content.xml", SimpleFileOptions::default())
        .expect("a part");
    zip.write_all(text.as_bytes()).expect("written");
    zip.finish().expect("a file").into_inner()
}

/// A DOCX of a few hundred kilobytes that unpacks to more than may be.
pub fn bomb() -> Vec<u8> {
    let blanks = " ".repeat(1 << 20);
    docx(&[&format!("<!--{blanks}-->").repeat(100)])
}
