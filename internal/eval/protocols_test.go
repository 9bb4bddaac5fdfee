package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// input is that of two splits of clusters.
func input(t *testing.T) *Input {
	t.Helper()
	return &Input{
		Backend: testbackend.New(t), Training: blobs(1, 600, 16, 8, 2), Test: blobs(2, 200, 16, 8, 2), Classes: 8,
		Details: map[string]string{"features": "clusters"},
		Settings: Settings{
			KNN: KNNSettings{K: 200, Temperature: 0.07}, Linear: LinearSettings{WeightDecay: 1e-3, Standardize: true},
			LinearGrid: DefaultGrid(),
		},
	}
}

func measure(t *testing.T, in *Input, names ...string) []*Result {
	t.Helper()
	var results []*Result
	if err := Measure(t.Context(), in, names, func(r *Result) error {
		results = append(results, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return results
}

func titles(results []*Result) []string {
	var all []string
	for _, r := range results {
		all = append(all, r.Title())
	}
	return all
}

func TestEveryProtocolIsExplainedAndGivesNumbers(t *testing.T) {
	in := input(t)
	in.Views = func(_ context.Context, samples, views int) ([]Features, error) {
		var all []Features
		for j := range views {
			all = append(all, blobs(uint64(10+j), min(samples, 50), 16, 8, 2).Features)
		}
		return all, nil
	}
	in.Factors = []Factor{{data.FactorInfo{Name: "first"}, column(in.Training, 0), column(in.Test, 0)}}
	for _, protocol := range Protocols().All() {
		if protocol.Doc == "" || protocol.Detail == "" || protocol.Source == "" {
			t.Errorf("%s is not explained: %+v", protocol.Name, protocol)
		}
		results := measure(t, in, protocol.Name)
		if len(results) == 0 {
			t.Errorf("%s gives no result", protocol.Name)
		}
		for _, r := range results {
			if len(r.Values) == 0 || r.Protocol.Details["features"] != "clusters" {
				t.Errorf("%s: values %v under protocol %s", protocol.Name, r.Values, r.Protocol)
			}
			if top1, classifies := r.Value("top1"); classifies && !(top1 > 0.2 && top1 <= 1) {
				t.Errorf("%s: top-1 accuracy %v of eight clusters", r.Title(), top1)
			}
		}
	}
}

func TestProtocolsThatComeToTheSameCountOnce(t *testing.T) {
	got := titles(
		measure(t, input(t), "knn", "dino-knn", "lightly-knn", "moco-knn", "linear", "linear-bn", "linear-no-bn"),
	)
	want := []string{"knn", "dino-knn k=10", "dino-knn k=20", "dino-knn k=100", "lightly-knn", "linear", "linear-no-bn"}
	if !slices.Equal(got, want) {
		t.Errorf("results %q, want %q", got, want)
	}
}

func TestProtocolsOfAnotherDataSetSaySo(t *testing.T) {
	in := input(t)
	in.Dataset = "mnist"
	for _, r := range measure(t, in, "knn", "linear-grid") {
		if r.Protocol.Dataset != "mnist" || !strings.HasSuffix(r.Title(), " on mnist") {
			t.Errorf("%s is of %q, want mnist", r.Title(), r.Protocol.Dataset)
		}
	}
}

func TestWithoutClassesNothingIsClassified(t *testing.T) {
	in := input(t)
	in.Classes = 1
	if got := titles(measure(t, in, "knn", "linear", "linear-grid", "label-free")); !slices.Equal(got,
		[]string{"label-free"}) {
		t.Errorf("results %q of a single class, want label-free alone", got)
	}
}

// The rate is chosen on training samples: labels of the test split play no part in it.
func TestTheGridDoesNotLookAtTheTestSplit(t *testing.T) {
	in := input(t)
	first := measure(t, in, "linear-grid-bn")[0]
	in.Test.Labels = make([]int, in.Test.Len())
	for i := range in.Test.Labels {
		in.Test.Labels[i] = i % 8
	}
	second := measure(t, in, "linear-grid-bn")[0]
	a, _ := first.Value("chosen_rate")
	b, _ := second.Value("chosen_rate")
	if a != b || !slices.Equal(first.Scores.Data, second.Scores.Data) {
		t.Errorf("rate %v, and with other labels of the test split %v", a, b)
	}
}

// A rate that diverges is not chosen, and a grid of such rates alone is an error.
func TestTheGridPassesOverRatesThatDiverge(t *testing.T) {
	in := input(t)
	in.Settings.LinearGrid.Rates = []float64{0.1, 1e38}
	if rate, _ := measure(t, in, "linear-grid")[0].Value("chosen_rate"); rate != 0.1 {
		t.Errorf("rate %v was chosen, want 0.1", rate)
	}
	in.Settings.LinearGrid.Rates = []float64{1e38}
	err := Measure(t.Context(), in, []string{"linear-grid"}, func(*Result) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "leave out rates that large") {
		t.Errorf("error %v, want what to do about the rate", err)
	}
}

// The SGD probe comes close to the minimum that logistic regression finds.
func TestTheGridComesCloseToTheMinimum(t *testing.T) {
	in := input(t)
	in.Settings.Linear.WeightDecay = 1e-6
	sgd, _ := measure(t, in, "linear-grid-bn")[0].Value("top1")
	exact, _ := measure(t, in, "linear-bn")[0].Value("top1")
	if math.Abs(sgd-exact) > 0.05 {
		t.Errorf("top-1 accuracy %v by SGD, %v at the minimum", sgd, exact)
	}
}

func TestDivideKeepsOneOfEachClass(t *testing.T) {
	set := blobs(1, 100, 2, 3, 1)
	set.Labels[7] = 3 // the only one
	drawn, rest := set.divide(5, 0.01, random.New(1))
	if got := fmt.Sprint(counts(drawn.Labels, 5)); got != "[1 1 1 1 0]" {
		t.Errorf("a hundredth has %s samples of the classes, want one of each", got)
	}
	if drawn.Len()+rest.Len() != 100 || slices.Contains(rest.Labels, 3) {
		t.Errorf("%d and %d samples of 100", drawn.Len(), rest.Len())
	}
	tenth, _ := blobs(1, 1000, 2, 4, 1).divide(4, 0.1, random.New(1))
	if tenth.Len() < 98 || tenth.Len() > 102 {
		t.Errorf("a tenth of 1000 has %d samples", tenth.Len())
	}
}

func counts(labels []int, classes int) []int {
	n := make([]int, classes)
	for _, label := range labels {
		n[label]++
	}
	return n
}

func column(s Set, j int) []float64 {
	values := make([]float64, s.Len())
	for i := range values {
		values[i] = float64(s.Row(i)[j])
	}
	return values
}

// Probes tell what the features have: a coordinate, a class, an angle; not what they lack. Of what is the same in all
// samples there is nothing to tell.
func TestFactorsAreToldFromFeaturesThatHaveThem(t *testing.T) {
	make := func(seed uint64, n int) (Set, map[string][]float64) {
		stream := random.New(seed)
		set, factors := Set{Features: Features{Dim: 4}}, map[string][]float64{}
		for i := range n {
			angle, size := stream.Uniform(0, 2*math.Pi), stream.Uniform(0, 1)
			color := float64(stream.IntN(2))
			set.Data = append(
				set.Data, float32(math.Sin(angle)), float32(math.Cos(angle)), float32(3*size+1), float32(color+0.1*stream.Normal()),
			)
			set.Labels = append(set.Labels, 0)
			if i%5 == 0 {
				size = math.NaN() // not known
			}
			for name, v := range map[string]float64{
				"angle": angle, "size": size, "color": color, "other": stream.Normal(), "same": 1,
			} {
				factors[name] = append(factors[name], v)
			}
		}
		return set, factors
	}
	training, from := make(1, 400)
	test, to := make(2, 300)
	in := input(t)
	in.Training, in.Test, in.Classes = training, test, 1
	for _, info := range []data.FactorInfo{
		{Name: "angle", Unit: "radians"}, {Name: "size"}, {Name: "color", Values: []string{"red", "blue"}}, {Name: "other"},
		{Name: "same"}, {Name: "same", Values: []string{"dotted", "solid"}},
	} {
		in.Factors = append(in.Factors, Factor{info, from[info.Name], to[info.Name]})
	}
	results := measure(t, in, "factors")
	if got, want := titles(results), []string{"factor angle", "factor size", "factor color",
		"factor other"}; !slices.Equal(got, want) {
		t.Fatalf("results %q, want %q", got, want)
	}
	for i, want := range []Value{{"r2", 1}, {"r2", 1}, {"top1", 1}, {"r2", 0}} {
		if got := results[i].Values[0]; got.Metric != want.Metric || math.Abs(got.Value-want.Value) > 0.05 {
			t.Errorf("%s: %v, want %v", results[i].Title(), got, want)
		}
	}
}
