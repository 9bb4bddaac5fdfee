package eval

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestLogisticRegressionGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_logistic_regression").Cases {
		t.Run(c.Name, func(t *testing.T) {
			strength := golden.Decode[float64](t, c.Params, "C")
			classes := golden.Decode[int](t, c.Params, "num_classes")
			train, test := set(t, &c, "train"), set(t, &c, "test")
			probe := Logistic{WeightDecay: 1 / (strength * float64(train.Len())), Tolerance: 1e-8}
			linear, err := probe.Fit(t.Context(), train, classes)
			if err != nil {
				t.Fatal(err)
			}
			golden.Near(t, "weights", float32s(linear.Weights.RawMatrix().Data), c.Output(t, "coef"), 1e-4)
			// The reference stops early where C is small: in case C0.01 the gradient with
			// respect to the biases is 6e-6 at its biases, which puts them 2.1e-4 from the minimum.
			golden.Near(t, "biases", float32s(linear.Bias), c.Output(t, "intercept_zero_sum"), 2.5e-4)
			golden.Number(t, "norm of the weights", mat.Norm(linear.Weights, 2),
				golden.Decode[float64](t, c.Outputs, "coef_l2"), 1e-4)
			objective, reference := linear.Objective*strength*float64(train.Len()),
				golden.Decode[float64](t, c.Outputs, "objective")
			golden.Number(t, "objective", objective, reference, 1e-8)
			if objective > reference*(1+1e-14) {
				t.Errorf("objective %v is above the reference's, %v", objective, reference)
			}

			for name, samples := range map[string]Set{"train": train, "test": test} {
				scores, err := linear.Logits(samples.Features)
				if err != nil {
					t.Fatal(err)
				}
				accuracy, err := scores.TopK(samples.Labels, 1)
				if err != nil {
					t.Fatal(err)
				}
				golden.Number(t, name+" accuracy", accuracy, golden.Decode[float64](t, c.Outputs, name+"_accuracy"), 1e-12)
				crossEntropy := 0.0
				for i, label := range samples.Labels {
					crossEntropy += softmax(scores.Row(i), label) / float64(samples.Len())
				}
				golden.Number(t, name+" cross entropy", crossEntropy, golden.Decode[float64](t, c.Outputs, name+"_mean_ce"), 1e-5)
				if name == "test" && !slices.Equal(scores.Predictions(), c.Output(t, "test_predictions").Ints()) {
					t.Errorf("predictions %v, want %v", scores.Predictions(), c.Output(t, "test_predictions").Ints())
				}
			}
		})
	}
}

func TestLogisticRegressionDoesNotDependOnThreads(t *testing.T) {
	train := blobs(1, 500, 7, 3, 2)
	var first []float64
	for _, threads := range []int{1, 2, 5} {
		atThreads(threads, func() {
			linear, err := Logistic{WeightDecay: 0.01}.Fit(t.Context(), train, 3)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = linear.Weights.RawMatrix().Data
			} else if !slices.Equal(first, linear.Weights.RawMatrix().Data) {
				t.Errorf("other weights with %d threads", threads)
			}
		})
	}
}

// The backend's passes lead to the minimum that plain Go finds, bit for bit the same at any number of threads.
func TestProbeOnABackend(t *testing.T) {
	train := blobs(1, 3000, 100, 10, 6)
	for i := range train.Len() { // sizes over three orders of magnitude, correlation
		row := train.Row(i)
		for j := range row {
			row[j] = 5 + row[j]*float32(math.Pow(0.93, float64(j)))
			if j > 0 {
				row[j] += 0.9 * row[j-1]
			}
		}
	}
	for _, standardize := range []bool{false, true} {
		probe := Logistic{WeightDecay: 1e-4, Standardize: standardize}
		want, err := probe.Fit(t.Context(), train, 10)
		if err != nil {
			t.Fatal(err)
		}
		var first *Linear
		for _, threads := range []string{"1", "2", "3"} {
			if probe.Backend, err = compute.NewWithConfig("kontrast:threads=" + threads); err != nil {
				t.Fatal(err)
			}
			got, err := probe.Fit(t.Context(), train, 10)
			probe.Backend.Finalize()
			switch {
			case err != nil:
				t.Fatal(err)
			case first == nil:
				first = got
				if !got.Converged || math.Abs(got.Objective-want.Objective) > 1e-7*want.Objective {
					t.Errorf("standardize %v: converged %v to %v, want %v", standardize, got.Converged, got.Objective, want.Objective)
				}
			case !mat.Equal(got.Weights, first.Weights):
				t.Errorf("standardize %v: other weights with %s threads", standardize, threads)
			}
		}
	}
}

