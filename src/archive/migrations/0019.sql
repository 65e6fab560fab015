-- Schema 19: found items are counted from an index, and what was not joined is not said to be unseen.

-- What found items are narrowed by stands behind their texts, pages of the file away: counting 20,000 of them read each.
CREATE INDEX item_counted ON item(id, search_facets, withdrawn_at);

-- A member may have so many items of a network that the oldest are not joined.
ALTER TABLE network_member ADD COLUMN left_out_until TEXT CHECK (left_out_until IS date(left_out_until,'+0 days'));

DROP VIEW network_matrix;
-- Which member has handled which regional matter, how far, when, and with what result. A member that was not seen is
-- 'unknown' unless its source was polled well, has no gap in that time and goes back that far, and all its items were joined. What happens to a
-- source more than 120 days after the latest handling anywhere is not held against an old matter.
CREATE VIEW network_matrix AS
SELECT d.title AS dossier, d.year, mu.name AS municipality,
  CASE WHEN i.id IS NULL THEN CASE WHEN x.doubt IS NULL THEN 'not seen' ELSE 'unknown' END
       WHEN i.stage IS 'minutes' AND coalesce(i.outcome,'') NOT IN ('tabled','returned','withdrawn') THEN 'decided'
       ELSE 'on agenda' END AS state,
  (SELECT min(coalesce(m.held_on,o.listed_on)) FROM dossier_item di JOIN item o ON o.id=di.item_id LEFT JOIN meeting m ON m.id=o.meeting_id
    WHERE di.dossier_id=d.id AND di.municipality_id=mu.id AND o.withdrawn_at IS NULL) AS first_on,
  (SELECT max(coalesce(m.held_on,o.listed_on)) FROM dossier_item di JOIN item o ON o.id=di.item_id LEFT JOIN meeting m ON m.id=o.meeting_id
    WHERE di.dossier_id=d.id AND di.municipality_id=mu.id AND o.withdrawn_at IS NULL) AS last_on,
  (SELECT group_concat(DISTINCT o.outcome) FROM dossier_item di JOIN item o ON o.id=di.item_id
    WHERE di.dossier_id=d.id AND di.municipality_id=mu.id AND o.withdrawn_at IS NULL) AS outcomes,
  (SELECT count(*) FROM dossier_item di JOIN item o ON o.id=di.item_id
    WHERE di.dossier_id=d.id AND di.municipality_id=mu.id AND o.withdrawn_at IS NULL) AS items,
  d.slug, n.slug AS network, coalesce(me.held_on, i.listed_on) AS handled_on, i.outcome,
  CASE WHEN i.stage IS NOT 'minutes' OR i.proposal IS NULL THEN NULL
       WHEN i.outcome IN ('accepted','noted') THEN 0
       WHEN i.outcome IN ('amended','rejected','tabled','returned','withdrawn') THEN 1 END AS differs,
  CASE WHEN i.id IS NULL THEN substr(x.doubt,1,instr(x.doubt,'|')-1) END AS why,
  CASE WHEN i.id IS NULL THEN nullif(substr(x.doubt,instr(x.doubt,'|')+1),'') END AS why_since,
  i.uid
