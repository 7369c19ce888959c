CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, operation TEXT NOT NULL, entries INTEGER NOT NULL, accepted INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, message_id TEXT NOT NULL, call INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    source TEXT NOT NULL, subject TEXT NOT NULL, head TEXT NOT NULL, configuration_set TEXT,
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS recipients (
    campaign TEXT NOT NULL, address TEXT NOT NULL, message INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, outcome TEXT NOT NULL, chunk TEXT,
    PRIMARY KEY (campaign, address, message)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipients_of_chunk ON recipients (chunk) WHERE chunk IS NOT NULL;
CREATE TABLE IF NOT EXISTS bodies (last_message INTEGER PRIMARY KEY, parts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL, type TEXT NOT NULL, outcome TEXT NOT NULL,
    addresses TEXT NOT NULL, topic TEXT NOT NULL, at_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    detail TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_message ON events (message);
CREATE INDEX IF NOT EXISTS events_pending ON events (due_ms, id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS resources (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
