package report

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestHeadlinesAreTheMetricsThatTheRunsHave(t *testing.T) {
	for name, c := range map[string]struct {
		protocols map[string][]string // metrics by kind
		want      []string
	}{
		"classes": {
			map[string][]string{"knn": {"top1", "top5"}, "spread": {"rankme", "uniformity"}}, []string{"top1"},
		},
		"captions": {
			map[string][]string{"retrieval": {"recall@1", "recall@5"}, "spread": {"rankme"}}, []string{"recall@1"},
		},
		"classes and captions": {
			map[string][]string{"zero-shot": {"top1"}, "retrieval": {"recall@10", "recall@1"}}, []string{"top1", "recall@1"},
		},
		"images without labels": {map[string][]string{"spread": {"uniformity", "rankme"}}, []string{"rankme", "uniformity"}},
		"nothing":               {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s, err := store.Open(ctx, filepath.Join(t.TempDir(), "experiments.db"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			run, err := s.CreateRun(
				ctx, store.RunInfo{Study: "first", Method: "m", Backbone: "b", Dataset: "d", Config: []byte("{}"), ConfigHash: "h"},
			)
			if err != nil {
				t.Fatal(err)
			}
			for kind, metrics := range c.protocols {
				for _, metric := range metrics {
					protocol := store.Protocol{Kind: kind, TestSplit: "test"}
					if err := run.AddEvaluations(ctx, 1, protocol, map[string]float64{metric: 0.5}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := run.Finish(ctx, store.Finished, nil); err != nil {
				t.Fatal(err)
			}
			if got, err := Headlines(ctx, s, "first"); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("headlines %q (%v), want %q", got, err, c.want)
			}
		})
	}
}
