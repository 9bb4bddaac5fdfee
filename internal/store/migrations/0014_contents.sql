-- Settings are told by what the files that they name hold, and not by where
-- those lie. What follows this script (rehash.go) hashes the configurations of
-- runs again whose prompts are known by their zero-shot protocol.

ALTER TABLE runs ADD COLUMN contents TEXT CHECK (contents IS NULL OR json_valid(contents)) /* digests of what lies at settings that are paths, other than those of the data set trained on, JSON; NULL if not recorded */;
