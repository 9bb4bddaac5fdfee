package examples

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
)

const guide = "../docs/methods/authoring.md"

// block is a fenced block of the guide, and what the comment before it says of it.
type block struct{ line, language, role, name, text string }

var blockForm = regexp.MustCompile("(?ms)(?:^<!-- (file|of): (\\S+) -->\n)?^```(\\w+)\n(.*?)^```$")

func blocks(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	if fences := bytes.Count(text, []byte("\n```")); fences%2 != 0 {
		t.Fatalf("%s has %d fences", guide, fences)
	}
	var all []block
	for _, at := range blockForm.FindAllSubmatchIndex(text, -1) {
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return string(text[at[2*i]:at[2*i+1]])
		}
		line := fmt.Sprintf("%s:%d", guide, 1+bytes.Count(text[:at[0]], []byte("\n")))
		all = append(all, block{line, part(3), part(1), part(2), part(4)})
	}
	if fences := bytes.Count(text, []byte("\n```")); len(all) != fences/2 {
		t.Fatalf("%s has %d blocks, of which %d can be read", guide, fences/2, len(all))
	}
	return all
}

// TestTheGuideWorks follows the guide to authors from top to bottom in an empty
// folder outside of the tree.
func TestTheGuideWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles, tests and trains a method")
	}
	all := blocks(t)
	tree, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "kontrast"), "./cmd/kontrast")
	command.Dir = tree
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir(t.TempDir())
	for _, b := range all {
		switch {
		case b.language == "text":
		case b.role == "file":
			if err := os.WriteFile(b.name, []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), "gofmt", "-l", b.name).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: gofmt has another form of %s %v", b.line, out, err)
			}
		case b.role == "of":
			text, err := os.ReadFile(filepath.Join(tree, b.name))
			if err != nil || !strings.Contains(string(text), b.text) {
				t.Errorf("%s: the block is not in %s, error %v", b.line, b.name, err)
			}
		case b.language == "sh":
			command := exec.CommandContext(t.Context(), "sh", "-e", "-c", b.text)
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", b.line, err, out)
			}
			follow(t, b.text)
		default:
			t.Errorf("%s: nothing is known of this block; mark it as a file, as of a file, or as sh or text", b.line)
		}
	}
}

// follow changes the folder as the commands did.
func follow(t *testing.T, commands string) {
	t.Helper()
	for line := range strings.Lines(commands) {
		if folder, found := strings.CutPrefix(strings.TrimSpace(line), "cd "); found {
			t.Chdir(folder)
		}
	}
}

// TestTheGuideListsTheChangesOfTheInterface compares its table with what programs say.
func TestTheGuideListsTheChangesOfTheInterface(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, change := range framework.InterfaceChanges(0) {
		fmt.Fprintf(&want, "| %d | %s | %s |\n", change.Version, change.What, change.Do)
	}
	if !strings.HasSuffix(string(text), want.String()) {
		t.Errorf("%s does not end with\n%s", guide, &want)
	}
}
