package experiment

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestAnExtendedTrainingIsOneThatWasThatLong extends trainings of 2 epochs and
// compares with runs from the beginning that have the same configuration.
func TestAnExtendedTrainingIsOneThatWasThatLong(t *testing.T) {
	for name, test := range map[string]struct{ rate, schedule, extensions string }{
		"constant": {"{schedule: constant, warmup_epochs: 0.5}", "", "[]"},
		"stretch":  {"{schedule: cosine}", train.Stretch, "[{epochs: 2, schedule: stretch}]"},
		"restart":  {"{schedule: cosine, warmup_epochs: 0.5}", train.Restart, "[{epochs: 2, schedule: restart}]"},
	} {
		text := strings.Replace(tiny, "train: {epochs: 2, ", "train: {epochs: 2, learning_rate: "+test.rate+", ",
			1) + "method: toy"
		r := newRunner(t)
		parent, err := r.Run(t.Context(), resolve(t, text))
		if err != nil {
			t.Fatal(err)
		}
		longer, err := r.Extend(t.Context(), parent.ID, 5, test.schedule, Changes{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run, err := r.Store.Run(t.Context(), longer.ID)
		if err != nil {
			t.Fatal(err)
		}
		of, err := r.Store.Run(t.Context(), parent.ID)
		if err != nil || run.Parent != of.UUID || run.UUID == of.UUID || of.Status != store.Finished {
			t.Errorf("%s: parent %s of %s, error %v; want %s", name, run.Parent, run.UUID, err, of.UUID)
		}
		scratch := strings.Replace(text, "epochs: 2, learning", "epochs: 5, extensions: "+test.extensions+", learning", 1)
		from := newRunner(t)
		whole, err := from.Run(t.Context(), resolve(t, scratch))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(scores(t, from, whole.ID), scores(t, r, longer.ID)); diff != "" {
			t.Errorf("%s: scores (-from the beginning +extended)\n%s", name, diff)
		}
		want, err := from.Store.Run(t.Context(), whole.ID)
		if err != nil || want.ConfigHash != run.ConfigHash {
			t.Errorf("%s: configuration\n%s, want\n%s, error %v", name, run.Config, want.Config, err)
		}
	}
}

func TestATrainingThatCannotBeExtendedSaysWhy(t *testing.T) {
	r := newRunner(t)
	parent, err := r.Run(t.Context(), resolve(t, tiny+"method: toy"))
	if err != nil {
		t.Fatal(err)
	}
	baseline, err := r.Baseline(t.Context(), resolve(t, tiny+"method: toy"))
	if err != nil {
		t.Fatal(err)
	}
	cut := cutRun(t, r, tiny+"method: toy\nseed: 2")
	for _, test := range []struct {
		id       int64
		epochs   int
		schedule string
		want     string
	}{
		{parent.ID, 5, "", "its schedule of learning_rate has come to its end after 2 epochs"},
		{parent.ID, 2, train.Stretch, "give more than that to train it longer, not 2"},
		{parent.ID, 5, "cosine", `unknown value "cosine"; known values: restart, stretch`},
		{baseline.ID, 5, "", "it has no epochs"},
		{cut.ID, 5, train.Stretch, "has not finished, and its epochs can't be changed until it has"},
	} {
		if _, err := r.Extend(t.Context(), test.id, test.epochs, test.schedule, Changes{}); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("run %d to %d epochs by %q: error %v, want %q", test.id, test.epochs, test.schedule, err, test.want)
		}
	}
	_, err = r.Extend(t.Context(), parent.ID, 3, "", Changes{})
	if rates := regexp.MustCompile(`\((\S+) instead of (\S+) at step`).FindStringSubmatch(fmt.Sprint(err)); rates == nil ||
		rates[1] == rates[2] {
		t.Errorf("error %v, want two rates that differ", err)
	}
	if got := len(states(t, r)); got != 3 {
		t.Errorf("%d runs, want the 3 of before", got)
	}
}
