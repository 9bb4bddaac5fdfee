package eval

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

func features(x golden.Tensor) Features {
	return Features{Dim: x.Shape[len(x.Shape)-1], Data: x.Float32()}
}

func set(t *testing.T, c *golden.Case, name string) Set {
	t.Helper()
	return Set{features(c.Input(t, name)), c.Input(t, name+"_labels").Ints()}
}

// blobs makes a set of classes that are clusters on a line of directions.
func blobs(seed uint64, n, dim, classes int, spread float64) Set {
	s := Set{Features{dim, make([]float32, n*dim)}, make([]int, n)}
	centers := random.New(99)
	of := make([][]float64, classes)
	for class := range of {
		of[class] = make([]float64, dim)
		for j := range of[class] {
			of[class][j] = centers.Normal()
		}
	}
	noise := random.New(seed)
	for i := range n {
		s.Labels[i] = noise.IntN(classes)
		for j := range dim {
			s.Row(i)[j] = float32(of[s.Labels[i]][j] + spread*noise.Normal())
		}
	}
	return s
}

// atThreads runs f with that many threads.
func atThreads(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

func TestKNNGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_knn").Cases {
		t.Run(c.Name, func(t *testing.T) {
			classes := golden.Decode[int](t, c.Params, "num_classes")
			knn := KNN{K: golden.Decode[int](t, c.Params, "k"), Temperature: golden.Decode[float64](t, c.Params, "T")}
			test := set(t, &c, "test")
			scores, err := knn.Classify(t.Context(), set(t, &c, "train"), test.Features, classes)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := scores.Predictions(), c.Output(t, "pred_top1").Ints(); !slices.Equal(got, want) {
				t.Errorf("predictions %v, want %v", got, want)
			}
			for name, k := range map[string]int{"top1": 1, "top5": 5} {
				if _, found := c.Outputs[name]; found {
					accuracy, err := scores.TopK(test.Labels, k)
					if err != nil {
						t.Fatal(err)
					}
					golden.Number(t, name, 100*accuracy, golden.Decode[float64](t, c.Outputs, name), 1e-12)
				}
			}
			want := c.Output(t, "class_scores")
			for i := range want.Shape[0] {
				votes, reference := scores.Row(i), want.Data[i*classes:(i+1)*classes]
				for class := range votes { // ours are relative to the nearest neighbor's
					votes[class] = max(votes[class], 0) // of no vote
				}
				for class := range votes {
					golden.Number(t, "share of votes", votes[class]/total(votes), reference[class]/total(reference), 1e-5)
				}
			}
		})
	}
}

func total(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}

func TestKNNDoesNotDependOnThreadsOrBlocks(t *testing.T) {
	train, test := blobs(1, 700, 9, 4, 2), blobs(2, 77, 9, 4, 2)
	var first []float64
	for _, threads := range []int{1, 2, 7} {
		atThreads(threads, func() {
			scores, err := KNN{K: 31, Temperature: 0.1}.Classify(t.Context(), train, test.Features, 4)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = scores.Data
			} else if !slices.Equal(scores.Data, first) {
				t.Errorf("other scores with %d threads", threads)
			}
		})
	}
	// A plain search over all pairs finds the same neighbors.
	a, b := train.Normalized(), test.Normalized()
	for i := range test.Len() {
		similarities := make([]float64, train.Len())
		for j := range similarities {
			for d := range a.Dim {
				similarities[j] += float64(a.Row(j)[d]) * float64(b.Row(i)[d])
			}
		}
		sorted := slices.Clone(similarities)
		slices.Sort(sorted)
		slices.Reverse(sorted)
		votes := make([]float64, 4)
		for j, s := range similarities {
			if s >= sorted[30] {
				votes[train.Labels[j]] += math.Exp((s - sorted[0]) / 0.1)
			}
		}
		for class, v := range votes {
			if got := max(first[i*4+class], 0); math.Abs(got-v) > 1e-4 {
				t.Fatalf("query %d, class %d: votes %v, want %v", i, class, got, v)
			}
		}
	}
}

