-- originals.db: the bytes as served, kept apart so archive.db stays small, shareable and free of raw pages.
CREATE TABLE raw (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256)=64),
  media_type TEXT, bytes INTEGER NOT NULL, codec TEXT NOT NULL CHECK (codec IN ('none','zstd')),
  body BLOB,                                  -- NULL after erasure: the hash stays, the content goes
  first_seen_at TEXT NOT NULL CHECK (first_seen_at GLOB '????-??-??T??:??:??Z'),
  erased_at TEXT CHECK (erased_at GLOB '????-??-??T??:??:??Z'),
  CHECK ((body IS NULL) = (erased_at IS NOT NULL))) STRICT;
