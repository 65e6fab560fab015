//! What a probe found as blocks of configuration, ready to be pasted below the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::walk::same_portal;
use super::{Permission, Portal, Publisher};
use crate::config::Config;
use crate::model::ids::{SourceId, slug};
use crate::model::source::{AuthorityKind, PlatformKind, Source};

/// Bodies that two portals must share before they can be one portal that moved, where the municipality of
/// the new one is not known: every municipality has a board and a council.
const SHARED_BODIES: usize = 4;

/// How a portal stands to the sources that are configured already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum Standing {
    /// It is followed already.
    Configured {
        /// Under this id.
        source: SourceId,
    },
    /// It has the bodies of a source that is followed at another address: that portal may have moved.
    Successor {
        /// Of this source.
        of: SourceId,
        /// The bodies that both have.
        bodies: Vec<String>,
    },
    /// Nothing is known of it.
    New,
}

/// A portal's blocks.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    /// How it stands to the sources that are configured.
    #[serde(flatten)]
    pub standing: Standing,
    /// `[[municipality]]`, where none is configured, and `[[source]]`; empty for a source that is there.
    pub toml: String,
}

/// Proposes blocks for portals, each on top of those before it. `archived` are the bodies of the sources
/// in the archive.
pub fn propose(
    portals: &[Portal],
    publisher: Option<&Publisher>,
    config: &Config,
    archived: &BTreeMap<SourceId, Vec<String>>,
) -> Vec<Proposal> {
    let mut draft = Draft {
        publisher,
        config,
        taken: config
            .sources
            .iter()
            .map(|source| Taken {
                id: source.id.as_str().to_owned(),
                municipality: source.municipality.clone(),
                platform: source.platform,
                key_prefix: source.key_prefix.clone(),
            })
            .collect(),
        names_municipality: false,
    };
    portals
        .iter()
        .map(|portal| {
            let standing = standing(portal, publisher, config, archived);
            let toml = match standing {
                Standing::Configured { .. } => String::new(),
                Standing::Successor { ref of, .. } => draft.blocks(portal, Some(of)),
                Standing::New => draft.blocks(portal, None),
            };
            Proposal { standing, toml }
        })
        .collect()
}

fn standing(
    portal: &Portal,
    publisher: Option<&Publisher>,
    config: &Config,
    archived: &BTreeMap<SourceId, Vec<String>>,
) -> Standing {
    let same = |source: &&Source| {
        source.platform == portal.platform && same_portal(&source.url, &portal.url)
    };
    if let Some(source) = config.sources.iter().find(same) {
        return Standing::Configured {
            source: source.id.clone(),
        };
    }
    let candidates = config.sources.iter().filter_map(|source| {
        let theirs = archived.get(&source.id)?;
        let shared: Vec<String> = portal
            .bodies
            .iter()
            .filter(|body| theirs.iter().any(|their| slug(their) == slug(body)))
            .cloned()
            .collect();
        let is_theirs = publisher.is_some_and(|publisher| publisher.name == source.municipality);
        let all = portal.bodies.len();
        let enough = match publisher {
            Some(_) => is_theirs && shared.len() * 2 >= all,
            None => shared.len() >= SHARED_BODIES && shared.len() == all,
        };
        (enough && !shared.is_empty()).then_some((source, shared))
    });
    candidates
        .max_by_key(|(_, shared)| shared.len())
        .map_or(Standing::New, |(source, bodies)| Standing::Successor {
            of: source.id.clone(),
            bodies,
        })
}

/// A source that a new one must be told apart from.
struct Taken {
    id: String,
    municipality: String,
    platform: PlatformKind,
    key_prefix: String,
}

struct Draft<'a> {
    publisher: Option<&'a Publisher>,
    config: &'a Config,
    taken: Vec<Taken>,
    names_municipality: bool,
}

