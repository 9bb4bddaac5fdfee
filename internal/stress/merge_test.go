package stress

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// TestAMergeThatIsKilledBringsWholeRuns kills a merge at many moments: what it
// has brought is whole, and the next one brings the rest.
func TestAMergeThatIsKilledBringsWholeRuns(t *testing.T) {
	from := t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "study.yaml"), []byte(fmt.Sprintf(sweepStudy, "1, 2")), 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, from, "compare", "study.yaml", "--quiet")
	folder := t.TempDir()
	source := filepath.Join(from, "experiments.db")
	kills := 0
	for after := time.Duration(0); kills < times(10, 100); after += 7 * time.Millisecond {
		if !killed(t, folder, after, "merge", source, "--quiet") {
			break
		}
		kills++
		if _, err := os.Stat(filepath.Join(folder, "experiments.db")); err != nil {
			continue
		}
		rows, err := store.Query(t.Context(), filepath.Join(folder, "experiments.db"),
			"SELECT count(*) FROM runs WHERE id NOT IN (SELECT run FROM run_scores)", store.Limits{})
		if err == nil && rows.Values[0][0] != int64(0) { // before its tables are there it can't be read
			t.Fatalf("after %d kills %v runs are torn", kills, rows.Values[0][0])
		}
	}
	succeed(t, folder, "merge", source, "--quiet")
	for _, statement := range bySeed {
		if diff := cmp.Diff(rowsOf(t, from, statement), rowsOf(t, folder, statement)); diff != "" {
			t.Errorf("%s: after %d kills (-there +here)\n%.2000s", statement, kills, diff)
		}
	}
}
