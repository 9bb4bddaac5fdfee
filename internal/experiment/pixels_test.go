package experiment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// lowRank are rows whose variance lies along a few directions.
func lowRank(rows, width, rank int) eval.Features {
	r := rand.New(rand.NewPCG(1, 2))
	basis := make([]float64, rank*width)
	for i := range basis {
		basis[i] = r.NormFloat64()
	}
	x := eval.Features{Dim: width, Data: make([]float32, rows*width)}
	for i := range rows {
		for c := range rank {
			along := r.NormFloat64() * float64(c+1)
			for j := range width {
				x.Data[i*width+j] += float32(along*basis[c*width+j] + 3)
			}
		}
	}
	return x
}

func project(x eval.Features, mean, axes []float32) *mat.Dense {
	found := len(axes) / len(mean)
	out := mat.NewDense(x.Len(), found, nil)
	for i := range x.Len() {
		for c := range found {
			sum := 0.0
			for j, m := range mean {
				sum += (float64(x.Row(i)[j]) - float64(m)) * float64(axes[j*found+c])
			}
			out.Set(i, c, sum)
		}
	}
	return out
}

func TestPrincipalComponentsAreThoseOfTheSVD(t *testing.T) {
	x := lowRank(40, 12, 5)
	dense := mat.NewDense(40, 12, nil)
	for i, v := range x.Data {
		dense.Set(i/12, i%12, float64(v))
	}
	var pc stat.PC
	if !pc.PrincipalComponents(dense, nil) {
		t.Fatal("no reference")
	}
	want := pc.VarsTo(nil)
	mean, axes, err := components(x, 3, false)
	if err != nil {
		t.Fatal(err)
	}
	got := project(x, mean, axes)
	for c := range 3 {
		column := mat.Col(nil, c, got)
		if v := stat.Variance(column, nil); math.Abs(v-want[c]) > 1e-4*want[0] {
			t.Errorf("component %d has the variance %g, want %g", c, v, want[c])
		}
		for other := range c {
			if r := stat.Correlation(column, mat.Col(nil, other, got), nil); math.Abs(r) > 1e-4 {
				t.Errorf("components %d and %d have the correlation %g", c, other, r)
			}
		}
	}
}

func TestWhitenedComponentsHaveVarianceOneAndTheEmptyOnesAreLeftOut(t *testing.T) {
	x := lowRank(40, 12, 5)
	mean, axes, err := components(x, 12, true)
	if err != nil {
		t.Fatal(err)
	}
	got := project(x, mean, axes)
	if _, found := got.Dims(); found != 5 {
		t.Fatalf("%d components of data of rank 5", found)
	}
	for c := range 5 {
		if v := stat.Variance(mat.Col(nil, c, got), nil); math.Abs(v-1) > 1e-3 {
			t.Errorf("whitened component %d has the variance %g", c, v)
		}
	}
	if _, _, err := components(eval.Features{Dim: 2, Data: []float32{1, 2, 1, 2, 1, 2}}, 1, false); err == nil {
		t.Error("images that are all the same have principal components")
	}
}

func TestPixelsAreMeansOfBlocks(t *testing.T) {
	for _, c := range []struct{ most, size, dim int }{{32, 16, 768}, {32, 32, 3072}, {32, 33, 768}, {8, 16, 192}} {
		if got := newPixels(c.most, c.size).FeatureDim(); got != c.dim {
			t.Errorf("%d×%[1]d pixels, at most %d×%[2]d: %d features, want %d", c.size, c.most, got, c.dim)
		}
	}
}

// The pixels of a study are measured by the protocols of its methods, and the
// same whatever the seed of the weights.
func TestPixelsStandBesideTheMethods(t *testing.T) {
	r := newRunner(t)
	study := resolveStudy(t, tiny+"study: s\nbaselines: [pixels, {name: pixels-pca, components: 4}]\n"+
		"grid: {method: [toy], seed: [1, 2]}")
	if err := r.RunStudy(t.Context(), study, Changes{}); err != nil {
		t.Fatal(err)
	}
	scores, err := r.Store.Scores(t.Context(), store.Filter{Study: "s", Metric: "top1"})
	if err != nil {
		t.Fatal(err)
	}
	protocols, values := map[string][]string{}, map[string][]float64{}
	for _, s := range scores {
		protocols[s.Method] = append(protocols[s.Method], s.Protocol)
		values[s.Method+s.Protocol] = append(values[s.Method+s.Protocol], s.Value)
	}
	for _, name := range []string{baseline.Pixels, baseline.PixelsPCA} {
		if slices.Sort(protocols[name]); len(protocols[name]) == 0 {
			t.Errorf("%s has no score", name)
		}
		slices.Sort(protocols["toy"])
		if !slices.Equal(protocols[name], protocols["toy"]) {
			t.Errorf("%s is measured by %q, the method by %q", name, protocols[name], protocols["toy"])
		}
		for _, p := range protocols[name] {
			if v := values[name+p]; len(v) != 2 || v[0] != v[1] {
				t.Errorf("%s by %s: %v, want the same for both seeds", name, p, v)
			}
		}
	}
	runs, err := r.Store.Runs(t.Context(), store.Filter{Study: "s", Method: baseline.PixelsPCA})
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	again, err := r.Evaluate(t.Context(), runs[0].ID, Changes{})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Results) == 0 {
		t.Error("nothing is measured again")
	}
	plan, err := r.stored(t.Context(), runs[0])
	if err != nil {
		t.Fatal(err)
	}
	if params, ok := plan.Spec.Method.Params.(*PixelsPCAParams); !ok || params.Components != 4 {
		t.Errorf("the stored baseline has %s", config.Canonical(plan.Spec))
	}
}
