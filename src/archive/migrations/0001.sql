-- Regional decision archive, schema 1.  SQLite >= 3.37 (STRICT), FTS5.
-- Conventions: ids are internal; `uid` is the public, deterministic key and never changes.
-- Dates: TEXT 'YYYY-MM-DD' (Finnish local day). Instants: TEXT 'YYYY-MM-DDTHH:MM:SSZ' (UTC).
-- Booleans: INTEGER 0/1. Text is Unicode NFC. NULL = unknown / not published; '' is never stored.
-- Every foreign key is declared and indexed; the label column of a table is `name` or `title`.
-- page_size, application_id and user_version are set by the program that applies this file.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE data_dictionary (               -- the schema documents itself: SELECT * FROM data_dictionary
  table_name TEXT NOT NULL, column_name TEXT NOT NULL DEFAULT '*',
  description_fi TEXT NOT NULL, description_en TEXT NOT NULL, example TEXT,
  PRIMARY KEY (table_name, column_name)) STRICT, WITHOUT ROWID;

CREATE TABLE municipality (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,                 -- label column for every foreign key to here
  slug TEXT NOT NULL UNIQUE,                 -- first part of every uid: 'karkola'
  code TEXT NOT NULL UNIQUE CHECK (length(code) BETWEEN 3 AND 12),  -- Statistics Finland code as text: '016'
  kind TEXT NOT NULL DEFAULT 'municipality' CHECK (kind IN ('municipality','joint_authority','wellbeing_county','regional_council')),
  name_sv TEXT, region TEXT) STRICT;

CREATE TABLE network (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, description TEXT,
  accept REAL NOT NULL, doubt REAL NOT NULL) STRICT;           -- scores from which the verdict is in, maybe
CREATE TABLE network_member (
  network_id INTEGER NOT NULL REFERENCES network(id),
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  joined_on TEXT CHECK (joined_on IS date(joined_on,'+0 days')), left_on TEXT CHECK (left_on IS date(left_on,'+0 days')),
  PRIMARY KEY (network_id, municipality_id)) STRICT, WITHOUT ROWID;
CREATE INDEX network_member_municipality ON network_member(municipality_id);

CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,                        -- 'Asikkala – Dynasty'
  slug TEXT NOT NULL UNIQUE,                 -- the configured id, stable for ever
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  system TEXT NOT NULL CHECK (system IN ('dynasty','tweb','casem','ahjo','feed','other')),
  feed_kind TEXT NOT NULL DEFAULT 'items' CHECK (feed_kind IN ('items','meetings','listing')),
  feed_url TEXT NOT NULL,                    -- not UNIQUE: two sources may swap addresses in one configuration change
  base_url TEXT NOT NULL,
  robots TEXT NOT NULL DEFAULT 'unknown' CHECK (robots IN ('unknown','allowed','feed_only','disallowed','permission')),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0,1)),
  retired_on TEXT CHECK (retired_on IS date(retired_on,'+0 days')),
  successor_id INTEGER REFERENCES source(id),        -- vendor switch: old source -> new source
  poll_every_s INTEGER NOT NULL DEFAULT 3600) STRICT;
CREATE INDEX source_municipality ON source(municipality_id);
CREATE INDEX source_successor ON source(successor_id);

CREATE TABLE poll (                          -- one row per poll; the health record and the schedule of feeds
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  started_at TEXT NOT NULL CHECK (started_at GLOB '????-??-??T??:??:??Z'),
  duration_ms INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('ok','not_modified','http_error','timeout','parse_error','empty','blocked')),
  http_status INTEGER, items_seen INTEGER, items_new INTEGER, items_changed INTEGER,
  parse_warnings INTEGER NOT NULL DEFAULT 0, error TEXT,
  failures INTEGER NOT NULL DEFAULT 0,       -- in a row, this poll included
  next_check_at TEXT NOT NULL CHECK (next_check_at GLOB '????-??-??T??:??:??Z')) STRICT;
CREATE INDEX poll_source_started ON poll(source_id, started_at);
CREATE INDEX poll_source_ok ON poll(source_id, started_at) WHERE outcome IN ('ok','not_modified');

