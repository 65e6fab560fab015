-- Schema 12: regional matters are joined item by item, by the rules and by hand, and the matrix says when it cannot tell.

DROP VIEW network_matrix;
DROP TABLE dossier_matter;

ALTER TABLE dossier ADD COLUMN subject TEXT CHECK (length(subject)>0);               -- key of the configuration; NULL: joined by titles
ALTER TABLE dossier ADD COLUMN predecessor_id INTEGER REFERENCES dossier(id);
ALTER TABLE dossier ADD COLUMN made_by TEXT NOT NULL DEFAULT 'rules' CHECK (made_by IN ('rules','human'));
ALTER TABLE dossier ADD COLUMN title_by TEXT NOT NULL DEFAULT 'rules' CHECK (title_by IN ('rules','human'));
ALTER TABLE dossier ADD COLUMN first_on TEXT CHECK (first_on IS date(first_on,'+0 days'));
ALTER TABLE dossier ADD COLUMN last_on TEXT CHECK (last_on IS date(last_on,'+0 days'));
ALTER TABLE dossier ADD COLUMN changed_at TEXT CHECK (changed_at GLOB '????-??-??T??:??:??Z');
ALTER TABLE dossier ADD COLUMN revision INTEGER NOT NULL DEFAULT 0 CHECK (revision>=0);  -- grows with every change
CREATE INDEX dossier_predecessor ON dossier(predecessor_id);

-- How far the log was read when items were last joined, and by which rules; NULL: they have to be joined (again).
ALTER TABLE network ADD COLUMN joined_seq INTEGER;
ALTER TABLE network ADD COLUMN joined_by TEXT;

CREATE TABLE dossier_item (                  -- which items make up a dossier, and why
  dossier_id INTEGER NOT NULL REFERENCES dossier(id) ON DELETE CASCADE,
  municipality_id INTEGER NOT NULL REFERENCES municipality(id),
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  method TEXT NOT NULL CHECK (method IN ('title','text','reference','diary','human')),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  note TEXT CHECK (length(note)>0),          -- to quote: the words, the reference, the diary number, the person's reason
  PRIMARY KEY (dossier_id, municipality_id, item_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dossier_item_municipality ON dossier_item(municipality_id);
CREATE INDEX dossier_item_item ON dossier_item(item_id);

CREATE TABLE dossier_hand (                  -- what a person decided; it stands until a person takes it back
  dossier_id INTEGER NOT NULL REFERENCES dossier(id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  action TEXT NOT NULL CHECK (action IN ('joined','parted')),
  note TEXT CHECK (length(note)>0),
  decided_at TEXT NOT NULL CHECK (decided_at GLOB '????-??-??T??:??:??Z'),
  PRIMARY KEY (dossier_id, item_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dossier_hand_item ON dossier_hand(item_id);

CREATE TABLE network_body (                  -- bodies that have handled a network's matters: gaps of others say nothing
  network_id INTEGER NOT NULL REFERENCES network(id), body_id INTEGER NOT NULL REFERENCES body(id),
  PRIMARY KEY (network_id, body_id)) STRICT, WITHOUT ROWID;
CREATE INDEX network_body_body ON network_body(body_id);

-- Items that name another handling are found from that one.
CREATE INDEX handling_section ON handling(held_on, section_no);

CREATE VIEW dossier_matter AS                -- the same by diary number, where items have one
SELECT di.dossier_id, i.matter_id, min(di.method) AS method, max(di.confidence) AS confidence, max(di.note) AS note
FROM dossier_item di JOIN item i ON i.id=di.item_id WHERE i.matter_id IS NOT NULL GROUP BY di.dossier_id, i.matter_id;

-- Which member has handled which regional matter, how far, when, and with what result. A member that was not seen is
-- 'unknown' unless its source was polled well, has no gap in that time and goes back that far. What happens to a
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
        WHERE q.since>d.first_on) r
      ORDER BY r.place, r.since LIMIT 1) AS doubt
  FROM dossier d JOIN network_member nm ON nm.network_id=d.network_id
  WHERE EXISTS (SELECT 1 FROM dossier_item di WHERE di.dossier_id=d.id)) x
JOIN dossier d ON d.id=x.dossier_id JOIN network n ON n.id=d.network_id JOIN municipality mu ON mu.id=x.municipality_id
LEFT JOIN item i ON i.id=x.latest LEFT JOIN meeting me ON me.id=i.meeting_id
WHERE x.left_on IS NULL OR i.id IS NOT NULL;
