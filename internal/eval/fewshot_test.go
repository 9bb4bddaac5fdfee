package eval

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// TestFewShotImprovesWithShots classifies noisy points around the corners of a simplex.
func TestFewShotImprovesWithShots(t *testing.T) {
	const classes, dim = 5, 16
	sample := func(seed uint64, n int) Set {
		stream := random.New(seed)
		set := Set{Features: Features{Dim: dim}}
		for i := range n {
			label := i % classes
			for j := range dim {
				value := 0.7 * stream.Normal()
				if j == label {
					value++
				}
				set.Data = append(set.Data, float32(value))
			}
			set.Labels = append(set.Labels, label)
		}
		return set
	}
	probe := DefaultFewShot()
	probe.Shots = []int{1, 8, 64}
	results, err := probe.Evaluate(t.Context(), nil, sample(1, 400), sample(2, 1000), classes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := probe.Evaluate(t.Context(), nil, sample(1, 400), sample(2, 1000), classes)
	if err != nil {
		t.Fatal(err)
	}
	var accuracies []float64
	for i, result := range results {
		accuracies = append(accuracies, result.Values[0].Value)
		if got, want := result.Protocol.Details["shots"], []string{"1", "8", "64"}[i]; got != want {
			t.Errorf("protocol %s, want %s shots", result.Protocol, want)
		}
		if !slices.Equal(result.Values, again[i].Values) {
			t.Errorf("%s: %v, then %v", result.Protocol, result.Values, again[i].Values)
		}
	}
	if !slices.IsSorted(accuracies) || accuracies[0] < 0.25 || accuracies[2] < 0.5 {
		t.Errorf("accuracies %.3f; chance is 0.2", accuracies)
	}
}

func TestFewShotDrawsNestedSamples(t *testing.T) {
	set := Set{Features: Features{Dim: 1}}
	for i := range 60 {
		set.Data = append(set.Data, float32(i))
		set.Labels = append(set.Labels, i%3)
	}
	few, err := DefaultFewShot().draw(set, 3, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	many, err := DefaultFewShot().draw(set, 3, 4, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := DefaultFewShot().draw(set, 3, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range few.Data {
		if !slices.Contains(many.Data, v) || few.Labels[i] != int(v)%3 {
			t.Errorf("sample %v of label %d is not among %v", v, few.Labels[i], many.Data)
		}
	}
	if len(few.Data) != 6 || len(many.Data) != 12 || slices.Equal(few.Data, other.Data) {
		t.Errorf("drew %v, %v and %v", few.Data, many.Data, other.Data)
	}
}

func TestFewShotRefuses(t *testing.T) {
	one := Set{Features: Features{Dim: 1, Data: []float32{1}}, Labels: []int{0}}
	shots := DefaultFewShot()
	shots.Shots = []int{1}
	noDraws := shots
	noDraws.Draws = 0
	for _, test := range []struct {
		probe    FewShot
		training Set
		classes  int
		want     string
	}{
		{shots, one, 2, `class "1" has 0 training samples, fewer than 1 shot; use fewer`},
		{shots, Set{}, 0, "few-shot probe: 0 classes, want at least 2"},
		{shots, Set{Features: one.Features, Labels: []int{7}}, 2, "few-shot probe: label 7 is outside [0, 2)"},
		{shots, Set{Features: one.Features}, 2, "few-shot probe: 0 labels for 1 features"},
		{noDraws, one, 2, "few-shot probe: draws: 0 is out of range [1,inf)"},
	} {
		if _, err := test.probe.Evaluate(t.Context(), nil, test.training, one, test.classes); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// An evaluation whose context has ended does not go through its draws first.
func TestEvaluationsEndWithTheirContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	train, test := blobs(1, 300, 8, 3, 1), blobs(2, 30, 8, 3, 1)
	many := DefaultFewShot()
	many.Shots, many.Draws = []int{1}, 1_000_000_000
	for name, evaluate := range map[string]func() error{
		"few-shot": func() error { _, err := many.Evaluate(ended, nil, train, test, 3); return err },
		"neighbors": func() error {
			_, err := KNN{K: 1, Temperature: 1}.Classify(ended, train, test.Features, 3)
			return err
		},
		"linear":    func() error { _, err := Logistic{WeightDecay: 1}.Fit(ended, train, 3); return err },
		"retrieval": func() error { _, err := Retrieve(ended, train.Features, train.Features, nil); return err },
		"zero-shot": func() error { _, err := ZeroShot(ended, test.Features, train.Features, 1); return err },
	} {
		if err := evaluate(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want that it was canceled", name, err)
		}
	}
}
