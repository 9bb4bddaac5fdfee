package stress

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/pgtest"
)

// guideCommand is an indented command of docs/scale.md.
var guideCommand = regexp.MustCompile(`(?m)^    kontrast (.*)$`)

// TestTheGuideFromOneMachineToAnother runs the first five commands of docs/scale.md's section on a queue as they are
// written, but for the places they name, with two workers as two hosts that share one folder.
func TestTheGuideFromOneMachineToAnother(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "scale.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\nFive commands take a study from one machine to another.")
	commands := guideCommand.FindAllStringSubmatch(section, 5)
	if !found || len(commands) < 5 {
		t.Fatalf("docs/scale.md has no five commands: %q", commands)
	}
	t.Run("SQLite", func(t *testing.T) { followGuide(t, commands, filepath.Join(t.TempDir(), "queue.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { followGuide(t, commands, pgtest.Start(t).URL()) })
}

func followGuide(t *testing.T, commands [][]string, queue string) {
	owner, shared := t.TempDir(), t.TempDir()
	study := filepath.Join(owner, "study.yaml")
	if err := os.WriteFile(study, []byte(fmt.Sprintf(sweepStudy, "1")), 0o600); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{"Q": queue, "STUDY": "s", "/mnt/sweeps": shared}
	says := []string{"3 ", "", "3 done", "s: 3 runs collected", "verdicts by knn"} // by a worker nothing
	for at, command := range commands {
		args := strings.Fields(command[1])
		for i, arg := range args {
			if place, named := places[arg]; named {
				args[i] = place
			}
		}
		if args[0] != "worker" {
			if output := succeed(t, owner, args...); !strings.Contains(output, says[at]) {
				t.Errorf("%s: the output has no %q: %s", command[1], says[at], output)
			}
			continue
		}
		first := self(t, t.TempDir(), args...)
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		succeed(t, t.TempDir(), args...)
		if err := first.Wait(); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		sharedIsEmpty(t, shared)
	}
	rows := rowsOf(t, owner, "SELECT count(*), count(DISTINCT uuid) FROM runs WHERE status = 'finished'")
	if len(rows) != 1 || fmt.Sprint(rows[0]) != "[3 3]" {
		t.Errorf("finished runs and identities %v, want 3 each", rows)
	}
}