CREATE TABLE feed_state (                    -- what the next request of a feed needs; written only when it differs
  source_id INTEGER PRIMARY KEY REFERENCES source(id),
  etag TEXT, last_modified TEXT,
  body_sha256 TEXT CHECK (length(body_sha256)=64),
  items_seen INTEGER,
  last_full_at TEXT CHECK (last_full_at GLOB '????-??-??T??:??:??Z'),
  moved_url TEXT, moved_since TEXT CHECK (moved_since GLOB '????-??-??T??:??:??Z'),
  moved_adopted INTEGER NOT NULL DEFAULT 0 CHECK (moved_adopted IN (0,1)),
  gone_since TEXT CHECK (gone_since GLOB '????-??-??T??:??:??Z')) STRICT;

CREATE TABLE body (                          -- toimielin
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,                       -- label, unambiguous: 'Asikkala · Kasvatus- ja opetuslautakunta'
  name TEXT NOT NULL, slug TEXT NOT NULL, abbreviation TEXT,
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  kind TEXT CHECK (kind IN ('council','board','committee','division','officeholder','other')),
  valid_from TEXT CHECK (valid_from IS date(valid_from,'+0 days')), valid_to TEXT CHECK (valid_to IS date(valid_to,'+0 days')),
  UNIQUE (municipality_id, name)) STRICT;
CREATE INDEX body_slug ON body(slug);

CREATE TABLE meeting (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,                  -- 'asikkala/kasvatus-ja-opetuslautakunta/2024-03-14'
  title TEXT NOT NULL,                       -- label: 'Asikkala · Kasvatus- ja opetuslautakunta 14.3.2024'
  body_id INTEGER NOT NULL REFERENCES body(id),
  held_on TEXT NOT NULL CHECK (held_on IS date(held_on,'+0 days')),
  starts_at TEXT CHECK (starts_at GLOB '????-??-??T??:??:??Z'),
  number TEXT,                               -- '10/2026'
  status TEXT CHECK (status IN ('agenda','minutes_draft','minutes','cancelled')),  -- NULL until a page was read
  url TEXT,
  first_seen_at TEXT NOT NULL CHECK (first_seen_at GLOB '????-??-??T??:??:??Z'),
  withdrawn_at TEXT CHECK (withdrawn_at GLOB '????-??-??T??:??:??Z')) STRICT;
CREATE INDEX meeting_body_date ON meeting(body_id, held_on);
CREATE INDEX meeting_date ON meeting(held_on);

CREATE TABLE matter (                        -- asia: one diary number in one municipality
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,                  -- 'asikkala/85-12.00.00-2024'
  diary_number TEXT NOT NULL,                -- exactly as printed: '85/12.00.00/2024'
  title TEXT NOT NULL,                       -- label; newest title seen
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  class_code TEXT,                           -- tehtäväluokka '12.00.00' when the number carries one
  opened_year INTEGER CHECK (opened_year BETWEEN 1900 AND 2200),
  UNIQUE (municipality_id, diary_number)) STRICT;
CREATE INDEX matter_class ON matter(class_code);

