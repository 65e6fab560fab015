-- Schema 5: the PDFs of whole meetings as text.

CREATE TABLE meeting_page (                  -- the PDF of a whole meeting as text, lines as laid out
  meeting_id INTEGER NOT NULL REFERENCES meeting(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  PRIMARY KEY (meeting_id, page_no)) STRICT, WITHOUT ROWID;

ALTER TABLE meeting ADD COLUMN pdf_status TEXT CHECK (pdf_status IN ('listed','fetched','not_public','gone','too_big','skipped'));  -- NULL: no list names a PDF
ALTER TABLE meeting ADD COLUMN pdf_pages INTEGER;
ALTER TABLE meeting ADD COLUMN pdf_sha256 TEXT CHECK (length(pdf_sha256)=64);
ALTER TABLE meeting ADD COLUMN pdf_checked_at TEXT CHECK (pdf_checked_at GLOB '????-??-??T??:??:??Z');  -- NULL: never asked for
ALTER TABLE meeting ADD COLUMN pdf_failures INTEGER NOT NULL DEFAULT 0;                                  -- requests that brought nothing, in a row
ALTER TABLE meeting ADD COLUMN pdf_error TEXT;                                                          -- why it has no text, for people
CREATE INDEX meeting_unread ON meeting(source_id) WHERE pdf_status='listed';

UPDATE meeting SET pdf_status='listed' WHERE pdf_url IS NOT NULL;

-- Minutes are another document than the agenda, mostly at the same address. What was read stays until then.
CREATE TRIGGER meeting_pdf_listed AFTER UPDATE OF status, pdf_url ON meeting
WHEN new.pdf_url IS NOT NULL AND (new.pdf_url IS NOT old.pdf_url
  OR (new.status IS NOT old.status AND new.status IN ('minutes_draft','minutes')))
BEGIN
  UPDATE meeting SET pdf_status='listed', pdf_failures=0, pdf_error=NULL WHERE id=new.id;
END;
