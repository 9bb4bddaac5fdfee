-- The views are the public interface of the database: they keep their names
-- and columns while the tables may change. Every comment after a name below is
-- documentation, as in 0001_tables.sql. SQLite 3.40 must be able to read them.

CREATE VIEW run_overview ( -- Runs at a glance, with what became of them.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
    backbone,   -- name of the backbone
    dataset,    -- data set it trains on
    seed,       -- seed of the run
    state,      -- runs.status, or lost: running by its status, but without a sign of life for two minutes
    step,       -- last training step that logged a metric
    steps,      -- training steps planned; NULL if unknown
    started,    -- UTC
    seconds,    -- from the start to the end, or to the last sign of life
    alarms,     -- number of alarms
    error       -- why it failed or was stopped
) AS
SELECT id, name, study, method, backbone, dataset, seed,
    CASE
        WHEN status = 'running' AND julianday(heartbeat) < julianday('now') - 2.0 / 1440 THEN 'lost'
        ELSE status
    END,
    step, steps, started,
    round((julianday(coalesce(finished, heartbeat)) - julianday(started)) * 86400, 1),
    (SELECT count(*) FROM alarms WHERE run = runs.id),
    error
FROM runs;

CREATE VIEW run_params ( -- The configuration values of every run.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
    backbone,   -- name of the backbone
    dataset,    -- data set it trains on
    seed,       -- seed of the run
    key,        -- dotted path in the configuration, such as optimizer.lr
    value       -- number or text; true and false are text, lists are JSON
) AS
SELECT r.id, r.name, r.study, r.method, r.backbone, r.dataset, r.seed, p.key, p.value
FROM params p
JOIN runs r ON r.id = p.run;

CREATE VIEW learning_curves ( -- What training logged, one row a step and metric.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
    backbone,   -- name of the backbone
    dataset,    -- data set it trains on
    seed,       -- seed of the run
    config_hash, -- equal for runs that differ in the seed only
    metric,     -- such as loss
    step,       -- training step
    value       -- NULL where it was NaN or infinite
) AS
SELECT r.id, r.name, r.study, r.method, r.backbone, r.dataset, r.seed, r.config_hash, m.name, m.step, m.value
FROM metrics m
JOIN runs r ON r.id = m.run;

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
    SELECT e.run, e.protocol, e.metric, coalesce(m.better, 'higher') AS better, e.step, e.value,
        row_number() OVER (
            PARTITION BY e.run, e.protocol, e.metric
            ORDER BY CASE WHEN p.selection = 'best' THEN iif(m.better = 'lower', -e.value, e.value) END DESC, e.step DESC
        ) AS choice
    FROM evaluations e
    JOIN protocols p ON p.id = e.protocol
    LEFT JOIN measures m ON m.metric = e.metric
),
repeated AS (
    SELECT c.*, r.name, r.study, r.method, r.backbone, r.dataset, r.config_hash, r.seed,
        row_number() OVER (
            PARTITION BY r.study, r.method, r.backbone, r.dataset, r.config_hash, r.seed, c.protocol, c.metric
            ORDER BY r.id DESC
        ) AS repetition
    FROM chosen c
    JOIN runs r ON r.id = c.run
    WHERE c.choice = 1 AND r.status = 'finished'
)
SELECT s.run, s.name, s.study, s.method, s.backbone, s.dataset, s.config_hash, s.seed,
    p.kind, p.label, s.metric, s.better, s.step, s.value
FROM repeated s
JOIN protocols p ON p.id = s.protocol
WHERE s.repetition = 1;

CREATE VIEW leaderboard ( -- The best score of every method, backbone, data set, protocol and metric, over all studies, settings and seeds. A best of many flatters: seed_summary is the fair comparison.
    dataset,    -- data set trained on
    kind,       -- kind of evaluation, such as knn or linear
    metric,     -- such as top1
    rank,       -- 1 is best among the rows with the same data set, protocol and metric
    method,     -- name of the method
    backbone,   -- name of the backbone
    value,      -- the best score
    runs,       -- number of runs it is the best of
    protocol,   -- the whole evaluation protocol in one line
    run,        -- runs.id of the run with the best score
    name,       -- short name of that run
    study,      -- study of that run
    seed        -- seed of that run
) AS
WITH placed AS (
    SELECT s.*,
        iif(better = 'lower', -value, value) AS merit,
        row_number() OVER (
            PARTITION BY method, backbone, dataset, protocol, metric
            ORDER BY iif(better = 'lower', -value, value) DESC, run
        ) AS place,
        count(*) OVER (PARTITION BY method, backbone, dataset, protocol, metric) AS runs
    FROM run_scores s
)
SELECT dataset, kind, metric,
    rank() OVER (PARTITION BY dataset, protocol, metric ORDER BY merit DESC),
    method, backbone, value, runs, protocol, run, name, study, seed
FROM placed
WHERE place = 1;

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
    SELECT s.*,
        avg(value) OVER (
            PARTITION BY study, dataset, backbone, method, config_hash, protocol, metric
        ) AS centre
    FROM run_scores s
),
summary AS (
    SELECT study, dataset, backbone, method, kind, metric, protocol, config_hash, better,
        count(*) AS n,
        avg(value) AS mean,
        CASE WHEN count(*) > 1 THEN sqrt(sum((value - centre) * (value - centre)) / (count(*) - 1)) END AS std,
        min(value) AS least,
        max(value) AS greatest
    FROM centred
    GROUP BY study, dataset, backbone, method, config_hash, protocol, metric
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
