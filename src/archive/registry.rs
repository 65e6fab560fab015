//! What the configuration says: municipalities, networks, sources and rules, kept in step and never deleted.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use url::Url;

use crate::model::ids::{SourceId, slug};
use crate::model::network::Network;
use crate::model::source::{Municipality, Source};
use crate::model::when::day_in_finland;

use super::error::ArchiveError;
use super::events::NewEvent;
use super::rows::{instant, json, nfc, text};
use super::transaction::Batch;

/// Ids of a source as other tables name them.
#[derive(Clone, Debug)]
pub(super) struct SourceRow {
    pub(super) id: i64,
    pub(super) municipality_id: i64,
    pub(super) municipality: String,
    /// First part of every uid; stays when the municipality gets another name.
    pub(super) municipality_slug: String,
}

impl Batch<'_> {
    /// Brings municipalities, sources and networks in step with the configuration.
    ///
    /// Nothing is written where nothing changed. A source that is no longer configured is disabled and
    /// keeps its items; a changed rule is closed and a new one begins today.
    pub fn register(
        &self,
        municipalities: &[Municipality],
        sources: &[Source],
        networks: &[Network],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.match_municipalities(municipalities)?;
        for municipality in municipalities {
            self.register_municipality(municipality)?;
        }
        for source in sources {
            self.register_source(source, now)?;
            self.set_publishes(source)?;
        }
        self.register_successors(sources, now)?;
        let configured: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
        self.archive
            .prepare_cached(
                "UPDATE source SET enabled=0
                 WHERE enabled=1 AND slug NOT IN (SELECT value FROM json_each(?1))",
            )?
            .execute(params![json("source ids", &configured)?])?;
        let today = day_in_finland(now).to_string();
        for network in networks {
            let id = self.register_network(network)?;
            self.register_members(id, network, &today)?;
            self.register_rules(id, network, &today)?;
        }
        Ok(())
    }

    /// Gives municipalities their new names and takes their codes from those that have another one now.
    ///
    /// A known name is the same municipality, also with another code. A name that is not known is that of the
    /// municipality with its code, when that one's own name is not configured any more.
    fn match_municipalities(&self, municipalities: &[Municipality]) -> Result<(), ArchiveError> {
        let configured: Vec<_> = municipalities
            .iter()
            .map(|municipality| (nfc(&municipality.name), municipality.code.as_str()))
            .collect();
        let configured = json("municipalities", &configured)?;
        self.archive.execute(
            "UPDATE municipality AS mu SET name=said.value->>0 FROM json_each(?1) AS said
             WHERE mu.code=said.value->>1
               AND NOT EXISTS(SELECT 1 FROM municipality known WHERE known.name=said.value->>0)
               AND mu.name NOT IN (SELECT value->>0 FROM json_each(?1))",
            params![configured],
        )?;
        // Codes are unique and may be swapped: whoever holds another's gives it up before any is taken.
        self.archive.execute(
            "UPDATE municipality AS mu SET code=printf('~%06d',id)
             WHERE EXISTS(SELECT 1 FROM json_each(?1) AS said
                          WHERE said.value->>1=mu.code AND said.value->>0<>mu.name)",
            params![configured],
        )?;
        Ok(())
    }

    fn register_municipality(&self, municipality: &Municipality) -> Result<(), ArchiveError> {
        // A slug may still be that of a municipality with another name by now.
        self.archive
            .prepare_cached(
                "INSERT INTO municipality(name,slug,code,kind,name_sv,region)
                 VALUES(?1,CASE WHEN EXISTS(SELECT 1 FROM municipality WHERE slug=?2 AND name<>?1)
                             THEN ?2||'-'||?3 ELSE ?2 END,?3,?4,?5,?6)
                 ON CONFLICT(name) DO UPDATE SET code=excluded.code, kind=excluded.kind,
                   name_sv=excluded.name_sv, region=excluded.region
                 WHERE (code,kind,name_sv,region) IS NOT
                   (excluded.code,excluded.kind,excluded.name_sv,excluded.region)",
            )?
            .execute(params![
                nfc(&municipality.name),
                slug(&municipality.name),
                municipality.code,
                municipality.kind.word(),
                text(municipality.name_sv.as_deref()),
                text(municipality.region.as_deref()),
            ])?;
        Ok(())
    }

    fn register_source(&self, source: &Source, now: Timestamp) -> Result<(), ArchiveError> {
        let municipality = self.municipality_id(&source.municipality)?;
        let before: Option<(i64, String, String)> = self
            .archive
            .prepare_cached("SELECT id, base_url, system FROM source WHERE slug=?1")?
            .query_row(params![source.id.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        // A new portal has another feed: the old feed address is kept only while the portal is the same.
        self.archive
            .prepare_cached(
                "INSERT INTO source(name,slug,municipality_id,system,feed_url,base_url,enabled,poll_every_s)
                 VALUES(?1,?2,?3,?4,?5,?5,?6,?7)
                 ON CONFLICT(slug) DO UPDATE SET name=excluded.name, system=excluded.system,
                   municipality_id=excluded.municipality_id,
                   feed_url=CASE WHEN base_url=excluded.base_url THEN feed_url ELSE excluded.feed_url END,
                   base_url=excluded.base_url, enabled=excluded.enabled, poll_every_s=excluded.poll_every_s
                 WHERE (name,municipality_id,system,base_url,enabled,poll_every_s) IS NOT (excluded.name,
                   excluded.municipality_id,excluded.system,excluded.base_url,excluded.enabled,
                   excluded.poll_every_s)",
            )?
            .execute(params![
                source_name(source),
                source.id.as_str(),
                municipality,
                source.platform.word(),
                source.url.as_str(),
                source.enabled,
                i64::try_from(source.interval.as_secs()).unwrap_or(i64::MAX),
            ])?;
        match before {
            Some((id, url, system))
                if url != source.url.as_str() || system != source.platform.word() =>
            {
                if system != source.platform.word() {
                    // The lists of another platform mean nothing to this one.
                    self.archive
                        .execute("DELETE FROM list_page WHERE source_id=?1", params![id])?;
                }
                self.begin_anew(id, now)?;
                self.rebase(id, (&url, &source.url), now)
            }
            _ => Ok(()),
        }
    }

    /// Joins each source to the one whose place it took, and retires that one; a source that follows
    /// nobody any more gives its predecessor back.
    fn register_successors(&self, sources: &[Source], now: Timestamp) -> Result<(), ArchiveError> {
        let pairs: Vec<_> = sources
            .iter()
            .filter_map(|new| Some((new.successor_of.as_ref()?.as_str(), new.id.as_str())))
            .collect();
        let pairs = json("successors", &pairs)?;
        self.archive.execute(
            "UPDATE source SET successor_id=NULL, retired_on=NULL WHERE successor_id IS NOT NULL
               AND NOT EXISTS(SELECT 1 FROM json_each(?1) AS said WHERE said.value->>0=source.slug)",
            params![pairs],
        )?;
        self.archive.execute(
            "UPDATE source AS old SET successor_id=new.id, retired_on=coalesce(old.retired_on,?2)
             FROM json_each(?1) AS said JOIN source new ON new.slug=said.value->>1
             WHERE old.slug=said.value->>0 AND old.id<>new.id
               AND (old.successor_id IS NOT new.id OR old.retired_on IS NULL)",
            params![pairs, day_in_finland(now).to_string()],
        )?;
        Ok(())
    }

    /// Makes feed and pages of a source due, as if never asked: nothing that another address answered,
    /// be it unchanged, moved, failed or gone, says anything of this one.
    fn begin_anew(&self, source: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM feed_state WHERE source_id=?1")?
            .execute(params![source])?;
        self.archive
            .prepare_cached(
                "UPDATE poll SET next_check_at=?2, failures=0 WHERE id=(SELECT id FROM poll
                   WHERE source_id=?1 ORDER BY started_at DESC, id DESC LIMIT 1)",
            )?
            .execute(params![source, instant(now)])?;
        self.archive
            .prepare_cached(
                "UPDATE page SET next_check_at=?2, failures=0, gone_since=NULL, error=NULL, etag=NULL,
                   last_modified=NULL WHERE item_id IN (SELECT id FROM item WHERE source_id=?1)",
            )?
            .execute(params![source, instant(now)])?;
        self.archive
            .prepare_cached(
                "UPDATE list_page SET next_check_at=CASE WHEN next_check_at IS NULL THEN NULL ELSE ?2 END,
                   failures=0, gone_since=NULL, error=NULL, etag=NULL, last_modified=NULL, reading_sha256=NULL
                 WHERE source_id=?1",
            )?
            .execute(params![source, instant(now)])?;
        Ok(())
    }

    /// Moves the pages that stand under the old portal to the new one: those that left the feed are not
    /// listed again, and would be asked for at the old portal for ever.
    fn rebase(
        &self,
        source: i64,
        (old, new): (&str, &Url),
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let (old, new) = (plain(old), plain(new.as_str()));
        if old == new {
            return Ok(());
        }
        self.archive
            .prepare_cached(
                "UPDATE list_page SET url=?3||substr(url,length(?2)+1)
                 WHERE source_id=?1 AND substr(url,1,length(?2))=?2",
            )?
            .execute(params![source, old, new])?;
        let moved: Vec<(i64, String, String, i64)> = self
            .archive
            .prepare_cached(
                "UPDATE item SET url=?3||substr(url,length(?2)+1)
                 WHERE source_id=?1 AND substr(url,1,length(?2)+1)=?2||'?'
                   AND EXISTS(SELECT 1 FROM page WHERE item_id=item.id)
                 RETURNING id, uid, title, municipality_id",
            )?
            .query_map(params![source, old, new], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        for (id, uid, title, municipality) in &moved {
            let event = NewEvent::new("item_changed", *municipality, title);
            self.append(&event.about(*id, uid), now)?;
        }
        Ok(())
    }

    fn register_network(&self, network: &Network) -> Result<i64, ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO network(name,slug,description,accept,doubt) VALUES(?1,?2,?3,?4,?5)
                 ON CONFLICT(slug) DO UPDATE SET name=excluded.name, description=excluded.description,
                   accept=excluded.accept, doubt=excluded.doubt
                 WHERE (name,description,accept,doubt) IS NOT
                   (excluded.name,excluded.description,excluded.accept,excluded.doubt)",
            )?
            .execute(params![
                nfc(&network.name),
                network.slug,
                text(network.description.as_deref()),
                network.accept,
                network.doubt,
            ])?;
        self.network_id(&network.slug)
    }

    fn register_members(
        &self,
        id: i64,
        network: &Network,
        today: &str,
    ) -> Result<(), ArchiveError> {
        let mut members = Vec::new();
        for name in &network.members {
            let municipality = self.municipality_id(name)?;
            members.push(municipality);
            self.archive
                .prepare_cached(
                    "INSERT INTO network_member(network_id,municipality_id) VALUES(?1,?2)
                     ON CONFLICT DO UPDATE SET left_on=NULL WHERE left_on IS NOT NULL",
                )?
                .execute(params![id, municipality])?;
        }
        self.archive
            .prepare_cached(
                "UPDATE network_member SET left_on=?2 WHERE network_id=?1 AND left_on IS NULL
                   AND municipality_id NOT IN (SELECT value FROM json_each(?3))",
            )?
            .execute(params![id, today, json("members", &members)?])?;
        Ok(())
    }

    fn register_rules(&self, id: i64, network: &Network, today: &str) -> Result<(), ArchiveError> {
        let mut kept = Vec::new();
        for (ordinal, rule) in (1_i64..).zip(&network.rules) {
            let pattern = json("rule", rule)?;
            let known: Option<(i64, i64)> = self
                .archive
                .prepare_cached(
                    "SELECT id, ordinal FROM rule
                     WHERE network_id=?1 AND name=?2 AND pattern=?3 AND active_to IS NULL",
                )?
                .query_row(params![id, rule.name, pattern], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let row = match known {
                Some((row, place)) if place == ordinal => row,
                Some((row, _)) => {
                    self.archive.execute(
                        "UPDATE rule SET ordinal=?2 WHERE id=?1",
                        params![row, ordinal],
                    )?;
                    row
                }
                None => {
                    self.archive
                        .prepare_cached(
                            "INSERT INTO rule(name,network_id,ordinal,pattern,weight,active_from)
                             VALUES(?1,?2,?3,?4,?5,?6)",
                        )?
                        .execute(params![rule.name, id, ordinal, pattern, rule.weight, today])?;
                    self.archive.last_insert_rowid()
                }
            };
            kept.push(row);
        }
        self.archive
            .prepare_cached(
                "UPDATE rule SET active_to=?2 WHERE network_id=?1 AND active_to IS NULL
                   AND id NOT IN (SELECT value FROM json_each(?3))",
            )?
            .execute(params![id, today, json("rules", &kept)?])?;
        Ok(())
    }

    fn municipality_id(&self, name: &str) -> Result<i64, ArchiveError> {
        self.archive
            .prepare_cached("SELECT id FROM municipality WHERE name=?1")?
            .query_row(params![nfc(name)], |row| row.get(0))
            .optional()?
            .ok_or_else(|| ArchiveError::UnknownMunicipality(name.to_owned()))
    }

    pub(super) fn network_id(&self, network: &str) -> Result<i64, ArchiveError> {
        self.archive
            .prepare_cached("SELECT id FROM network WHERE slug=?1")?
            .query_row(params![network], |row| row.get(0))
            .optional()?
            .ok_or_else(|| ArchiveError::UnknownNetwork(network.to_owned()))
    }

    pub(super) fn source_row(&self, source: &SourceId) -> Result<SourceRow, ArchiveError> {
        self.archive
            .prepare_cached(
                "SELECT s.id, s.municipality_id, mu.name, mu.slug FROM source s
                 JOIN municipality mu ON mu.id=s.municipality_id WHERE s.slug=?1",
            )?
            .query_row(params![source.as_str()], |row| {
                Ok(SourceRow {
                    id: row.get(0)?,
                    municipality_id: row.get(1)?,
                    municipality: row.get(2)?,
                    municipality_slug: row.get(3)?,
                })
            })
            .optional()?
            .ok_or_else(|| ArchiveError::UnknownSource(source.clone()))
    }
}

/// An address without its query.
fn plain(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// `Asikkala – Dynasty`; the id is added where a municipality has more than one source of a kind.
fn source_name(source: &Source) -> String {
    let mut letters = source.platform.word().chars();
    let platform: String = letters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .chain(letters)
        .collect();
    let mut name = format!("{} – {platform}", nfc(&source.municipality));
    if !source.key_prefix.is_empty() {
        name.push_str(" (");
        name.push_str(source.id.as_str());
        name.push(')');
    }
    name
}
