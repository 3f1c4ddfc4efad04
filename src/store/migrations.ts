/**
 * The steps from an empty file to today's tables; `user_version` counts those that were taken. A step that was
 * released is never edited: a change of the tables is a new step.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('installation', lower(hex(randomblob(16))));

CREATE TABLE connections (
  name TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  url TEXT NOT NULL,
  auth TEXT NOT NULL,
  username TEXT,
  settings TEXT NOT NULL,
  proxy TEXT,
  ca_file TEXT,
  site TEXT NOT NULL,
  site_title TEXT NOT NULL,
  account TEXT NOT NULL,
  created_at TEXT NOT NULL,
  checked_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
  connection TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  command TEXT NOT NULL,
  target TEXT NOT NULL,
  site TEXT NOT NULL,
  root TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted')),
  summary TEXT,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL
) STRICT;

CREATE TABLE intents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id),
  site TEXT NOT NULL,
  root_id TEXT NOT NULL,
  op TEXT NOT NULL CHECK (op IN ('create', 'update', 'delete', 'upload', 'term')),
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT,
  payload TEXT NOT NULL,
  outcome TEXT CHECK (outcome IN ('done', 'failed', 'absent')),
  receipt TEXT
) STRICT;
CREATE INDEX intents_by_run ON intents (run, seq);
CREATE INDEX intents_pending ON intents (site, seq) WHERE outcome IS NULL;

CREATE TABLE texts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  root_id TEXT NOT NULL,
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX texts_by_entry ON texts (site, id, root_id, locale, seq);

CREATE TABLE locks (
  site TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  command TEXT NOT NULL,
  pid INTEGER NOT NULL,
  start_time TEXT NOT NULL,
  host TEXT NOT NULL,
  since_ms REAL NOT NULL,
  seen_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;
`,
];
