-- Schema 14: archived feeds are read by the time texts were seen; calendars tell how often a meeting was changed.

CREATE INDEX item_version_seen ON item_version(seen_from);
ALTER TABLE meeting ADD COLUMN revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0);             -- changes of what lists say of it
ALTER TABLE meeting ADD COLUMN changed_at TEXT CHECK (changed_at GLOB '????-??-??T??:??:??Z');  -- the last of them; NULL: none yet
CREATE INDEX meeting_changed ON meeting(changed_at) WHERE changed_at IS NOT NULL;
