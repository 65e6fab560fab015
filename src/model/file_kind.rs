//! What kind of file some bytes are: told by the bytes themselves, or guessed from an address.

use serde::{Deserialize, Serialize};

use super::minutes::worded_enum;

worded_enum! {
    /// Kinds of files that portals attach to items; the words are those of the configuration.
    FileKind {
        /// PDF.
        Pdf = "pdf",
        /// Word, the zipped format.
        Docx = "docx",
        /// OpenDocument text.
        Odt = "odt",
        /// Excel, the zipped format.
        Xlsx = "xlsx",
        /// PowerPoint, the zipped format.
        Pptx = "pptx",
        /// OpenDocument spreadsheet.
        Ods = "ods",
        /// The binary formats of Word, Excel and PowerPoint.
        Office = "office",
        /// Rich text.
        Rtf = "rtf",
        /// Plain text.
        Text = "text",
        /// JPEG picture.
        Jpeg = "jpeg",
        /// PNG picture.
        Png = "png",
        /// GIF picture.
        Gif = "gif",
        /// TIFF picture, as scanners make it.
        Tiff = "tiff",
        /// Any other zip archive.
        Zip = "zip",
    }
}

/// Bytes of the beginning in which the parts of a zipped document are looked for.
const HEAD: usize = 64 << 10;

impl FileKind {
    /// The media type as the archive keeps it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Office => "application/x-ole-storage",
            Self::Rtf => "application/rtf",
            Self::Text => "text/plain",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::Zip => "application/zip",
        }
    }

    /// Whether a `Content-Type` may stand for the kind; of the looser kinds anything near it.
    pub fn is_named_by(self, sent: &str) -> bool {
        let sent = sent.split(';').next().unwrap_or_default().trim();
        let sent = sent.to_ascii_lowercase();
        match self {
            Self::Text => sent.starts_with("text/") && sent != "text/html",
            Self::Office => sent.starts_with("application/vnd.ms-") || sent == "application/msword",
            Self::Rtf => matches!(sent.as_str(), "application/rtf" | "text/rtf"),
            Self::Pdf
            | Self::Docx
            | Self::Odt
            | Self::Xlsx
            | Self::Pptx
            | Self::Ods
            | Self::Jpeg
            | Self::Png
            | Self::Gif
            | Self::Tiff
            | Self::Zip => sent == self.media_type(),
        }
    }

    /// The kind that the end of an address promises; `None` where it promises nothing that is known.
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, end) = path.rsplit_once('.')?;
        Some(match end.to_ascii_lowercase().as_str() {
            "pdf" => Self::Pdf,
            "docx" => Self::Docx,
            "odt" => Self::Odt,
            "xlsx" | "xlsm" => Self::Xlsx,
            "pptx" => Self::Pptx,
            "ods" => Self::Ods,
            "doc" | "xls" | "ppt" => Self::Office,
            "rtf" => Self::Rtf,
            "txt" | "csv" => Self::Text,
            "jpg" | "jpeg" => Self::Jpeg,
            "png" => Self::Png,
            "gif" => Self::Gif,
            "tif" | "tiff" => Self::Tiff,
            "zip" => Self::Zip,
            _ => return None,
        })
    }

    /// The kind that the bytes are; `None` for everything else, HTML included.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let marks: [(&[u8], Self); 10] = [
            (b"%PDF", Self::Pdf),
            (b"{\\rtf", Self::Rtf),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Self::Office),
            (b"\x89PNG\r\n\x1a\n", Self::Png),
            (b"\xff\xd8\xff", Self::Jpeg),
            (b"GIF8", Self::Gif),
            (b"II*\0", Self::Tiff),
            (b"MM\0*", Self::Tiff),
            (b"PK\x03\x04", Self::Zip),
            (b"PK\x05\x06", Self::Zip),
        ];
        let marked = marks.iter().find(|(mark, _)| bytes.starts_with(mark));
        match marked {
            Some((_, Self::Zip)) => Some(zipped(bytes)),
            Some((_, kind)) => Some(*kind),
            None => is_plain(bytes).then_some(Self::Text),
        }
    }
}

/// Whether bytes are an HTML page, as a login or an error page is.
pub fn is_html(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let head = head.trim_ascii_start();
    let marks: [&[u8]; 3] = [b"<!doctype html", b"<html", b"\xef\xbb\xbf<!doctype html"];
    marks.iter().any(|mark| head.starts_with(mark)) || holds(head, b"<html")
}

/// What a zip archive is: documents name their parts in the clear.
fn zipped(bytes: &[u8]) -> FileKind {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let tail = bytes
        .get(bytes.len().saturating_sub(HEAD)..)
        .unwrap_or(bytes);
    let parts: [(&[u8], FileKind); 5] = [
        (
            b"mimetypeapplication/vnd.oasis.opendocument.text",
            FileKind::Odt,
        ),
        (
            b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            FileKind::Ods,
        ),
        (b"word/document.xml", FileKind::Docx),
        (b"xl/workbook.xml", FileKind::Xlsx),
        (b"ppt/presentation.xml", FileKind::Pptx),
    ];
    let named = |part: &[u8]| holds(head, part) || holds(tail, part);
    let found = parts.iter().find(|(part, _)| named(part));
    found.map_or(FileKind::Zip, |(_, kind)| *kind)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Text without control characters, in UTF-8 or an older charset of eight bits.
fn is_plain(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    !head.is_empty() && !is_html(bytes) && !head.iter().any(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_they_are_whatever_their_name_is() {
        for (bytes, kind) in [
            (&b"%PDF-1.7"[..], Some(FileKind::Pdf)),
            (b"PK\x03\x04....word/document.xml", Some(FileKind::Docx)),
            (
                b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text",
                Some(FileKind::Odt),
            ),
            (b"PK\x03\x04....", Some(FileKind::Zip)),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..",
                Some(FileKind::Office),
            ),
            (b"\x89PNG\r\n\x1a\n..", Some(FileKind::Png)),
            ("Pöytäkirjan ote".as_bytes(), Some(FileKind::Text)),
            (b"  <!DOCTYPE html><title>x</title>", None),
            (b"a\0b", None),
            (b"", None),
        ] {
            assert_eq!(FileKind::of_bytes(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn an_address_promises_a_kind_by_its_end() {
        assert_eq!(FileKind::of_path("/kokous/1-1.PDF"), Some(FileKind::Pdf));
        assert_eq!(FileKind::of_path("/a.b/Liite.xls"), Some(FileKind::Office));
        for nothing in ["/fileshow", "/DREQUEST.PHP", "/a.b/c"] {
            assert_eq!(FileKind::of_path(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_login_page_is_html() {
        assert!(is_html(b"\n<!doctype HTML>"));
        assert!(is_html(b"<?xml version='1.0'?><html xmlns='x'>"));
        assert!(!is_html(b"%PDF-1.4"));
    }
}
