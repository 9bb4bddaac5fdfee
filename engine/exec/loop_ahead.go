package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// The instructions of a loop read their operands by turns, a block at a time: too short for a processor to foresee. Between
// the instructions, a part of the next block of all operands is fetched.

// planFetching lists the operands to fetch: those that are read as they lie, if the loop has several instructions and works on
// whole rows.
func (l *loop) planFetching() {
	if len(l.code) < 2 || l.blockCols < l.length {
		return
	}
	for i := range l.loads {
		if v := &l.values[i]; l.loads[i].mode == loadDirect && v.class == full && v.dtype == dtypes.Float32 {
			l.fetched = append(l.fetched, i)
		}
	}
}

// fetch asks for what belongs to an instruction of the n elements that follow.
func (b *block) fetch(instruction, from, n int) {
	count := len(b.l.code)
	from, to := from+n*instruction/count, from+n*(instruction+1)/count
	for _, i := range b.l.fetched {
		vector.Fetch(f32(b.c.in[i])[from:to])
	}
}