-- One § (or agenda item) at one meeting, current text. Known from the feed alone: version_no 0 and stage NULL
-- until the page is read. There is no last_seen_at: a poll that finds nothing new must not touch a row here.
-- The municipality stands here beside the source because it is part of the uid and every feed is filtered by it.
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,                  -- 'asikkala/2024375-8'
  title TEXT NOT NULL,
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  source_id INTEGER NOT NULL REFERENCES source(id),
  key TEXT NOT NULL,                         -- the platform's own key: '2024375-8'
  body_id INTEGER REFERENCES body(id),       -- a feed entry may name no body
  meeting_id INTEGER REFERENCES meeting(id), -- nor a day
  matter_id INTEGER REFERENCES matter(id),   -- of the first diary number
  diary_number TEXT,                         -- as printed, several joined by ', '; also in the full-text index
  ordinal INTEGER,                           -- position on the agenda; not unique, feeds repeat and leave out numbers
  section_no INTEGER,                        -- pykälä
  stage TEXT CHECK (stage IN ('agenda','minutes')),
  outcome TEXT CHECK (outcome IN ('accepted','amended','rejected','tabled','returned','noted','elected','withdrawn','other')),
  preparer TEXT, presenter TEXT,             -- valmistelija, esittelijä: office title + name as printed, no phone/e-mail
  background TEXT,                           -- selostus
  proposal TEXT,                             -- päätösehdotus
  proceedings TEXT,                          -- käsittely
  votes TEXT,                                -- äänestys
  decision TEXT,                             -- päätös; NULL on an agenda
  dissent TEXT,                              -- eriävä mielipide
  conflicts TEXT,                            -- esteellisyys
  competence TEXT,                           -- toimivalta
  appeal_kind TEXT CHECK (appeal_kind IN ('rectification','municipal_appeal','administrative_appeal','procurement','no_appeal','other')),
  appeal_text TEXT, notified TEXT,           -- muutoksenhaku, tiedoksianto
  url TEXT NOT NULL, pdf_url TEXT,
  lang TEXT NOT NULL DEFAULT 'fi' CHECK (lang IN ('fi','sv')),
  previous_key TEXT, next_key TEXT,          -- neighbours in the meeting, by the platform's key
  version_no INTEGER NOT NULL DEFAULT 0,
  content_sha256 TEXT CHECK (length(content_sha256)=64),
  listed_title TEXT NOT NULL, listed_body TEXT,            -- as the feed last gave them
  listed_on TEXT CHECK (listed_on IS date(listed_on,'+0 days')),
  listed_text_sha256 TEXT CHECK (length(listed_text_sha256)=64),
  published_at TEXT CHECK (published_at GLOB '????-??-??T??:??:??Z'),
  first_seen_at TEXT NOT NULL CHECK (first_seen_at GLOB '????-??-??T??:??:??Z'),
  changed_at TEXT NOT NULL CHECK (changed_at GLOB '????-??-??T??:??:??Z'),
  withdrawn_at TEXT CHECK (withdrawn_at GLOB '????-??-??T??:??:??Z'),
  search_terms TEXT,                         -- base forms + compound parts, for FTS only; filled later, NULL until then
  UNIQUE (source_id, key),
  CHECK ((version_no = 0) = (content_sha256 IS NULL)),
  CHECK (stage IS 'minutes' OR (decision IS NULL AND outcome IS NULL))) STRICT;
CREATE INDEX item_meeting ON item(meeting_id, section_no);
CREATE INDEX item_matter ON item(matter_id);
-- Ascending: read backwards they give the newest first with the id as tie-breaker, without a sort.
CREATE INDEX item_changed ON item(changed_at);
CREATE INDEX item_municipality ON item(municipality_id, changed_at);
CREATE INDEX item_body ON item(body_id, changed_at);
CREATE INDEX item_stage ON item(stage, changed_at);
CREATE INDEX item_outcome ON item(outcome, changed_at);

CREATE TABLE page (                          -- the follow-up of an item's page; none for sources whose pages are not read
  item_id INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE CASCADE,
  next_check_at TEXT CHECK (next_check_at GLOB '????-??-??T??:??:??Z'),  -- NULL = never again
  checked_at TEXT CHECK (checked_at GLOB '????-??-??T??:??:??Z'),
  failures INTEGER NOT NULL DEFAULT 0, http_status INTEGER,
  etag TEXT, last_modified TEXT, body_sha256 TEXT CHECK (length(body_sha256)=64),
  restless INTEGER NOT NULL DEFAULT 0,       -- checks in a row that each brought another text
  gone_since TEXT CHECK (gone_since GLOB '????-??-??T??:??:??Z'),
  minutes_since TEXT CHECK (minutes_since GLOB '????-??-??T??:??:??Z'),
  error TEXT) STRICT;
CREATE INDEX page_next ON page(next_check_at);

CREATE TABLE fetch (                         -- provenance: every body that differed from the one before it; bytes in originals.db
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  item_id INTEGER REFERENCES item(id) ON DELETE SET NULL,      -- the item whose page it is; NULL for a feed
  url TEXT NOT NULL, fetched_at TEXT NOT NULL CHECK (fetched_at GLOB '????-??-??T??:??:??Z'),
  http_status INTEGER NOT NULL, content_type TEXT, bytes INTEGER,
  etag TEXT, last_modified TEXT,
  sha256 TEXT NOT NULL CHECK (length(sha256)=64)) STRICT;      -- -> originals.db raw(sha256)
CREATE INDEX fetch_url ON fetch(url);
CREATE INDEX fetch_source ON fetch(source_id);
CREATE INDEX fetch_item ON fetch(item_id);
CREATE INDEX fetch_sha256 ON fetch(sha256);

