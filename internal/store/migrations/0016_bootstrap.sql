-- The bootstrap interval of pairs with many seeds.

ALTER TABLE comparisons ADD COLUMN lower_bca REAL /* lower end of the 95 % bootstrap interval (BCa) of the difference, for new seeds; NULL below 20 seeds */;
ALTER TABLE comparisons ADD COLUMN upper_bca REAL /* upper end of the bootstrap interval */;
