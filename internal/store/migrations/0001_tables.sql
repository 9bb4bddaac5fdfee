-- Every comment after a name below is that table's or column's documentation:
-- the shell's .schema shows it, and store.Tables returns it.

CREATE TABLE runs ( -- One row a training run.
    id             INTEGER PRIMARY KEY, -- number of the run
    name           TEXT NOT NULL UNIQUE CHECK (name <> ''), -- short name, unique in this file; method-id unless the user chose one
    study          TEXT NOT NULL DEFAULT '', -- the comparison it belongs to; empty for none
    method         TEXT NOT NULL CHECK (method <> ''), -- registered name of the method
    backbone       TEXT NOT NULL CHECK (backbone <> ''), -- registered name of the backbone
    dataset        TEXT NOT NULL CHECK (dataset <> ''), -- registered name of the data set it trains on
    seed           INTEGER NOT NULL CHECK (seed >= 0), -- seed of all its random numbers
    config_hash    TEXT NOT NULL, -- hash of the configuration without the seed: equal for the runs of one setting
    config         TEXT NOT NULL CHECK (json_valid(config)), -- the whole configuration, JSON
    status         TEXT NOT NULL DEFAULT 'running'
                   CHECK (status IN ('running', 'finished', 'failed', 'interrupted', 'stopped')), -- running, finished, failed (an error), interrupted (by the user or a signal) or stopped (by a rule, as on NaN)
    error          TEXT, -- why it failed or was stopped
    started        TEXT NOT NULL, -- UTC, as 2026-01-31T23:59:59.000Z
    heartbeat      TEXT NOT NULL, -- UTC, last sign of life
    finished       TEXT, -- UTC, when it ended, however it ended
    step           INTEGER NOT NULL DEFAULT 0, -- last training step that logged a metric
    steps          INTEGER, -- training steps planned
    host           TEXT NOT NULL DEFAULT '', -- name of the machine
    pid            INTEGER NOT NULL DEFAULT 0, -- process that runs it on that machine
    engine         TEXT NOT NULL DEFAULT '', -- compute backend and what it runs on
    versions       TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(versions)), -- versions of the software, JSON object
    git_commit     TEXT NOT NULL DEFAULT '', -- commit of the program
    method_module  TEXT NOT NULL DEFAULT '', -- module path the method came from
    method_version TEXT NOT NULL DEFAULT '' -- version of that module
) STRICT;
CREATE INDEX runs_by_setting ON runs (study, method, backbone, dataset, config_hash, seed);

