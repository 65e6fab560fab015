-- Schema 10: what was taken out of texts, by order or because the source took it back.

ALTER TABLE item ADD COLUMN erased_at TEXT CHECK (erased_at GLOB '????-??-??T??:??:??Z');          -- names, or all text, were taken out
ALTER TABLE item_version ADD COLUMN erased_at TEXT CHECK (erased_at GLOB '????-??-??T??:??:??Z');  -- fields are less than was hashed
ALTER TABLE takedown ADD COLUMN note TEXT CHECK (length(note)>0);
