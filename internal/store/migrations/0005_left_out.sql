-- What a run left out of its data, so that no number hides how many images it is of.

CREATE TABLE left_out ( -- Files and rows that a run left out of its data set, and why.
    run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    split  TEXT NOT NULL, -- train or test
    path   TEXT NOT NULL CHECK (path <> ''), -- the file, the archive and its member, or the table's row; the first of several
    reason TEXT NOT NULL, -- why it was left out
    sample INTEGER CHECK (sample >= 0), -- its index in the split, if it was to be a sample and could not be read; others keep theirs
    files  INTEGER NOT NULL CHECK (files > 0), -- how many files of a kind the row stands for
    PRIMARY KEY (run, split, path)
) STRICT, WITHOUT ROWID;

CREATE VIEW left_out_files ( -- What every run left out of its data set, and why.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    dataset,    -- data set it trains on
    split,      -- train or test
    path,       -- the file, the archive and its member, or the table's row; the first of several
    reason,     -- why it was left out
    sample,     -- its index in the split, if it was to be a sample and could not be read; NULL otherwise
    files       -- how many files of a kind the row stands for
) AS
SELECT r.id, r.name, r.study, r.dataset, l.split, l.path, l.reason, l.sample, l.files
FROM left_out l
JOIN runs r ON r.id = l.run;
