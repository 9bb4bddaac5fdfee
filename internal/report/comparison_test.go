package report

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/store"
)

var knn = store.Protocol{Kind: "knn", K: 20, TestSplit: "test"}

// record adds one finished run with its top-1 accuracy to the store.
func record(t *testing.T, s *store.Store, method, backbone, hash string, seed uint64, top1 float64) {
	t.Helper()
	recordConfig(t, s, method, backbone, hash, seed, top1, "{}")
}

func recordConfig(
	t *testing.T, s *store.Store, method, backbone, hash string, seed uint64, top1 float64, config string,
) {
	t.Helper()
	ctx := context.Background()
	w, err := s.CreateRun(ctx, store.RunInfo{Study: "first", Method: method, Backbone: backbone, Dataset: "shapes",
		Seed: seed, Config: []byte(config), ConfigHash: hash})
	if err == nil {
		err = w.AddEvaluations(ctx, 10, knn, map[string]float64{"top1": top1})
	}
	if err == nil {
		err = w.Finish(ctx, store.Finished, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func study(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "experiments.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for seed, scores := range [][]float64{{0.50, 0.55, 0.12}, {0.54, 0.57, 0.14}} {
		record(t, s, "simclr", "resnet20", "aaaaaaaa", uint64(seed), scores[0])
		record(t, s, "mocov2", "resnet20", "bbbbbbbb", uint64(seed), scores[1])
		record(t, s, "untrained", "resnet20", "cccccccc", uint64(seed), scores[2])
	}
	record(t, s, "simclr", "vit-ti", "aaaaaaaa", 0, 0.4)
	record(t, s, "simclr", "vit-ti", "dddddddd", 0, 0.3)
	return s
}

func compared(t *testing.T) []Comparison {
	t.Helper()
	comparisons, err := Compare(t.Context(), study(t), store.Filter{Metric: "top1"},
		compare.Options{Baseline: "untrained", Margin: 0.005})
	if err != nil {
		t.Fatal(err)
	}
	return comparisons
}

func TestComparisonForPeople(t *testing.T) {
	var b bytes.Buffer
	if err := WriteComparisons(&b, compared(t), Text); err != nil {
		t.Fatal(err)
	}
	// By hand, with t = 12.7062 for two seeds: simclr 0.52 ± 12.7062·0.02, behind mocov2 by 0.05 and 0.03.
	want := strings.TrimPrefix(`
backbone  method                       top1 %  seeds   over baseline    behind best  told apart
resnet20  mocov2                56.00 ± 12.71      2          +43.00                 ab
resnet20  simclr                52.00 ± 25.41      2  +39.00 ± 12.71  -4.00 ± 12.71  a
resnet20  untrained (baseline)  13.00 ± 12.71      2                                 b
vit-ti    simclr #aaaaaa                40.00      1                                 a
vit-ti    simclr #dddddd                30.00      1                         -10.00  a
top1 in % (higher is better) on shapes by the protocol: knn k=20 test last; mean ± half-width of the 95 % interval over seeds (Student's t)
over baseline, behind best: mean difference over the seeds that both have, with its own interval (paired)
told apart: rows that share a letter are not told apart at the 5 % level after Holm's correction
a single seed has no interval: run more seeds before you trust a difference
`, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestComparisonForPrograms(t *testing.T) {
	table := Data(compared(t))
	row := map[string]any{}
	for i, column := range table.Columns {
		row[column] = table.Rows[1][i]
	}
	for column, want := range map[string]any{"method": "simclr", "baseline": false, "n": 2, "rank": 2, "mean": 0.52} {
		if row[column] != want {
			t.Errorf("%s is %v, want %v", column, row[column], want)
		}
	}
	if behind := row["behind_best"].(float64); math.Abs(behind+0.04) > 1e-12 {
		t.Errorf("behind best is %v, want -0.04", behind)
	}
	// t = -4 with one degree of freedom: 1 - 2/π·atan 4
	if p := row["behind_best_p"].(float64); math.Abs(p-0.1559582) > 1e-6 {
		t.Errorf("p is %v", p)
	}
}

func TestSettingsOfAMethodAreNamedByWhatDiffers(t *testing.T) {
	s := study(t)
	for hash, config := range map[string]string{
		"eeee": `{"seed": 1, "method": {"name": "nnclr", "temperature": 0.1, "queue": 512}, "train": {"epochs": 4}}`,
		"ffff": `{"seed": 2, "method": {"name": "nnclr", "temperature": 0.5, "queue": 512}, "train": {"epochs": 8}}`,
	} {
		recordConfig(t, s, "nnclr", "resnet20", hash, 1, 0.3, config)
	}
	comparisons, err := Compare(t.Context(), s, store.Filter{Metric: "top1"},
		compare.Options{Baseline: "untrained", Margin: 0.005})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range comparisons[0].Rows {
		got[row.ConfigHash] = row.Setting
	}
	for hash, want := range map[string]string{"eeee": "temperature=0.1 train.epochs=4",
		"ffff": "temperature=0.5 train.epochs=8", "bbbbbbbb": ""} {
		if got[hash] != want {
			t.Errorf("%s is called %q, want %q", hash, got[hash], want)
		}
	}
}