impl Draft<'_> {
    fn blocks(&mut self, portal: &Portal, successor_of: Option<&SourceId>) -> String {
        let old =
            successor_of.and_then(|of| self.config.sources.iter().find(|source| source.id == *of));
        let name = old
            .map(|old| old.municipality.clone())
            .or_else(|| self.publisher.map(|publisher| publisher.name.clone()));
        let name = name.unwrap_or_else(|| portal.url.host_str().unwrap_or("unknown").to_owned());
        let mut text = self.municipality(&name);
        let id = self.id(&name, portal.platform);
        let key_prefix = self.key_prefix(&name, portal.platform);
        text.push_str("[[source]]\n");
        line(&mut text, "id", &id);
        line(&mut text, "municipality", &name);
        line(&mut text, "platform", portal.platform.word());
        line(&mut text, "url", portal.url.as_str());
        if !key_prefix.is_empty() {
            text.push_str(
                "# Keeps its items apart from those of the other source on this platform.\n",
            );
            line(&mut text, "key_prefix", &key_prefix);
        }
        if let Some(of) = successor_of {
            text.push_str(
                "# The portal moved: the old source is retired, its items stay as they are.\n",
            );
            line(&mut text, "successor_of", of.as_str());
        }
        if portal.items_allowed == Some(Permission::Forbidden) {
            text.push_str(
                "# robots.txt forbids item pages; with the publisher's permission, say whose:\n",
            );
            text.push_str("#permission = \"who, when\"\n");
        }
        self.taken.push(Taken {
            id,
            municipality: name,
            platform: portal.platform,
            key_prefix,
        });
        text
    }

    /// The block of a municipality that is not configured yet, once.
    fn municipality(&mut self, name: &str) -> String {
        if self.names_municipality || self.config.municipality(name).is_some() {
            return String::new();
        }
        self.names_municipality = true;
        let mut text = "[[municipality]]\n".to_owned();
        let publisher = self.publisher.filter(|publisher| publisher.name == name);
        let code = publisher.and_then(|publisher| publisher.code.clone());
        if code.is_none() {
            text.push_str(
                "# Taken from a title or a host: correct name and code before the first poll.\n",
            );
        }
        line(&mut text, "name", name);
        line(&mut text, "code", &code.unwrap_or_else(|| self.free_code()));
        let kind = publisher.map_or(AuthorityKind::default(), |publisher| publisher.kind);
        if kind != AuthorityKind::default() {
            line(&mut text, "kind", kind.word());
        }
        text.push('\n');
        text
    }

    /// A code that nobody has: Statistics Finland gives none under 005.
    fn free_code(&self) -> String {
        let taken = |code: &String| {
            let mut all = self.config.municipalities.iter();
            all.any(|municipality| municipality.code == *code)
        };
        let free = (0..1000).map(|code| format!("{code:03}"));
        free.into_iter()
            .find(|code| !taken(code))
            .unwrap_or_default()
    }

    fn id(&self, name: &str, kind: PlatformKind) -> String {
        let plain = slug(name);
        let numbered = (2..).map(|no| format!("{plain}-{}-{no}", kind.word()));
        [plain.clone(), format!("{plain}-{}", kind.word())]
            .into_iter()
            .chain(numbered)
            .find(|id| self.taken.iter().all(|taken| taken.id != *id))
            .unwrap_or(plain)
    }

    /// Empty for the first source of a municipality on a platform, a number for the others.
    fn key_prefix(&self, name: &str, kind: PlatformKind) -> String {
        let numbered = (2..).map(|no| format!("p{no}"));
        std::iter::once(String::new())
            .chain(numbered)
            .find(|prefix| {
                !self.taken.iter().any(|taken| {
                    taken.municipality == name
                        && taken.platform == kind
                        && taken.key_prefix == *prefix
                })
            })
            .unwrap_or_default()
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    let quoted = toml::Value::from(value);
    // Writing into a string cannot fail.
    writeln!(text, "{key} = {quoted}").unwrap_or_default();
}
