package cli

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// hostile steers a terminal in each of the ways there are: by ESC, by the
// one-byte CSI, by the direction of writing, by going back to the start of the
// line, by bytes that are no text, and by a line that looks like one of ours.
const hostile = "x\x1b]0;title\x07\x1b[2J\u009b31m\u202egpj.\u2066\r\b\x00\xff\nkontrast: done"

// attacks are the commands of the program with hostile arguments, in a folder
// whose database has hostile texts wherever a text can be, beside those that
// every command is tried with: a hostile argument, run 1, and each flag hostile.
var attacks = map[string][][]string{
	"kontrast": {{}, {hostile}, {"--" + hostile}, {"runs", "--db", hostile}, {"runs", "--db", "text.db"}},
	"kontrast compare": {{hostile}, {"--methods", hostile}, {"--seeds", hostile}, {"hostile.yaml"},
		{"--set", hostile}, {"--study", hostile, "--dataset", "folder", "--set", "dataset.path=" + hostile}},
	"kontrast run": {
		{hostile}, {"--method", hostile}, {"--epochs", hostile}, {"hostile.yaml"}, {"--set", "method=" + hostile},
		{"--backend", hostile}, {"--dataset", "folder", "--set", "dataset.path=" + hostile},
		{"--dataset", "pairs", "--set", "dataset.path=table.csv"},
	},
	"kontrast resume": {{hostile}, {"1"}, {"2"}, {"1", "--runs", hostile}},
	"kontrast eval":   {{hostile}, {"1"}, {"2", "--set", hostile}, {"2", "--set", "eval.knn.k=" + hostile}},
	"kontrast export": {{hostile}, {"1"}, {"1", hostile}},
	"kontrast show":   {{hostile}, {"1"}, {"2"}, {"1", "--json"}},
	"kontrast runs":   {{}, {"--json"}, {"--study", hostile}, {hostile}},
	"kontrast plot": {{hostile}, {"ranking", hostile}, {"ranking", strings.ReplaceAll(hostile, "\x00", "")},
		{"curves", "1", "--metric", hostile}, {"ranking", "1", "-o", hostile}, {"ranking", hostile, "--theme", hostile},
		{"curves", hostile, "-o", "-"}},
	"kontrast plot views": {{hostile}, {"hostile.yaml"}, {"--recipe", hostile}, {"--theme", hostile},
		{"--dataset", "folder", "--set", "dataset.path=" + hostile}, {"-o", hostile}},
	"kontrast report": {
		{hostile}, {strings.ReplaceAll(hostile, "\x00", "")}, {hostile, "-o", "-"}, {hostile, "-o", hostile + "/" + hostile},
	},
	"kontrast serve": {{hostile}, {"--addr", hostile}, {"--db", hostile}},
	"kontrast sql": {{"SELECT * FROM runs"}, {"SELECT * FROM runs", "--json"}, {"SELECT * FROM alarms"},
		{"SELECT 1 AS \"" + strings.ReplaceAll(hostile, "\x00", "") + "\""}, {hostile}, {"SELECT * FROM \"" + hostile + "\""},
		{"SELECT 1", "--format", hostile}},
	"kontrast methods":   {{}, {hostile}, {"--graph=" + hostile}},
	"kontrast backbones": {{}, {hostile}},
	"kontrast datasets":  {{}, {hostile}},
	"kontrast config":    {{hostile}},
	"kontrast config new": {{hostile}, {"simclr", "--set", "study=" + quoted(hostile)}, {"simclr", "--set", hostile},
		{"simclr", "--preset", hostile}},
	"kontrast config check":  {{hostile}, {"hostile.yaml"}, {"hostile.yaml", "--json"}, {hostile + ".yaml"}},
	"kontrast config schema": {{}, {hostile}},
	"kontrast version":       {{}, {hostile}},
}

