-- The text of PDFs, page by page.

CREATE TABLE document_page (                 -- an item's own PDF as text, lines as laid out
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  PRIMARY KEY (item_id, page_no)) STRICT, WITHOUT ROWID;

CREATE TABLE attachment_page (               -- an attachment as text, lines as laid out
  attachment_id INTEGER NOT NULL REFERENCES attachment(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  PRIMARY KEY (attachment_id, page_no)) STRICT, WITHOUT ROWID;

ALTER TABLE attachment ADD COLUMN checked_at TEXT CHECK (checked_at GLOB '????-??-??T??:??:??Z');   -- NULL: never asked for
ALTER TABLE attachment ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;                              -- requests that brought nothing, in a row
ALTER TABLE attachment ADD COLUMN error TEXT;                                                       -- why it has no text, for people
CREATE INDEX attachment_unread ON attachment(item_id) WHERE status='listed';
