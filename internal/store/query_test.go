package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask is how a query is asked: in this process, or of another.
type ask func(ctx context.Context, path, query string, limits Limits) (*Rows, error)

func inBothProcesses(t *testing.T, test func(t *testing.T, query ask)) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	t.Run("this", func(t *testing.T) { test(t, Query) })
	t.Run("another", func(t *testing.T) { test(t, Program{self, []string{self, answerArgument}}.Query) })
}

func TestQueryReturnsTypedValues(t *testing.T) {
	inBothProcesses(t, func(t *testing.T, query ask) {
		s := newStore(t)
		got, err := query(t.Context(), s.Path(),
			`SELECT 1 AS one, 1.5, 'text', NULL, x'cafe', -9223372036854775807 - 1, '', x'',
			9e999, 0.1 + 0.2, 'a' || char(0, 155, 8238)`, Limits{})
		check(t, err)
		want := &Rows{Columns: []string{"one", "1.5", "'text'", "NULL", "x'cafe'", "-9223372036854775807 - 1", "''", "x''",
			"9e999", "0.1 + 0.2", "'a' || char(0, 155, 8238)"},
			Values: [][]any{{int64(1), 1.5, "text", nil, []byte{0xca, 0xfe}, int64(math.MinInt64), "", []byte{},
				math.Inf(1), 0.30000000000000004, "a\x00\u009b\u202e"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		empty, err := query(t.Context(), s.Path(), "SELECT id FROM runs", Limits{})
		check(t, err)
		if diff := cmp.Diff(&Rows{Columns: []string{"id"}}, empty); diff != "" {
			t.Errorf("no rows (-want +got)\n%s", diff)
		}
	})
}

func TestQueryMayDoAnythingThatOnlyReads(t *testing.T) {
	s := comparison(t)
	for query, want := range map[string]string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n": "10",
		"SELECT value FROM json_each('[3]')":                       "3",
		"SELECT count(*) FROM runs -- ; a comment\n;":              "12",
		"SELECT 'a;b' || \"name\" FROM runs WHERE id = 1; /* ; */": "a;b" + text(t, s, "SELECT name FROM runs WHERE id = 1"),
		"VALUES (7)": "7",
		"SELECT round(avg(value), 4), total(seed) FROM run_scores WHERE method GLOB 'moco*' GROUP BY backbone ORDER BY 1": "0.42|3\n0.52|3",
		"SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY id) FROM " +
			"runs)": "12",
		"SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE 'lead%'": "leaderboard",
	} {
		if got := text(t, s, query); got != want {
			t.Errorf("%s\ngave %q, want %q", query, got, want)
		}
	}
}

func TestQueryHasTheShellsMathematics(t *testing.T) {
	got := text(t, newStore(t),
		`SELECT sqrt(2.25), exp(0), ln(1), log(100), log(2, 8), log10(1000), log2(8), pow(2, 3), power(2, 0.5) > 1.4,
		mod(7, 4), ceil(1.2), ceiling(3), floor(-0.5), trunc(-1.5), sqrt(-1), ln(0), sqrt(NULL), sqrt('x'), typeof(ceil(3))`)
	// SQLite 3.40's shell gives the same
	if want := "1.5|1|0|2|3|3|3|8|1|3|2|3|-1|-1|<nil>|<nil>|<nil>|<nil>|integer"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestQueryRefuses(t *testing.T) { inBothProcesses(t, testQueryRefuses) }

func testQueryRefuses(t *testing.T, ask ask) {
	s := comparison(t)
	directory := t.TempDir()
	outside := filepath.Join(directory, "outside.db")
	before, err := os.ReadFile(s.Path())
	check(t, err)
	for query, want := range map[string]string{
		"DELETE FROM runs":                      "query refused: DELETE FROM runs; only SELECT",
		"UPDATE runs SET seed = 1":              "query refused: UPDATE runs",
		"INSERT INTO params VALUES (1, 'a', 1)": "query refused: INSERT INTO params",
		"WITH a AS (SELECT 1) DELETE FROM runs": "query refused: DELETE FROM runs",
		"DROP VIEW leaderboard":                 "query refused: D",
		"CREATE TABLE t (a)":                    "query refused: INSERT INTO sqlite_master",
		"CREATE TEMP TABLE t (a)":               "query refused: ",
		"ATTACH '" + outside + "' AS o":         "query refused: ATTACH",
		"VACUUM INTO '" + outside + "'":         "query refused: ATTACH",
		"PRAGMA journal_mode = DELETE":          "query refused: PRAGMA journal_mode",
		"PRAGMA query_only = 0":                 "query refused: PRAGMA query_only",
		"PRAGMA writable_schema = 1":            "query refused: PRAGMA writable_schema",
		"SELECT load_extension('/tmp/x.so')":    "query",
		"SELECT fts3_tokenizer('simple')":       "query refused: the function fts3_tokenizer",
		"BEGIN":                                 "query refused: ",
		"REINDEX":                               "query refused: ",
		"ANALYZE":                               "query refused: ",
		"SELECT 1; SELECT 2":                    "more than one statement; run them one at a time",
		"SELECT 1; DROP TABLE runs":             "more than one statement",
		"":                                      "it is empty; write a SELECT",
		" -- nothing\n":                         "it is empty; write a SELECT",
		"SELEC 1":                               `query: near "SELEC": syntax error`,
		"SELECT * FROM leaderbord":              `no such table: leaderbord; did you mean "leaderboard"?; views: run_overview, run_params,`,
		"SELECT * FROM main.runz":               `did you mean "runs"?`,
		"SELECT * FROM nonsense":                "no such table: nonsense; views: ",
		"SELECT metod FROM " +
			"seed_summary": `no such column: metod; did you mean "method"?; seed_summary has: study, dataset, backbone, method,`,
		"SELECT median(value) FROM metrics": "no such function: median; use the middle row: SELECT value FROM",
		"SELECT stddev(value) FROM " +
			"metrics": "no such function: stddev; use std, half_width, lower and upper of the view seed_summary",
		"SELECT frobnicate(1)": "no such function: frobnicate; there are SQLite's functions " +
			"(https://sqlite.org/lang_corefunc.html, ",
		"SELECT value FROM generate_series(1, 3)": "no such table: generate_series; count with WITH RECURSIVE",
		".tables": `near ".": syntax error; that is no SQL but a command of a database's shell: SELECT name, sql FROM sqlite_schema lists`,
		".schema metrics": "kontrast sql --help the views with their columns; metrics has: run, name, step, " +
			"value",
		"\\d":                   "that is no SQL but a command of a database's shell",
		"SHOW TABLES":           "that is no SQL but a command of a database's shell",
		"DESCRIBE seed_summary": "; seed_summary has: study, dataset, ",
		"PRAGMA table_info(leaderboard)": "SELECT name, sql FROM sqlite_schema lists tables and views, kontrast sql --help " +
			"the views with their columns; leaderboard has: dataset, kind",
		"SELECT * FROM pragma_table_info('metrics')": "query refused: PRAGMA table_info; only SELECT on this database's " +
			"views and tables is allowed; SELECT name, sql FROM sqlite_schema",
		"SELECT zeroblob(100000000)": "a value is longer than 67108864 bytes",
		"SELECT ?":                   "query",
	} {
		_, err := ask(t.Context(), s.Path(), query, Limits{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v\nwant  %q", query, err, want)
		}
	}
	if left, _ := os.ReadDir(directory); len(left) > 0 {
		t.Errorf("a query made %s", left[0].Name())
	}
	if after, err := os.ReadFile(s.Path()); err != nil || string(after) != string(before) {
		t.Errorf("a query changed the file (%v)", err)
	}
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "

func TestQueryStopsAtItsLimits(t *testing.T) { inBothProcesses(t, testQueryStopsAtItsLimits) }

func testQueryStopsAtItsLimits(t *testing.T, query ask) {
	path := newStore(t).Path()
	got, err := query(t.Context(), path, endless+"i FROM n", Limits{Rows: 3})
	check(t, err)
	if len(got.Values) != 3 || !got.Cut {
		t.Errorf("%d rows, cut %v; want 3 rows and cut", len(got.Values), got.Cut)
	}
	got, err = query(t.Context(), path, endless+"i FROM n LIMIT 3", Limits{Rows: 3})
	check(t, err)
	if len(got.Values) != 3 || got.Cut {
		t.Errorf("%d rows, cut %v; want all 3", len(got.Values), got.Cut)
	}
	got, err = query(t.Context(), path, endless+"zeroblob(1000) FROM n", Limits{Bytes: 4500})
	check(t, err)
	if len(got.Values) != 4 || !got.Cut || !got.Large {
		t.Errorf("%d rows of 1,000 bytes, cut %v, large %v; want 4, cut because they are large",
			len(got.Values), got.Cut, got.Large)
	}
	_, err = query(t.Context(), path, endless+"count(*) FROM n", Limits{Time: 50 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "query stopped after 50ms") {
		t.Errorf("an endless query gives %v", err)
	}
	for _, negative := range []Limits{{Rows: -1}, {Time: -1}, {Bytes: -1}, {Memory: -1}} {
		if _, err := query(t.Context(), path, "SELECT 1", negative); err == nil ||
			!strings.Contains(err.Error(), "none may be negative; 0 means the default") {
			t.Errorf("%+v: error %v", negative, err)
		}
	}
	canceled, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err = query(canceled, path, endless+"count(*) FROM n", Limits{}); !errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "30s") {
		t.Errorf("a canceled query gives %v", err)
	}
}

// deaf is one operation of SQLite's that takes minutes and notices nothing meanwhile.
const deaf = "SELECT instr(hex(zeroblob(20000000)), hex(zeroblob(5000000)) || '1')"

func TestAnotherProcessIsEndedInTheMiddleOfAnOperation(t *testing.T) {
	self, err := os.Executable()
	check(t, err)
	program := Program{self, []string{self, answerArgument}}
	path := newStore(t).Path()
	if _, err := program.Query(t.Context(), path, deaf, Limits{Time: 100 * time.Millisecond}); !errors.Is(err,
		context.DeadlineExceeded) ||
		!strings.Contains(err.Error(), "query stopped after 100ms") {
		t.Errorf("after its time: error %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := program.Query(canceled, path, deaf, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: error %v", err)
	}
	for _, wide := range []string{
		"SELECT " + strings.Repeat("zeroblob(60000000),", 99) + "1",
		endless + "i, hex(randomblob(500)) FROM n ORDER BY 2",
		endless + "group_concat(hex(zeroblob(1000))) FROM (SELECT i FROM n LIMIT 100000)",
		"SELECT count(*) FROM (" + endless + "DISTINCT hex(randomblob(500)) FROM n)",
	} {
		_, err := program.Query(t.Context(), path, wide, Limits{Memory: 64 << 20, Bytes: 64 << 20})
		if err == nil || !strings.Contains(err.Error(), "it needs more than 64 MiB of memory") &&
			!strings.Contains(err.Error(), "a value is longer than") {
			t.Errorf("%.80s: error %v, want one that speaks of memory", wide, err)
		}
	}
	if _, err := (Program{Path: filepath.Join(t.TempDir(), "none")}).Query(t.Context(), path, "SELECT 1",
		Limits{}); err == nil ||
		!strings.Contains(err.Error(), "its process can't be started") {
		t.Errorf("without a program: error %v", err)
	}
	if _, err := (Program{"/bin/false", []string{"false"}}).Query(t.Context(), path, "SELECT 1", Limits{}); err == nil ||
		!strings.Contains(err.Error(), "its process ended early") {
		t.Errorf("with another program: error %v", err)
	}
}

func TestQueryReadsWhileARunIsWritten(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	tx, err := s.db.BeginTx(t.Context(), nil)
	check(t, err)
	defer tx.Rollback()
	if got := text(t, s, "SELECT name FROM run_overview"); got != w.Name {
		t.Errorf("got %q", got)
	}
}

func TestQueryOfAMissingFileDoesNotMakeIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	if _, err := Query(t.Context(), path, "SELECT 1", Limits{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was made")
	}
}

func TestQueryReadsAnOlderSchemaAsItIs(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	path := filepath.Join(t.TempDir(), "e.db")
	raw(t, path, scripts[0]+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 1", ApplicationID))
	got, err := Query(t.Context(), path, "SELECT count(*) FROM runs", Limits{})
	check(t, err)
	if got.Values[0][0] != int64(0) {
		t.Errorf("got %v", got.Values)
	}
}

func TestReadingLeavesNoFilesBehind(t *testing.T) {
	s := newStore(t)
	createRun(t, s, info("simclr", "resnet8", 1)).Close(t.Context())
	check(t, s.Close())
	if got := text(t, s, "SELECT count(*) FROM runs"); got != "1" {
		t.Errorf("got %q", got)
	}
	reader := openStore(t, s.Path(), Options{ReadOnly: true})
	_, err := reader.Run(t.Context(), 1)
	check(t, err)
	check(t, reader.Close())
	files, err := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), "*"))
	check(t, err)
	if len(files) != 1 {
		t.Errorf("left are %v", files)
	}
}