CREATE TABLE params ( -- The configuration of a run, one row a value.
    run   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    key   TEXT NOT NULL, -- dotted path in the configuration, such as optimizer.lr
    value ANY, -- number or text; true and false are text, lists are JSON; NULL where the configuration says null
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX params_by_key ON params (key, value);

CREATE TABLE metrics ( -- What training logged.
    run   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    name  TEXT NOT NULL CHECK (name <> ''), -- such as loss, lr or embedding_std
    step  INTEGER NOT NULL CHECK (step >= 0), -- training step, counted from 1; 0 is before training
    value REAL, -- NULL where it was NaN or infinite
    PRIMARY KEY (run, name, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE protocols ( -- What an evaluation number means.
    id          INTEGER PRIMARY KEY, -- number of the protocol
    label       TEXT NOT NULL UNIQUE, -- the whole protocol in one line, made of the columns below
    kind        TEXT NOT NULL CHECK (kind <> ''), -- knn, linear, zero-shot, retrieval, ...
    k           INTEGER CHECK (k > 0), -- neighbours of a k-nearest-neighbour classifier
    temperature REAL CHECK (temperature > 0), -- of the neighbours' weights or the logits
    distance    TEXT, -- such as cosine
    dataset     TEXT, -- data set evaluated on; NULL for the one trained on
    train_split TEXT, -- split the evaluation learns from
    test_split  TEXT, -- split the number is of
    selection   TEXT NOT NULL CHECK (selection IN ('last', 'best')), -- last: weights of the last step; best: the best step on the test split, which flatters
    details     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)) -- further settings, JSON object
) STRICT;

CREATE TABLE measures ( -- What is known of the metrics that evaluations report; a metric not listed is taken as better when higher.
    metric      TEXT PRIMARY KEY, -- name, as in evaluations.metric
    better      TEXT NOT NULL CHECK (better IN ('higher', 'lower')), -- which direction is better
    unit        TEXT NOT NULL DEFAULT '', -- fraction (0 to 1, printed in percent) or any other unit
    description TEXT NOT NULL DEFAULT '' -- what it measures
) STRICT, WITHOUT ROWID;
INSERT INTO measures (metric, better, unit, description) VALUES
    ('top1', 'higher', 'fraction', 'share of samples whose first guess is the label'),
    ('top5', 'higher', 'fraction', 'share of samples with the label among the first five guesses'),
    ('mean_per_class', 'higher', 'fraction', 'top-1 accuracy averaged over the classes'),
    ('recall@1', 'higher', 'fraction', 'share of queries whose match is the first result'),
    ('recall@5', 'higher', 'fraction', 'share of queries whose match is among the first five results'),
    ('recall@10', 'higher', 'fraction', 'share of queries whose match is among the first ten results'),
    ('median_rank', 'lower', 'rank', 'median rank of the match, 1 is best'),
    ('mean_rank', 'lower', 'rank', 'mean rank of the match, 1 is best'),
    ('loss', 'lower', '', 'value of the loss'),
    ('alignment', 'lower', '', 'mean squared distance of positive pairs on the sphere'),
    ('uniformity', 'lower', '', 'log mean Gaussian potential of all pairs on the sphere'),
    ('rankme', 'higher', 'dimensions', 'effective rank of the embeddings');

CREATE TABLE evaluations ( -- One row a number that an evaluation gave.
    run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    protocol INTEGER NOT NULL REFERENCES protocols (id), -- protocols.id
    metric   TEXT NOT NULL CHECK (metric <> ''), -- such as top1
    step     INTEGER NOT NULL CHECK (step >= 0), -- training step of the weights evaluated
    value    REAL NOT NULL CHECK (abs(value) < 9e999), -- a finite number
    time     TEXT NOT NULL, -- UTC, when it was written
    PRIMARY KEY (run, protocol, metric, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluations_by_protocol ON evaluations (protocol, metric);

CREATE TABLE predictions ( -- What the last evaluation of a run said about each sample.
    run       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    protocol  INTEGER NOT NULL REFERENCES protocols (id), -- protocols.id
    sample    INTEGER NOT NULL CHECK (sample >= 0), -- index in the test split
    label     INTEGER NOT NULL, -- true class
    predicted INTEGER NOT NULL, -- first guess
    PRIMARY KEY (run, protocol, sample)
) STRICT, WITHOUT ROWID;
CREATE INDEX predictions_by_protocol ON predictions (protocol);

CREATE TABLE alarms ( -- What looked wrong during training.
    id     INTEGER PRIMARY KEY, -- number of the alarm
    run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    step   INTEGER NOT NULL CHECK (step >= 0), -- training step that raised it
    kind   TEXT NOT NULL CHECK (kind <> ''), -- collapse, nan, loss_at_ln_k, ...
    detail TEXT NOT NULL, -- what was seen, what was expected, what to do
    time   TEXT NOT NULL -- UTC
) STRICT;
CREATE INDEX alarms_by_run ON alarms (run, step);

CREATE TABLE artifacts ( -- Files that a run wrote.
    run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    path   TEXT NOT NULL CHECK (path <> ''), -- where it was written
    kind   TEXT NOT NULL, -- checkpoint, log, figure, ...
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64), -- of the content, hexadecimal
    bytes  INTEGER NOT NULL CHECK (bytes >= 0), -- size
    time   TEXT NOT NULL, -- UTC
    PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE t_quantiles ( -- Student's t: what seed_summary multiplies the standard error by.
    df INTEGER PRIMARY KEY, -- degrees of freedom, 1 to 100
    t  REAL NOT NULL -- 0.975 quantile, for 95 % intervals
) STRICT;
INSERT INTO t_quantiles (df, t) VALUES
    (1, 12.7062047362), (2, 4.30265272975), (3, 3.18244630528), (4, 2.7764451052), (5, 2.57058183564),
    (6, 2.44691185114), (7, 2.36462425159), (8, 2.3060041352), (9, 2.2621571628), (10, 2.22813885199),
    (11, 2.20098516009), (12, 2.17881282967), (13, 2.16036865646), (14, 2.14478668792), (15, 2.13144954556),
    (16, 2.11990529922), (17, 2.10981557783), (18, 2.10092204024), (19, 2.09302405441), (20, 2.08596344727),
    (21, 2.07961384473), (22, 2.0738730679), (23, 2.06865761042), (24, 2.06389856163), (25, 2.05953855275),
    (26, 2.05552943864), (27, 2.05183051648), (28, 2.0484071418), (29, 2.04522964213), (30, 2.0422724563),
    (31, 2.0395134464), (32, 2.03693334346), (33, 2.03451529745), (34, 2.03224450932), (35, 2.03010792825),
    (36, 2.02809400098), (37, 2.02619246303), (38, 2.02439416391), (39, 2.02269092004), (40, 2.02107539031),
    (41, 2.01954097044), (42, 2.01808170282), (43, 2.01669219923), (44, 2.01536757444), (45, 2.01410338888),
    (46, 2.01289559892), (47, 2.01174051373), (48, 2.01063475762), (49, 2.00957523713), (50, 2.0085591121),
    (51, 2.00758377032), (52, 2.00664680506), (53, 2.00574599532), (54, 2.00487928819), (55, 2.00404478329),
    (56, 2.00324071885), (57, 2.00246545929), (58, 2.00171748415), (59, 2.00099537809), (60, 2.00029782201),
    (61, 1.99962358499), (62, 1.99897151703), (63, 1.99834054252), (64, 1.99772965432), (65, 1.99713790839),
    (66, 1.99656441895), (67, 1.99600835403), (68, 1.99546893143), (69, 1.99494541511), (70, 1.99443711177),
    (71, 1.99394336785), (72, 1.99346356666), (73, 1.99299712589), (74, 1.99254349518), (75, 1.992102154),
    (76, 1.99167260964), (77, 1.99125439539), (78, 1.99084706881), (79, 1.99045021023), (80, 1.99006342125),
    (81, 1.98968632346), (82, 1.98931855714), (83, 1.98895978018), (84, 1.98860966698), (85, 1.98826790748),
    (86, 1.98793420624), (87, 1.98760828159), (88, 1.98728986483), (89, 1.98697869951), (90, 1.9866745407),
    (91, 1.98637715442), (92, 1.98608631695), (93, 1.98580181435), (94, 1.98552344187), (95, 1.98525100351),
    (96, 1.98498431152), (97, 1.98472318601), (98, 1.98446745451), (99, 1.98421695159), (100, 1.98397151852);
