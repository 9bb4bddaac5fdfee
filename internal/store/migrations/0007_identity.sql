-- Identity: of the database, of every run wherever it is copied to, and of the
-- data that a run saw. What old rows lack is filled in by identity.go.

CREATE TABLE identity ( -- What tells this database from any other; one row.
    only    INTEGER PRIMARY KEY CHECK (only = 1), -- always 1
    uuid    TEXT NOT NULL, -- UUID of version 7
    created TEXT NOT NULL -- UTC, when the database got it
) STRICT;

ALTER TABLE runs ADD COLUMN uuid TEXT NOT NULL DEFAULT '' /* identity of the run in any database, a UUID of version 7 */;
ALTER TABLE runs ADD COLUMN parent TEXT /* runs.uuid of the run whose training this one continues; NULL for none */;
ALTER TABLE runs ADD COLUMN claim TEXT NOT NULL DEFAULT '' /* what the process that may write the run has to know */;
ALTER TABLE runs ADD COLUMN image_size INTEGER /* height and width of the evaluated images in pixels; NULL if not recorded */;
ALTER TABLE runs ADD COLUMN normalization TEXT CHECK (json_valid(normalization)) /* mean and standard deviation of the channels, JSON; NULL if not recorded */;
ALTER TABLE runs ADD COLUMN locations TEXT CHECK (json_valid(locations)) /* settings that are paths, relative to the folder of the database, JSON; NULL if not recorded */;
CREATE UNIQUE INDEX runs_by_uuid ON runs (uuid) WHERE uuid <> '';

CREATE TABLE splits ( -- The data that a run was trained and measured on, one row a split.
    run         INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    split       TEXT NOT NULL CHECK (split <> ''), -- train or test
    samples     INTEGER NOT NULL CHECK (samples >= 0), -- number of samples
    fingerprint TEXT NOT NULL, -- SHA-256 of the names, sizes, labels and captions of all samples and of the pixels of some
    pixels      TEXT, -- SHA-256 of the pixels of all samples; NULL until all have been read
    PRIMARY KEY (run, split)
) STRICT, WITHOUT ROWID;

CREATE TABLE classes ( -- The classes of a run's data, with their samples.
    run     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    split   TEXT NOT NULL CHECK (split <> ''), -- train or test
    label   INTEGER NOT NULL CHECK (label >= 0), -- number of the class
    name    TEXT NOT NULL, -- its name
    samples INTEGER NOT NULL CHECK (samples >= 0), -- number of its samples in the split
    PRIMARY KEY (run, split, label)
) STRICT, WITHOUT ROWID;

CREATE VIEW run_data ( -- The data that every run was trained and measured on, one row a split.
    run,         -- runs.id
    name,        -- short name of the run
    study,       -- the comparison it belongs to; empty for none
    dataset,     -- data set it trains on
    split,       -- train or test
    samples,     -- number of samples
    classes,     -- number of classes
    fingerprint, -- equal for equal data: SHA-256 of the names, sizes, labels and captions of all samples and of the pixels of some
    pixels       -- SHA-256 of the pixels of all samples; NULL if not all were read
) AS
SELECT r.id, r.name, r.study, r.dataset, s.split, s.samples,
    (SELECT count(*) FROM classes c WHERE c.run = s.run AND c.split = s.split), s.fingerprint, s.pixels
FROM splits s
JOIN runs r ON r.id = s.run;
