-- Schema 17: a source that was never reached is said to be unknown, not well; the source that took its place is named.

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
  coalesce((SELECT f.severity FROM finding f WHERE f.source_id=s.id
      ORDER BY CASE f.severity WHEN 'failing' THEN 3 WHEN 'warning' THEN 2 WHEN 'notice' THEN 1 ELSE 0 END DESC, f.since LIMIT 1),
    CASE WHEN EXISTS (SELECT 1 FROM poll p WHERE p.source_id=s.id AND p.outcome IN ('ok','not_modified')) THEN 'ok' ELSE 'unknown' END) AS health,
  (SELECT group_concat(f.text, ' ') FROM finding f WHERE f.source_id=s.id AND f.severity IN ('warning','failing')) AS findings,
  (SELECT pr.detail FROM problem pr WHERE pr.source_id=s.id ORDER BY pr.since DESC, pr.id DESC LIMIT 1) AS newest_problem,
  coalesce((SELECT f.data->>'sections' FROM finding f WHERE f.source_id=s.id AND f.kind='missing'), 0) AS missing_sections,
  (SELECT count(*) FROM item i JOIN page pa ON pa.item_id=i.id LEFT JOIN meeting me ON me.id=i.meeting_id
    WHERE i.source_id=s.id AND i.withdrawn_at IS NULL AND pa.gone_since IS NULL AND i.stage IS NOT 'minutes'
      AND coalesce(me.status,'')<>'cancelled'
      AND coalesce(me.held_on, i.listed_on)<date('now','-30 days')) AS awaiting_too_long,
  (SELECT n.slug FROM source n WHERE n.id=s.successor_id) AS successor
FROM source s JOIN municipality mu ON mu.id=s.municipality_id;
