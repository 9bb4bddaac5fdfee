package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// mergedChannels is up to how many channels the taps of a kernel row are merged.
const mergedChannels = 8

// mergesRows says whether a row of the kernel should be treated as one tap: with
// few channels, as in the first layer of a network, single taps are too short.
func (s Spec) mergesRows() bool {
	return s.C <= mergedChannels && s.Groups == 1 && s.KW > 1 && s.DilationW == 1
}

// mergedTaps is a direct forward convolution whose taps are whole rows of the
// kernel, KW·C elements that lie side by side in the image. Images are copied to
// scratch with their padding to the left and right.
type mergedTaps struct {
	*direct
	spec Spec
}

func newMergedTaps(s Spec, set micro.Set) *mergedTaps {
	return &mergedTaps{spec: s, direct: newDirect(direct{
		set: set, groups: 1, n: s.N, k: s.KW * s.C, o: s.O, threads: s.Threads,
		geometry: geometry{
			inH: s.H, inW: s.paddedW(), inC: s.C, outH: s.OutH(), outW: s.OutW(), outC: s.O,
			taps: s.KH, phaseH: 1, phaseW: 1,
			source: func(tap, y, x int) (int, int, bool) {
				y = y*s.StrideH + tap*s.DilationH - s.PadTop
				return y, x * s.StrideW, y >= 0 && y < s.H
			},
		},
	})}
}

func (s Spec) paddedW() int { return s.PadLeft + s.W + s.PadRight }

func (m *mergedTaps) scratchSize(int) int { return m.spec.padSize() }

func (m *mergedTaps) forward(p *pool.Pool, y, x, packed, scratch []float32) {
	m.run(p, y, m.spec.padColumns(p, scratch, x), packed)
}

// padSize is the size of the copy that pad makes.
func (s Spec) padSize() int {
	if s.paddedW() == s.W {
		return 0
	}
	return s.N * s.H * s.paddedW() * s.C
}

// padColumns copies images with their padding to the left and right, if there is any.
func (s Spec) padColumns(p *pool.Pool, scratch, x []float32) []float32 {
	if s.paddedW() == s.W {
		return x
	}
	row, left, wide := s.W*s.C, s.PadLeft*s.C, s.paddedW()*s.C
	p.Run(s.N, func(n, _ int) {
		for i := n * s.H; i < (n+1)*s.H; i++ {
			to := scratch[i*wide : (i+1)*wide]
			clear(to[:left])
			copy(to[left:], x[i*row:(i+1)*row])
			clear(to[left+row:])
		}
	})
	return scratch
}
