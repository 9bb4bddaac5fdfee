package torchref

import (
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// compareOutputs compares features, loss and intermediate outputs with the reference's.
func (n *network) compareOutputs(t *testing.T, got pass) {
	t.Helper()
	golden.Near(t, "features", got.features.Float32(), n.Case.Output(t, "features"), max(1e-4, 10*n.floor.Features))
	golden.Near(t, "loss", got.loss.Float32(), n.Case.Output(t, "loss"), max(1e-5, 10*n.floor.Loss))
	for i, name := range n.stages {
		if slices.Contains(n.Inside, name) {
			continue
		}
		want := golden.Decode[map[string]summary](t, n.Case.Outputs, "stages")[name]
		compare(t, "stage "+name, got.stages[i], want, n.seed, 2001000+uint64(i), max(1e-4, 10*n.floor.Features))
	}
}

// tolerance is that of gradients.
func (n *network) tolerance() float64 {
	floor := n.floor.Grad
	if slices.Contains(n.floor.Zero, n.floor.Worst) {
		floor = n.floor.Median // the greatest is that of a gradient which is nothing but noise
	}
	if n.training {
		return max(1e-3, 10*floor)
	}
	return max(1e-4, 10*floor)
}

func (n *network) compareGradients(t *testing.T, grads []golden.Tensor) {
	t.Helper()
	largest := 0.0
	for _, f := range n.trained {
		largest = max(largest, golden.Decode[summary](t, n.Case.Grads, f.Name).L2)
	}
	for i, f := range n.trained {
		if slices.Contains(n.floor.Zero, f.Name) {
			if l2 := norm(grads[i].Data); l2 > 1e-6*largest {
				t.Errorf("gradient of %s: length %.3g, want 0 up to rounding (the largest is %.3g)", f.Name, l2, largest)
			}
			continue
		}
		compare(t, "gradient of "+f.Name, n.layout(f).inverse(grads[i]), golden.Decode[summary](t, n.Case.Grads, f.Name),
			n.seed, 2000000+f.Order, n.tolerance())
	}
}

// compareBuffers compares the statistics of the batch norms after training on the batch.
func (n *network) compareBuffers(t *testing.T, got pass) {
	t.Helper()
	if !n.training || len(n.buffers) == 0 {
		return
	}
	after := golden.Decode[map[string]summary](t, n.Case.Outputs, "bn_buffers_after_one_train_forward")
	for i, f := range n.buffers {
		want, found := after[f.Name]
		if !found {
			t.Errorf("no reference for the buffer %s afterwards", f.Name)
		}
		compare(t, "buffer "+f.Name, got.buffers[i], want, n.seed, 0, 1e-4)
	}
}

// summary stands for a tensor in the reference's own order.
type summary struct {
	L2, Sum float64
	First   golden.Tensor
	Dot     *float64
}

// compare compares a tensor in the reference's order with its summary. The
// errors of the length and of the product with the random direction are
// relative to the length, those of single values to the greatest of them or the
// root mean square, that of the sum to what values of that root mean square and
// one sign would have: errors of one sign add up in it. It stops to complain
// after the first failure: what follows in a network is off as well.
func compare(t *testing.T, what string, got golden.Tensor, want summary, seed, order uint64, tolerance float64) {
	t.Helper()
	length := norm(got.Data)
	sum, dot, direction := 0.0, 0.0, golden.Filled{Shape: got.Shape, Order: order, Scale: 1}.Tensor(seed)
	for i, v := range got.Data {
		sum += v
		dot += v * direction.Data[i]
	}
	worst := max(math.Abs(length-want.L2), math.Abs(sum-want.Sum)/math.Sqrt(float64(len(got.Data)))) / want.L2
	if want.Dot != nil {
		worst = max(worst, math.Abs(dot-*want.Dot)/want.L2)
	}
	scale := want.L2 / math.Sqrt(float64(len(got.Data)))
	for _, v := range want.First.Data {
		scale = max(scale, math.Abs(v))
	}
	for i, v := range want.First.Data {
		worst = max(worst, math.Abs(got.Data[i]-v)/scale)
	}
	if !(worst <= tolerance) && !t.Failed() {
		t.Errorf("%s: off by %.3g (tolerance %.3g): length %.9g, want %.9g; sum %.9g, want %.9g; first %.6g, want %.6g",
			what, worst, tolerance, length, want.L2, sum, want.Sum, got.Data[:len(want.First.Data)], want.First.Data)
	}
}

func norm(values []float64) float64 {
	squares := 0.0
	for _, v := range values {
		squares += v * v
	}
	return math.Sqrt(squares)
}