CREATE TABLE item_version (                  -- every text we ever saw; version_no 1 = first text
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  version_no INTEGER NOT NULL CHECK (version_no >= 1),
  stage TEXT CHECK (stage IN ('agenda','minutes')),
  seen_from TEXT NOT NULL CHECK (seen_from GLOB '????-??-??T??:??:??Z'),
  seen_to TEXT CHECK (seen_to GLOB '????-??-??T??:??:??Z'),
  fetch_id INTEGER REFERENCES fetch(id), parser TEXT NOT NULL,    -- 'dynasty/1'
  content_sha256 TEXT NOT NULL CHECK (length(content_sha256)=64),
  changed_fields TEXT NOT NULL CHECK (json_valid(changed_fields)),
  fields TEXT NOT NULL CHECK (json_valid(fields)),
  handlings TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(handlings)),
  UNIQUE (item_id, version_no)) STRICT;
CREATE INDEX item_version_fetch ON item_version(fetch_id);

CREATE TABLE handling (                      -- earlier handlings of the matter found on the item's page (aiemmat käsittelyt)
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, body TEXT,       -- as printed: 'KASOPLTK'
  held_on TEXT CHECK (held_on IS date(held_on,'+0 days')), section_no INTEGER,
  proposal TEXT, decision TEXT,
  outcome TEXT CHECK (outcome IN ('accepted','amended','rejected','tabled','returned','noted','elected','withdrawn','other')),
  text TEXT,
  UNIQUE (item_id, ordinal)) STRICT;

CREATE TABLE attachment (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, number TEXT,     -- number as printed
  url TEXT NOT NULL, media_type TEXT, bytes INTEGER, pages INTEGER,
  sha256 TEXT CHECK (length(sha256)=64), text TEXT,
  status TEXT NOT NULL DEFAULT 'listed' CHECK (status IN ('listed','fetched','not_public','gone','too_big','skipped')),
  first_seen_at TEXT NOT NULL CHECK (first_seen_at GLOB '????-??-??T??:??:??Z'),
  gone_at TEXT CHECK (gone_at GLOB '????-??-??T??:??:??Z'),     -- first check that did not list it any more
  UNIQUE (item_id, url)) STRICT;

CREATE TABLE rule (                          -- versioned recognition rules, readable by the coordinator
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, network_id INTEGER NOT NULL REFERENCES network(id),
  ordinal INTEGER NOT NULL,
  pattern TEXT NOT NULL CHECK (json_valid(pattern)), weight REAL NOT NULL, note TEXT,
  active_from TEXT NOT NULL CHECK (active_from IS date(active_from,'+0 days')),
  active_to TEXT CHECK (active_to IS date(active_to,'+0 days'))) STRICT;
CREATE INDEX rule_network ON rule(network_id);

CREATE TABLE network_match (                 -- does this item belong to the network, and why
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  network_id INTEGER NOT NULL REFERENCES network(id),
  verdict TEXT NOT NULL CHECK (verdict IN ('in','maybe','out')),
  score REAL NOT NULL, ruleset TEXT NOT NULL,
  decided_by TEXT NOT NULL CHECK (decided_by IN ('rules','human')),
  decided_at TEXT NOT NULL CHECK (decided_at GLOB '????-??-??T??:??:??Z'),
  explanation TEXT NOT NULL,                 -- one Finnish sentence
  UNIQUE (item_id, network_id)) STRICT;
