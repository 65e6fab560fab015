-- Schema 2: lists that are pages, meetings as lists name them, and the walk through what was published before.

ALTER TABLE meeting ADD COLUMN published_on TEXT CHECK (published_on IS date(published_on,'+0 days'));
ALTER TABLE meeting ADD COLUMN place TEXT;
ALTER TABLE meeting ADD COLUMN pdf_url TEXT;
ALTER TABLE meeting ADD COLUMN list_key TEXT;   -- list_page.key of its items' list, in the source that lists the meeting
ALTER TABLE meeting ADD COLUMN source_id INTEGER REFERENCES source(id);  -- that source; NULL = known from its items alone
CREATE INDEX meeting_source ON meeting(source_id, list_key);

-- Of fronts that are pages: their bytes differ at every fetch, what is read in them does not.
ALTER TABLE feed_state ADD COLUMN reading_sha256 TEXT CHECK (length(reading_sha256)=64);

CREATE TABLE list_page (                     -- lists beside the front of a source: bodies, meetings of a body, items of a meeting
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  kind TEXT NOT NULL CHECK (kind IN ('item_feed','meeting_feed','bodies','meetings','meeting','items')),
  key TEXT NOT NULL,                         -- the platform's own key: 'meeting/20261273'
  url TEXT NOT NULL,
  body TEXT,                                 -- whose meetings or meeting it lists, where known
  held_on TEXT CHECK (held_on IS date(held_on,'+0 days')),
  standing INTEGER NOT NULL DEFAULT 0 CHECK (standing IN (0,1)),   -- the platform follows it of itself; nothing has to list it
  settled_since TEXT CHECK (settled_since GLOB '????-??-??T??:??:??Z'),  -- first reading of final minutes, or of a cancellation
  first_seen_at TEXT NOT NULL CHECK (first_seen_at GLOB '????-??-??T??:??:??Z'),
  next_check_at TEXT CHECK (next_check_at GLOB '????-??-??T??:??:??Z'),  -- NULL = only a backfill asks for it
  checked_at TEXT CHECK (checked_at GLOB '????-??-??T??:??:??Z'),
  walked_at TEXT CHECK (walked_at GLOB '????-??-??T??:??:??Z'),    -- when the present or latest backfill got an answer
  failures INTEGER NOT NULL DEFAULT 0, http_status INTEGER,
  etag TEXT, last_modified TEXT,
  reading_sha256 TEXT CHECK (length(reading_sha256)=64),           -- of what was read, not of the bytes
  items_listed INTEGER,                      -- items, meetings and lists that it listed
  gone_since TEXT CHECK (gone_since GLOB '????-??-??T??:??:??Z'),
  error TEXT,
  UNIQUE (source_id, key)) STRICT;
CREATE INDEX list_page_next ON list_page(next_check_at);

CREATE TABLE backfill (                      -- the latest walk through all that a source still publishes
  source_id INTEGER PRIMARY KEY REFERENCES source(id),
  since TEXT NOT NULL CHECK (since IS date(since,'+0 days')),      -- meetings held before are not asked for
  started_at TEXT NOT NULL CHECK (started_at GLOB '????-??-??T??:??:??Z'),
  finished_at TEXT CHECK (finished_at GLOB '????-??-??T??:??:??Z')) STRICT;

-- The list that a problem stands in; NULL: the front of the source, or an item.
ALTER TABLE problem ADD COLUMN list_id INTEGER REFERENCES list_page(id) ON DELETE CASCADE;
CREATE INDEX problem_list ON problem(list_id);

DROP VIEW source_status;
CREATE VIEW source_status AS
SELECT s.id AS source_id, mu.name AS municipality, s.system, s.name,
  (SELECT outcome FROM poll p WHERE p.source_id=s.id ORDER BY started_at DESC, id DESC LIMIT 1) AS last_outcome,
  (SELECT max(started_at) FROM poll p WHERE p.source_id=s.id AND outcome IN ('ok','not_modified')) AS last_ok_at,
  (SELECT max(day) FROM (
    SELECT max(coalesce(me.held_on, i.listed_on)) AS day FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id
      WHERE i.source_id=s.id AND i.withdrawn_at IS NULL
    UNION ALL SELECT max(me.held_on) FROM meeting me WHERE me.source_id=s.id)) AS newest_meeting,
  (SELECT sum(items_new) FROM poll p WHERE p.source_id=s.id AND started_at >= strftime('%Y-%m-%dT%H:%M:%SZ','now','-30 days')) AS new_items_30d,
  s.slug AS source, s.enabled,
  (SELECT count(*) FROM item i WHERE i.source_id=s.id AND i.withdrawn_at IS NULL) AS items,
  (SELECT count(*) FROM item i JOIN page pa ON pa.item_id=i.id WHERE i.source_id=s.id AND i.withdrawn_at IS NULL
    AND pa.next_check_at IS NOT NULL AND i.stage IS NOT 'minutes') AS awaiting_minutes,
  (SELECT count(*) FROM problem pr WHERE pr.source_id=s.id) AS problems,
  s.robots, s.feed_kind,
  (SELECT count(*) FROM meeting me WHERE me.source_id=s.id) AS meetings,
  (SELECT count(*) FROM list_page lp WHERE lp.source_id=s.id AND lp.error IS NOT NULL AND lp.next_check_at IS NOT NULL) AS failing_lists
FROM source s JOIN municipality mu ON mu.id=s.municipality_id;
