-- What a snapshot says of itself, counted in the snapshot. `built_at` and `generator_version` come from the program.
INSERT INTO meta(key,value) VALUES
  ('event_seq', (SELECT CAST(coalesce(max(seq),0) AS TEXT) FROM event)),
  ('items', (SELECT CAST(count(*) AS TEXT) FROM item)),
  ('municipalities', (SELECT CAST(count(DISTINCT municipality_id) AS TEXT) FROM item)),
  ('notice_en', 'A copy of what municipalities published, without warranty; the municipality''s own page is what counts.'),
  ('notice_fi', 'Kopio siitä, mitä kunnat ovat julkaisseet, ilman takuuta; kunnan oma sivu ratkaisee.')
ON CONFLICT(key) DO UPDATE SET value=excluded.value;
INSERT INTO meta(key,value)
  SELECT 'first_day', min(held_on) FROM meeting WHERE true HAVING min(held_on) IS NOT NULL
  UNION ALL
  SELECT 'last_day', max(held_on) FROM meeting WHERE true HAVING max(held_on) IS NOT NULL
ON CONFLICT(key) DO UPDATE SET value=excluded.value;
