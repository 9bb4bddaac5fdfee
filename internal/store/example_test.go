package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// A run is announced, logs its metrics, is evaluated and ends; then the
// database answers which method is best.
func Example() {
	directory, err := os.MkdirTemp("", "kontrast")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "experiments.db")
	ctx := context.Background()
	results, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer results.Close()

	knn := store.Protocol{Kind: "knn", K: 20, Distance: "cosine", TrainSplit: "train", TestSplit: "test"}
	for method, accuracies := range map[string][]float64{"simclr": {0.52, 0.54, 0.53}, "mocov2": {0.55, 0.58, 0.58}} {
		for seed, accuracy := range accuracies {
			run, err := results.CreateRun(ctx, store.RunInfo{
				Study: "first", Method: method, Backbone: "resnet20", Dataset: "shapes", Seed: uint64(seed),
				Config: []byte(`{"batch": 256}`), ConfigHash: "settings of " + method,
			})
			if err != nil {
				log.Fatal(err)
			}
			for step := range int64(100) {
				if err := run.Log(ctx, step, "loss", 5/float64(step+1)); err != nil {
					log.Fatal(err)
				}
			}
			if err := run.AddEvaluations(ctx, 100, knn, map[string]float64{"top1": accuracy}); err != nil {
				log.Fatal(err)
			}
			if err := run.Finish(ctx, store.Finished, nil); err != nil {
				log.Fatal(err)
			}
		}
	}

	rows, err := store.Query(ctx, path, `
		SELECT backbone, method, printf('%.1f ± %.1f', 100 * mean, 100 * half_width), n
		FROM seed_summary
		WHERE rank = 1 AND kind = 'knn' AND metric = 'top1'`, store.Limits{})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range rows.Values {
		fmt.Println(row...)
	}
	// Output:
	// resnet20 mocov2 57.0 ± 4.3 3
}
