-- Schema 4: health of the sources, and sections that are missing.

-- 'items' or 'official_decisions': those are numbered as well, but not all of them are published. NULL = items.
ALTER TABLE source ADD COLUMN publishes TEXT;
-- Why the server's certificate was not accepted, where that was the cause.
ALTER TABLE poll ADD COLUMN certificate TEXT;

CREATE TABLE finding (                       -- what is wrong or unusual with a source, as long as it is so; one row per kind
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('ok','notice','warning','failing')),
  text TEXT NOT NULL,                        -- one English sentence
  data TEXT NOT NULL CHECK (json_valid(data)),                     -- the same as numbers and words
  since TEXT NOT NULL CHECK (since GLOB '????-??-??T??:??:??Z'),
  UNIQUE (source_id, kind)) STRICT;

CREATE TABLE gap_search (                    -- when the lists around missing sections were last made due
  body_id INTEGER NOT NULL REFERENCES body(id),
  year INTEGER NOT NULL, first_no INTEGER NOT NULL,
  searched_at TEXT NOT NULL CHECK (searched_at GLOB '????-??-??T??:??:??Z'),
  PRIMARY KEY (body_id, year, first_no)) STRICT, WITHOUT ROWID;

-- Section numbers run 1..n per body and calendar year. A gap is counted from the smallest number known, or from 1
-- where the year was walked from its beginning. Items whose number is not known yet fill their meeting's gap.
CREATE VIEW missing AS
WITH numbered AS (
  SELECT me.body_id, CAST(substr(me.held_on,1,4) AS INTEGER) AS year, i.section_no,
         min(me.held_on) AS held_on, max(i.source_id) AS source_id
  FROM item i JOIN meeting me ON me.id=i.meeting_id JOIN source s ON s.id=i.source_id
  WHERE i.section_no>0 AND coalesce(s.publishes,'items')='items'
  GROUP BY 1, 2, 3),
stepped AS (
  SELECT body_id, year, section_no, held_on, source_id,
         lag(section_no) OVER steps AS before_no, lag(held_on) OVER steps AS before_on
  FROM numbered WINDOW steps AS (PARTITION BY body_id, year ORDER BY section_no)),
gap AS (
  SELECT body_id, year, source_id, coalesce(before_no,0)+1 AS first_no, section_no-1 AS last_no,
         before_on AS after_meeting, held_on AS before_meeting
  FROM stepped
  WHERE section_no>coalesce(before_no,0)+1
    AND (before_no IS NOT NULL
         OR EXISTS (SELECT 1 FROM backfill b WHERE b.source_id=stepped.source_id AND b.finished_at IS NOT NULL
                    AND b.since<=stepped.year||'-01-01'))),
counted AS (
  SELECT gap.*, last_no-first_no+1
    -(SELECT count(*) FROM meeting me JOIN item i ON i.meeting_id=me.id
       WHERE me.body_id=gap.body_id AND i.section_no IS NULL AND i.stage IS NOT 'minutes'
         AND me.held_on BETWEEN min(coalesce(gap.after_meeting,gap.year||'-01-01'),gap.before_meeting)
                            AND max(coalesce(gap.after_meeting,gap.year||'-01-01'),gap.before_meeting)) AS sections
  FROM gap)
SELECT mu.name AS municipality, b.name AS body, c.year, c.first_no, c.last_no, c.sections,
       c.after_meeting, c.before_meeting, s.slug AS source, gs.searched_at AS looked_for_at,
       c.body_id, c.source_id
FROM counted c JOIN body b ON b.id=c.body_id JOIN municipality mu ON mu.id=b.municipality_id
JOIN source s ON s.id=c.source_id
LEFT JOIN gap_search gs ON gs.body_id=c.body_id AND gs.year=c.year AND gs.first_no=c.first_no
WHERE c.sections>0;

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
  (SELECT count(*) FROM list_page lp WHERE lp.source_id=s.id AND lp.error IS NOT NULL AND lp.next_check_at IS NOT NULL) AS failing_lists,
  CASE WHEN EXISTS (SELECT 1 FROM poll p WHERE p.source_id=s.id) THEN
    coalesce((SELECT f.severity FROM finding f WHERE f.source_id=s.id
      ORDER BY CASE f.severity WHEN 'failing' THEN 3 WHEN 'warning' THEN 2 WHEN 'notice' THEN 1 ELSE 0 END DESC, f.since LIMIT 1),
      'ok') END AS health,
  (SELECT group_concat(f.text, ' ') FROM finding f WHERE f.source_id=s.id AND f.severity IN ('warning','failing')) AS findings,
  (SELECT pr.detail FROM problem pr WHERE pr.source_id=s.id ORDER BY pr.since DESC, pr.id DESC LIMIT 1) AS newest_problem,
  coalesce((SELECT f.data->>'sections' FROM finding f WHERE f.source_id=s.id AND f.kind='missing'), 0) AS missing_sections,
  (SELECT count(*) FROM item i JOIN page pa ON pa.item_id=i.id LEFT JOIN meeting me ON me.id=i.meeting_id
    WHERE i.source_id=s.id AND i.withdrawn_at IS NULL AND pa.gone_since IS NULL AND i.stage IS NOT 'minutes'
      AND coalesce(me.status,'')<>'cancelled'
      AND coalesce(me.held_on, i.listed_on)<date('now','-30 days')) AS awaiting_too_long
FROM source s JOIN municipality mu ON mu.id=s.municipality_id;
