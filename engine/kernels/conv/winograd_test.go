package conv

import (
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
)

// winogradFactor is E of the documented bound, by the size of the blocks.
var winogradFactor = map[int]float64{2: 4, 4: 60}

// checkWinograd runs one direction with blocks of that size, whatever the
// planner would choose, in small batches or large ones, and checks the documented
// bound.
func checkWinograd(t *testing.T, s Spec, m int, small bool) {
	t.Helper()
	s = s.explicit()
	v := randomTensors(s)
	y, dx := newReference(len(v.y)), newReference(len(v.x))
	s.each(func(yi, xi, wi int) {
		y.add(yi, v.x[xi], v.w[wi])
		dx.add(xi, v.y[yi], v.w[wi])
	})
	for _, backward := range []bool{false, true} {
		w := planWinograd(s, backward)
		if w == nil {
			t.Fatalf("%v: not eligible", s)
		}
		w.m = m
		w.chooseItems(s.Threads)
		if small {
			w.batch = w.set.MR
		}
		var got []float32
		want, in, out := y, v.x, s.O
		if backward {
			want, in, out = dx, v.y, s.C
			got = runInputGrad(t, &InputGrad{s, w}, v)
		} else {
			got = runForward(t, &Forward{s, w}, v)
		}
		peak := 0.0
		for _, x := range in {
			peak = max(peak, math.Abs(float64(x)))
		}
		sums := make([]float64, out)
		for i, x := range v.w {
			channel := i % s.O
			if backward {
				channel = i / s.O % s.C
			}
			sums[channel] += math.Abs(float64(x))
		}
		worst := 0.0
		for i := range got {
			bound := 0x1p-24 * peak * sums[i%out]
			d := math.Abs(float64(got[i]) - want.value[i])
			worst = max(worst, d/bound)
			if !(d <= winogradFactor[m]*bound) {
				t.Fatalf("%v backward %v m %d: [%d] = %v, want %v", s, backward, m, i, got[i], want.value[i])
			}
		}
		t.Logf("%v backward %v m %d: %.2g of the unit of the bound", s, backward, m, worst)
	}
}

// checkWinogradWeightGrad does the same for the weight gradient, with batches of that many blocks.
func checkWinogradWeightGrad(t *testing.T, s Spec, m, batch int) {
	t.Helper()
	s = s.explicit()
	v := randomTensors(s)
	dw := newReference(len(v.w))
	s.each(func(yi, xi, wi int) { dw.add(wi, v.y[yi], v.x[xi]) })
	g := planWinogradWeightGrad(s)
	if g == nil {
		t.Fatalf("%v: not eligible", s)
	}
	g.m = m
	g.chooseItems()
	g.setBatch(min(g.batch, batch))
	got := runWeightGrad(t, &WeightGrad{s, g}, v)
	peak, sums := 0.0, make([]float64, s.O)
	for _, x := range v.x {
		peak = max(peak, math.Abs(float64(x)))
	}
	for i, y := range v.y {
		sums[i%s.O] += math.Abs(float64(y))
	}
	worst := 0.0
	for i := range got {
		bound := 0x1p-24 * peak * sums[i%s.O]
		d := math.Abs(float64(got[i]) - dw.value[i])
		worst = max(worst, d/bound)
		if !(d <= winogradFactor[m]*bound) {
			t.Fatalf("%v m %d: dw[%d] = %v, want %v", s, m, i, got[i], dw.value[i])
		}
	}
	t.Logf("%v weight gradient m %d: %.2g of the unit of the bound", s, m, worst)
}

