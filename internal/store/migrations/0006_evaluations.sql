-- Evaluations by protocols that have names: factors of variation, other data
-- sets, measures without labels. The linear probe's minimum is unique, so that
-- its solver is no part of its protocol.
UPDATE protocols SET label = replace(label, ' solver=L-BFGS', ''), details = json_remove(details, '$.solver')
WHERE kind = 'linear' AND json_extract(details, '$.solver') = 'L-BFGS';

INSERT OR IGNORE INTO measures (metric, better, unit, description) VALUES
    ('r2', 'higher', '', 'share of the variance that a linear probe explains, 1 at best'),
    ('effective_rank', 'higher', 'dimensions', 'effective rank of the centered embeddings'),
    ('alpha_req', 'lower', '', 'exponent of the decay of the eigenvalues of the covariance; best near 1'),
    ('lidar', 'higher', 'dimensions', 'effective rank of the linear discriminant between samples'),
    ('gradient_norm', 'lower', '', 'largest component of the gradient where a fit did not converge'),
    ('chosen_rate', 'higher', '', 'learning rate that held-out training samples chose');

CREATE VIEW factor_scores ( -- What each method keeps of the factors of variation: linear probes of every factor, one row a setting and factor.
    study,      -- the comparison it belongs to; empty for none
    dataset,    -- data set trained on
    measured,   -- data set that the factors are of
    backbone,   -- name of the backbone
    method,     -- name of the method
    factor,     -- such as color
    metric,     -- top1 of a factor with names for its values, r2 of a number
    n,          -- number of seeds
    mean,       -- mean over the seeds
    std,        -- sample standard deviation; NULL for one seed
    untrained,  -- mean of the untrained backbone on the same data; NULL if it was not measured
    config_hash -- the setting: equal for runs that differ in the seed only
) AS
WITH scores AS (
    SELECT s.*, coalesce(p.dataset, s.dataset) AS measured, json_extract(p.details, '$.factor') AS factor
    FROM run_scores s
    JOIN protocols p ON p.label = s.protocol
    WHERE p.kind = 'factor'
),
centred AS (
    SELECT s.*, avg(value) OVER (PARTITION BY study, method, backbone, dataset, config_hash, protocol, metric) AS centre
    FROM scores s
)
SELECT c.study, c.dataset, c.measured, c.backbone, c.method, c.factor, c.metric,
    count(*), avg(c.value),
    CASE WHEN count(*) > 1 THEN sqrt(sum((c.value - c.centre) * (c.value - c.centre)) / (count(*) - 1)) END,
    (SELECT avg(u.value) FROM scores u
     WHERE u.method = 'untrained' AND u.study = c.study AND u.dataset = c.dataset AND u.backbone = c.backbone
        AND u.protocol = c.protocol AND u.metric = c.metric),
    c.config_hash
FROM centred c
GROUP BY c.study, c.dataset, c.measured, c.backbone, c.method, c.config_hash, c.protocol, c.factor, c.metric;

CREATE VIEW transfer_scores ( -- What frozen backbones score on data sets that they were not trained on, one row a run, protocol and metric.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
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
WHERE p.dataset IS NOT NULL;
