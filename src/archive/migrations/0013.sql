-- Schema 13: what people and checks ask for by day stands in an index.

-- The day of an item's meeting, else as listed: an order over two tables is in no index. Whoever writes an item may
-- leave it out; the triggers see to it.
ALTER TABLE item ADD COLUMN day TEXT CHECK (day IS date(day,'+0 days'));
UPDATE item SET day=coalesce((SELECT held_on FROM meeting WHERE id=item.meeting_id), listed_on);
CREATE TRIGGER item_day_ai AFTER INSERT ON item
WHEN new.day IS NOT coalesce((SELECT held_on FROM meeting WHERE id=new.meeting_id), new.listed_on) BEGIN
  UPDATE item SET day=coalesce((SELECT held_on FROM meeting WHERE id=new.meeting_id), new.listed_on) WHERE id=new.id; END;
CREATE TRIGGER item_day_au AFTER UPDATE OF meeting_id, listed_on, day ON item
WHEN new.day IS NOT coalesce((SELECT held_on FROM meeting WHERE id=new.meeting_id), new.listed_on) BEGIN
  UPDATE item SET day=coalesce((SELECT held_on FROM meeting WHERE id=new.meeting_id), new.listed_on) WHERE id=new.id; END;
CREATE TRIGGER item_day_meeting AFTER UPDATE OF held_on ON meeting WHEN new.held_on IS NOT old.held_on BEGIN
  UPDATE item SET day=new.held_on WHERE meeting_id=new.id; END;
CREATE INDEX item_day ON item(day);
CREATE INDEX item_source_day ON item(source_id, day);
-- An item with body and day has a meeting; this alone answers which numbers there are.
CREATE INDEX item_section ON item(body_id, substr(day,1,4), section_no, day, source_id) WHERE section_no>0 AND day IS NOT NULL;

CREATE INDEX page_failed ON page(item_id) WHERE error IS NOT NULL;
CREATE INDEX attachment_again ON attachment(failures, checked_at) WHERE status='listed' AND checked_at IS NOT NULL;
DROP INDEX attachment_skipped;
CREATE INDEX attachment_left ON attachment(skipped_for, media_type, item_id) WHERE status='skipped';

DROP VIEW decisions;
CREATE VIEW decisions AS        -- one row per item; start here
SELECT i.id AS item_id, i.uid, mu.name AS municipality, coalesce(b.name, i.listed_body) AS body,
       i.day AS date, i.section_no,
       i.title, i.diary_number, i.stage, i.outcome, i.presenter, i.preparer, i.proposal, i.decision, i.appeal_kind,
       (SELECT group_concat(n.slug, ' ') FROM network_match nm JOIN network n ON n.id=nm.network_id
         WHERE nm.item_id=i.id AND nm.verdict='in') AS networks,
       CAST(substr(coalesce(me.held_on, i.listed_on),1,4) AS INTEGER) AS year, i.version_no, i.changed_at, i.withdrawn_at, i.url
FROM item i JOIN municipality mu ON mu.id=i.municipality_id
LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id;

-- Section numbers run 1..n per body and calendar year. A gap is counted from the smallest number known, or from 1
-- where the year was walked from its beginning. Items whose number is not known yet fill their meeting's gap.
-- Only years that miss a number are looked at one number after the other.
DROP VIEW missing;
CREATE VIEW missing AS
WITH known AS NOT MATERIALIZED (
  SELECT i.body_id, substr(i.day,1,4) AS of_year, i.section_no, i.day, i.source_id FROM item i
  WHERE i.section_no>0 AND i.day IS NOT NULL
    AND i.source_id NOT IN (SELECT id FROM source WHERE coalesce(publishes,'items')<>'items')),
holed AS (
  SELECT body_id, of_year FROM known GROUP BY body_id, of_year HAVING max(section_no)>count(DISTINCT section_no)),
numbered AS (
  SELECT k.body_id, CAST(k.of_year AS INTEGER) AS year, k.section_no,
         min(k.day) AS held_on, max(k.source_id) AS source_id
  FROM holed h CROSS JOIN known k ON k.body_id=h.body_id AND k.of_year=h.of_year
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
    SELECT (SELECT i.day FROM item i WHERE i.source_id=s.id AND i.withdrawn_at IS NULL ORDER BY i.day DESC LIMIT 1) AS day
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