CREATE INDEX network_match_verdict ON network_match(network_id, verdict, item_id);
CREATE TABLE match_evidence (
  id INTEGER PRIMARY KEY, match_id INTEGER NOT NULL REFERENCES network_match(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, rule_id INTEGER REFERENCES rule(id), rule TEXT NOT NULL,
  field TEXT NOT NULL, quote TEXT NOT NULL, weight REAL NOT NULL) STRICT;
CREATE INDEX match_evidence_match ON match_evidence(match_id);
CREATE INDEX match_evidence_rule ON match_evidence(rule_id);

CREATE TABLE dossier (                       -- the same regional matter across municipalities / years
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, slug TEXT NOT NULL UNIQUE,
  network_id INTEGER REFERENCES network(id), year INTEGER) STRICT;
CREATE INDEX dossier_network ON dossier(network_id);
CREATE TABLE dossier_matter (
  dossier_id INTEGER NOT NULL REFERENCES dossier(id), matter_id INTEGER NOT NULL REFERENCES matter(id),
  method TEXT NOT NULL CHECK (method IN ('title','text','reference','human')), confidence REAL NOT NULL,
  note TEXT, PRIMARY KEY (dossier_id, matter_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dossier_matter_matter ON dossier_matter(matter_id);

CREATE TABLE event (                         -- append-only; the merged feed and the sync cursor are reads of this
  seq INTEGER PRIMARY KEY,                   -- rows are never deleted, so never reused: a safe cursor
                                             -- (no AUTOINCREMENT: it would show sqlite_sequence to every reader)
  at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??Z'),
  kind TEXT NOT NULL CHECK (kind IN ('meeting_published','item_new','item_changed','minutes_published','attachment_added','matched','unmatched','withdrawn','erased')),
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  meeting_id INTEGER REFERENCES meeting(id), item_id INTEGER REFERENCES item(id) ON DELETE SET NULL,
  network_id INTEGER REFERENCES network(id),         -- of matched and unmatched
  item_uid TEXT, version_no INTEGER, summary TEXT NOT NULL) STRICT;
CREATE INDEX event_item ON event(item_id);
CREATE INDEX event_municipality ON event(municipality_id, seq);
CREATE INDEX event_meeting ON event(meeting_id);
CREATE INDEX event_network ON event(network_id) WHERE network_id IS NOT NULL;

CREATE TABLE takedown (                      -- blocks re-import; survives rebuilds; holds no personal data
  id INTEGER PRIMARY KEY, at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??Z'),
  target_uid TEXT NOT NULL, url TEXT, sha256 TEXT,
  action TEXT NOT NULL CHECK (action IN ('hide','redact','erase')),
  reason TEXT NOT NULL CHECK (reason IN ('personal_data','source_withdrew','legal','mistake')),
  expires_on TEXT CHECK (expires_on IS date(expires_on,'+0 days'))) STRICT;
CREATE INDEX takedown_target ON takedown(target_uid);

CREATE TABLE problem (                       -- what could not be read or trusted, as long as it is so
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  item_id INTEGER REFERENCES item(id) ON DELETE CASCADE,       -- NULL: the feed of the source
  kind TEXT NOT NULL, detail TEXT NOT NULL,
  since TEXT NOT NULL CHECK (since GLOB '????-??-??T??:??:??Z')) STRICT;
CREATE INDEX problem_source ON problem(source_id);
CREATE INDEX problem_item ON problem(item_id);

CREATE TABLE host_pause (                    -- Retry-After of a host, kept over restarts
  host TEXT PRIMARY KEY, until TEXT NOT NULL CHECK (until GLOB '????-??-??T??:??:??Z')) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (                    -- inputs that made a reader crash; never parsed again
  sha256 TEXT PRIMARY KEY CHECK (length(sha256)=64), url TEXT NOT NULL, reason TEXT NOT NULL,
  at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??Z')) STRICT, WITHOUT ROWID;

-- Full text. content="item" must be written with double quotes (or [item]): Datasette looks for exactly that.
CREATE VIRTUAL TABLE item_fts USING fts5(
  title, background, proposal, decision, diary_number, search_terms,
  content="item", content_rowid="id", tokenize="unicode61 remove_diacritics 0");
CREATE TRIGGER item_fts_ai AFTER INSERT ON item BEGIN
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms)
  VALUES (new.id,new.title,new.background,new.proposal,new.decision,new.diary_number,new.search_terms); END;
CREATE TRIGGER item_fts_ad AFTER DELETE ON item BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms); END;
CREATE TRIGGER item_fts_au AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms ON item
WHEN old.title IS NOT new.title OR old.background IS NOT new.background OR old.proposal IS NOT new.proposal
  OR old.decision IS NOT new.decision OR old.diary_number IS NOT new.diary_number OR old.search_terms IS NOT new.search_terms
BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms);
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms)
  VALUES (new.id,new.title,new.background,new.proposal,new.decision,new.diary_number,new.search_terms); END;

