-- Schema 7: columns that came without a CHECK get theirs, and what people filter by has an index.
-- A column is made anew under another name, because SQLite cannot add a CHECK to one that stands.

DROP VIEW missing;

ALTER TABLE source ADD COLUMN publishes_checked TEXT CHECK (publishes_checked IN ('items','official_decisions'));
UPDATE source SET publishes_checked=publishes WHERE publishes IN ('items','official_decisions');
ALTER TABLE source DROP COLUMN publishes;
ALTER TABLE source RENAME COLUMN publishes_checked TO publishes;   -- NULL = items

ALTER TABLE poll ADD COLUMN certificate_checked TEXT
  CHECK (certificate_checked IN ('expired','not_yet_valid','unknown_issuer','wrong_name','revoked','other'));
UPDATE poll SET certificate_checked=certificate
  WHERE certificate IN ('expired','not_yet_valid','unknown_issuer','wrong_name','revoked','other');
ALTER TABLE poll DROP COLUMN certificate;
ALTER TABLE poll RENAME COLUMN certificate_checked TO certificate;

ALTER TABLE item ADD COLUMN section_checked INTEGER CHECK (section_checked>=0);
UPDATE item SET section_checked=listed_section WHERE listed_section>=0;
ALTER TABLE item DROP COLUMN listed_section;
ALTER TABLE item RENAME COLUMN section_checked TO listed_section;

CREATE INDEX municipality_kind ON municipality(kind);
CREATE INDEX source_system ON source(system);
CREATE INDEX meeting_status ON meeting(status, held_on);
CREATE INDEX event_kind ON event(kind);
CREATE INDEX poll_outcome ON poll(outcome);
CREATE INDEX attachment_status ON attachment(status);
CREATE INDEX body_kind ON body(kind);
CREATE INDEX network_match_any_verdict ON network_match(verdict);
CREATE INDEX problem_kind ON problem(kind);

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
