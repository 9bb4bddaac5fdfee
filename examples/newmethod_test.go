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
)

// TestANewMethodTestsAndTrains follows a user: kontrast method new in an empty
// folder outside of the tree, then the two commands of the README that it writes.
func TestANewMethodTestsAndTrains(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, messages bytes.Buffer
	args := []string{"method", "new", "mine", "--like", "mocov2", "--module", "example.com/you/mine"}
	if code := cli.Execute(t.Context(), app.Extensions{}, args, &out, &messages); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &messages)
	}
	commands := readmeCommands(t, "mine/README.md")
	if len(commands) != 2 {
		t.Fatalf("the README has the commands %q, want 2", commands)
	}
	in := func(args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), args[0], args[1:]...)
		command.Dir = "mine"
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := in(append(commands[0], "-v", "-run", "Golden")...); !strings.Contains(out, "no golden losses yet") {
		t.Errorf("the golden test says nothing of what it needs:\n%s", out)
	}
	in(append(commands[0], "-run", "Golden", "-args", "-update")...)
	if _, err := os.Stat(filepath.Join("mine", "testdata", "golden.json")); err != nil {
		t.Error(err)
	}
	in(commands[0]...)
	table := in(append(commands[1], tiny...)...)
	for _, row := range []string{"resnet8   mine ", "resnet8   mocov2 "} {
		if !strings.Contains(table, row) {
			t.Errorf("no row %q in\n%s", row, table)
		}
	}
	if provenance := in("go", "run", "./cmd/kontrast", "sql", "SELECT DISTINCT method_module FROM runs WHERE method = "+
		"'mine'"); !strings.Contains(provenance, "example.com/you/mine") {
		t.Errorf("the runs don't say which module the method is of:\n%s", provenance)
	}
}

// readmeCommands are the indented lines of a README.
func readmeCommands(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var commands [][]string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "    ") {
			commands = append(commands, strings.Fields(line))
		}
	}
	return commands
}
