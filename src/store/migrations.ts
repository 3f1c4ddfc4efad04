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
  `
CREATE TABLE versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  root_id TEXT NOT NULL,
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  id TEXT NOT NULL,
  -- A file that has no entry is known by its path alone, one that has by the entry, wherever the file is.
  unbound TEXT NOT NULL GENERATED ALWAYS AS (iif(id = '', path, '')) VIRTUAL,
  kind TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('site', 'file')),
  event TEXT NOT NULL CHECK (event IN ('sent', 'seen', 'written', 'read')),
  digest TEXT NOT NULL,
  at TEXT NOT NULL,
  since TEXT,
  author TEXT,
  run TEXT,
  -- Last, so that the columns before it are read without it.
  sealed BLOB
) STRICT;
CREATE INDEX versions_by_entry ON versions (site, root_id, id, locale, unbound, side, seq);
CREATE INDEX versions_by_path ON versions (root_id, path);
CREATE INDEX versions_with_text ON versions (at) WHERE sealed IS NOT NULL;
CREATE INDEX versions_without_text ON versions (at) WHERE sealed IS NULL;
INSERT INTO versions (seq, site, root_id, path, locale, id, kind, side, event, digest, at, sealed)
  SELECT seq, site, root_id, path, locale, id, '', 'site', 'seen', '', at, sealed FROM texts ORDER BY seq;
DROP TABLE texts;

CREATE TABLE conflicts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  root_id TEXT NOT NULL,
  target TEXT NOT NULL,
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  parts TEXT NOT NULL,
  sealed BLOB,
  run TEXT,
  found_at TEXT NOT NULL,
  settled_at TEXT,
  settlement TEXT
) STRICT;
CREATE UNIQUE INDEX conflicts_open ON conflicts (site, root_id, path, locale, id) WHERE settled_at IS NULL;
CREATE INDEX conflicts_settled ON conflicts (settled_at) WHERE settled_at IS NOT NULL;

ALTER TABLE runs ADD COLUMN actor TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN undoes TEXT;
CREATE INDEX runs_by_end ON runs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_undone ON runs (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE steps (
  run TEXT NOT NULL REFERENCES runs (id),
  n INTEGER NOT NULL,
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  action TEXT NOT NULL,
  step TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('planned', 'ok', 'failed', 'conflict', 'skipped', 'not-attempted')),
  id TEXT,
  url TEXT,
  fault TEXT,
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE intents_2 (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id),
  site TEXT NOT NULL,
  root_id TEXT NOT NULL,
  op TEXT NOT NULL CHECK (op IN ('create', 'update', 'delete', 'upload', 'term', 'restore', 'file')),
  path TEXT NOT NULL,
  locale TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT,
  payload TEXT NOT NULL,
  outcome TEXT CHECK (outcome IN ('done', 'failed', 'absent')),
  receipt TEXT
) STRICT;
INSERT INTO intents_2 SELECT * FROM intents ORDER BY seq;
-- The number of an intent is never given twice, not even after the last ones were deleted.
DELETE FROM sqlite_sequence WHERE name = 'intents_2';
INSERT INTO sqlite_sequence (name, seq) SELECT 'intents_2', seq FROM sqlite_sequence WHERE name = 'intents';
DROP TABLE intents;
ALTER TABLE intents_2 RENAME TO intents;
CREATE INDEX intents_by_run ON intents (run, seq);
CREATE INDEX intents_pending ON intents (site, seq) WHERE outcome IS NULL;
`,
  `
-- One row per connection that has a rate: what may be sent when, shared by all processes of the installation.
CREATE TABLE budgets (
  connection TEXT PRIMARY KEY,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE circuits (
  connection TEXT PRIMARY KEY,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Blob ids of files by what the file system says of them, so that an untouched file need not be read.
CREATE TABLE scans (
  root TEXT NOT NULL,
  path TEXT NOT NULL,
  stamp TEXT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;

-- Runs that have not begun, or wait for their site. A run that is under way is claimed by its process.
CREATE TABLE queue (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL UNIQUE,
  -- The command line that queued it, together with others.
  batch TEXT NOT NULL,
  command TEXT NOT NULL,
  target TEXT NOT NULL,
  root TEXT NOT NULL,
  options TEXT NOT NULL,
  queued_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'parked')),
  cause TEXT,
  not_before_ms REAL,
  pid INTEGER,
  start_time TEXT,
  host TEXT,
  lease_until_ms REAL
) STRICT;

-- Throughput and waits while it ran, for its report.
ALTER TABLE runs ADD COLUMN timeline TEXT;
`,
  `
-- One chain of rows per connection, each signed together with the one before it; the chain of no connection is the
-- installation's own. \`mac\` and \`seal\` say how far it goes, \`tally\` what its calls came to.
CREATE TABLE audit_chains (
  chain TEXT PRIMARY KEY,
  connection TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL,
  mac TEXT NOT NULL,
  key TEXT NOT NULL,
  seal TEXT NOT NULL,
  tally TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  row TEXT NOT NULL,
  key TEXT NOT NULL,
  mac TEXT NOT NULL,
  PRIMARY KEY (chain, n)
) STRICT, WITHOUT ROWID;
`,
  `
-- What webhooks told, once for all deliveries of one event.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  key TEXT NOT NULL,
  topic TEXT NOT NULL,
  entry TEXT,
  removed INTEGER NOT NULL,
  changed_ms REAL,
  received_at TEXT NOT NULL,
  deliveries INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL DEFAULT 'new'
    CHECK (state IN ('new', 'taken', 'noted', 'pulled', 'echo', 'failed')),
  detail TEXT,
  not_before_ms REAL,
  pid INTEGER,
  start_time TEXT,
  host TEXT,
  UNIQUE (connection, key)
) STRICT;
CREATE INDEX events_open ON events (connection, seq) WHERE state IN ('new', 'taken', 'failed');
CREATE INDEX events_noted ON events (connection, received_at) WHERE state = 'noted';

-- Subscriptions at platforms that were made from here.
CREATE TABLE hooks (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  url TEXT NOT NULL,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;
`,
  `
-- What rules of the installation's configuration are to be told: a row for each receiver, kind, connection and incident.
-- \`receiver\` is a digest: addresses of webhooks are secrets. A closed incident may be told of again.
CREATE TABLE notifications (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  receiver TEXT NOT NULL,
  kind TEXT NOT NULL,
  connection TEXT NOT NULL,
  incident TEXT NOT NULL,
  open INTEGER NOT NULL DEFAULT 1,
  at_ms REAL NOT NULL,
  facts TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given-up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before_ms REAL NOT NULL DEFAULT 0,
  settled_ms REAL,
  error TEXT,
  pid INTEGER,
  start_time TEXT,
  host TEXT
) STRICT;
CREATE UNIQUE INDEX notifications_open ON notifications (receiver, kind, connection, incident) WHERE open = 1;
CREATE INDEX notifications_settled ON notifications (receiver, kind, connection, settled_ms);
`,
  `
-- Carried out by another installation, and brought here.
ALTER TABLE runs ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
`,
  `
-- Third-party services that are connected. Their secrets are sealed under \`service:<name>\`.
CREATE TABLE services (
  name TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  settings TEXT NOT NULL,
  points TEXT NOT NULL,
  fields TEXT NOT NULL,
  every TEXT NOT NULL,
  verdict TEXT NOT NULL,
  proved_at TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
  `
