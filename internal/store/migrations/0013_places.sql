-- Settings are told by what their data are, and not by where they lie: what
-- follows this script (rehash.go) hashes the configurations again. And checks
-- of JSON pass NULL in SQLite 3.40, too, where json_valid(NULL) is 0.

ALTER TABLE runs ADD COLUMN checked_normalization TEXT CHECK (checked_normalization IS NULL OR json_valid(checked_normalization)) /* mean and standard deviation of the channels, JSON; NULL if not recorded */;
ALTER TABLE runs ADD COLUMN checked_locations TEXT CHECK (checked_locations IS NULL OR json_valid(checked_locations)) /* settings that are paths, relative to the folder of the database, JSON; NULL if not recorded */;
UPDATE runs SET checked_normalization = normalization, checked_locations = locations;
ALTER TABLE runs DROP COLUMN normalization;
ALTER TABLE runs DROP COLUMN locations;
ALTER TABLE runs RENAME COLUMN checked_normalization TO normalization;
ALTER TABLE runs RENAME COLUMN checked_locations TO locations;

ALTER TABLE ablations ADD COLUMN checked_orders TEXT CHECK (checked_orders IS NULL OR json_valid(checked_orders)) /* orders of the factors that were drawn, JSON; NULL where all combinations that can be run are */;
UPDATE ablations SET checked_orders = orders;
ALTER TABLE ablations DROP COLUMN orders;
ALTER TABLE ablations RENAME COLUMN checked_orders TO orders;