func TestStandardizedProbeIgnoresScaleAndShiftOfFeatures(t *testing.T) {
	plain := blobs(1, 300, 5, 3, 1.5)
	moved := Set{Features{5, slices.Clone(plain.Data)}, plain.Labels}
	for i := range moved.Len() {
		row := moved.Row(i)
		row[0] = 100*row[0] + 7
		row[1] = 0.01*row[1] - 3
	}
	probe := Logistic{WeightDecay: 0.01, Standardize: true}
	a, b := logitsOf(t, probe, plain), logitsOf(t, probe, moved)
	for i := range a.Data {
		if math.Abs(a.Data[i]-b.Data[i]) > 1e-3 {
			t.Fatalf("logit %d is %v and %v after a change of scale", i, a.Data[i], b.Data[i])
		}
	}
}

func TestStandardizedProbeIgnoresConstantFeatures(t *testing.T) {
	train := blobs(1, 100, 3, 2, 1)
	for i := range train.Len() {
		train.Row(i)[1] = 0.1
	}
	linear, err := Logistic{WeightDecay: 0.1, Standardize: true}.Fit(t.Context(), train, 2)
	if err != nil {
		t.Fatal(err)
	}
	if w := linear.Weights.At(0, 1); w != 0 {
		t.Errorf("the weight of a constant feature is %v, want 0", w)
	}
}

