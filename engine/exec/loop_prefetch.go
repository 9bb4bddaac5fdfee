package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// The instructions of a loop read their operands in turn, a block at a time. Blocks are too short for the processor's
// own prefetchers, so each instruction is followed by a software prefetch of a part of the next block of all operands.

// planPrefetch lists the operands to prefetch: those that are read as they lie, if the loop has several instructions
// and works on whole rows.
func (l *loop) planPrefetch() {
	if len(l.code) < 2 || l.blockCols < l.length {
		return
	}
	for i := range l.loads {
		if v := &l.values[i]; l.loads[i].mode == loadDirect && v.class == full && v.dtype == dtypes.Float32 {
			l.prefetched = append(l.prefetched, i)
		}
	}
}

// prefetch prefetches the share of an instruction of the next n elements, those from from on.
func (b *block) prefetch(instruction, from, n int) {
	count := len(b.l.code)
	from, to := from+n*instruction/count, from+n*(instruction+1)/count
	for _, i := range b.l.prefetched {
		vector.Prefetch(f32(b.c.in[i])[from:to])
	}
}
