-- Schema 9: attachments are followed: what they are, whether their bytes are kept, when they are asked for again.

ALTER TABLE attachment ADD COLUMN served_as TEXT;                 -- Content-Type as sent, where the bytes are something else
ALTER TABLE attachment ADD COLUMN skipped_for TEXT CHECK (skipped_for IN ('kind','total'));         -- why it was left alone
ALTER TABLE attachment ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0,1));            -- its bytes are in originals.db
ALTER TABLE attachment ADD COLUMN etag TEXT;
ALTER TABLE attachment ADD COLUMN last_modified TEXT;
ALTER TABLE attachment ADD COLUMN next_check_at TEXT CHECK (next_check_at GLOB '????-??-??T??:??:??Z');  -- NULL: not asked for again

UPDATE attachment SET skipped_for='kind' WHERE status='skipped';
UPDATE attachment SET kept=1 WHERE sha256 IS NOT NULL AND EXISTS (SELECT 1 FROM fetch f WHERE f.sha256=attachment.sha256);
UPDATE attachment SET next_check_at=checked_at WHERE status='fetched';

-- What is kept is counted from the index alone.
CREATE INDEX attachment_kept ON attachment(sha256, bytes) WHERE kept=1;
CREATE INDEX attachment_next ON attachment(next_check_at) WHERE status='fetched';
CREATE INDEX attachment_skipped ON attachment(item_id) WHERE status='skipped';

-- What the state of a source and missing sections are told from stands in an index: a row of item is a page of its own.
CREATE INDEX item_source ON item(source_id, withdrawn_at, stage, meeting_id, listed_on, first_seen_at, body_id);
CREATE INDEX item_withdrawn ON item(withdrawn_at) WHERE withdrawn_at IS NOT NULL;
DROP INDEX item_meeting;
CREATE INDEX item_meeting ON item(meeting_id, section_no, source_id, stage);
