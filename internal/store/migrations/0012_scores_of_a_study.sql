-- The scores of a study are found by the study's runs. The partitions name what
-- readers select by, so that SQLite applies a reader's WHERE before it numbers
-- the rows (https://sqlite.org/optoverview.html#pushdown); the rows are the same.

DROP VIEW run_scores;
CREATE VIEW run_scores ( -- What every finished run scored, one row a protocol and metric. Of runs that repeat a seed of the same study and configuration only the newest counts.
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

DROP VIEW seed_summary;
CREATE VIEW seed_summary ( -- Mean, spread and 95 % interval over the seeds of one setting: the fair comparison.
    study,      -- the comparison it belongs to; empty for none
    dataset,    -- data set trained on
    backbone,   -- name of the backbone
    method,     -- name of the method
    kind,       -- kind of evaluation, such as knn or linear
    metric,     -- such as top1
    rank,       -- 1 is the best mean among the rows with the same study, data set, backbone, protocol and metric
    n,          -- number of seeds
    mean,       -- mean over the seeds
    std,        -- sample standard deviation; NULL for one seed
    half_width, -- half of the 95 % interval of the mean by Student's t; NULL for one seed; beyond 101 seeds slightly wide
    lower,      -- lower end of the interval
    upper,      -- upper end of the interval
    worst,      -- worst score of a seed
    best,       -- best score of a seed
    better,     -- higher or lower
    protocol,   -- the whole evaluation protocol in one line
    config_hash -- the setting: equal for runs that differ in the seed only
) AS
WITH centred AS (
    SELECT study, dataset, backbone, method, kind, metric, protocol, config_hash, better, value,
        avg(value) OVER setting AS mean,
        count(*) OVER setting AS n,
        min(value) OVER setting AS least,
        max(value) OVER setting AS greatest,
        row_number() OVER setting AS place
    FROM run_scores
    WINDOW setting AS (PARTITION BY study, dataset, backbone, method, config_hash, protocol, metric)
),
spread AS (
    SELECT *, sum((value - mean) * (value - mean)) OVER (
        PARTITION BY study, dataset, backbone, method, config_hash, protocol, metric
    ) AS squares
    FROM centred
),
summary AS (
    SELECT *, CASE WHEN n > 1 THEN sqrt(squares / (n - 1)) END AS std FROM spread WHERE place = 1
),
interval AS (
    SELECT s.*, q.t * s.std / sqrt(s.n) AS half_width
    FROM summary s
    LEFT JOIN t_quantiles q ON q.df = min(s.n - 1, 100)
)
SELECT study, dataset, backbone, method, kind, metric,
    rank() OVER (
        PARTITION BY study, dataset, backbone, protocol, metric
        ORDER BY iif(better = 'lower', -mean, mean) DESC
    ),
    n, mean, std, half_width, mean - half_width, mean + half_width,
    iif(better = 'lower', greatest, least),
    iif(better = 'lower', least, greatest),
    better, protocol, config_hash
FROM interval;
