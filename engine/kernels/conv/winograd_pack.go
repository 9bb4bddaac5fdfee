package conv

import (
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func (w *winograd) packedSize() int {
	return w.frequencies() * w.packedMatrix()
}

// skew is added to the distance between the matrices of two frequencies, in
// elements: a transform writes to all of them at once, and they must not share
// a set of the first-level cache.
const skew = 16

// packedMatrix is the size of the transformed kernel at one frequency: panels as of a direct convolution.
func (w *winograd) packedMatrix() int { return w.k*w.set.PaddedColumns(w.o) + skew }

// eachVector calls f for every vector of output channels, with its place in the panels.
func (w *winograd) eachVector(p *pool.Pool, f func(channel, at, width int)) {
	lanes := w.set.Lanes
	p.Run(w.o/lanes, func(item, _ int) {
		channel := item * lanes
		panel := channel / w.set.NR * w.set.NR
		f(channel, panel*w.k+channel-panel, w.set.PanelWidth(panel, w.o))
	})
}

// streamed is from how many elements on a transformed kernel goes past the caches: nothing of it would be left there.
const streamed = 1 << 20

// kernelStep returns the transform of the kernel to packed.
func (w *winograd) kernelStep(packed []float32) micro.Step {
	bytes := uintptr(4 * w.set.Lanes)
	if w.set.Streams && len(packed) >= streamed && uintptr(unsafe.Pointer(&packed[0]))%bytes == 0 {
		return micro.StreamedWeightStep
	}
	return micro.WeightStep
}

// packForward transforms the kernel w [3, 3, k, o].
func (w *winograd) packForward(p *pool.Pool, packed, kernel []float32) {
	tap := 4 * w.k * w.o
	step := w.kernelStep(packed)
	w.eachVector(p, func(channel, at, width int) {
		var tmp [micro.TransformTmp]float32
		w.set.Winograd(step, w.m, &micro.Transform{
			Src: &kernel[channel], SrcRow: 3 * tap, SrcCol: tap, SrcStep: 4 * w.o,
			Dst: &packed[at], DstRow: 4 * (w.m + 2) * w.packedMatrix(), DstCol: 4 * w.packedMatrix(), DstStep: 4 * width,
			Tmp: &tmp[0], Count: w.k,
		})
	})
}

// packInputGrad transforms the kernel w [3, 3, o, k], turned by half a turn and transposed.
func (w *winograd) packInputGrad(p *pool.Pool, packed, kernel []float32) {
	const most = 16
	lanes := w.set.Lanes
	step := w.kernelStep(packed)
	w.eachVector(p, func(channel, at, width int) {
		var tmp [micro.TransformTmp]float32
		var turned [9 * most * most]float32
		for k := 0; k < w.k; k += lanes {
			for tap := range 9 {
				w.set.Transpose(turned[(8-tap)*most*most:], kernel[(tap*w.o+channel)*w.k+k:], lanes, lanes, most, w.k)
			}
			w.set.Winograd(step, w.m, &micro.Transform{
				Src: &turned[0], SrcRow: 3 * 4 * most * most, SrcCol: 4 * most * most, SrcStep: 4 * most,
				Dst: &packed[at+k*width], DstRow: 4 * (w.m + 2) * w.packedMatrix(), DstCol: 4 * w.packedMatrix(),
				DstStep: 4 * width,
				Tmp:     &tmp[0], Count: lanes,
			})
		}
	})
}
