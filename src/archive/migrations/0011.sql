-- Schema 11: a text and its forms of words are written at once, so that the index takes them in once.

DROP TRIGGER item_fts_au;
CREATE TRIGGER item_fts_au AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets ON item
WHEN old.title IS NOT new.title OR old.background IS NOT new.background OR old.proposal IS NOT new.proposal
  OR old.decision IS NOT new.decision OR old.diary_number IS NOT new.diary_number OR old.search_terms IS NOT new.search_terms
  OR old.search_parts IS NOT new.search_parts OR old.search_facets IS NOT new.search_facets
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
