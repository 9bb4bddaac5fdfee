-- Predictions take two bytes a sample instead of 25: a row a run and protocol,
-- and a view over it that is read as the table was. packing.go moves old rows.

CREATE TABLE packed_predictions ( -- What the last evaluation of a run said about each sample; the view predictions unpacks it.
    run       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    protocol  INTEGER NOT NULL REFERENCES protocols (id), -- protocols.id
    samples   INTEGER NOT NULL CHECK (samples > 0), -- samples that there is room for: from 0 to the last one predicted
    width     INTEGER NOT NULL CHECK (width > 0), -- characters a sample
    labels    BLOB NOT NULL CHECK (length(labels) = samples * width), -- true classes in decimal digits; spaces for a sample without a prediction
    predicted BLOB NOT NULL CHECK (length(predicted) = samples * width), -- first guesses, likewise
    PRIMARY KEY (run, protocol)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_numbers ( -- The numbers from 0 to the last sample that any prediction is of, which the view predictions counts by.
    sample INTEGER PRIMARY KEY -- index in a test split
) STRICT;

ALTER TABLE predictions RENAME TO old_predictions;

CREATE VIEW predictions ( -- What the last evaluation of a run said about each sample.
    run,        -- runs.id
    protocol,   -- protocols.id
    sample,     -- index in the test split
    label,      -- true class
    predicted   -- first guess
) AS
SELECT p.run, p.protocol, n.sample,
    CAST(substr(p.labels, n.sample * p.width + 1, p.width) AS INTEGER),
    CAST(substr(p.predicted, n.sample * p.width + 1, p.width) AS INTEGER)
FROM packed_predictions p CROSS JOIN sample_numbers n
WHERE n.sample < p.samples AND substr(p.predicted, n.sample * p.width + 1, 1) <> x'20';
