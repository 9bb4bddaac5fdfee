-- Transfer studies: frozen networks of any studies, measured on data sets that
-- they were not trained on. The scores stay with the runs; the tables here say
-- which belong to which study. Overlaps: images that two splits share.

CREATE TABLE transfers ( -- Studies that measure recorded networks on other data sets.
    study    TEXT PRIMARY KEY, -- the study
    settings TEXT NOT NULL CHECK (json_valid(settings)), -- section eval by which all networks are measured, JSON
    asked    TEXT NOT NULL CHECK (json_valid(asked)), -- names of the evaluations, JSON list
    time     TEXT NOT NULL -- UTC, when it was begun
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer_data ( -- The data sets of a transfer study.
    study    TEXT NOT NULL REFERENCES transfers (study) ON DELETE CASCADE, -- the study
    dataset  TEXT NOT NULL, -- what tables call the data set
    position INTEGER NOT NULL, -- its place in tables
    settings TEXT NOT NULL CHECK (json_valid(settings)), -- how it is read, JSON
    training INTEGER NOT NULL, -- samples of the training split
    test     INTEGER NOT NULL, -- samples of the test split
    classes  INTEGER NOT NULL, -- number of classes
    content  TEXT NOT NULL, -- digest of both splits, as protocols have it
    training_fingerprint TEXT NOT NULL, -- of the training split, as splits.fingerprint
    test_fingerprint     TEXT NOT NULL, -- of the test split
    PRIMARY KEY (study, dataset)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer_models ( -- The networks of a transfer study.
    run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    study    TEXT NOT NULL, -- transfers.study
    position INTEGER NOT NULL, -- its place in tables
    PRIMARY KEY (run, study)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_models_by_study ON transfer_models (study);

CREATE TABLE transfer_cells ( -- What a network was measured by on a data set of a transfer study: a row a result.
    run        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    study      TEXT NOT NULL, -- transfers.study
    dataset    TEXT NOT NULL, -- transfer_data.dataset
    asked      TEXT NOT NULL, -- name of the evaluation, such as few-shot
    evaluation TEXT NOT NULL, -- the result's own, such as few-shot 5
    protocol   INTEGER REFERENCES protocols (id), -- protocols.id; NULL where there is no number
    note       TEXT NOT NULL DEFAULT '', -- why there is none
    PRIMARY KEY (run, study, dataset, asked, evaluation)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_cells_by_protocol ON transfer_cells (protocol);

CREATE TABLE overlap_checks ( -- Searches for images that a training split shares with a test split.
    id          INTEGER PRIMARY KEY, -- number of the search
    training    TEXT NOT NULL, -- the training data, as they were named
    test        TEXT NOT NULL, -- the test data, as they were named
    training_fingerprint TEXT NOT NULL, -- of the training split, as splits.fingerprint
    test_fingerprint     TEXT NOT NULL, -- of the test split
    training_samples INTEGER NOT NULL, -- images searched
    test_samples     INTEGER NOT NULL, -- images looked for
    settings    TEXT NOT NULL CHECK (json_valid(settings)), -- thresholds, and the network of the features, JSON
    time        TEXT NOT NULL, -- UTC
    UNIQUE (training_fingerprint, test_fingerprint)
) STRICT;

CREATE TABLE overlap_pairs ( -- Near-duplicates: for each test image the nearest training image that is one.
    search          INTEGER NOT NULL REFERENCES overlap_checks (id) ON DELETE CASCADE, -- overlap_checks.id
    test_sample     INTEGER NOT NULL, -- index in the test split
    training_sample INTEGER NOT NULL, -- index in the training split
    kind            TEXT NOT NULL CHECK (kind IN ('identical', 'hash', 'features')), -- equal pixels; equal perceptual hash but for a few bits; or features alike
    bits            INTEGER NOT NULL, -- of 64 in which the perceptual hashes differ
    similarity      REAL, -- cosine of the features; NULL where there were none
    test_name       TEXT NOT NULL DEFAULT '', -- file of the test image; empty for none
    training_name   TEXT NOT NULL DEFAULT '', -- file of the training image; empty for none
    PRIMARY KEY (search, test_sample)
) STRICT, WITHOUT ROWID;

CREATE VIEW overlaps ( -- How many test images have a near-duplicate in a training split: a leak, which makes scores on them worthless.
    training,         -- the training data, as they were named
    test,             -- the test data, as they were named
    test_samples,     -- images looked for
    training_samples, -- images searched
    identical,        -- test images with the same pixels
    near,             -- others that are nearly the same, by perceptual hash or by features
    share,            -- of the test images, both kinds
    training_fingerprint, -- of the training split, as in the view run_data
    test_fingerprint  -- of the test split
) AS
SELECT c.training, c.test, c.test_samples, c.training_samples,
    coalesce(sum(p.kind = 'identical'), 0), coalesce(sum(p.kind <> 'identical'), 0),
    1.0 * count(p.test_sample) / c.test_samples, c.training_fingerprint, c.test_fingerprint
FROM overlap_checks c
LEFT JOIN overlap_pairs p ON p.search = c.id
GROUP BY c.id;

CREATE VIEW duplicates ( -- Near-duplicates that a training split has of test images, a row a test image.
    training,        -- the training data, as they were named
    test,            -- the test data, as they were named
    test_sample,     -- index in the test split, as in predictions
    test_name,       -- its file; empty for none
    training_sample, -- index in the training split
    training_name,   -- its file; empty for none
    kind,            -- identical, hash or features
    bits,            -- of 64 in which the perceptual hashes differ
    similarity       -- cosine of the features; NULL where there were none
) AS
SELECT c.training, c.test, p.test_sample, p.test_name, p.training_sample, p.training_name, p.kind, p.bits, p.similarity
FROM overlap_pairs p
JOIN overlap_checks c ON c.id = p.search;

DROP TRIGGER comparisons_stale_by_evaluation;
CREATE TRIGGER comparisons_stale_by_evaluation AFTER INSERT ON evaluations
WHEN (SELECT json_extract(details, '$.content') FROM protocols WHERE id = NEW.protocol) IS NULL BEGIN
    UPDATE comparisons SET stale = 1
    WHERE stale = 0 AND study = (SELECT study FROM runs WHERE id = NEW.run AND status = 'finished');
END;
DROP TRIGGER attributions_stale_by_evaluation;
CREATE TRIGGER attributions_stale_by_evaluation AFTER INSERT ON evaluations
WHEN (SELECT json_extract(details, '$.content') FROM protocols WHERE id = NEW.protocol) IS NULL BEGIN
    UPDATE attributions SET stale = 1
    WHERE stale = 0 AND study = (SELECT study FROM runs WHERE id = NEW.run AND status = 'finished');
END;

DROP VIEW run_scores;
CREATE VIEW run_scores ( -- What every finished run scored, one row a protocol and metric. Of runs that repeat a seed of the same study and configuration only the newest counts. Scores of transfer studies are in the view transfer_table.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
    backbone,   -- name of the backbone
    dataset,    -- data set it trained on
    config_hash, -- equal for runs that differ in the seed only
    seed,       -- seed of the run
    kind,       -- kind of evaluation, such as knn or linear
    protocol,   -- the whole evaluation protocol in one line
    metric,     -- such as top1
    better,     -- higher or lower
    step,       -- training step of the weights evaluated: the last or the best, as the protocol says
    value       -- the score
) AS
WITH chosen AS (
    SELECT e.run, r.name, r.study, r.method, r.backbone, r.dataset, r.config_hash, r.seed,
        e.protocol, e.metric, coalesce(m.better, 'higher') AS better, e.step, e.value,
        row_number() OVER (
            PARTITION BY e.run, e.protocol, e.metric, r.study, r.method, r.backbone, r.dataset, r.config_hash, r.seed
            ORDER BY CASE WHEN p.selection = 'best' THEN iif(m.better = 'lower', -e.value, e.value) END DESC, e.step DESC
        ) AS choice
    FROM runs r
    JOIN evaluations e ON e.run = r.id
    JOIN protocols p ON p.id = e.protocol
    LEFT JOIN measures m ON m.metric = e.metric
    WHERE r.status = 'finished'
        AND e.protocol NOT IN (SELECT protocol FROM transfer_cells WHERE protocol IS NOT NULL)
),
repeated AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY study, method, backbone, dataset, config_hash, seed, protocol, metric
            ORDER BY run DESC
        ) AS repetition
    FROM chosen
    WHERE choice = 1
)
SELECT s.run, s.name, s.study, s.method, s.backbone, s.dataset, s.config_hash, s.seed,
    p.kind, p.label, s.metric, s.better, s.step, s.value
FROM repeated s
JOIN protocols p ON p.id = s.protocol
WHERE s.repetition = 1;

CREATE VIEW transfer_table ( -- Transfer studies: what each network scores on each data set by each evaluation; a row without a value says why there is none.
    study,      -- the transfer study
    model,      -- name of the network's run
    dataset,    -- data set measured on
    evaluation, -- such as linear, knn, zero-shot or few-shot 5
    metric,     -- such as top1
    value,      -- the score; NULL where there is none
    note,       -- why there is none, or what is doubtful
    kind,       -- kind of evaluation, such as few-shot
    backbone,   -- name of the backbone
    method,     -- method that it was trained by; of imported weights as far as it is known
    run,        -- runs.id
    training,   -- samples of the training split that probes learn from
    test,       -- samples of the test split
    classes,    -- number of classes
    duplicated, -- test images with a near-duplicate in the data set's own training split or in the network's; NULL where nobody looked (kontrast data overlap)
    protocol    -- the whole evaluation protocol in one line
) AS
SELECT c.study, r.name, c.dataset, c.evaluation, e.metric, e.value, c.note, coalesce(p.kind, c.asked), r.backbone,
    coalesce((SELECT i.method FROM imports i WHERE i.run = r.id), r.method), r.id, d.training, d.test, d.classes,
    (
        SELECT count(DISTINCT o.test_sample) + 0 * max(k.id)
        FROM overlap_checks k
        LEFT JOIN overlap_pairs o ON o.search = k.id
        WHERE k.test_fingerprint = d.test_fingerprint AND (
            k.training_fingerprint = d.training_fingerprint
            OR k.training_fingerprint IN (SELECT s.fingerprint FROM splits s WHERE s.run = r.id AND s.split = 'train')
        )
    ),
    p.label
FROM transfer_models m
JOIN runs r ON r.id = m.run
JOIN transfer_cells c ON c.run = m.run AND c.study = m.study
JOIN transfer_data d ON d.study = c.study AND d.dataset = c.dataset
LEFT JOIN protocols p ON p.id = c.protocol
LEFT JOIN evaluations e ON e.run = c.run AND e.protocol = c.protocol
    AND e.step = (SELECT max(x.step) FROM evaluations x WHERE x.run = e.run AND x.protocol = e.protocol AND x.metric = e.metric)
ORDER BY c.study, d.position, c.evaluation, m.position;

DROP VIEW transfer_scores;
CREATE VIEW transfer_scores ( -- What frozen backbones score on data sets that they were not trained on, one row a run, protocol and metric.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison or transfer study it belongs to; empty for none
    method,     -- name of the method; in a transfer study that of the run
    backbone,   -- name of the backbone
    dataset,    -- data set trained on
    measured,   -- data set measured on
    config_hash, -- equal for runs that differ in the seed only
    seed,       -- seed of the run
    kind,       -- kind of evaluation, such as knn or linear
    metric,     -- such as top1
    value,      -- the score
    protocol    -- the whole evaluation protocol in one line
) AS
SELECT s.run, s.name, s.study, s.method, s.backbone, s.dataset, p.dataset, s.config_hash, s.seed, s.kind, s.metric, s.value, s.protocol
FROM run_scores s
JOIN protocols p ON p.label = s.protocol
WHERE p.dataset IS NOT NULL
UNION ALL
SELECT t.run, t.model, t.study, t.model, t.backbone, r.dataset, t.dataset, r.config_hash, r.seed, t.kind, t.metric, t.value, t.protocol
FROM transfer_table t
JOIN runs r ON r.id = t.run
WHERE t.value IS NOT NULL;
