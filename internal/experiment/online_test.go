package experiment

import (
	"fmt"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// The online probe learns, is measured on the test split, and leaves the
// training as it is, bit for bit.
func TestTheOnlineProbeChangesNothingOfTheTraining(t *testing.T) {
	r := newRunner(t)
	text := "method: toy\nviews: {custom: [{size: 16}, {size: 16}]}\nbackbone: {name: resnet8, width: 0.5}\n" +
		"dataset: {name: shapes, train: 320, test: 100, size: 16, colors: 2, textures: 1}\ntrain: {epochs: 8, batch_size: " +
		"32, learning_rate: {base: 1.0e-6}}\n"
	for _, settings := range []string{"eval: {knn: {k: 5}}", "eval: {knn: {k: 5}, online_probe: true}"} {
		if _, err := r.Run(t.Context(), resolve(t, text+settings)); err != nil {
			t.Fatal(err)
		}
	}
	query := func(statement string) string {
		t.Helper()
		rows, err := store.Query(t.Context(), r.Store.Path(), statement, store.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(rows.Values)
	}
	same := query("SELECT count(*) > 0, sum(a.value IS NOT b.value) FROM metrics a JOIN metrics b USING (name, step) " +
		"WHERE a.run = 1 AND b.run = 2")
	if same != "[[1 0]]" {
		t.Errorf("metrics in common, and how many differ: %s", same)
	}
	if got := query("SELECT count(DISTINCT value) FROM evaluations JOIN protocols p ON p.id = protocol WHERE kind = " +
		"'knn' AND metric = 'top1'"); got != "[[1]]" {
		t.Errorf("%s different kNN accuracies, want 1", got)
	}
	if got := query(
		"SELECT run, count(*), max(step) FROM metrics WHERE name = 'online_top1' GROUP BY run",
	); got != "[[2 80 80]]" {
		t.Errorf("runs with the accuracy of the probe, their steps and the last: %s", got)
	}
	if got := query("SELECT avg(value) > 0.15 FROM metrics WHERE name = 'online_top1' AND step > 40"); got != "[[1]]" {
		t.Errorf("accuracy in the second half %s, want more than chance, 0.1",
			query("SELECT avg(value) FROM metrics WHERE name = 'online_top1' AND step > 40"))
	}
	if got := query("SELECT run, count(*) FROM predictions WHERE protocol = (SELECT id FROM protocols WHERE kind = " +
		"'online') GROUP BY run"); got != "[[2 100]]" {
		t.Errorf("runs with guesses of the probe: %s", got)
	}
}
