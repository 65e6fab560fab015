-- Schema 18: what a transaction changes enters the index once, at its end. Each statement with a trigger makes the
-- index write down what it has gathered, so that storing an item left two small pieces of it to be merged.

-- Items that the open transaction changed, and what the index has of them. Empty outside of one. While row 0 stands,
-- the triggers only note what changed; whoever put it there enters the rest into the index and empties the table
-- before the commit. Anybody else's changes enter at once.
CREATE TABLE search_due (
  item_id INTEGER PRIMARY KEY,
  entered INTEGER NOT NULL DEFAULT 0 CHECK (entered IN (0,1)),      -- the index has the texts that follow
  title TEXT, background TEXT, proposal TEXT, decision TEXT, diary_number TEXT,
  search_terms TEXT, search_parts TEXT, search_facets TEXT) STRICT;

DROP TRIGGER item_fts_ai; DROP TRIGGER item_fts_ad; DROP TRIGGER item_fts_au;
CREATE TRIGGER item_fts_ai AFTER INSERT ON item WHEN NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=0) BEGIN
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES (new.id,new.title,new.background,new.proposal,new.decision,new.diary_number,new.search_terms,new.search_parts,new.search_facets); END;
CREATE TRIGGER item_fts_ad AFTER DELETE ON item WHEN NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=0) BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets); END;
CREATE TRIGGER item_fts_au AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets ON item
WHEN NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=0) AND (old.title IS NOT new.title OR old.background IS NOT new.background OR old.proposal IS NOT new.proposal
  OR old.decision IS NOT new.decision OR old.diary_number IS NOT new.diary_number OR old.search_terms IS NOT new.search_terms
  OR old.search_parts IS NOT new.search_parts OR old.search_facets IS NOT new.search_facets)
BEGIN
  INSERT INTO item_fts(item_fts,rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  VALUES ('delete',old.id,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets);
  -- Forms of words that are gone from a text must not stay behind, whoever changed the text: the program, which
  -- writes them with the text, empties search_by by a statement before and fills it
  -- in that one. In one trigger, because the order of two is not defined.
  UPDATE item SET search_terms=NULL, search_parts=NULL, search_by=NULL WHERE id=new.id
    AND (old.search_by IS NOT NULL OR new.search_by IS NULL) AND (old.title IS NOT new.title OR old.background IS NOT new.background
    OR old.proposal IS NOT new.proposal OR old.decision IS NOT new.decision);
  INSERT INTO item_fts(rowid,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  SELECT id,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets FROM item WHERE id=new.id; END;

CREATE TRIGGER item_due_ai AFTER INSERT ON item WHEN EXISTS (SELECT 1 FROM search_due WHERE item_id=0) BEGIN
  INSERT INTO search_due(item_id) SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=new.id); END;
CREATE TRIGGER item_due_ad AFTER DELETE ON item WHEN EXISTS (SELECT 1 FROM search_due WHERE item_id=0) BEGIN
  INSERT INTO search_due(item_id,entered,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  SELECT old.id,1,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets
  WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=old.id); END;
CREATE TRIGGER item_due_au AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets ON item
WHEN EXISTS (SELECT 1 FROM search_due WHERE item_id=0) AND (old.title IS NOT new.title OR old.background IS NOT new.background OR old.proposal IS NOT new.proposal
  OR old.decision IS NOT new.decision OR old.diary_number IS NOT new.diary_number OR old.search_terms IS NOT new.search_terms
  OR old.search_parts IS NOT new.search_parts OR old.search_facets IS NOT new.search_facets)
BEGIN
  INSERT INTO search_due(item_id,entered,title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets)
  SELECT old.id,1,old.title,old.background,old.proposal,old.decision,old.diary_number,old.search_terms,old.search_parts,old.search_facets
  WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE item_id=old.id);
  UPDATE item SET search_terms=NULL, search_parts=NULL, search_by=NULL WHERE id=new.id
    AND (old.search_by IS NOT NULL OR new.search_by IS NULL) AND (old.title IS NOT new.title OR old.background IS NOT new.background
    OR old.proposal IS NOT new.proposal OR old.decision IS NOT new.decision); END;
