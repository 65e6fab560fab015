-- Schema 6: section numbers that the pages of meetings print, for items whose own page says none.

ALTER TABLE item ADD COLUMN listed_section INTEGER;
