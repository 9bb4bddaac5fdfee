package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/cli"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// tiny makes a comparison of seconds.
var tiny = []string{
	"--quiet", "--seeds", "1,2", "--epochs", "1", "--batch-size", "16", "--set", "dataset.size=16",
	"--set", "dataset.train=32", "--set", "dataset.test=20", "--set", "eval.knn.k=5",
}

// modules are the examples in modules of their own.
var modules = []string{"ownmethod", "ownbackbone", "owndataset"}

// build makes a program with everything of the modules, as a user does.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kontrast")
	args := []string{"build", "--quiet", "-o", program}
	for _, name := range modules {
		args = append(args, "--with", "example.com/"+name+"="+name)
	}
	var out, messages bytes.Buffer
	if code := cli.Execute(t.Context(), app.Extensions{}, args, &out, &messages); code != 0 {
		t.Fatalf("kontrast build: exit code %d\n%s", code, &messages)
	}
	for _, line := range []string{": method alignuniform\n", ": backbone conv4\n", ": dataset gratings\n"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("kontrast build prints no line that ends with %q:\n%s", line, &out)
		}
	}
	return program
}

// TestTheModulesPassTheirTests runs what a user who copies a module runs.
func TestTheModulesPassTheirTests(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles and tests three modules")
	}
	for _, name := range modules {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
				command := exec.CommandContext(t.Context(), "go", args...)
				command.Dir = name
				if out, err := command.CombinedOutput(); err != nil {
					t.Fatalf("go %v: %v\n%s", args, err, out)
				}
			}
		})
	}
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
		table := run(
			t, program, append([]string{"compare", "--db", database, "--methods", "alignuniform,simclr"}, tiny...)...,
		)
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

	t.Run("plugins", func(t *testing.T) {
		table := run(t, program, append([]string{
			"compare", "--db", filepath.Join(t.TempDir(), "experiments.db"), "--study", "own", "--methods",
			"alignuniform,byol+negatives=simclr+loss=alignuniform",
			"--backbones", "conv4", "--dataset", "gratings", "--set", "backbone.width=8", "--set", "backbone.blocks=3",
		}, tiny...)...)
		for _, row := range []string{"conv4     alignuniform ", "conv4     byol+negatives=simclr+loss=alignuniform "} {
			if !strings.Contains(table, row) {
				t.Errorf("no row %q in\n%s", row, table)
			}
		}
		for _, line := range []string{"with example.com/ownmethod (devel)+folder.",
			"with example.com/ownbackbone (devel)+folder."} {
			if out := run(t, program, "version"); !strings.Contains(out, line) {
				t.Errorf("version does not say %q:\n%s", line, out)
			}
		}
		for list, row := range map[string]string{
			"methods": "example.com/ownmethod@(devel)+folder.", "backbones": "example.com/ownbackbone@(devel)+folder.",
			"datasets": "example.com/owndataset@(devel)+folder.",
		} {
			if out := run(t, program, list); !strings.Contains(out, row) || !strings.Contains(out, "built in") {
				t.Errorf("%s don't say what is of %s and what is built in:\n%s", list, row, out)
			}
		}
		if help := run(t, program, "backbones", "conv4"); !strings.Contains(help, "not built in: it is of "+
			"example.com/ownbackbone@(devel)+folder.") {
			t.Errorf("the backbone's help does not say where it is from:\n%s", help)
		}
		if mixes := run(t, program, "methods", "--mixes"); !strings.Contains(mixes, "\nalignuniform") {
			t.Errorf("the method is not among the mixes:\n%s", mixes)
		}
		versions := run(t, program, "sql", "--db", database, "--format", "csv",
			"SELECT DISTINCT versions ->> 'example.com/owndataset' LIKE '(devel)+folder.%' AS recorded FROM runs")
		if versions != "recorded\n1\n" {
			t.Errorf("the runs don't have the plugins' versions: %s", versions)
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
	text, err := os.ReadFile("ownmethod/alignuniform.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines >= 120 {
		t.Errorf("the method's file has %d lines, want fewer than 120", lines)
	}
}