func logitsOf(t *testing.T, probe Logistic, s Set) *Scores {
	t.Helper()
	linear, err := probe.Fit(t.Context(), s, 3)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := linear.Logits(s.Features)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

func TestSoftmaxOfLargeLogitsIsFinite(t *testing.T) {
	logits := []float64{1e4, -1e4}
	if got := softmax(logits, 1); got != 2e4 || logits[0] != 1 || logits[1] != 0 {
		t.Errorf("cross entropy %v and probabilities %v, want 20000 and [1 0]", got, logits)
	}
}

func TestProbeConvergesWhateverTheSizeOfFeatures(t *testing.T) {
	train := blobs(1, 400, 30, 4, 4)
	for i := range train.Len() {
		row := train.Row(i)
		for j := range row { // a large common mean, sizes over three orders of magnitude, correlation
			row[j] = 50 + row[j]*float32(math.Pow(0.8, float64(j)))
			if j > 0 {
				row[j] += 0.9 * row[j-1]
			}
		}
	}
	for _, decay := range []float64{1, 1e-3, 1e-6} {
		linear, err := Logistic{WeightDecay: decay}.Fit(t.Context(), train, 4)
		if err != nil {
			t.Fatal(err)
		}
		if linear.Iterations > 60 {
			t.Errorf("weight decay %g: %d iterations, want at most 60", decay, linear.Iterations)
		}
	}
}

func TestProbeOfDegenerateFeatures(t *testing.T) {
	wide := blobs(1, 10, 40, 3, 1) // more features than samples
	none := Set{Features{4, make([]float32, 40)}, wide.Labels}
	for name, train := range map[string]Set{"wide": wide, "zero": none} {
		for _, standardize := range []bool{false, true} {
			linear, err := Logistic{WeightDecay: 1e-3, Standardize: standardize}.Fit(t.Context(), train, 3)
			if err != nil {
				t.Errorf("%s features: %v", name, err)
				continue
			}
			if weights := mat.Norm(linear.Weights, 2); name == "zero" && weights != 0 {
				t.Errorf("weights of features that are zero have norm %v", weights)
			}
		}
	}
}

func TestAFitThatStopsEarlyIsMarked(t *testing.T) {
	train := blobs(3, 50, 5, 2, 3)
	early, err := Logistic{WeightDecay: 1e-9, MaxIterations: 2}.Fit(t.Context(), train, 2)
	if err != nil {
		t.Fatal(err)
	}
	if early.Converged || !(early.Gradient > 1e-5) || early.Iterations != 2 {
		t.Errorf("after %d iterations converged %v, gradient %v; want 2, false and above the tolerance",
			early.Iterations, early.Converged, early.Gradient)
	}
	whole, err := Logistic{WeightDecay: 1e-9}.Fit(t.Context(), train, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !whole.Converged || !(whole.Gradient <= 1e-5) || !(whole.Objective < early.Objective) {
		t.Errorf("converged %v, gradient %v, objective %v after %v",
			whole.Converged, whole.Gradient, whole.Objective, early.Objective)
	}
}

// TestProbeConvergesOnAnyLabels fits what real data sets come with.
func TestProbeConvergesOnAnyLabels(t *testing.T) {
	rare := blobs(1, 300, 12, 60, 2)
	for i := range rare.Labels {
		if rare.Labels[i] > 5 {
			rare.Labels[i] = i % 3 // most classes keep few or no samples
		}
	}
	rare.Labels[0], rare.Labels[1] = 40, 59
	separable := Set{rows(1, -2, -1, 1, 2), []int{0, 0, 1, 1}}
	for name, test := range map[string]struct {
		train   Set
		classes int
	}{
		"rare classes":      {rare, 60},
		"separable":         {separable, 2},
		"one sample":        {Set{rows(3, 1, 2, 3), []int{1}}, 3},
		"one class":         {Set{rows(1, 1, 2, 3), []int{2, 2, 2}}, 3},
		"constant features": {Set{rows(2, 4, 4, 4, 4, 4, 4), []int{0, 1, 1}}, 2},
		"equal samples":     {Set{rows(2, 1, 2, 1, 2, 1, 2), []int{0, 1, 2}}, 3},
	} {
		for _, decay := range []float64{1e-1, 1e-3, 1e-8} {
			for _, standardize := range []bool{false, true} {
				linear, err := Logistic{WeightDecay: decay, Standardize: standardize}.Fit(t.Context(), test.train, test.classes)
				if err != nil || !linear.Converged {
					t.Errorf("%s, weight decay %g, standardize %v: error %v, linear %+v", name, decay, standardize, err, linear)
					continue
				}
				scores, err := linear.Logits(test.train.Features)
				if err != nil {
					t.Fatal(err)
				}
				for i, predicted := range scores.Predictions() {
					if !slices.Contains(test.train.Labels, predicted) {
						t.Errorf("%s: sample %d is predicted as class %d, of which there are no samples", name, i, predicted)
					}
				}
			}
		}
	}
}

// The classes that are left out do not change the fit of the others.
func TestClassesWithoutSamplesChangeNothing(t *testing.T) {
	train := blobs(1, 200, 6, 3, 2)
	want := logitsOf(t, Logistic{WeightDecay: 0.01}, train)
	apart := Set{train.Features, slices.Clone(train.Labels)}
	for i, label := range apart.Labels {
		apart.Labels[i] = 2*label + 1
	}
	linear, err := Logistic{WeightDecay: 0.01}.Fit(t.Context(), apart, 7)
	if err != nil {
		t.Fatal(err)
	}
	got, err := linear.Logits(train.Features)
	if err != nil {
		t.Fatal(err)
	}
	for i := range train.Len() {
		for class := range 7 {
			if class%2 == 0 {
				if !math.IsInf(got.Row(i)[class], -1) {
					t.Fatalf("class %d without samples has the logit %v, want -Inf", class, got.Row(i)[class])
				}
			} else if got.Row(i)[class] != want.Row(i)[class/2] {
				t.Fatalf("class %d of sample %d has the logit %v, want %v", class, i, got.Row(i)[class], want.Row(i)[class/2])
			}
		}
	}
}
