-- See the same table of archive.db. The bytes have a hash of their own, so this is of the other columns.
CREATE TABLE seal (
  table_name TEXT NOT NULL,
  key ANY NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest)=8),
  PRIMARY KEY (table_name, key)) STRICT, WITHOUT ROWID;
CREATE TRIGGER seal_raw_au AFTER UPDATE ON raw BEGIN DELETE FROM seal WHERE table_name='raw' AND key=+old.sha256; END;
CREATE TRIGGER seal_raw_ad AFTER DELETE ON raw BEGIN DELETE FROM seal WHERE table_name='raw' AND key=+old.sha256; END;
