-- Schema 16: PDFs of whole meetings are found by their words and counted like attachments; what a fetch brought is said.

-- Backfilled: bytes of an item are of its page, bytes of a file are those that a file has, or came from its address.
ALTER TABLE fetch ADD COLUMN role TEXT NOT NULL DEFAULT 'list' CHECK (role IN ('page','list','file'));
UPDATE fetch SET role='page' WHERE item_id IS NOT NULL;
UPDATE fetch SET role='file' WHERE item_id IS NULL AND (
  sha256 IN (SELECT sha256 FROM attachment WHERE sha256 IS NOT NULL UNION SELECT pdf_sha256 FROM meeting WHERE pdf_sha256 IS NOT NULL)
  OR url IN (SELECT url FROM attachment UNION SELECT pdf_url FROM meeting WHERE pdf_url IS NOT NULL)
  OR content_type LIKE 'application/pdf%');

ALTER TABLE meeting ADD COLUMN pdf_bytes INTEGER CHECK (pdf_bytes>=0);
ALTER TABLE meeting ADD COLUMN pdf_kept INTEGER NOT NULL DEFAULT 0 CHECK (pdf_kept IN (0,1));  -- 1: its bytes are in originals.db
UPDATE meeting SET pdf_bytes=(SELECT max(f.bytes) FROM fetch f WHERE f.sha256=meeting.pdf_sha256) WHERE pdf_sha256 IS NOT NULL;
UPDATE meeting SET pdf_kept=1 WHERE pdf_bytes IS NOT NULL;

CREATE TABLE new_meeting_page (              -- the PDF of a whole meeting as text, lines as laid out
  id INTEGER PRIMARY KEY,
  meeting_id INTEGER NOT NULL REFERENCES meeting(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  search_terms TEXT,                         -- base forms and parts of compounds, for FTS only
  UNIQUE (meeting_id, page_no)) STRICT;
INSERT INTO new_meeting_page(meeting_id,page_no,text) SELECT meeting_id,page_no,text FROM meeting_page ORDER BY meeting_id,page_no;
DROP TABLE meeting_page;
ALTER TABLE new_meeting_page RENAME TO meeting_page;

CREATE VIRTUAL TABLE meeting_page_fts USING fts5(
  text, search_terms, content="meeting_page", content_rowid="id", tokenize="unicode61 remove_diacritics 0");
INSERT INTO meeting_page_fts(meeting_page_fts) VALUES('rebuild');
CREATE TRIGGER meeting_page_fts_ai AFTER INSERT ON meeting_page BEGIN
  INSERT INTO meeting_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;
CREATE TRIGGER meeting_page_fts_ad AFTER DELETE ON meeting_page BEGIN
  INSERT INTO meeting_page_fts(meeting_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms); END;
CREATE TRIGGER meeting_page_fts_au AFTER UPDATE ON meeting_page BEGIN
  INSERT INTO meeting_page_fts(meeting_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms);
  INSERT INTO meeting_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;

-- The pages of a meeting are filled with forms of words together with its first item.
UPDATE item SET search_by=NULL WHERE id IN (SELECT min(i.id) FROM item i
  WHERE i.meeting_id IN (SELECT meeting_id FROM meeting_page) GROUP BY i.meeting_id);
