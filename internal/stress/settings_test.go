package stress

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// absurd are values that nobody means, for settings of any type.
var absurd = []string{
	"0", "-1", "-0.0", "1e308", "1e-320", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e999",
	".nan", ".inf", "-.inf",
	"", "null", "true", `""`, `"\u0000"`, `"\u009b2J\u202e"`, `"../../x"`, `"/"`, "[]", "{}", "[[[[]]]]", "[1, two, .nan]",
	"{name: {name: {}}}",
	"!!binary aGk=", "&a [*a]", "2001-01-01", "0x7fffffffffffffff", "1_000", strings.Repeat("9", 400),
	`"` + strings.Repeat("long ", 20_000) + `"`,
}

// settings are all there are: those of every run, and those of each method, backbone and data set.
func settings(t *testing.T) (paths []string, base map[string][]string) {
	t.Helper()
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	base = map[string][]string{}
	add := func(prefix string, chosen []string, fields []config.Field) {
		for _, f := range fields {
			path := strings.TrimPrefix(prefix+"."+f.Path, ".")
			paths = append(paths, path)
			base[path] = chosen
		}
	}
	add("", nil, config.Describe(experiment.Defaults()))
	for _, f := range catalog.Methods.All() {
		add("method", []string{"method.name=" + f.Name}, config.Describe(f.Defaults()))
	}
	for _, f := range catalog.Backbones.All() {
		add("backbone", []string{"backbone.name=" + f.Name}, config.Describe(f.Defaults()))
	}
	for _, f := range catalog.Datasets.All() {
		add("dataset", []string{"dataset.name=" + f.Name, "dataset.path=nowhere", "dataset.test=nowhere"},
			config.Describe(f.Defaults()))
	}
	return paths, base
}

// A process tries one of so many parts of the absurd values, the one that
// partKey names or the first: cobra keeps the flags of every command that was
// made in a process.
const (
	partKey = "KONTRAST_STRESS_PART"
	parts   = 8
)

func TestAbsurdSettingsAreRefusedOrUnderstood(t *testing.T) {
	given, isPart := os.LookupEnv(partKey)
	if !isPart && times(0, 1) == 1 {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		for part := range parts {
			command := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
			command.Env = append(os.Environ(), fmt.Sprintf("%s=%d", partKey, part))
			output, err := command.CombinedOutput()
			if err != nil {
				t.Errorf("part %d: %v\n%s", part, err, output)
			}
		}
		return
	}
	part, _ := strconv.Atoi(given)
	paths, base := settings(t)
	if len(paths) < 50 {
		t.Fatalf("only %d settings", len(paths))
	}
	tried := 0
	for i, path := range paths {
		for j, value := range absurd {
			if (i+j)%parts != part {
				continue
			}
			tried++
			args := []string{"config", "new", "simclr"}
			for _, set := range append(base[path], path+"="+value) {
				args = append(args, "--set", set)
			}
			code, output, messages := execute(t, args...)
			orderly(t, fmt.Sprintf("%s=%.100s", path, value), code, output, messages, 0, 2)
		}
	}
	t.Logf("%d absurd values of %d settings", tried, len(paths))
}

// TestAbsurdSettingsThatAreValidRun makes runs with absurd values that the
// check lets pass: what is too large for the machine is refused by name.
func TestAbsurdSettingsThatAreValidRun(t *testing.T) {
	paths, base := settings(t)
	numbers := []string{"0", "-1", "1", "1e308", "9223372036854775807", "1e-320"}
	for i, path := range paths {
		for j, value := range numbers {
			if (i*len(numbers)+j)%times(199, 7) != 0 || base[path] != nil || strings.HasPrefix(path, "grid") {
				continue
			}
			folder := t.TempDir()
			code, output, messages := program(
				t, folder, append(append([]string{}, tiny...), "--epochs", "1", "--set", path+"="+value)...,
			)
			orderly(t, fmt.Sprintf("a run with %s=%s", path, value), code, output, messages, 0, 1, 2)
		}
	}
}

func TestAbsurdFlagsAreRefused(t *testing.T) {
	folder := recorded(t)
	db := filepath.Join(folder, "experiments.db")
	for _, args := range [][]string{
		{"sql", "SELECT 1", "--time-limit", "-1s"}, {"sql", "SELECT 1", "--time-limit", "many"},
		{"sql", "SELECT 1", "--max-rows", "-1"},
		{"sql", "SELECT 1", "--max-rows", "1e9"}, {"sql", "SELECT 1", "--memory-limit", "-1"},
		{"sql", "SELECT 1", "--memory-limit", "99999999999"},
		{"sql", "SELECT 1", "--format", strings.Repeat("x", 100_000)}, {"show", strings.Repeat("9", 1000)}, {"show", "-1"},
		{"show", "1.5"},
		{"run", "--epochs", "-1"}, {"run", "--epochs", "1e400"}, {"run", "--batch-size", "0"},
		{"run", "--seed", "18446744073709551616"},
		{"compare", "--seeds", ","}, {"compare", "--seeds", "1,1"}, {"compare", "--methods", ","},
		{"compare", "--seeds", strings.Repeat("1,", 50_000)},
		{"config", "check", folder}, {"config", "check", "/dev/null/x"}, {"config", "new", ""},
		{"eval", "1", "--set", "eval.knn.k=-1"},
	} {
		code, output, messages := execute(t, append(args, "--db", db)...)
		orderly(t, fmt.Sprintf("%q", args), code, output, messages, 2)
	}
}

func TestAGridOfFaultsSaysSoInShort(t *testing.T) {
	var values []string
	for i := range 1500 {
		values = append(values, fmt.Sprintf("-%d.5", i+1))
	}
	for _, axis := range []string{"method.temperature: [" + strings.Join(values, ", ") + "]",
		"seed: [" + strings.Repeat("1, ", 9000) + "1]"} {
		path := filepath.Join(t.TempDir(), "grid.yaml")
		if err := os.WriteFile(path, []byte("grid:\n  method: [simclr]\n  "+axis+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, output, messages := execute(t, "config", "check", path)
		orderly(t, "a grid of faults", code, output, messages, 2)
		if lines := strings.Count(messages, "\n"); lines > 50 || !strings.Contains(messages, " more\n") {
			t.Errorf("%d lines of messages: %.500s", lines, messages)
		}
	}
}
