package torchref

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

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
