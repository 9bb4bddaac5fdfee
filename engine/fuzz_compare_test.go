package engine_test

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// run is an execution: its inputs depend on the seed, and are moved a little if it has a noise.
type run struct{ seed, noise int }

func (p *program) arguments(r run) []any {
	list := make([]any, len(p.inputs))
	noise := 2e-6 + p.summed()/10
	for i, shape := range p.inputs {
		flat := make([]float32, shape.Size())
		for k := range flat {
			x := math.Sin(float64(k*7+i*13+r.seed*3+1)) * 1.5
			flat[k] = float32(x * (1 + noise*math.Sin(float64(k*r.noise))))
		}
		list[i] = tensors.FromFlatDataAndDimensions(flat, shape.Dimensions...)
	}
	return list
}

// execute returns the results of some executions in a row.
func (p *program) execute(backend compute.Backend, runs ...run) ([][][]float32, error) {
	exec, err := graph.NewExec(backend, func(inputs []*graph.Node) []*graph.Node { return p.build(inputs) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	all := make([][][]float32, len(runs))
	for i, r := range runs {
		results, err := exec.Call(p.arguments(r)...)
		if err != nil {
			return nil, err
		}
		for _, x := range results {
			all[i] = append(all[i], tensors.MustCopyFlatData[float32](x))
		}
	}
	return all, nil
}

// compare executes the program on the engine and reports the first difference from the Go backend's results beyond
// rounding. It is false if the Go backend cannot do it.
func (p *program) compare(backend, reference compute.Backend, tolerance float64, runs ...run) (done bool, err error) {
	want, err := p.execute(reference, runs...)
	if err != nil {
		return false, nil
	}
	got, err := p.execute(backend, runs...)
	if err != nil {
		return true, err
	}
	for r := range runs {
		for i := range want[r] {
			allowed := tolerance
			if i >= len(want[r])-len(p.inputs) {
				allowed += p.gradientError
			}
			difference, at, scale := furthest(want[r][i], got[r][i])
			if difference > allowed*scale+p.summed()*max(1, scale) &&
				difference > 3*p.wobble(reference, runs[r], i, want[r][i]) {
				return true, fmt.Errorf("execution %d, result %d of %d, element %d: %g, the Go backend has %g",
					r, i, len(want[r]), at, got[r][i][at], want[r][i][at])
			}
		}
	}
	return true, nil
}

// summed bounds the relative error of the Go backend's sums, which add very many elements one after the other.
func (p *program) summed() (err float64) {
	for _, shape := range p.shapes {
		err = max(err, 2e-8*float64(shape.Size()))
	}
	return err
}

// furthest returns the largest difference of two results, where it is, and the largest number of the first, but 0.1 if
// all are smaller.
func furthest(want, got []float32) (difference float64, at int, scale float64) {
	scale = 0.1
	for k, w := range want {
		g := got[k]
		if size := math.Abs(float64(w)); size <= math.MaxFloat32 {
			scale = max(scale, size)
		}
		d := math.Abs(float64(w) - float64(g))
		if w == g || w != w && g != g {
			continue
		}
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		if d > difference {
			difference, at = d, k
		}
	}
	return difference, at, scale
}

// wobble returns how far the Go backend's own result goes from what it was, if the last bits of the inputs change: far
// where a program divides by differences, or an element is so close to a kink that rounding decides on its gradient.
func (p *program) wobble(reference compute.Backend, r run, result int, want []float32) (most float64) {
	others, err := p.execute(reference, run{r.seed, 1}, run{r.seed, -1}, run{r.seed, 2}, run{r.seed, -2}, run{r.seed, 3},
		run{r.seed, -3})
	if err != nil {
		return 0
	}
	for _, results := range others {
		difference, _, _ := furthest(want, results[result])
		most = max(most, difference)
	}
	return most
}
