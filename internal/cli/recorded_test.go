package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
)

// recordedDatabase returns a copy of the repository's experiments.db.
func recordedDatabase(t *testing.T) string {
	t.Helper()
	database := filepath.Join(t.TempDir(), "experiments.db")
	recorded, err := os.ReadFile(filepath.Join("..", "..", "experiments.db"))
	if err == nil {
		err = os.WriteFile(database, recorded, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// ask runs kontrast sql on a database and returns what it prints.
func ask(t *testing.T, database, query string, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	args = append([]string{"--db", database, "sql", query}, args...)
	if code := Execute(context.Background(), app.Extensions{}, args, &out, &problems); code != 0 {
		t.Fatalf("%s\nexit code %d: %s", query, code, problems.String())
	}
	return out.String()
}

// pages returns the text of README.md and of every page of the docs, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	texts := map[string]string{}
	for _, start := range []string{"README.md", "docs", "bench"} {
		err := fs.WalkDir(root, start, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".md" {
				return err
			}
			text, err := fs.ReadFile(root, path)
			texts[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

var (
	documentedQuery = regexp.MustCompile(`(?m)^(\$ |    )?(?:go run \./cmd/)?kontrast sql "([^"]+)"(?: +#.*)?\n`)
	// ofOwn finds the names of studies and runs that a query asks for.
	ofOwn = regexp.MustCompile(`\b(?:study|name) = '([^']+)'`)
)

// TestDocumentedQueries runs every query of README.md and the docs on experiments.db.
// What a page shows below its command is what it prints; the others find rows too,
// unless they are about a study or a run that the page tells the reader to make.
// With -update the pages show what is printed.
func TestDocumentedQueries(t *testing.T) {
	database := recordedDatabase(t)
	recorded := map[string]bool{}
	names := ask(t, database, "SELECT study FROM runs UNION SELECT name FROM runs", "--format", "csv")
	for name := range strings.Lines(names) {
		recorded[strings.TrimSpace(name)] = true
	}
	shown, answered := 0, 0
	for page, text := range pages(t) {
		var changes []string // what is shown, and what is printed
		queries := documentedQuery.FindAllStringSubmatchIndex(text, -1)
		if got, want := len(queries), strings.Count(text, `kontrast sql "`); got != want {
			t.Errorf("%s: %d queries are tested, of %d; each stands on a line of its own", page, got, want)
		}
		for i, at := range queries {
			t.Run(fmt.Sprintf("%s/%d", page, i+1), func(t *testing.T) {
				sql := text[at[4]:at[5]]
				if strings.HasPrefix(text[at[0]:], "$ ") {
					shown++
					below, _, _ := strings.Cut(text[at[1]:], "```")
					got := ask(t, database, sql)
					if *update {
						changes = append(changes, text[at[0]:at[1]]+below, text[at[0]:at[1]]+got)
					} else if got != below {
						t.Errorf("%s\nprints\n%s\nand the page shows\n%s", sql, got, below)
					}
					return
				}
				rows := strings.Count(ask(t, database, sql, "--format", "csv"), "\n") - 1
				own := ofOwn.FindStringSubmatch(sql)
				if about := own == nil || recorded[own[1]]; about && rows == 0 {
					t.Errorf("%s\nfinds nothing", sql)
				} else if about {
					answered++
				}
			})
		}
		if *update && changes != nil {
			path := filepath.Join("..", "..", filepath.FromSlash(page))
			if err := os.WriteFile(path, []byte(strings.NewReplacer(changes...).Replace(text)), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	if shown < 10 || answered < 4 {
		t.Errorf("%d queries with and %d without their rows were found; there are more", shown, answered)
	}
}
