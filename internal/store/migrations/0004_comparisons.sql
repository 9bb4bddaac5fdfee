-- What the statistics say of pairs of methods, as rows. The program computes
-- them (kontrast compare, kontrast verdict); triggers mark them stale when the
-- results that they were computed from change.

CREATE TABLE comparisons ( -- One row a pair of settings on the same study, data set, backbone, protocol and metric.
    study          TEXT NOT NULL, -- the comparison it belongs to
    dataset        TEXT NOT NULL, -- data set trained on
    backbone       TEXT NOT NULL, -- name of the backbone
    protocol       INTEGER NOT NULL REFERENCES protocols (id), -- protocols.id
    metric         TEXT NOT NULL, -- such as top1
    first          TEXT NOT NULL, -- method whose score comes first in the difference
    first_hash     TEXT NOT NULL, -- its setting: runs.config_hash
    second         TEXT NOT NULL, -- method that it is compared with; the untrained baseline is always second
    second_hash    TEXT NOT NULL, -- its setting: runs.config_hash
    n              INTEGER NOT NULL CHECK (n >= 0), -- seeds that both have
    samples        INTEGER, -- test samples whose guesses entered; NULL where only the scores did
    difference     REAL, -- mean of first minus second over those seeds
    lower          REAL, -- lower end of the 95 % interval; NULL where there is none
    upper          REAL, -- upper end of the interval
    p              REAL, -- two-sided p-value of the test, for no difference
    p_holm         REAL, -- p after Holm's correction over all pairs of the same study, data set, protocol and metric
    test           TEXT NOT NULL CHECK (test IN ('crossed', 'student', 'anytime', 'mcnemar', 'none')), -- crossed: for new seeds and test samples; student: for new seeds; anytime: as crossed, valid although one looked after every seed; mcnemar: two networks; none: too little to test
    verdict        TEXT NOT NULL CHECK (verdict IN ('better', 'worse', 'equivalent', 'undecided')), -- of first, at the 5 % level after Holm; of two networks only where the test is mcnemar
    margin         REAL NOT NULL CHECK (margin >= 0), -- differences within it count as equivalent, in the metric's unit; 0 for none
    seeds_needed   INTEGER, -- seeds that would tell a difference of the margin with 80 % power; NULL where no number of seeds would
    samples_needed INTEGER, -- test samples needed for that, where no number of seeds would
    p_sign_flip    REAL, -- exact sign-flip permutation p of the paired differences
    p_first_wins   REAL, -- share of seeds on which first is better: how likely it beats second when both are run once more
    p_first_wins_lower REAL, -- lower end of its 95 % interval
    p_first_wins_upper REAL, -- upper end of its interval
    note           TEXT NOT NULL DEFAULT '', -- what to know about the row, such as that there is one seed
    time           TEXT NOT NULL, -- UTC, when it was computed
    stale          INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)), -- 1 where results were added or removed since: compute again by kontrast verdict
    PRIMARY KEY (study, dataset, backbone, protocol, metric, first, first_hash, second, second_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE races ( -- Studies whose seeds are added until they decide: their tests must be valid although one looks after every seed.
    study     TEXT PRIMARY KEY, -- the comparison
    margin    REAL NOT NULL, -- points within which methods count as equivalent
    max_seeds INTEGER NOT NULL, -- seeds a method at most
    time      TEXT NOT NULL -- UTC, when it began or was resumed
) STRICT, WITHOUT ROWID;

CREATE TRIGGER comparisons_stale_by_evaluation AFTER INSERT ON evaluations BEGIN
    UPDATE comparisons SET stale = 1
    WHERE stale = 0 AND study = (SELECT study FROM runs WHERE id = NEW.run AND status = 'finished');
END;
CREATE TRIGGER comparisons_stale_by_end AFTER UPDATE OF status ON runs WHEN NEW.status = 'finished' OR OLD.status = 'finished' BEGIN
    UPDATE comparisons SET stale = 1 WHERE stale = 0 AND study = NEW.study;
END;
CREATE TRIGGER comparisons_stale_by_deletion AFTER DELETE ON runs BEGIN
    UPDATE comparisons SET stale = 1 WHERE stale = 0 AND study = OLD.study;
END;

CREATE VIEW verdicts ( -- What the statistics say of every pair of methods: is the first better, by how much, how sure, and what it would take.
    study,        -- the comparison it belongs to
    dataset,      -- data set trained on
    backbone,     -- name of the backbone
    kind,         -- kind of evaluation, such as knn or linear
    metric,       -- such as top1
    first,        -- method whose score comes first in the difference
    second,       -- method that it is compared with
    verdict,      -- first is better, worse, equivalent (within the margin) or undecided
    difference,   -- mean of first minus second over the seeds that both have
    lower,        -- lower end of the 95 % interval
    upper,        -- upper end of the interval
    n,            -- seeds that both have
    samples,      -- test samples whose guesses entered; NULL where only the scores did
    p,            -- two-sided p-value for no difference
    p_holm,       -- p after Holm's correction over all pairs of the table
    test,         -- crossed, student, anytime, mcnemar (two networks, not methods) or none
    margin,       -- differences within it count as equivalent
    seeds_needed, -- seeds that would tell a difference of the margin with 80 % power; NULL where no number would
    note,         -- what to know about the row
    stale,        -- 1 where results changed since: compute again by kontrast verdict
    protocol,     -- the whole evaluation protocol in one line
    first_hash,   -- setting of first: equal for runs that differ in the seed only
    second_hash   -- setting of second
) AS
SELECT c.study, c.dataset, c.backbone, p.kind, c.metric, c.first, c.second, c.verdict, c.difference, c.lower, c.upper,
    c.n, c.samples, c.p, c.p_holm, c.test, c.margin, c.seeds_needed, c.note, c.stale, p.label, c.first_hash, c.second_hash
FROM comparisons c
JOIN protocols p ON p.id = c.protocol;

CREATE VIEW rankings ( -- How methods rank over the backbones and data sets of a study: the mean of their ranks by mean score, with how many pairs they win.
    study,      -- the comparison it belongs to
    kind,       -- kind of evaluation, such as knn or linear
    metric,     -- such as top1
    method,     -- name of the method
    blocks,     -- backbones and data sets that it has scores on
    mean_rank,  -- rank by mean score among the settings of a backbone and data set, averaged; 1 is best
    won,        -- pairs in which it is better, by the view verdicts
    lost,       -- pairs in which it is worse
    undecided,  -- pairs that are not decided
    equivalent, -- pairs that are equivalent within the margin
    protocol    -- the whole evaluation protocol in one line
) AS
WITH ranks AS (
    SELECT study, kind, metric, method, protocol, count(DISTINCT backbone || '/' || dataset) AS blocks, avg(rank) AS mean_rank
    FROM seed_summary
    GROUP BY study, kind, metric, method, protocol
),
sides AS (
    SELECT study, metric, protocol, first AS method, verdict FROM verdicts
    UNION ALL
    SELECT study, metric, protocol, second, CASE verdict WHEN 'better' THEN 'worse' WHEN 'worse' THEN 'better' ELSE verdict END FROM verdicts
),
counts AS (
    SELECT study, metric, protocol, method, sum(verdict = 'better') AS won, sum(verdict = 'worse') AS lost,
        sum(verdict = 'undecided') AS undecided, sum(verdict = 'equivalent') AS equivalent
    FROM sides
    GROUP BY study, metric, protocol, method
)
SELECT r.study, r.kind, r.metric, r.method, r.blocks, r.mean_rank, c.won, c.lost, c.undecided, c.equivalent, r.protocol
FROM ranks r
LEFT JOIN counts c ON c.study = r.study AND c.metric = r.metric AND c.protocol = r.protocol AND c.method = r.method;
