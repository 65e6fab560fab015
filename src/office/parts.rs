//! The parts of a zipped document, unpacked no further than is allowed.

use std::io::{BufRead, BufReader, Cursor, Error, Read, Result as IoResult};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use super::form::Form;
use super::gather::Gathering;
use super::{MOST_UNPACKED, OfficeFault};

/// Where OpenDocument says that its parts are locked.
const MANIFEST: &str = "META-INF/manifest.xml";
const LOCK: &str = "encryption-data";
/// Most bytes of the manifest that are looked at.
const MOST_MANIFEST: u64 = 1 << 20;

/// An opened document.
pub(super) struct Parts<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<'b> Parts<'b> {
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, OfficeFault> {
        Ok(Self {
            zip: ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(&error))?,
            left: MOST_UNPACKED,
        })
    }

    /// Refuses a document whose parts are locked one by one.
    pub(super) fn refuse_locked(&mut self) -> Result<(), OfficeFault> {
        let Ok(manifest) = self.zip.by_name(MANIFEST) else {
            return Ok(());
        };
        let mut text = vec![];
        manifest
            .take(MOST_MANIFEST)
            .read_to_end(&mut text)
            .map_err(|error| OfficeFault::Broken(error.to_string()))?;
        if String::from_utf8_lossy(&text).contains(LOCK) {
            return Err(OfficeFault::Locked);
        }
        Ok(())
    }

    /// Names of the parts that are read, in their order.
    pub(super) fn named(&self, form: &Form) -> Result<Vec<String>, OfficeFault> {
        let is_there = |name: &str| self.zip.index_for_name(name).is_some();
        if let Some(main) = form.parts.first().filter(|main| !is_there(main)) {
            return Err(OfficeFault::Broken(format!("it has no part {main}")));
        }
        let fixed = form.parts.iter().filter(|name| is_there(name));
        let mut names: Vec<String> = fixed.map(|name| (*name).to_owned()).collect();
        if let Some(start) = form.numbered {
            let number = |name: &str| -> Option<u32> {
                name.strip_prefix(start)?.strip_suffix(".xml")?.parse().ok()
            };
            let found = self.zip.file_names();
            let found = found.filter_map(|name| Some(name.ok()?.into_owned()));
            let mut found: Vec<_> = found
                .filter_map(|name| Some((number(&name)?, name)))
                .collect();
            found.sort();
            if form.is_paged() {
                names.clear();
            }
            names.extend(found.into_iter().map(|(_, name)| name));
        }
        Ok(names)
    }

    /// Reads a part to its end.
    pub(super) fn read(&mut self, name: &str, into: &mut Gathering<'_>) -> Result<(), OfficeFault> {
        let file = self.zip.by_name(name).map_err(|error| fault(&error))?;
        let mut bounded = Bounded {
            inner: file,
            left: self.left,
            is_over: false,
        };
        let read = events(&mut BufReader::new(&mut bounded), into);
        if bounded.is_over {
            let what = format!("it unpacks to more than {MOST_UNPACKED} bytes");
            return Err(OfficeFault::TooBig(what));
        }
        self.left = bounded.left;
        read
    }
}

fn events(bytes: &mut impl BufRead, into: &mut Gathering<'_>) -> Result<(), OfficeFault> {
    let mut reader = Reader::from_reader(bytes);
    let mut buffer = vec![];
    loop {
        buffer.clear();
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| OfficeFault::Broken(error.to_string()))?;
        if matches!(event, Event::Eof) {
            return Ok(());
        }
        into.take(&event)?;
    }
}

/// Bytes up to a limit, which is not that of what the document says of itself.
struct Bounded<R> {
    inner: R,
    left: u64,
    is_over: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let read = self.inner.read(into)?;
        let Some(left) = u64::try_from(read)
            .ok()
            .and_then(|read| self.left.checked_sub(read))
        else {
            self.is_over = true;
            return Err(Error::other("beyond the limit"));
        };
        self.left = left;
        Ok(read)
    }
}

fn fault(error: &ZipError) -> OfficeFault {
    let is_locked = matches!(
        error,
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)
    );
    if is_locked {
        return OfficeFault::Locked;
    }
    OfficeFault::Broken(error.to_string())
}
