-- Settings are spelled as everything else is: what stored configurations call
-- colours and centre_momentum is now colors and center_momentum. The program
-- hashes the changed configurations again (rehash.go).
UPDATE params SET key = 'dataset.colors' WHERE key = 'dataset.colours';
UPDATE params SET key = 'method.center_momentum' WHERE key = 'method.centre_momentum';
UPDATE runs SET config = replace(replace(config, '"colours":', '"colors":'), '"centre_momentum":', '"center_momentum":')
WHERE config LIKE '%"colours":%' OR config LIKE '%"centre_momentum":%';
