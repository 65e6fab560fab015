//! The calendar of meetings: from a request to the document.

use jiff::{Timestamp, ToSpan};
use url::form_urlencoded;

use crate::model::when::day_in_finland;
use crate::publish::calendar::document;
use crate::publish::texts::texts;

use super::filters::{BadParameter, municipality};
use super::representation::{Readers, Representation, Terms};
use super::site::{FeedQuery, FeedStamp, MeetingQuery, NetworkEntry, Site, SiteFault};

/// Months of the past that stay in the calendar.
const MONTHS_BACK: i64 = 12;

/// Whose meetings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarRequest {
    network: Option<NetworkEntry>,
    municipality: Option<String>,
}

impl CalendarRequest {
    /// Reads a query string; names that mean nothing here are ignored, as are empty values.
    ///
    /// # Errors
    ///
    /// The first value that is not allowed, with what would be.
    pub fn parse(query: &str, site: &dyn Site) -> Result<Self, BadParameter> {
        let mut request = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                _ if value.is_empty() => {}
                "network" => request.network = Some(network(value, site)?),
                "municipality" => request.municipality = Some(municipality(value, site)?),
                _ => {}
            }
        }
        Ok(request)
    }

    /// What tells the document from all others, beside the state of the archive: the time decides how far back it
    /// goes, and `meetings` stands for what is known of them.
    pub(super) fn key(&self, now: Timestamp, meetings: &str) -> String {
        let network = self.network.as_ref().map(|network| &network.slug);
        let municipality = &self.municipality;
        format!(
            "calendar.ics?{network:?}&{municipality:?}&{}&{meetings}",
            self.query(now).from
        )
    }

    fn query(&self, now: Timestamp) -> MeetingQuery {
        let month = day_in_finland(now).first_of_month();
        MeetingQuery {
            network: self.network.as_ref().map(|network| network.slug.clone()),
            municipality: self.municipality.clone(),
            from: month.checked_sub(MONTHS_BACK.months()).unwrap_or(month),
        }
    }

    /// The state of the items in it.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) fn stamp(&self, site: &dyn Site) -> Result<FeedStamp, SiteFault> {
        site.feed_stamp(&FeedQuery {
            municipality: self.municipality.clone(),
            ..FeedQuery::default()
        })
    }

    /// The calendar.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) fn represent(
        &self,
        site: &dyn Site,
        now: Timestamp,
    ) -> Result<Representation, SiteFault> {
        let meetings = site.calendar(&self.query(now))?;
        let of = [
            self.network.as_ref().map(|network| network.name.clone()),
            self.municipality.clone(),
        ];
        let of: Vec<_> = of.into_iter().flatten().collect();
        let title = &texts().calendar_title;
        let name = if of.is_empty() {
            title.clone()
        } else {
            format!("{title} – {}", of.join(", "))
        };
        let terms = Terms {
            content_type: "text/calendar; charset=utf-8",
            cache_control: "public, max-age=900",
            readers: Readers::Anybody,
        };
        let newest = meetings.iter().map(|meeting| meeting.changed_at).max();
        Ok(Representation::new(
            terms,
            document(&name, &meetings),
            newest,
        ))
    }
}

fn network(value: &str, site: &dyn Site) -> Result<NetworkEntry, BadParameter> {
    let found = site.networks().iter().find(|network| network.slug == value);
    found.cloned().ok_or_else(|| {
        let known: Vec<_> = site
            .networks()
            .iter()
            .map(|network| network.slug.as_str())
            .collect();
        BadParameter::new("network", value, format!("one of {}", known.join(", ")))
    })
}