func TestWinograd(t *testing.T) {
	shifted := same(2, 9, 16, 3, 32, 1)
	shifted.PadTop, shifted.PadLeft, shifted.PadBottom, shifted.PadRight = 0, 2, 2, 0
	wide := Spec{N: 2, H: 3, W: 14, C: 48, KH: 3, KW: 3, O: 16, PadTop: 1, PadRight: 1}
	kerneltest.EachAssemblyTier(t, func(t *testing.T) {
		for _, s := range []Spec{
			same(1, 4, 16, 3, 16, 1), same(2, 8, 32, 3, 64, 1), same(3, 7, 48, 3, 80, 1), same(1, 1, 16, 3, 16, 1),
			same(9, 5, 16, 3, 32, 1), same(1, 12, 160, 3, 32, 1), shifted, wide,
		} {
			for _, m := range []int{2, 4} {
				checkWinogradWeightGrad(t, s, m, 5)
				checkWinogradWeightGrad(t, s, m, 1000)
				for _, small := range []bool{true, false} {
					checkWinograd(t, s, m, small)
				}
			}
		}
	})
}

// Weight gradients of a few blocks, whose sums are done tile by tile, have the bits of those whose sums are done as a
// whole.
func TestWinogradWeightGradByTiles(t *testing.T) {
	kerneltest.EachAssemblyTier(t, func(t *testing.T) {
		s := same(2, 9, 80, 3, 112, 1).explicit()
		v := randomTensors(s)
		for _, m := range []int{2, 4} {
			g := planWinogradWeightGrad(s)
			g.m = m
			g.chooseItems()
			if !g.transformsAllAtOnce() {
				t.Fatal("not all blocks are transformed together")
			}
			want := nan(len(v.w))
			g.byParts(nil, want, v.x, v.y, nan(g.partsScratch(1)))
			if got := runWeightGrad(t, &WeightGrad{s, g}, v); !slices.Equal(got, want) {
				t.Errorf("m %d: the results differ", m)
			}
		}
	})
}

// A large kernel goes past the caches if the packing is aligned, and is the same.
func TestWinogradStreamsKernels(t *testing.T) {
	if cpu.Supported() < cpu.AVX512 {
		t.Skip("only AVX-512 streams")
	}
	defer cpu.SetTier(cpu.AVX512)()
	s := same(1, 4, 256, 3, 256, 1).explicit()
	kernel := randomTensors(s).w
	for _, m := range []int{2, 4} {
		for _, backward := range []bool{false, true} {
			w := planWinograd(s, backward)
			w.m = m
			w.chooseItems(s.Threads)
			pack := w.packForward
			if backward {
				pack = w.packInputGrad
			}
			const line = 16 // elements
			buffer := nan(w.packedSize() + 2*line)
			begin := int(-uintptr(unsafe.Pointer(&buffer[0]))%(4*line)) / 4
			var packings [2][]float32
			for shift, want := range []micro.Step{micro.StreamedWeightStep, micro.WeightStep} {
				packed := buffer[begin+shift:][:w.packedSize()]
				if got := w.kernelStep(packed); got != want {
					t.Errorf("m %d, shifted by %d: step %d, want %d", m, shift, got, want)
				}
				pack(pools[1], packed, kernel)
				for f := range w.frequencies() { // what lies between frequencies is not written
					packings[shift] = append(packings[shift], packed[f*w.packedMatrix():][:w.packedMatrix()-skew]...)
				}
			}
			if !slices.Equal(packings[0], packings[1]) {
				t.Errorf("m %d, backward %v: the streamed packing differs", m, backward)
			}
		}
	}
}

// The planner must take Winograd where it pays, and Exact must forbid it.
func TestExactIsDirect(t *testing.T) {
	if cpu.Supported() == cpu.Portable {
		t.Skip("the portable tier is always direct")
	}
	defer cpu.SetTier(cpu.Supported())()
	s := same(32, 32, 64, 3, 64, 1)
	for _, exact := range []bool{false, true} {
		f, err := NewForward(s, Options{Exact: exact})
		if err != nil {
			t.Fatal(err)
		}
		if _, isDirect := f.plan.(*direct); isDirect != exact {
			t.Errorf("exact %v: the plan is a %T", exact, f.plan)
		}
	}
}
