-- Imports: runs whose backbone has the weights of another program, which are
-- measured as those of any other run.

CREATE TABLE imports ( -- Where the weights of imported runs are from, one row a run.
    run       INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, -- runs.id
    source    TEXT NOT NULL CHECK (source <> ''), -- path of the file, as it was given
    sha256    TEXT NOT NULL, -- of the file, or of its parts one after another
    bytes     INTEGER NOT NULL CHECK (bytes >= 0), -- size of the file
    format    TEXT NOT NULL, -- kind of file: safetensors, pytorch, pytorch-legacy or torchscript
    layout    TEXT NOT NULL, -- whose names the tensors have, such as moco or timm-vit
    network   TEXT NOT NULL DEFAULT '', -- which network of the file, such as momentum or teacher; empty for the only one
    method    TEXT NOT NULL DEFAULT '', -- method that the weights were trained by; empty if not known
    license   TEXT NOT NULL DEFAULT '', -- license of the weights, as it was given
    taken     INTEGER NOT NULL, -- number of tensors of the file that the backbone has
    left_out  TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(left_out)), -- names of the network's other tensors, JSON list
    positions TEXT NOT NULL DEFAULT '' -- how position embeddings were resized; empty for not at all
) STRICT;

CREATE VIEW imported_runs ( -- Where the weights of imported runs are from.
    run,      -- runs.id
    name,     -- short name of the run
    study,    -- the comparison it belongs to; empty for none
    backbone, -- name of the backbone
    method,   -- method that the weights were trained by; empty if not known
    source,   -- path of the file, as it was given
    sha256,   -- of the file, or of its parts one after another
    bytes,    -- size of the file
    format,   -- kind of file: safetensors, pytorch, pytorch-legacy or torchscript
    layout,   -- whose names the tensors have, such as moco or timm-vit
    network,  -- which network of the file, such as momentum or teacher; empty for the only one
    license,  -- license of the weights, as it was given
    taken,    -- number of tensors of the file that the backbone has
    left_out, -- names of the network's other tensors, JSON list
    positions -- how position embeddings were resized; empty for not at all
) AS
SELECT r.id, r.name, r.study, r.backbone, i.method, i.source, i.sha256, i.bytes, i.format, i.layout, i.network, i.license,
    i.taken, i.left_out, i.positions
FROM imports i
JOIN runs r ON r.id = i.run;

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
        WHEN status = 'finished' AND EXISTS (SELECT 1 FROM imports WHERE imports.run = runs.id) THEN 'imported'
        ELSE status
    END,
    step, steps, started,
    round((julianday(coalesce(finished, heartbeat)) - julianday(started)) * 86400, 1),
    (SELECT count(*) FROM alarms WHERE run = runs.id),
    error
FROM runs;
