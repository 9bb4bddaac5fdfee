package compare

import (
	"context"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestMethodsAreRankedOverBackbones(t *testing.T) {
	s := newStore(t)
	for block, scores := range map[string]map[string]float64{
		"resnet8": {"a": 0.5, "b": 0.4, "c": 0.3}, "resnet20": {"a": 0.6, "b": 0.5, "c": 0.2},
		"vit-ti": {"a": 0.4, "b": 0.45, "c": 0.1},
	} {
		for method, value := range scores {
			for seed := range uint64(2) {
				w, err := s.CreateRun(context.Background(),
					store.RunInfo{Study: "s", Method: method, Backbone: block, Dataset: "shapes",
						Seed: seed, Config: []byte("{}"), ConfigHash: block + method})
				if err == nil {
					err = w.AddEvaluations(context.Background(), 1, knn, map[string]float64{"top1": value + 0.01*float64(seed)})
				}
				if err == nil {
					err = w.Finish(context.Background(), store.Finished, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	all, err := Overalls(t.Context(), s, store.Filter{Study: "s"}, Options{Margin: DefaultMargin})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || len(all[0].Blocks) != 3 || len(all[0].Methods) != 3 || all[0].Methods[0].Method != "a" ||
		all[0].Methods[2].MeanRank != 3 {
		t.Fatalf("got %+v", all)
	}
	first := all[0].Matrix[0]
	if first.First != "a" || first.Second != "b" || first.Won != 2 || first.Lost != 1 || first.Holm < first.P ||
		first.Improves != 2./3 {
		t.Errorf("a and b: %+v", first)
	}
}
