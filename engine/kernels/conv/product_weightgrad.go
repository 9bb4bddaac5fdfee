package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// productWeightGrad is a dense weight gradient as one matrix product, patchesᵀ·dy: a row of the patches is what an
// output pixel reads, [taps, C]. Where every pixel is read once, the patches are x itself; others are copied together
// first.
type productWeightGrad struct {
	plan    *gemm.Plan
	sources []int32 // of patches that are copied: for every output pixel and tap the pixel of x, or noRow
	c       int
}

// maxPatches bounds the memory of patches that are copied, in elements: they stay in the third-level cache.
const maxPatches = 2 << 20

// newProductWeightGrad returns nil if the gradient is none, or if its patches are too large. The product may round its
// operands to bfloat16.
func newProductWeightGrad(s Spec, bfloat16 bool) *productWeightGrad {
	k := &productWeightGrad{c: s.C}
	pixels, patch := s.N*s.OutH()*s.OutW(), s.KH*s.KW*s.C
	if s.Groups != 1 {
		return nil
	}
	if !s.readsOnce() {
		if pixels*patch > maxPatches {
			return nil
		}
		k.sources = s.sources()
	}
	plan, err := gemm.New(gemm.Spec{M: patch, N: s.O, K: pixels, TransA: true, BFloat16: bfloat16, Threads: s.Threads})
	if err != nil {
		return nil
	}
	k.plan = plan
	return k
}

// readsOnce says that every pixel is read once.
func (s Spec) readsOnce() bool { return s.pointwise() && s.StrideH == 1 && s.StrideW == 1 }

// sources lists the pixel of x that every output pixel of the batch reads for every tap, or noRow for padding.
func (s Spec) sources() []int32 {
	g := s.forwardGeometry()
	var list []int32
	for n := range s.N {
		for y := range g.outH {
			for x := range g.outW {
				for tap := range g.taps {
					pixel := int32(noRow)
					if iy, ix, ok := g.source(tap, y, x); ok {
						pixel = int32((n*s.H+iy)*s.W + ix)
					}
					list = append(list, pixel)
				}
			}
		}
	}
	return list
}

func (k *productWeightGrad) patchesSize() int { return len(k.sources) * k.c }

func (k *productWeightGrad) scratchSize(threads int) int {
	return k.patchesSize() + k.plan.ScratchSize(threads)
}

func (k *productWeightGrad) weightGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	patches, scratch := scratch[:k.patchesSize()], scratch[k.patchesSize():]
	if k.sources == nil {
		patches = x
	}
	perItem := max(1, minWork/64/k.c)
	p.Run(ceil(len(k.sources), perItem), func(item, _ int) {
		for i := item * perItem; i < min((item+1)*perItem, len(k.sources)); i++ {
			to := patches[i*k.c : (i+1)*k.c]
			if from := int(k.sources[i]); from == noRow {
				clear(to)
			} else {
				copy(to, x[from*k.c:])
			}
		}
	})
	k.plan.Run(p, dw, patches, dy, scratch, nil)
}
