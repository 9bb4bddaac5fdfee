package eval

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestLabelFreeMeasuresGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_label_free").Cases {
		t.Run(c.Name, func(t *testing.T) {
			given := c.Input(t, "views") // [n, q, D]
			n, q, dim := given.Shape[0], given.Shape[1], given.Shape[2]
			views := make([]Features, q)
			for i, v := range given.Float32() {
				view := i / dim % q
				views[view].Dim = dim
				views[view].Data = append(views[view].Data, v)
			}
			if views[0].Len() != n {
				t.Fatalf("%d samples, want %d", views[0].Len(), n)
			}
			for metric, value := range map[string]func() (float64, error){
				"lidar":          func() (float64, error) { return LiDAR(views) },
				"rankme":         func() (float64, error) { return RankMe(views[0]) },
				"effective_rank": func() (float64, error) { return EffectiveRank(views[0]) },
				"alpha_req":      func() (float64, error) { return AlphaReQ(views[0]) },
				"uniformity":     func() (float64, error) { return Uniformity(views[0]) },
				"alignment":      func() (float64, error) { return Alignment(views[0], views[1]) },
			} {
				golden.Number(t, metric, must(t)(value()), golden.Decode[float64](t, c.Outputs, metric), 1e-5)
			}
		})
	}
}

func TestRidgeGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_ridge").Cases {
		target := func(name string) *mat.Dense {
			values := c.Input(t, name).Float32()
			out := mat.NewDense(len(values), 1, nil)
			for i, v := range values {
				out.Set(i, 0, float64(v))
			}
			return out
		}
		ridge, err := newRidge(features(c.Input(t, "train")), golden.Decode[float64](t, c.Params, "weight_decay"))
		if err != nil {
			t.Fatal(err)
		}
		r2, err := ridge.r2(target("train_y"), features(c.Input(t, "test")), target("test_y"))
		golden.Number(t, "R²", must(t)(r2, err), golden.Decode[float64](t, c.Outputs, "r2"), 1e-6)
	}
}

func TestNumbersKnownOfOtherSamplesHaveARegressionOfTheirOwn(t *testing.T) {
	x := rows(2, 0, 1, 2, 0, 1, 3, 4, 4)
	of := func(last *lastRidge, values ...float64) *ridge {
		known, _ := known(x, values)
		ridge, err := last.of(known, values, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		return ridge
	}
	var last lastRidge
	all := of(&last, 1, 2, 3, 4)
	if of(&last, 4, 3, 2, 2) != all {
		t.Error("a number of the same samples is regressed on another regression")
	}
	some := of(&last, 1, math.NaN(), 3, 4)
	if n, _ := some.x.Dims(); some == all || n != 3 {
		t.Errorf("a number that is known of 3 samples is regressed on %d", n)
	}
}

func TestLabelFreeMeasuresOfCollapsedFeatures(t *testing.T) {
	same := rows(3, 1, 2, 3, 1, 2, 3, 1, 2, 3)
	if rank, alpha := must(t)(EffectiveRank(same)), must(t)(AlphaReQ(same)); rank != 0 || alpha != 0 {
		t.Errorf("effective rank %v and α %v of features that are all the same, want 0", rank, alpha)
	}
	if lidar := must(t)(LiDAR([]Features{same, same})); lidar != 0 {
		t.Errorf("LiDAR %v of samples that are all the same, want 0", lidar)
	}
	line := rows(2, 0, 0, 1, 1, 2, 2, 3, 3)
	golden.Number(t, "LiDAR of samples along a line", must(t)(LiDAR([]Features{line, line})), 1, 1e-4)
	for want, views := range map[string][]Features{
		"1 views of each sample, want at least 2":              {line},
		"view 1 has 3 samples of width 3, view 0 4 of 2; want": {line, same},
	} {
		if _, err := LiDAR(views); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
