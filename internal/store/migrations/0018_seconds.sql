-- Seconds of work on a run: the clock went on while a run was interrupted.

ALTER TABLE runs ADD COLUMN seconds REAL /* of work on it, without the time between an interruption and its continuation; NULL for runs of before this column */;

DROP VIEW run_overview;
CREATE VIEW run_overview ( -- Runs at a glance, with what became of them.
    run,        -- runs.id
    name,       -- short name of the run
    study,      -- the comparison it belongs to; empty for none
    method,     -- name of the method
    backbone,   -- name of the backbone
    dataset,    -- data set it trains on
    seed,       -- seed of the run
    state,      -- runs.status, or imported: its weights are another program's; or lost: running by its status, but without a sign of life for two minutes
    step,       -- last training step made, as far as it is recorded
    steps,      -- training steps planned; NULL if unknown
    started,    -- UTC
    seconds,    -- of work on it up to its end or its last sign of life; of runs of before schema 18, those of the clock
    alarms,     -- number of alarms
    error       -- why it failed or was stopped
) AS
SELECT id, name, study, method, backbone, dataset, seed,
    CASE
        WHEN status = 'running' AND julianday(heartbeat) < julianday('now') - 2.0 / 1440 THEN 'lost'
        WHEN status = 'finished' AND EXISTS (SELECT 1 FROM imports WHERE imports.run = runs.id) THEN 'imported'
        ELSE status
    END,
    step, steps, started,
    round(coalesce(seconds, (julianday(coalesce(finished, heartbeat)) - julianday(started)) * 86400), 1),
    (SELECT count(*) FROM alarms WHERE run = runs.id),
    error
FROM runs;
