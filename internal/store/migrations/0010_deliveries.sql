-- Results that waited in files while the database could not be written.

CREATE TABLE deliveries ( -- Files of results that were taken in, each once; see outbox.go.
    uuid    TEXT PRIMARY KEY, -- UUID of the file
    run     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    entries INTEGER NOT NULL CHECK (entries >= 0), -- how many of the file are in the database
    time    TEXT NOT NULL -- UTC, when they were taken in
) STRICT, WITHOUT ROWID;
