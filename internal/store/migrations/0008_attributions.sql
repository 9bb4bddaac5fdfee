-- What made the difference between two configurations: ablations, and what each
-- factor contributes. The program computes the contributions (kontrast ablate,
-- kontrast verdict); triggers mark them stale when results change.

CREATE TABLE ablations ( -- Studies that change the factors which separate two configurations.
    study   TEXT PRIMARY KEY, -- the study
    first   TEXT NOT NULL, -- the configuration that the changes begin with, as it was asked for
    second  TEXT NOT NULL, -- the one that they end with
    corners INTEGER NOT NULL CHECK (corners > 1), -- combinations of levels that are run
    orders  TEXT CHECK (json_valid(orders)), -- orders of the factors that were drawn, JSON; NULL where all combinations that can be run are
    all_orders REAL NOT NULL, -- orders that there are through combinations that can be run
    time    TEXT NOT NULL -- UTC, when it was planned
) STRICT, WITHOUT ROWID;

CREATE TABLE ablation_factors ( -- What separates the two configurations of an ablation.
    study    TEXT NOT NULL REFERENCES ablations (study) ON DELETE CASCADE, -- the study
    position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 15), -- its bit in ablation_corners.corner
    factor   TEXT NOT NULL, -- its name
    first    TEXT NOT NULL, -- its level in the first configuration, in words
    second   TEXT NOT NULL, -- its level in the second one
    settings TEXT NOT NULL CHECK (json_valid(settings)), -- keys of the configuration that change, JSON
    why      TEXT NOT NULL DEFAULT '', -- why several settings are one factor
    PRIMARY KEY (study, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE ablation_corners ( -- The combinations of levels of an ablation.
    study       TEXT NOT NULL REFERENCES ablations (study) ON DELETE CASCADE, -- the study
    corner      INTEGER NOT NULL CHECK (corner >= 0), -- sum of 2^position of the factors that have their second level
    label       TEXT NOT NULL, -- in words
    config_hash TEXT NOT NULL DEFAULT '', -- runs.config_hash of its runs; empty where it is not run
    illegal     TEXT NOT NULL DEFAULT '', -- why it can't be run; empty where it can
    PRIMARY KEY (study, corner)
) STRICT, WITHOUT ROWID;

CREATE TABLE attributions ( -- What each factor of an ablation, each pair of factors, and all together make of the difference of the scores.
    study     TEXT NOT NULL REFERENCES ablations (study) ON DELETE CASCADE, -- the study
    protocol  INTEGER NOT NULL REFERENCES protocols (id), -- protocols.id
    metric    TEXT NOT NULL, -- such as top1
    factor    TEXT NOT NULL, -- name of the factor; empty for all together, the difference of the two configurations
    other     TEXT NOT NULL DEFAULT '', -- second factor of an interaction; empty for a factor by itself
    value     REAL NOT NULL, -- mean over the seeds: Shapley value of the factor, or Shapley interaction index of the pair
    lower     REAL, -- lower end of the 95 % interval over the seeds; NULL where there is none
    upper     REAL, -- upper end of the interval
    p         REAL, -- two-sided p-value, for nothing
    p_holm    REAL, -- p after Holm's correction over the factors, or over the interactions, of the same protocol and metric
    added     REAL, -- the factor changed alone, from the first configuration; NULL where that was not run
    taken     REAL, -- what is lost where the factor alone is as in the first configuration; NULL where that was not run
    n         INTEGER NOT NULL CHECK (n > 0), -- seeds
    corners   INTEGER NOT NULL, -- combinations of levels whose scores entered
    orders    REAL NOT NULL, -- orders of the factors that it is averaged over
    note      TEXT NOT NULL DEFAULT '', -- what to know about it
    time      TEXT NOT NULL, -- UTC, when it was computed
    stale     INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)), -- 1 where results were added or removed since: compute again by kontrast verdict
    PRIMARY KEY (study, protocol, metric, factor, other)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER attributions_stale_by_evaluation AFTER INSERT ON evaluations BEGIN
    UPDATE attributions SET stale = 1
    WHERE stale = 0 AND study = (SELECT study FROM runs WHERE id = NEW.run AND status = 'finished');
END;
CREATE TRIGGER attributions_stale_by_end AFTER UPDATE OF status ON runs WHEN NEW.status = 'finished' OR OLD.status = 'finished' BEGIN
    UPDATE attributions SET stale = 1 WHERE stale = 0 AND study = NEW.study;
END;
CREATE TRIGGER attributions_stale_by_deletion AFTER DELETE ON runs BEGIN
    UPDATE attributions SET stale = 1 WHERE stale = 0 AND study = OLD.study;
END;

CREATE VIEW contributions ( -- What made the difference between two configurations: how much of it each factor contributes. The values of one study, protocol and metric add up to the row of the factor ''.
    study,       -- the ablation
    first,       -- the configuration that the changes begin with
    second,      -- the one that they end with
    kind,        -- kind of evaluation, such as knn or linear
    metric,      -- such as top1
    position,    -- place of the factor; NULL for all together
    factor,      -- what changes; empty for all together
    from_level,  -- its level in the first configuration
    to_level,    -- its level in the second one
    value,       -- what changing it adds, averaged over orders in which the factors change: Shapley's value, mean over the seeds
    lower,       -- lower end of the 95 % interval over the seeds
    upper,       -- upper end of the interval
    p_holm,      -- two-sided p-value for nothing, after Holm's correction over the factors
    added,       -- what it adds alone, changed first
    taken,       -- what is lost without it alone, changed last
    n,           -- seeds
    corners,     -- combinations of levels whose scores entered
    orders,      -- orders that it is averaged over
    note,        -- what to know about the row
    stale,       -- 1 where results changed since: compute again by kontrast verdict
    protocol     -- the whole evaluation protocol in one line
) AS
SELECT a.study, b.first, b.second, p.kind, a.metric, f.position, a.factor, f.first, f.second, a.value, a.lower, a.upper, a.p_holm,
    a.added, a.taken, a.n, a.corners, a.orders, a.note, a.stale, p.label
FROM attributions a
JOIN ablations b ON b.study = a.study
JOIN protocols p ON p.id = a.protocol
LEFT JOIN ablation_factors f ON f.study = a.study AND f.factor = a.factor
WHERE a.other = '';

CREATE VIEW interactions ( -- By how much two factors of an ablation together change a score more than each by itself.
    study,    -- the ablation
    kind,     -- kind of evaluation, such as knn or linear
    metric,   -- such as top1
    factor,   -- the first of the two
    other,    -- the second
    value,    -- Shapley interaction index, mean over the seeds
    lower,    -- lower end of the 95 % interval over the seeds
    upper,    -- upper end of the interval
    p_holm,   -- two-sided p-value for none, after Holm's correction over the pairs
    n,        -- seeds
    stale,    -- 1 where results changed since: compute again by kontrast verdict
    protocol  -- the whole evaluation protocol in one line
) AS
SELECT a.study, p.kind, a.metric, a.factor, a.other, a.value, a.lower, a.upper, a.p_holm, a.n, a.stale, p.label
FROM attributions a
JOIN protocols p ON p.id = a.protocol
WHERE a.other <> '';
