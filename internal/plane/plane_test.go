package plane

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func dense(x golden.Tensor) *mat.Dense { return mat.NewDense(x.Shape[0], x.Shape[1], x.Data) }

func TestProbabilitiesAndGradientAreThoseOfScikitLearn(t *testing.T) {
	for _, c := range golden.Load(t, "plane_tsne").Cases {
		if !strings.HasPrefix(c.Name, "probabilities") {
			continue
		}
		x, start := c.Input(t, "x"), c.Input(t, "y")
		n := x.Shape[0]
		d := descent{n: n, p: jointProbabilities(dense(x), golden.Decode[float64](t, c.Params, "perplexity")),
			similarity: make([]float64, n*n), sums: make([]float64, n)}
		for i := range n {
			d.y = append(d.y, [2]float64{start.Data[2*i], start.Data[2*i+1]})
		}
		for i, want := range c.Output(t, "p").Data {
			if math.Abs(d.p[i]-want) > 1e-4*want+1e-8 {
				t.Fatalf("%s: probability of %d and %d is %v, want %v", c.Name, i/n, i%n, d.p[i], want)
			}
		}
		d.measure()
		golden.Number(t, "divergence", d.divergence, c.Output(t, "divergence").Data[0], 1e-4)
		gradient, want := make(Points, n), c.Grad(t, "y")
		d.gradient(gradient, 1)
		for i := range gradient {
			for axis := range 2 {
				if math.Abs(gradient[i][axis]-want.Data[2*i+axis]) > 1e-5 {
					t.Errorf("%s: gradient of point %d is %v, want %v", c.Name, i, gradient[i], want.Data[2*i:2*i+2])
				}
			}
		}
	}
}

// A map by t-SNE is one of many local minima: its divergence must be about as
// small as that of the reference.
func TestMapsAreAsGoodAsThoseOfScikitLearn(t *testing.T) {
	for _, c := range golden.Load(t, "plane_tsne").Cases {
		if !strings.HasPrefix(c.Name, "map") {
			continue
		}
		x := dense(c.Input(t, "x"))
		settings := TSNE{Perplexity: golden.Decode[float64](t, c.Params, "perplexity")}
		points, divergence, err := settings.Map(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if want := c.Output(t, "divergence").Data[0]; !(divergence <= 1.05*want) {
			t.Errorf("%s: divergence %v, scikit-learn's is %v", c.Name, divergence, want)
		}
		again, _, err := settings.Map(t.Context(), x)
		if err != nil || again[7] != points[7] {
			t.Errorf("%s: another map of the same features, %v", c.Name, err)
		}
		axes, share, err := PCA(x)
		if err != nil {
			t.Fatal(err)
		}
		golden.Number(t, "variance", share, c.Output(t, "variance").Data[0], 1e-9)
		want := c.Output(t, "pca").Data
		for axis := range 2 {
			sign := math.Copysign(1, want[axis]*axes[0][axis]) // which is free
			for i, at := range axes {
				golden.Number(t, "coordinate", sign*at[axis], want[2*i+axis], 1e-6)
			}
		}
	}
}

func TestMapsRefuseWhatTheyCannotMap(t *testing.T) {
	some := mat.NewDense(10, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2})
	for want, settings := range map[string]TSNE{
		"perplexity of 5: 10 samples allow 1 to 3": {Perplexity: 5}, "perplexity of 0.5": {Perplexity: 0.5},
		"perplexity of NaN": {Perplexity: math.NaN()},
	} {
		if _, _, err := settings.Map(t.Context(), some); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, _, err := (TSNE{}).Map(t.Context(), mat.NewDense(3, 1, nil)); err == nil ||
		!strings.Contains(err.Error(), "expected 4 to 5000") {
		t.Errorf("three samples: %v", err)
	}
	if _, _, err := PCA(mat.NewDense(1, 2, nil)); err == nil {
		t.Error("one sample has no components")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := (TSNE{}).Map(stopped, some); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
}

func TestSamplesThatAreAlikeHaveMaps(t *testing.T) {
	same := mat.NewDense(12, 3, nil)
	points, divergence, err := TSNE{}.Map(t.Context(), same)
	if err != nil || math.IsNaN(divergence) || math.IsNaN(points[3][0]) {
		t.Errorf("points %v, divergence %v, %v", points[:2], divergence, err)
	}
	if _, share, err := PCA(same); err != nil || share != 1 {
		t.Errorf("share %v, %v", share, err)
	}
	wide := mat.NewDense(3, 1, []float64{1, 2, 4})
	if points, _, err := PCA(wide); err != nil || points[0][1] != 0 || points[2][0] <= points[0][0] {
		t.Errorf("features of one number: %v, %v", points, err)
	}
}
