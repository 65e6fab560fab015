//! Which state of an item an address asks for.

use url::form_urlencoded;

use crate::model::item::VersionRecord;
use crate::publish::clean;

use super::PageFault;
use crate::serve::filters::BadParameter;

/// The newest text, that of one version, or what differs from one to another.
pub(super) enum View<'v> {
    /// The newest text.
    Newest,
    /// The text of one version: `?version=2`.
    Version(&'v VersionRecord),
    /// From one version to another: `?diff=1..2`.
    Changes(&'v VersionRecord, &'v VersionRecord),
}

impl<'v> View<'v> {
    /// Reads a query. Names that mean nothing here are ignored, as mailers and proxies add their own.
    pub(super) fn parse(query: &str, versions: &'v [VersionRecord]) -> Result<Self, PageFault> {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*name, &*value) {
                (_, "") => {}
                ("version", number) => {
                    let found = version(versions, number);
                    return Ok(Self::Version(
                        found.ok_or_else(|| bad("version", &value, versions))?,
                    ));
                }
                ("diff", span) => {
                    let found = span.split_once("..").and_then(|(from, to)| {
                        Some(Self::Changes(
                            version(versions, from)?,
                            version(versions, to)?,
                        ))
                    });
                    return found.ok_or_else(|| bad("diff", &value, versions));
                }
                _ => {}
            }
        }
        Ok(Self::Newest)
    }
}

fn version<'v>(versions: &'v [VersionRecord], number: &str) -> Option<&'v VersionRecord> {
    let number: u32 = number.trim().parse().ok()?;
    versions.iter().find(|version| version.version_no == number)
}

fn bad(name: &'static str, value: &str, versions: &[VersionRecord]) -> PageFault {
    let newest = versions.last().map_or(0, |version| version.version_no);
    let allowed = match name {
        "diff" => format!("two versions such as 1..{newest}; there are {newest}"),
        _ => format!("a version from 1 to {newest}"),
    };
    PageFault::Bad(BadParameter::new(name, &clean::line(value), allowed))
}
