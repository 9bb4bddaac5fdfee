package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// tiny makes a comparison of seconds.
var tiny = []string{
	"--quiet", "--seeds", "1,2", "--epochs", "1", "--batch-size", "16", "--set", "dataset.size=16",
	"--set", "dataset.train=32", "--set", "dataset.test=20", "--set", "eval.knn.k=5",
}

// build compiles the program of the module with a method of its own.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "ownmethod")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	command.Dir = "ownmethod"
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// run runs a program and returns what it prints.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	var out, messages bytes.Buffer
	command := exec.CommandContext(t.Context(), program, args...)
	command.Stdout, command.Stderr = &out, &messages
	if err := command.Run(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, &messages)
	}
	return out.String()
}

func TestTheExamplesWork(t *testing.T) {
	program := build(t)
	database := filepath.Join(t.TempDir(), "experiments.db")

	t.Run("own method", func(t *testing.T) {
		table := run(t, program, append([]string{"compare", "--db", database, "--methods", "alignuniform,simclr"}, tiny...)...)
		for _, row := range []string{"resnet8   alignuniform ", "resnet8   simclr ", "resnet8   untrained (baseline)"} {
			if !strings.Contains(table, row) {
				t.Errorf("no row %q in\n%s", row, table)
			}
		}
		leaders := run(t, program, "sql", "--db", database, "--format", "csv",
			"SELECT DISTINCT l.method, r.method_module FROM leaderboard l JOIN runs r ON r.id = l.run ORDER BY 1")
		want := "method,method_module\nalignuniform,example.com/ownmethod\nsimclr,github.com/kontrast-ml/kontrast\nuntrained,"
		if !strings.HasPrefix(leaders, want) {
			t.Errorf("leaderboard\n%s\nwant\n%s", leaders, want)
		}
		if help := run(t, program, "methods", "alignuniform"); !strings.Contains(help, "arXiv:2005.10242") {
			t.Errorf("help without the paper:\n%s", help)
		}
	})

	t.Run("queries", func(t *testing.T) {
		if _, err := os.Stat(database); err != nil {
			t.Skip("nothing is recorded")
		}
		for _, query := range queries(t) {
			rows, err := store.Query(t.Context(), database, query, store.Limits{})
			if err != nil {
				t.Errorf("%v in\n%s", err, query)
			} else if len(rows.Values) == 0 && !strings.Contains(query, "alarms > 0") {
				t.Errorf("no rows for\n%s", query)
			}
		}
	})

	t.Run("study", func(t *testing.T) {
		if out := run(t, program, "config", "check", "study.yaml"); out != "study.yaml: no faults; runs: 12\n" {
			t.Errorf("config check: %s", out)
		}
	})
}

// queries are the statements of queries.sql.
func queries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("queries.sql")
	if err != nil {
		t.Fatal(err)
	}
	statements := strings.SplitAfter(string(text), ";\n")
	return statements[:len(statements)-1]
}

func TestTheOwnMethodIsShort(t *testing.T) {
	text, err := os.ReadFile("ownmethod/alignuniform/alignuniform.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines >= 120 {
		t.Errorf("the method's file has %d lines, want fewer than 120", lines)
	}
}
