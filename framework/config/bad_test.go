package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the messages of testdata/*.bad.yml again")

// TestBad holds every file of the corpus to its exact messages, which stand
// beside it. A first line "#! --set a=b" gives assignments to make.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := messages(t, name, data)
			beside := strings.TrimSuffix(file, ".yml") + ".txt"
			if *update {
				if err := os.WriteFile(beside, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(beside)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("messages differ (-want +got):\n%s", diff)
			}
		})
	}
}

func messages(t *testing.T, name string, data []byte) string {
	t.Helper()
	document, err := Parse(name, data)
	if err == nil {
		first, _, _ := strings.Cut(string(data), "\n")
		if flags, ok := strings.CutPrefix(first, "#! --set "); ok {
			err = document.Set(strings.Split(flags, " --set ")...)
		}
		_, decoding := resolve(document)
		var all Collector
		all.Add(err)
		all.Add(decoding)
		err = all.Err()
	}
	var faults Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("got %v, expected faults", err)
	}
	return faults.Error() + "\n"
}
