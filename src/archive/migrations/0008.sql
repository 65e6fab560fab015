-- Schema 8: words are found in all their forms. What the writer knows of words stands in columns of its own,
-- so that any SQLite can read the index.

ALTER TABLE item ADD COLUMN search_parts TEXT;                     -- parts of compounds, for FTS only
ALTER TABLE item ADD COLUMN search_facets TEXT;                    -- what filters look for: 'm3 b17 y2026 sminutes oaccepted n1'
ALTER TABLE item ADD COLUMN search_by TEXT;                        -- engine of the search columns; NULL: to be filled (again)
CREATE INDEX item_search_by ON item(search_by);

DROP TRIGGER item_fts_ai; DROP TRIGGER item_fts_ad; DROP TRIGGER item_fts_au;
DROP TABLE item_fts;
CREATE VIRTUAL TABLE item_fts USING fts5(
  title, background, proposal, decision, diary_number, search_terms, search_parts, search_facets,
  content="item", content_rowid="id", tokenize="unicode61 remove_diacritics 0");
INSERT INTO item_fts(item_fts, rank) VALUES('rank', 'bm25(10.0, 3.0, 5.0, 8.0, 10.0, 1.0, 0.3, 0.0)');
INSERT INTO item_fts(item_fts) VALUES('rebuild');
CREATE TRIGGER item_fts_ai AFTER INSERT ON item BEGIN
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES (new.id,new.title,new.background,new.proposal,new.decision,new.diary_number,new.search_terms,new.search_parts,new.search_facets); END;
CREATE TRIGGER item_fts_ad AFTER DELETE ON item BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets); END;
CREATE TRIGGER item_fts_au AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets ON item
WHEN old.title IS NOT new.title OR old.background IS NOT new.background OR old.proposal IS NOT new.proposal
  OR old.decision IS NOT new.decision OR old.diary_number IS NOT new.diary_number OR old.search_terms IS NOT new.search_terms
  OR old.search_parts IS NOT new.search_parts OR old.search_facets IS NOT new.search_facets
BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets);
  -- Forms of words that are gone from a text must not stay behind, whoever changed the text: the program, which
  -- fills them in itself, empties search_by first. In one trigger, because the order of two is not defined.
  UPDATE item SET search_terms=NULL, search_parts=NULL, search_by=NULL WHERE id=new.id AND new.search_by IS NOT NULL AND (old.title IS NOT new.title OR old.background IS NOT new.background
    OR old.proposal IS NOT new.proposal OR old.decision IS NOT new.decision);
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  SELECT id,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets FROM item WHERE id=new.id; END;

-- Pages of PDFs get a number of their own, which an index needs.
CREATE TABLE new_document_page (             -- an item's own PDF as text, lines as laid out
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  search_terms TEXT,                         -- base forms and parts of compounds, for FTS only
  UNIQUE (item_id, page_no)) STRICT;
INSERT INTO new_document_page(item_id,page_no,text) SELECT item_id,page_no,text FROM document_page ORDER BY item_id,page_no;
DROP TABLE document_page;
ALTER TABLE new_document_page RENAME TO document_page;
CREATE TABLE new_attachment_page (           -- an attachment as text, lines as laid out
  id INTEGER PRIMARY KEY,
  attachment_id INTEGER NOT NULL REFERENCES attachment(id) ON DELETE CASCADE,
  page_no INTEGER NOT NULL CHECK (page_no>=1),
  text TEXT NOT NULL,
  search_terms TEXT,                         -- base forms and parts of compounds, for FTS only
  UNIQUE (attachment_id, page_no)) STRICT;
INSERT INTO new_attachment_page(attachment_id,page_no,text)
  SELECT attachment_id,page_no,text FROM attachment_page ORDER BY attachment_id,page_no;
DROP TABLE attachment_page;
ALTER TABLE new_attachment_page RENAME TO attachment_page;

CREATE VIRTUAL TABLE document_page_fts USING fts5(
  text, search_terms, content="document_page", content_rowid="id", tokenize="unicode61 remove_diacritics 0");
INSERT INTO document_page_fts(document_page_fts) VALUES('rebuild');
CREATE TRIGGER document_page_fts_ai AFTER INSERT ON document_page BEGIN
  INSERT INTO document_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;
CREATE TRIGGER document_page_fts_ad AFTER DELETE ON document_page BEGIN
  INSERT INTO document_page_fts(document_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms); END;
CREATE TRIGGER document_page_fts_au AFTER UPDATE ON document_page BEGIN
  INSERT INTO document_page_fts(document_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms);
  INSERT INTO document_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;
CREATE VIRTUAL TABLE attachment_page_fts USING fts5(
  text, search_terms, content="attachment_page", content_rowid="id", tokenize="unicode61 remove_diacritics 0");
INSERT INTO attachment_page_fts(attachment_page_fts) VALUES('rebuild');
CREATE TRIGGER attachment_page_fts_ai AFTER INSERT ON attachment_page BEGIN
  INSERT INTO attachment_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;
CREATE TRIGGER attachment_page_fts_ad AFTER DELETE ON attachment_page BEGIN
  INSERT INTO attachment_page_fts(attachment_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms); END;
CREATE TRIGGER attachment_page_fts_au AFTER UPDATE ON attachment_page BEGIN
  INSERT INTO attachment_page_fts(attachment_page_fts,rowid,text,search_terms) VALUES ('delete',old.id,old.text,old.search_terms);
  INSERT INTO attachment_page_fts(rowid,text,search_terms) VALUES (new.id,new.text,new.search_terms); END;
