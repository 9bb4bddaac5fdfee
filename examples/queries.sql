-- Questions to ask of recorded results: kontrast sql 'SELECT …', or all of them
-- with SQLite's own shell: sqlite3 experiments.db < examples/queries.sql
-- The views are documented by: kontrast sql --help

-- The best method of each backbone, with mean and 95 % interval over the seeds.
SELECT study, backbone, method, kind, round(100 * mean, 1) AS percent, round(100 * half_width, 1) AS interval, n
FROM seed_summary
WHERE rank = 1 AND metric = 'top1'
ORDER BY study, backbone, kind;

-- How far each method is above the untrained backbone of the same seed, seed by seed.
SELECT t.study, t.backbone, t.method, t.seed, t.kind, round(100 * (t.value - u.value), 1) AS points
FROM run_scores t
JOIN run_scores u USING (study, backbone, dataset, seed, protocol, metric)
WHERE t.metric = 'top1' AND u.method = 'untrained' AND t.method <> 'untrained'
ORDER BY t.study, t.backbone, t.method, t.kind, t.seed;

-- The ten best single runs. A best of many flatters: seed_summary is the fair comparison.
SELECT rank, method, backbone, dataset, kind, value, name, seed
FROM leaderboard
WHERE metric = 'top1'
ORDER BY rank, kind
LIMIT 10;

-- Learning curves: the mean loss of each fifth of the training.
SELECT name, 1 + 5 * (step - 1) / (SELECT max(step) FROM learning_curves l WHERE l.run = c.run) AS fifth, round(avg(value), 4) AS loss
FROM learning_curves c
WHERE metric = 'loss'
GROUP BY run, fifth
ORDER BY run, fifth;

-- Which hyperparameters differ between the runs of a study, and what came of them.
SELECT p.study, p.key, p.value, round(avg(s.value), 4) AS top1, count(DISTINCT s.seed) AS seeds
FROM run_params p
JOIN run_scores s ON s.run = p.run
WHERE s.metric = 'top1' AND s.kind = 'knn' AND p.key LIKE 'method.%'
GROUP BY p.study, p.key, p.value
ORDER BY p.study, p.key, top1 DESC;

-- Runs that raised an alarm or did not finish, and why.
SELECT name, state, step, alarms, error
FROM run_overview
WHERE alarms > 0 OR state <> 'finished'
ORDER BY run;

-- Samples that the runs get wrong most often, by nearest neighbors.
SELECT d.sample, d.label, count(*) AS wrong
FROM predictions d
JOIN protocols p ON p.id = d.protocol
WHERE p.kind = 'knn' AND d.predicted <> d.label
GROUP BY d.sample, d.label
ORDER BY wrong DESC, d.sample
LIMIT 10;

-- Seconds of training for each method, and where it ran.
SELECT o.method, o.backbone, count(*) AS runs, round(avg(o.seconds), 1) AS seconds, r.host, r.engine
FROM run_overview o
JOIN runs r ON r.id = o.run
WHERE o.state = 'finished'
GROUP BY o.method, o.backbone, r.host, r.engine
ORDER BY seconds DESC;
