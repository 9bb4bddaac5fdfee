package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open1(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path, store.Options{})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// packed is a bundle with a checkpoint, and the store that its run is of.
func packed(t *testing.T) (path string, from *store.Store) {
	t.Helper()
	folder := t.TempDir()
	from = open1(t, filepath.Join(folder, "e.db"))
	w, err := from.CreateRun(t.Context(), store.RunInfo{
		Method: "simclr", Backbone: "resnet8", Dataset: "shapes", Config: json.RawMessage(`{"a":1}`), ConfigHash: "h",
	})
	check(t, err)
	check(t, w.Log(t.Context(), 1, "loss", 0.5))
	check(t, w.Finish(t.Context(), store.Finished, nil))
	run, err := from.Run(t.Context(), w.ID)
	check(t, err)
	weights := filepath.Join(folder, "weights")
	check(t, os.WriteFile(weights, []byte("weights"), 0o600))
	path = filepath.Join(folder, "run.bundle")
	check(t, Write(t.Context(), path, from, Contents{Run: run, Checkpoint: weights}))
	return path, from
}

func TestABundleIsTakenInElsewhere(t *testing.T) {
	path, _ := packed(t)
	b, err := Open(path)
	check(t, err)
	defer b.Close()
	if text, err := os.ReadFile(b.Checkpoint); err != nil || string(text) != "weights" {
		t.Errorf("checkpoint %q, %v", text, err)
	}
	into := open1(t, filepath.Join(t.TempDir(), "e.db"))
	for _, want := range []store.Merging{store.Brought, store.Known} {
		if run, err := b.Merge(t.Context(), into); err != nil || run.What != want {
			t.Errorf("%+v, %v, want %s", run, err, want)
		}
	}
}

// TestDamageIsSeen changes a byte here and there, and cuts the file: what is
// taken in is what was packed, or nothing.
func TestDamageIsSeen(t *testing.T) {
	path, _ := packed(t)
	whole, err := os.ReadFile(path)
	check(t, err)
	good, err := Open(path)
	check(t, err)
	defer good.Close()
	database, err := os.ReadFile(good.Database)
	check(t, err)
	same := func(b *Bundle) bool {
		now, err := os.ReadFile(b.Database)
		weights, failed := os.ReadFile(b.Checkpoint)
		return err == nil && failed == nil && bytes.Equal(now, database) && string(weights) == "weights"
	}
	seen := 0
	for at := 0; at < len(whole); at += 1 + len(whole)/400 {
		for _, damaged := range [][]byte{
			whole[:at],
			append(append(bytes.Clone(whole[:at]), whole[at]^0x10), whole[at+1:]...),
		} {
			check(t, os.WriteFile(path, damaged, 0o600))
			b, err := Open(path)
			if err == nil {
				if !same(b) {
					t.Errorf("damage at byte %d is not seen", at)
				}
				b.Close()
				continue
			}
			seen++
			if !errors.Is(err, ErrDamaged) && !bytes.Contains([]byte(err.Error()), []byte("its format is")) {
				t.Errorf("damage at byte %d gives %v, want ErrDamaged", at, err)
			}
		}
	}
	if seen < 400 {
		t.Errorf("only %d of the changes were seen", seen)
	}
}

// TestNamesInAnArchiveLeadNowhere packs files under names that lead out of the folder.
func TestNamesInAnArchiveLeadNowhere(t *testing.T) {
	folder := t.TempDir()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for _, name := range []string{"../../evil", "/etc/evil", "run.db", manifestName} {
		w, err := archive.Create(name)
		check(t, err)
		_, err = w.Write(
			[]byte(
				`{"format": "kontrast bundle 1", "uuid": "../../x", "run": "../y", "database": {"bytes": 9999999999999, "sha256": ""}}`,
			),
		)
		check(t, err)
	}
	check(t, archive.Close())
	path := filepath.Join(folder, "inner", "x.bundle")
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, file.Bytes(), 0o600))
	if _, err := Open(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if found, _ := filepath.Glob(filepath.Join(folder, "*")); len(found) != 1 {
		t.Errorf("files appeared: %v", found)
	}
}
