package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestAFolderOfRunsBelongsToOneDatabase(t *testing.T) {
	home := t.TempDir()
	open := func(name string) *store.Store {
		s, err := store.Open(t.Context(), filepath.Join(home, name), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	folder := filepath.Join(home, "exp.runs")
	first, second := open("exp.db"), open("exp.sqlite")
	for range 2 {
		if err := ownFolder(t.Context(), folder, first); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(s *store.Store) bool {
		err := ownFolder(t.Context(), folder, s)
		return err != nil && strings.Contains(err.Error(), "has the runs of another database, "+first.Path())
	}
	if !refused(second) {
		t.Error("a second database gets the folder of the first")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(first.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "exp.copy"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if !refused(open("exp.copy")) {
		t.Error("a copy of the database gets the folder of the first")
	}
	if err := os.Remove(first.Path()); err != nil {
		t.Fatal(err)
	}
	if err := ownFolder(t.Context(), folder, second); err != nil {
		t.Errorf("the folder of a database that is gone: %v", err)
	}
}