-- Public, stable views: the contract for SQL users.  New columns are appended, never renamed.
CREATE VIEW decisions AS        -- one row per item; start here
SELECT i.id AS item_id, i.uid, mu.name AS municipality, coalesce(b.name, i.listed_body) AS body,
       coalesce(me.held_on, i.listed_on) AS date, i.section_no,
       i.title, i.diary_number, i.stage, i.outcome, i.presenter, i.preparer, i.proposal, i.decision, i.appeal_kind,
       (SELECT group_concat(n.slug, ' ') FROM network_match nm JOIN network n ON n.id=nm.network_id
         WHERE nm.item_id=i.id AND nm.verdict='in') AS networks,
       CAST(substr(coalesce(me.held_on, i.listed_on),1,4) AS INTEGER) AS year, i.version_no, i.changed_at, i.withdrawn_at, i.url
FROM item i JOIN municipality mu ON mu.id=i.municipality_id
LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id;

CREATE VIEW network_decisions AS -- one row per (network, item) with verdict and reason
SELECT n.slug AS network, nm.verdict, nm.score, nm.explanation AS why, nm.decided_by, d.*
FROM network_match nm JOIN network n ON n.id=nm.network_id JOIN decisions d ON d.item_id=nm.item_id;

CREATE VIEW paatokset AS        -- the same contract in Finnish
SELECT item_id, uid AS tunniste, municipality AS kunta, body AS toimielin, date AS pvm, section_no AS pykala,
       title AS otsikko, diary_number AS diaarinumero, stage AS vaihe, outcome AS tulos, presenter AS esittelija,
       preparer AS valmistelija, proposal AS paatosehdotus, decision AS paatos, appeal_kind AS muutoksenhaku,
       networks AS verkostot, year AS vuosi, version_no AS versio, changed_at AS muutettu, url AS linkki
FROM decisions WHERE withdrawn_at IS NULL;

CREATE VIEW network_matrix AS   -- which municipality has handled which regional matter, how far, when
SELECT d.title AS dossier, d.year, mu.name AS municipality, coalesce(x.state,'not seen') AS state,
       x.first_on, x.last_on, x.outcomes, coalesce(x.items,0) AS items
FROM dossier d JOIN network_member nme ON nme.network_id=d.network_id
JOIN municipality mu ON mu.id=nme.municipality_id
LEFT JOIN (SELECT dm.dossier_id, ma.municipality_id,
             min(coalesce(me.held_on, i.listed_on)) AS first_on, max(coalesce(me.held_on, i.listed_on)) AS last_on,
             CASE WHEN max(i.stage IS 'minutes')=1 THEN 'decided' ELSE 'on agenda' END AS state,
             group_concat(DISTINCT i.outcome) AS outcomes, count(*) AS items
           FROM dossier_matter dm JOIN matter ma ON ma.id=dm.matter_id
           JOIN item i ON i.matter_id=ma.id AND i.withdrawn_at IS NULL LEFT JOIN meeting me ON me.id=i.meeting_id
           GROUP BY dm.dossier_id, ma.municipality_id) x ON x.dossier_id=d.id AND x.municipality_id=mu.id;

CREATE VIEW source_status AS
SELECT s.id AS source_id, mu.name AS municipality, s.system, s.name,
  (SELECT outcome FROM poll p WHERE p.source_id=s.id ORDER BY started_at DESC, id DESC LIMIT 1) AS last_outcome,
  (SELECT max(started_at) FROM poll p WHERE p.source_id=s.id AND outcome IN ('ok','not_modified')) AS last_ok_at,
  (SELECT max(coalesce(me.held_on, i.listed_on)) FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id
    WHERE i.source_id=s.id AND i.withdrawn_at IS NULL) AS newest_meeting,
  (SELECT sum(items_new) FROM poll p WHERE p.source_id=s.id AND started_at >= strftime('%Y-%m-%dT%H:%M:%SZ','now','-30 days')) AS new_items_30d,
  s.slug AS source, s.enabled,
  (SELECT count(*) FROM item i WHERE i.source_id=s.id AND i.withdrawn_at IS NULL) AS items,
  (SELECT count(*) FROM item i JOIN page pa ON pa.item_id=i.id WHERE i.source_id=s.id AND i.withdrawn_at IS NULL
    AND pa.next_check_at IS NOT NULL AND i.stage IS NOT 'minutes') AS awaiting_minutes,
  (SELECT count(*) FROM problem pr WHERE pr.source_id=s.id) AS problems
FROM source s JOIN municipality mu ON mu.id=s.municipality_id;
