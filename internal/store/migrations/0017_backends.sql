-- What runs are computed on. Runs of before have the engine's backend, or GoMLX's, as their column engine says.

ALTER TABLE runs ADD COLUMN backend TEXT NOT NULL DEFAULT 'kontrast' /* compute backend, whose numbers are not compared with those of others: kontrast, go, xla:cpu, xla:cuda */;
ALTER TABLE runs ADD COLUMN device TEXT NOT NULL DEFAULT '' /* what computed, such as the name of a GPU; empty if not recorded */;
ALTER TABLE runs ADD COLUMN driver TEXT NOT NULL DEFAULT '' /* versions of what stands between the program and the device; empty for nothing */;
UPDATE runs SET backend = 'go' WHERE engine <> '' AND engine NOT LIKE 'kontrast%';