func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func TestNothingRawReachesATerminal(t *testing.T) {
	t.Chdir(hostileFolder(t))
	seen := map[string]bool{}
	for _, cmd := range everyCommand(newCommand(nil, io.Discard, io.Discard).root()) {
		path := cmd.CommandPath()
		seen[path] = true
		words := strings.Fields(path)[1:]
		lines := append([][]string{{"--help"}, {hostile}, {"1"}}, attacks[path]...)
		cmd.Flags().VisitAll(
			func(flag *pflag.Flag) { lines = append(lines, []string{"1", "--" + flag.Name + "=" + hostile}) },
		)
		for _, argument := range attacks[path] {
			lines = append(lines, append([]string{"--verbose"}, argument...))
		}
		for _, line := range lines {
			var stdout, stderr bytes.Buffer
			args := append(words, line...)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a server would go on for ever
			code := Execute(ctx, app.Extensions{}, args, &stdout, &stderr)
			cancel()
			if code != exitOK && code != exitFailed && code != exitUsage && code != exitInterrupted {
				t.Errorf("%q exits with %d", args, code)
			}
			for stream, text := range map[string]string{"output": stdout.String(), "messages": stderr.String()} {
				if at := strings.IndexFunc(text, steers); at >= 0 || !utf8.ValidString(text) {
					t.Errorf("%q: %s have a raw character at %d: %.300q", args, stream, at, text[max(at-100, 0):])
				}
			}
		}
	}
	for path := range attacks {
		if !seen[path] {
			t.Errorf("there is no command %s", path)
		}
	}
}

// steers is a judgment of its own of what must not be printed.
func steers(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// everyCommand lists the commands that do something; help and completion are cobra's.
func everyCommand(root *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{root}
	for _, sub := range root.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			all = append(all, everyCommand(sub)...)
		}
	}
	return all
}

// hostileFolder is a folder with a database, a configuration and a table full of hostile text.
func hostileFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"text.db": "this is " + hostile,
		"hostile.yaml": fmt.Sprintf("study: %s\nmethod: {name: %s}\n%s: 1\ntrain: {epochs: %s}\n",
			quoted(hostile), quoted(hostile), quoted(hostile), quoted(hostile)),
		"table.csv":           "image,caption\n\"" + hostile + ".png\",\"" + hostile + "\"\n",
		"x\x1b[2J\u202e.yaml": "study: \x1b[2J\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	path := filepath.Join(folder, "experiments.db")
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []store.Status{store.Finished, store.Failed} {
		run, err := s.CreateRun(ctx, store.RunInfo{
			Study: hostile, Method: hostile, Backbone: hostile, Dataset: hostile, ConfigHash: hostile, Host: hostile,
			Engine: hostile,
			Config: []byte(fmt.Sprintf(`{"study": %s, "method": {"name": %[1]s}}`, quoted(hostile))), GitCommit: hostile,
			MethodModule: hostile, MethodVersion: hostile, Versions: map[string]string{hostile: hostile},
		})
		if err != nil {
			t.Fatal(err)
		}
		protocol := store.Protocol{
			Kind: hostile, Distance: hostile, TestSplit: hostile, Details: map[string]string{hostile: hostile},
		}
		for _, problem := range []error{
			run.Log(ctx, 1, hostile, 1), run.AddEvaluations(ctx, 1, protocol, map[string]float64{hostile: 0.5}),
			run.AddEvaluations(ctx, 1, protocol, map[string]float64{"top1": 0.5}),
			run.AddAlarm(ctx, 1, hostile, hostile), run.Finish(ctx, status, fmt.Errorf("%s", hostile)),
		} {
			if problem != nil {
				t.Fatal(problem)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"UPDATE runs SET name = ? || id",
		"INSERT INTO artifacts (run, path, kind, sha256, bytes, time) SELECT id, ?1, ?1, hex(zeroblob(32)), 1, started " +
			"FROM runs",
	} {
		if _, err := db.Exec(statement, hostile); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return folder
}