FROM (
  SELECT d.id AS dossier_id, nm.municipality_id, nm.left_on,
    (SELECT di.item_id FROM dossier_item di JOIN item o ON o.id=di.item_id LEFT JOIN meeting m ON m.id=o.meeting_id
      WHERE di.dossier_id=d.id AND di.municipality_id=nm.municipality_id AND o.withdrawn_at IS NULL
      ORDER BY coalesce(m.held_on,o.listed_on) DESC, o.stage IS 'minutes' DESC, o.uid DESC LIMIT 1) AS latest,
    (SELECT r.why||'|'||coalesce(r.since,'') FROM (
      SELECT 1 AS place, 'no source' AS why, NULL AS since
        WHERE NOT EXISTS (SELECT 1 FROM source s WHERE s.municipality_id=nm.municipality_id AND s.enabled=1)
      UNION ALL
      SELECT 2, 'never polled', NULL FROM source s WHERE s.municipality_id=nm.municipality_id AND s.enabled=1
        AND NOT EXISTS (SELECT 1 FROM poll p WHERE p.source_id=s.id)
      UNION ALL
      SELECT 3, 'source down', substr(coalesce(q.last_ok, q.first_at),1,10) FROM (
        SELECT p.started_at, p.failures, p.outcome,
          (SELECT max(k.started_at) FROM poll k WHERE k.source_id=s.id AND k.outcome IN ('ok','not_modified')) AS last_ok,
          (SELECT min(k.started_at) FROM poll k WHERE k.source_id=s.id) AS first_at
        FROM source s JOIN poll p ON p.id=(SELECT l.id FROM poll l WHERE l.source_id=s.id ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
        WHERE s.municipality_id=nm.municipality_id AND s.enabled=1) q
        WHERE q.outcome NOT IN ('ok','not_modified')
          AND (q.last_ok IS NULL OR ((q.failures>=3 OR julianday(q.started_at)-julianday(q.last_ok)>1)
            AND coalesce(substr(q.last_ok,1,10)<=date(d.last_on,'+120 days'),1)))
      UNION ALL
      SELECT 4, 'sections missing', coalesce(g.value->>'after_meeting', g.value->>'before_meeting')
        FROM source s JOIN finding f ON f.source_id=s.id AND f.kind='missing' JOIN json_each(f.data,'$.gaps') g
        WHERE s.municipality_id=nm.municipality_id AND s.enabled=1
          AND coalesce(g.value->>'before_meeting'>=d.first_on,1)
          AND coalesce(coalesce(g.value->>'after_meeting',(g.value->>'year')||'-01-01')<=date(d.last_on,'+120 days'),1)
          AND (EXISTS (SELECT 1 FROM body b JOIN network_body nb ON nb.body_id=b.id AND nb.network_id=d.network_id
                 WHERE b.municipality_id=nm.municipality_id AND b.name=g.value->>'body')
            OR NOT EXISTS (SELECT 1 FROM body b JOIN network_body nb ON nb.body_id=b.id AND nb.network_id=d.network_id
                 WHERE b.municipality_id=nm.municipality_id))
      UNION ALL
      SELECT 5, 'pages unread', substr(f.since,1,10) FROM source s JOIN finding f ON f.source_id=s.id AND f.kind='pages_fail'
        WHERE s.municipality_id=nm.municipality_id AND s.enabled=1 AND f.data->>'lists'>0
          AND coalesce(substr(f.since,1,10)<=date(d.last_on,'+120 days'),1)
      UNION ALL
      SELECT 5, 'pages unread', NULL FROM source s WHERE s.municipality_id=nm.municipality_id AND s.enabled=1
        AND NOT EXISTS (SELECT 1 FROM item o WHERE o.source_id=s.id)
      UNION ALL
      SELECT 6, 'followed later', q.since FROM (
        SELECT min(coalesce((SELECT substr(min(k.started_at),1,10) FROM poll k WHERE k.source_id=s.id AND k.outcome IN ('ok','not_modified')),'9999'),
          coalesce((SELECT min((SELECT min(m.held_on) FROM meeting m WHERE m.body_id=b.id)) FROM body b WHERE b.municipality_id=s.municipality_id),'9999'),
          coalesce((SELECT min(w.since) FROM backfill w WHERE w.source_id=s.id AND w.finished_at IS NOT NULL),'9999')) AS since
        FROM source s WHERE s.municipality_id=nm.municipality_id AND s.enabled=1) q
        WHERE q.since>d.first_on
      UNION ALL
      SELECT 7, 'too many items', NULL WHERE nm.left_out_until IS NOT NULL AND coalesce(d.first_on<=nm.left_out_until,1)) r
      ORDER BY r.place, r.since LIMIT 1) AS doubt
  FROM dossier d JOIN network_member nm ON nm.network_id=d.network_id
  WHERE EXISTS (SELECT 1 FROM dossier_item di WHERE di.dossier_id=d.id)) x
JOIN dossier d ON d.id=x.dossier_id JOIN network n ON n.id=d.network_id JOIN municipality mu ON mu.id=x.municipality_id
LEFT JOIN item i ON i.id=x.latest LEFT JOIN meeting me ON me.id=i.meeting_id
WHERE x.left_on IS NULL OR i.id IS NOT NULL;
