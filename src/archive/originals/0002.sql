-- See the same table of archive.db.
CREATE TABLE seal (
  table_name TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (length(digest)=16),
  PRIMARY KEY (table_name, key)) STRICT, WITHOUT ROWID;
CREATE TABLE seal_due (table_name ANY, key ANY, digest ANY) STRICT;
CREATE TRIGGER seal_ad AFTER DELETE ON seal BEGIN
  INSERT INTO seal_due VALUES(old.table_name, old.key, old.digest); END;
CREATE TRIGGER seal_raw_ai AFTER INSERT ON raw BEGIN DELETE FROM seal WHERE table_name='raw' AND key=CAST(new.sha256 AS TEXT); END;
CREATE TRIGGER seal_raw_au AFTER UPDATE ON raw BEGIN DELETE FROM seal WHERE table_name='raw' AND key=CAST(old.sha256 AS TEXT); END;
CREATE TRIGGER seal_raw_ad AFTER DELETE ON raw BEGIN DELETE FROM seal WHERE table_name='raw' AND key=CAST(old.sha256 AS TEXT); END;