-- What happened and is to be sent to services. \`at_ms\` is its source's word, \`noted_ms\` ours. \`body\` goes once nobody is left to be sent it; \`sealed\`: by the vault.
CREATE TABLE occurrences (
  id TEXT PRIMARY KEY,
  point TEXT NOT NULL,
  source TEXT NOT NULL,
  at_ms REAL NOT NULL,
  noted_ms REAL NOT NULL,
  sealed INTEGER NOT NULL,
  body BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  occurrence TEXT NOT NULL,
  service TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'parked', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  tried INTEGER NOT NULL DEFAULT 0,
  not_before_ms REAL NOT NULL DEFAULT 0,
  settled_ms REAL,
  detail TEXT,
  pid INTEGER,
  start_time TEXT,
  host TEXT,
  UNIQUE (occurrence, service)
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (service, seq) WHERE state = 'waiting';
`,
  `
-- Who may tell of what happened. Their secrets are sealed under \`source:<name>\`.
CREATE TABLE sources (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What providers told by their webhooks, once for all deliveries of one event.
CREATE TABLE service_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  service TEXT NOT NULL,
  key TEXT NOT NULL,
  topic TEXT NOT NULL,
  at_ms REAL,
  received_at TEXT NOT NULL,
  deliveries INTEGER NOT NULL DEFAULT 1,
  UNIQUE (service, key)
) STRICT;
CREATE INDEX service_events_received ON service_events (received_at);
`,
  `
-- After this a process of another host that was sending it counts as gone.
ALTER TABLE deliveries ADD COLUMN lease_until_ms REAL;
`,
];
