package stress

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "

// attacks are queries that try to write, to reach out, or to take all time,
// memory or disk there is. OUT stands for a path that no file has.
var attacks = []string{
	// Writing and reaching out.
	"ATTACH 'OUT' AS o", "ATTACH ':memory:' AS m", "DETACH main", "VACUUM", "VACUUM INTO 'OUT'", "BEGIN IMMEDIATE",
	"COMMIT", "SAVEPOINT s", "REINDEX", "ANALYZE",
	"PRAGMA journal_mode = DELETE", "PRAGMA query_only = 0", "PRAGMA writable_schema = 1",
	"PRAGMA temp_store_directory = 'OUT'", "PRAGMA hard_heap_limit = 0",
	"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA user_version = 9", "PRAGMA trusted_schema = 1",
	"SELECT * FROM pragma_database_list", "SELECT * FROM pragma_journal_mode('delete')",
	"SELECT load_extension('OUT')", "SELECT fts3_tokenizer('simple', x'00')", "SELECT writefile('OUT', 'x')",
	"SELECT readfile('/etc/passwd')", "SELECT edit('x')",
	"INSERT INTO runs DEFAULT VALUES", "REPLACE INTO params VALUES (1, 'a', 1)", "UPDATE runs SET name = 'x'",
	"DELETE FROM metrics", "DROP TABLE runs", "DROP VIEW leaderboard",
	"UPDATE leaderboard SET value = 1", "DELETE FROM run_overview", "INSERT INTO seed_summary DEFAULT VALUES",
	"ALTER TABLE runs RENAME TO r",
	"CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "CREATE VIRTUAL TABLE v USING fts3(a)",
	"CREATE VIRTUAL TABLE v USING rtree(a, b, c)", "CREATE TRIGGER g AFTER INSERT ON runs BEGIN SELECT 1; END",
	"CREATE INDEX x ON runs(name)", "UPDATE sqlite_schema SET sql = ''", "INSERT INTO sqlite_sequence VALUES ('x', 1)",
	"WITH d AS (SELECT 1) DELETE FROM runs",
	"SELECT 1; DROP TABLE runs", "SELECT 1 /*; */; DELETE FROM runs", "EXPLAIN DELETE FROM runs",
	"SELECT * FROM sqlite_dbpage", "SELECT * FROM dbstat", "SELECT * FROM fsdir('/')",
	// Memory.
	"SELECT zeroblob(2147483647)", "SELECT randomblob(1000000000)", "SELECT hex(zeroblob(1000000000))",
	"SELECT printf('%2000000000d', 1)", "SELECT printf('%.*c', 1000000000, 'x')",
	"SELECT printf('%.2000000000f', 1.0)", "SELECT replace(hex(zeroblob(30000000)), '0', hex(zeroblob(1000)))",
	"SELECT group_concat(hex(randomblob(100000))) FROM (" + endless + "i FROM n LIMIT 100000)",
	"SELECT " + strings.Repeat("zeroblob(16000000),", 1999) + "1", "SELECT " + strings.Repeat("hex(randomblob(8000000)),",
		500) + "1", endless + "i, hex(randomblob(1000)) FROM n ORDER BY 2",
	endless + "DISTINCT randomblob(1000) FROM n", endless + "hex(randomblob(1000)) AS h FROM n GROUP BY h",
	endless + "zeroblob(1000000) FROM n", endless + "sum(i) OVER (ORDER BY random()) FROM n",
	"SELECT json_group_array(hex(randomblob(10000))) FROM (" + endless + "i FROM n LIMIT 100000)",
	"WITH RECURSIVE x(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM x) SELECT max(t) FROM x",
	"SELECT json_array(" + strings.Repeat("zeroblob(1),", 100) + "1)",
	"SELECT hex(zeroblob(8000000)), hex(zeroblob(8000000))", "SELECT char(" + strings.Repeat("1114111,", 900) + "1)",
	// Time.
	endless + "count(*) FROM n", "SELECT count(*) FROM metrics a, metrics b, metrics c, metrics d, metrics e",
	"SELECT instr(hex(zeroblob(8000000)), hex(zeroblob(2000000)) || '1')",
	"SELECT hex(zeroblob(4000000)) LIKE '" + strings.Repeat("%0", 2000) + "1'", "SELECT hex(zeroblob(4000000)) GLOB '" +
		strings.Repeat("*0", 2000) + "1'", "SELECT replace(hex(zeroblob(8000000)), hex(zeroblob(2000000)) || '1', '')",
	"SELECT trim(hex(zeroblob(8000000)), hex(zeroblob(8000000)) || 'é')",
	"SELECT max(x) FROM (" + endless + "printf('%1000d', i) AS x FROM n)", endless + "i FROM n WHERE i < 0",
	"WITH RECURSIVE f(a, b) AS (VALUES (1, 1) UNION SELECT b, a + b + random() % 9 FROM f) SELECT count(*) FROM f",
	// The parser.
	"SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), "SELECT " + strings.Repeat("-", 20000) + "1",
	"SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 5000),
	"SELECT " + strings.Repeat("1+", 20000) + "1", strings.Repeat("SELECT * FROM (", 500) + "SELECT 1" +
		strings.Repeat(")", 500), "SELECT '" + strings.Repeat("x", 60_000),
	"SELECT 1 FROM " + strings.Repeat("runs,", 100) + "runs", "SELECT " + strings.Repeat("1,", 5000) + "1",
	"WITH " + strings.Repeat("a AS (SELECT 1),", 1000) + "b AS (SELECT 1) SELECT 1",
	"SELECT json('" + strings.Repeat("[", 5000) + "')", "SELECT json_extract('{}', '$" + strings.Repeat(".a", 5000) + "')",
	"SELECT json_each.* FROM json_each('" + strings.Repeat("[", 900) + strings.Repeat("]", 900) + "')",
	"SELECT * FROM json_tree(json_array(1, 2)) a, json_tree(json_array(3)) b", "SELECT \x01\x02\x1b[2J", "\xff\xfe",
	"SELECT ?1, :a, @b, $c", "VALUES " + strings.Repeat("(1),", 20000) + "(1)", ".tables", "--", ";;;", "'",
	"SELECT CASE " + strings.Repeat("WHEN 1 THEN 1 ", 5000) + "END", "SELECT abs(-9223372036854775808)", "SELECT 1/0, " +
		"1%0, 9e999 - 9e999", "SELECT strftime('%s', '9999-99-99'), julianday(1e308)", "SELECT unhex('zz'), format('%n%s%q')",
}

func TestQueriesHarmNothingAndKeepToTheirLimits(t *testing.T) {
	folder := recorded(t)
	path := filepath.Join(folder, "experiments.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.db")
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("SQLITE_TMPDIR", temporary)
	limit := "200ms"
	if times(0, 1) == 1 {
		limit = "2s"
	}
	for _, attack := range attacks {
		query := strings.ReplaceAll(attack, "OUT", out)
		if strings.Contains(query, "\x00") {
			continue
		}
		code, output, messages := program(t, folder, "sql", "--time-limit", limit, "--memory-limit", "64", "--", query)
		orderly(t, attack, code, output, messages, 0, 1)
		if len(output) > 64<<20 {
			t.Errorf("%.200s: %d bytes of output", attack, len(output))
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database has changed (%v)", err)
	}
	for _, where := range []string{filepath.Dir(out), temporary} {
		if left, _ := os.ReadDir(where); len(left) > 0 {
			t.Errorf("a query left %s", left[0].Name())
		}
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("beside the database lie %q", files)
	}
}