func TestKNNOfEqualNeighborsTakesTheFirst(t *testing.T) {
	train := Set{Features{1, []float32{1, 2, 3, 4, -1}}, []int{2, 1, 1, 1, 0}} // all but the last are the same direction
	scores, err := KNN{K: 1, Temperature: 1e-3}.Classify(t.Context(), train, Features{1, []float32{5, -5}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := scores.Predictions(); !slices.Equal(got, []int{2, 0}) {
		t.Errorf("predictions %v, want [2 0]", got)
	}
	scores, err = KNN{K: 100, Temperature: 1e-3}.Classify(t.Context(), train, Features{1, []float32{5}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := scores.Row(0); !slices.Equal(got, []float64{0, 3, 1}) {
		t.Errorf("votes of a training set smaller than k are %v, want [0 3 1]", got)
	}
}

func TestBadInputIsExplained(t *testing.T) {
	good := Set{Features{2, []float32{1, 0, 0, 1}}, []int{0, 1}}
	nan := Set{Features{2, []float32{1, 0, 0, float32(math.NaN())}}, []int{0, 1}}
	knn := func(k KNN, train Set, test Features) func() error {
		return func() error { _, err := k.Classify(context.Background(), train, test, 2); return err }
	}
	fit := func(l Logistic, train Set, classes int) func() error {
		return func() error { _, err := l.Fit(context.Background(), train, classes); return err }
	}
	usual := KNN{K: 1, Temperature: 0.07}
	for _, test := range []struct {
		do   func() error
		want string
	}{
		{knn(KNN{K: 0, Temperature: 1}, good, good.Features), "nearest neighbors: k is 0, want at least 1"},
		{knn(KNN{K: 1}, good, good.Features), "nearest neighbors: temperature is 0, want a number above 0"},
		{knn(usual, nan, good.Features), "training features: value NaN at row 1, column 1 is not finite"},
		{knn(usual, good, Features{}), "test features: 0 values are not one or more rows of width 0"},
		{
			knn(usual, good, Features{1, []float32{1}}), "test features have width 1 but training features 2; they must come " +
				"from the same network",
		},
		{knn(usual, Set{good.Features, []int{0}}, good.Features), "training set: 1 labels for 2 rows"},
		{knn(usual, Set{good.Features, []int{0, 2}}, good.Features), "label 2 of row 1 is outside [0, 2)"},
		{fit(Logistic{}, good, 2), "logistic regression: weight decay is 0, want a number above 0"},
		{fit(Logistic{WeightDecay: 1}, good, 1), "1 classes, want at least 2"},
		{fit(Logistic{WeightDecay: 1}, nan, 2), "value NaN at row 1, column 1"},
		{func() error {
			_, err := Retrieve(context.Background(), good.Features, Features{2, []float32{1, 0}}, nil)
			return err
		},
			"retrieval: 2 queries and 1 candidates are no pairs; give the answers"},
		{func() error {
			_, err := Retrieve(context.Background(), good.Features, good.Features, [][]int{{0}, {}})
			return err
		},
			"retrieval: query 1 has no answer"},
		{func() error { _, err := ZeroShotClassifier(nil); return err }, "no classes"},
		{func() error { _, err := ZeroShotClassifier([]Features{good.Features, {}}); return err }, "prompts of class 1"},
		{
			func() error { _, err := NewScores(2, 3).TopK([]int{0, 3}, 1); return err }, "label 3 of sample 1 is outside [0, 3)",
		},
		{func() error { _, err := NewScores(2, 3).TopK([]int{0, 2}, 0); return err }, "top-0 accuracy: k must be at least 1"},
		{func() error { _, err := (&Scores{}).TopK(nil, 1); return err }, "top-1 accuracy: 0 labels for 0 samples"},
		{func() error {
			_, err := (&Scores{Classes: 2, Data: []float64{math.NaN(), 1}}).TopK([]int{0}, 1)
			return err
		},
			"top-1 accuracy: the score of sample 0 for class 0 is NaN"},
		{func() error {
			_, err := ZeroShot(context.Background(), good.Features, good.Features, math.NaN())
			return err
		}, "the scale is NaN, want a number above 0"},
		{fit(Logistic{WeightDecay: 1, Tolerance: math.NaN()}, good, 2),
			"tolerance NaN and limit of iterations 0 must be numbers that are not negative"},
	} {
		if err := test.do(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

func TestTopKAccuracyGolden(t *testing.T) {
	c := golden.Load(t, "eval_topk_accuracy").Cases[0]
	logits := c.Input(t, "logits")
	scores := &Scores{Classes: logits.Shape[1], Data: logits.Data}
	for name, k := range map[string]int{"top1": 1, "top5": 5} {
		accuracy, err := scores.TopK(c.Input(t, "labels").Ints(), k)
		if err != nil {
			t.Fatal(err)
		}
		golden.Number(t, name, 100*accuracy, golden.Decode[float64](t, c.Outputs, name), 1e-12)
	}
}

func TestMeanPerClassLeavesOutClassesWithoutSamples(t *testing.T) {
	scores := NewScores(5, 3)
	for i, predicted := range []int{0, 1, 1, 1, 0} {
		scores.Row(i)[predicted] = 1
	}
	got, err := scores.MeanPerClass([]int{0, 0, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	golden.Number(t, "mean per-class accuracy", got, (1./2+2./3)/2, 1e-15)
	if _, err := scores.MeanPerClass([]int{0, 0, 1, 1, 3}); err == nil {
		t.Error("a label that is no class was not refused")
	}
}

// Of five classes at most as many can be guessed as neighbors have voted for.
func TestARankingRanksOnlyWhatGotVotes(t *testing.T) {
	train, test := blobs(1, 60, 4, 12, 3), blobs(2, 200, 4, 12, 3)
	for _, k := range []int{1, 2, 3} {
		scores, err := KNN{K: k, Temperature: 0.1}.Classify(t.Context(), train, test.Features, 12)
		if err != nil {
			t.Fatal(err)
		}
		atK, err := scores.TopK(test.Labels, k)
		if err != nil {
			t.Fatal(err)
		}
		top5, err := scores.TopK(test.Labels, 5)
		if err != nil {
			t.Fatal(err)
		}
		if top5 != atK || top5 == 0 || top5 == 1 {
			t.Errorf("k = %d: top-5 accuracy %v, top-%d %v; want the same, as only %d classes can have votes",
				k, top5, k, atK, k)
		}
	}
}

// The backend finds the neighbors that plain Go does, whatever the blocks.
func TestKNNOnABackend(t *testing.T) {
	train, test := blobs(1, 9000, 24, 10, 2), blobs(2, 700, 24, 10, 2)
	want, err := KNN{K: 20, Temperature: 0.07}.Classify(t.Context(), train, test.Features, 10)
	if err != nil {
		t.Fatal(err)
	}
	got, err := KNN{K: 20, Temperature: 0.07, Backend: testbackend.New(t)}.Classify(t.Context(), train, test.Features, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Data {
		if math.Abs(max(want.Data[i], 0)-max(got.Data[i], 0)) > 1e-3 {
			t.Fatalf("sample %d, class %d: votes %v, want %v", i/10, i%10, got.Data[i], want.Data[i])
		}
	}
	if !slices.Equal(got.Predictions(), want.Predictions()) {
		t.Error("other predictions on the backend")
	}
}
