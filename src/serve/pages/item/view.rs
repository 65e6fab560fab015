//! Which state of an item an address asks for.

use url::form_urlencoded;

use crate::model::item::{NoVersion, VersionRecord};
use crate::publish::clean;

use super::PageFault;
use crate::serve::filters::BadParameter;
use crate::serve::site::SiteFault;

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
                    let found = version(versions, number)?;
                    return found
                        .map(Self::Version)
                        .ok_or_else(|| bad("version", &value, versions));
                }
                ("diff", span) => {
                    let (from, to) = span.split_once("..").unwrap_or_default();
                    let found = version(versions, from)?.zip(version(versions, to)?);
                    return found
                        .map(|(from, to)| Self::Changes(from, to))
                        .ok_or_else(|| bad("diff", &value, versions));
                }
                _ => {}
            }
        }
        Ok(Self::Newest)
    }
}

/// The version with a number, if there is one.
///
/// # Errors
/// One whose text is not what was stored.
fn version<'v>(
    versions: &'v [VersionRecord],
    number: &str,
) -> Result<Option<&'v VersionRecord>, SiteFault> {
    let Ok(number) = number.trim().parse() else {
        return Ok(None);
    };
    match VersionRecord::numbered(versions, number) {
        Ok(found) => Ok(Some(found)),
        Err(why @ NoVersion::Damaged(_)) => Err(SiteFault::Unreadable(why.to_string())),
        Err(NoVersion::Unknown { .. } | NoVersion::Unread(_)) => Ok(None),
    }
}

fn bad(name: &'static str, value: &str, versions: &[VersionRecord]) -> PageFault {
    let newest = versions.last().map_or(0, |version| version.version_no);
    let allowed = match name {
        "diff" => format!("two versions such as 1..{newest}; there are {newest}"),
        _ => format!("a version from 1 to {newest}"),
    };
    PageFault::Bad(BadParameter::new(name, &clean::line(value), allowed))
}
