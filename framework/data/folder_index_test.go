package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// later waits until the file system gives another time than before, so that what is changed now leaves a trace.
func later(t testing.TB) {
	t.Helper()
	probe := filepath.Join(t.TempDir(), "probe")
	first := int64(0)
	for {
		if err := os.WriteFile(probe, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		now, err := stampOf(probe)
		if err != nil {
			t.Fatal(err)
		}
		if first == 0 {
			first = now.Modified
		}
		if now.Modified > first {
			return
		}
	}
}

// listed is what a folder is taken for.
type listed struct {
	Names   []string
	Omitted []Omission
	Folders map[string]bool
	Err     string
}

func listingOf(root string, env Env) (l listed) {
	f, err := openFiles(root, Reading{}, env)
	if err != nil {
		return listed{Err: err.Error()}
	}
	return listed{f.names, f.omitted, f.folders, ""}
}

func keptIndices(t testing.TB, cache string) []string {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(cache, "indices", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func needsIndex(t *testing.T) {
	t.Helper()
	if at, err := stampOf(t.TempDir()); err != nil || at.Changed == 0 {
		t.Skipf("folders of %s do not tell when they have changed: no index is kept", runtime.GOOS)
	}
}

// TestAnIndexNeverChangesWhatIsFound makes changes of all kinds to a folder, and lists it with its index and without.
func TestAnIndexNeverChangesWhatIsFound(t *testing.T) {
	needsIndex(t)
	rapid.Check(t, func(rt *rapid.T) {
		root, cache := filepath.Join(t.TempDir(), "images"), t.TempDir()
		env := Env{CacheDir: cache, indexAll: true}
		must := func(errs ...error) {
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		at := func(name string) string { return filepath.Join(root, name) }
		for _, folder := range []string{"cat", "dog", "dog/old"} {
			must(os.MkdirAll(at(folder), 0o755), os.WriteFile(at(folder+"/0.png"), nil, 0o600))
		}
		folders := []string{"", "cat", "dog", "dog/old"}
		for step := range rapid.IntRange(1, 4).Draw(rt, "steps") {
			folder := rapid.SampledFrom(folders).Draw(rt, "folder")
			name := at(filepath.Join(folder, fmt.Sprintf("new%d", step)))
			before, err := os.Stat(at(folder))
			must(err)
			switch rapid.SampledFrom([]string{"add", "text", "remove", "rename", "folder", "link", "folder link", "loop"}).
				Draw(rt, "change") {
			case "add":
				must(os.WriteFile(name+".png", nil, 0o600))
			case "text":
				must(os.WriteFile(name+".txt", nil, 0o600))
			case "remove":
				_ = os.Remove(at(filepath.Join(folder, "0.png")))
			case "rename":
				_ = os.Rename(at(filepath.Join(folder, "0.png")), name+".jpg")
			case "folder":
				must(os.MkdirAll(name, 0o755))
			case "link":
				must(os.Symlink("0.png", name+".png"))
			case "folder link":
				must(os.Symlink(at("dog/old"), name))
			case "loop":
				must(os.Symlink(root, name))
			}
			if rapid.Bool().Draw(rt, "times are set back") {
				must(os.Chtimes(at(folder), before.ModTime(), before.ModTime()))
			}
			later(t)
			for _, when := range []string{"after the change", "from the index"} {
				if diff := cmp.Diff(listingOf(root, Env{}), listingOf(root, env)); diff != "" {
					rt.Fatalf("%s: %s", when, diff)
				}
			}
		}
	})
}

func TestAnIndexIsUsedAndKeptUpToDate(t *testing.T) {
	needsIndex(t)
	root, cache := tree(t, map[string][]byte{"cat/1.png": nil, "dog/1.png": nil}), t.TempDir()
	env := Env{CacheDir: cache, indexAll: true}
	later(t)
	first := listingOf(root, env)
	kept := keptIndices(t, cache)
	if len(kept) != 1 {
		t.Fatalf("kept: %q", kept)
	}
	// A listing that only the index has shows that it is used.
	var stored storedFolders
	if !readIndex(kept[0], &stored) {
		t.Fatal("the index can't be read")
	}
	for i, f := range stored.Folders {
		if f.Folder == "cat" {
			stored.Folders[i].Names = "1.png\x002.png"
		}
	}
	writeIndex(kept[0], stored)
	if got := listingOf(root, env).Names; !slices.Equal(got, []string{"cat/1.png", "cat/2.png", "dog/1.png"}) {
		t.Errorf("the folder was listed again: %q", got)
	}
	// One folder changes: the others are still taken from the index.
	if err := os.WriteFile(filepath.Join(root, "dog", "7.png"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	later(t)
	want := []string{"cat/1.png", "cat/2.png", "dog/1.png", "dog/7.png"}
	for range 2 {
		if got := listingOf(root, env).Names; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// Whatever is damaged in the file, it is not believed.
	content, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	right := listingOf(root, Env{})
	for at := 0; at < len(content); at += 7 {
		damaged := slices.Clone(content)
		damaged[at] ^= 1 << (at % 8)
		if at%5 == 0 {
			damaged = damaged[:at]
		}
		if err := os.WriteFile(kept[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(right, listingOf(root, env)); diff != "" {
			t.Fatalf("byte %d damaged: %s", at, diff)
		}
	}
	if len(first.Names) != 2 || len(keptIndices(t, cache)) != 1 {
		t.Errorf("%q, kept %q", first.Names, keptIndices(t, cache))
	}
}

func TestOnlyLargeFoldersThatRestHaveAnIndex(t *testing.T) {
	root, cache := tree(t, map[string][]byte{"1.png": nil, "2.png": nil}), t.TempDir()
	later(t)
	listingOf(root, Env{CacheDir: cache})
	// One that was written to a moment ago may be again without another time.
	moment := time.Now().Add(time.Hour)
	if err := os.Chtimes(root, moment, moment); err != nil {
		t.Fatal(err)
	}
	listingOf(root, Env{CacheDir: cache, indexAll: true})
	if kept := keptIndices(t, cache); len(kept) > 0 {
		t.Errorf("kept: %q", kept)
	}
}

func TestProcessesShareAnIndex(t *testing.T) {
	files := map[string][]byte{}
	for i := range 300 {
		files[fmt.Sprintf("%d/%d.png", i%7, i)] = nil
	}
	root, cache := tree(t, files), t.TempDir()
	later(t)
	want := listingOf(root, Env{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if diff := cmp.Diff(want, listingOf(root, Env{CacheDir: cache, indexAll: true})); diff != "" {
					t.Error(diff)
				}
				for _, at := range keptIndices(t, cache) {
					if !strings.Contains(filepath.Base(at), "new-") {
						_ = os.Remove(at)
					}
				}
			}
		})
	}
	wg.Wait()
}
