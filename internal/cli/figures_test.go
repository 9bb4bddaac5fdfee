package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
)

var update = flag.Bool("update", false, "write the documented figures and answers again")

var figureCommand = regexp.MustCompile(`(?m)^    kontrast (plot .*) -o docs/(figures/\S+\.svg)$`)

// TestDocumentedFigures makes every figure of docs/figures.md by the command
// beside it: a figure changes on purpose only. Run with -update to do so.
func TestDocumentedFigures(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	text, err := os.ReadFile(filepath.Join(docs, "figures.md"))
	if err != nil {
		t.Fatal(err)
	}
	database := recordedDatabase(t)
	commands := figureCommand.FindAllStringSubmatch(string(text), -1)
	if len(commands) < 5 {
		t.Fatalf("only %d commands in figures.md", len(commands))
	}
	for _, command := range commands {
		t.Run(command[2], func(t *testing.T) {
			var out, problems bytes.Buffer
			args := append([]string{"--db", database}, strings.Fields(command[1])...)
			if code := Execute(context.Background(), app.Extensions{}, append(args, "-o", "-"), &out, &problems); code != 0 {
				t.Fatalf("exit code %d: %s", code, problems.String())
			}
			path := filepath.Join(docs, command[2])
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(golden, out.Bytes()) {
				t.Errorf("%s is not what its command draws; look at it, then run: go test ./internal/cli -run DocumentedFigures "+
					"-update", command[2])
			}
			if !strings.Contains(string(text), "]("+command[2]+")") {
				t.Errorf("figures.md does not show %s", command[2])
			}
		})
	}
}
