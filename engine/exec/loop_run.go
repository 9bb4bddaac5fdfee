package exec

import (
	"unsafe"

	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// block is the state of a worker: the slices of all values for the block at hand.
type block struct {
	l      *loop
	c      *call
	floats [][]float32 // by value
	bools  [][]bool
	tiles  []int // by load: where in the operand the vector of the tile at hand begins, -1 for no tile

	floatRegs, rowRegs, uniformRegs []float32
	columnSum                       []float32
	boolRegs                        []bool

	rows, cols int // of the block at hand
	end        int // the element after the last of the item, if it has whole rows
}

func (l *loop) blockSize() int { return l.blockRows * l.blockCols }

// scratchPerWorker returns the memory of a worker's registers, in floats.
func (l *loop) scratchPerWorker() int {
	n := l.floatRegs*l.blockSize() + l.rowRegs*l.blockRows + l.uniformRegs + 2*l.blockCols + (l.boolRegs*l.blockSize()+3)/4
	return (n + 15) / 16 * 16
}

func (l *loop) newBlock(c *call, memory []float32) *block {
	b := &block{l: l, c: c, floats: make([][]float32, len(l.values)), bools: make([][]bool, len(l.values)),
		tiles: make([]int, len(l.loads))}
	take := func(n int) []float32 {
		part := memory[:n:n]
		memory = memory[n:]
		return part
	}
	b.floatRegs = take(l.floatRegs * l.blockSize())
	b.rowRegs = take(l.rowRegs * l.blockRows)
	b.uniformRegs = take(l.uniformRegs)
	b.columnSum = take(2 * l.blockCols)
	if l.boolRegs > 0 {
		b.boolRegs = unsafe.Slice((*bool)(unsafe.Pointer(&memory[0])), l.boolRegs*l.blockSize())
	}
	return b
}

func (b *block) floatRegister(c class, reg int) []float32 {
	switch c {
	case uniform:
		return b.uniformRegs[reg : reg+1]
	case byRow:
		return b.rowRegs[reg*b.l.blockRows:][:b.rows]
	}
	return b.floatRegs[reg*b.l.blockSize():][:b.rows*b.cols]
}

func (b *block) boolRegister(c class, reg int) []bool {
	return b.boolRegs[reg*b.l.blockSize():][:b.count(c)]
}

// count returns the number of elements of a value of class c in the block.
func (b *block) count(c class) int {
	switch c {
	case uniform:
		return 1
	case byRow:
		return b.rows
	}
	return b.rows * b.cols
}

// item works through the blocks of one work item.
func (l *loop) item(c *call, memory, partials []float32, item int) {
	b := l.newBlock(c, memory)
	rowItem, colItem := item/l.colItems, item%l.colItems
	fromRow, toRow := rowItem*l.itemRows, min((rowItem+1)*l.itemRows, l.rows)
	if l.partials > 0 {
		groupRows := l.rows / l.groups
		group, part := rowItem/l.partials, rowItem%l.partials
		fromRow = group*groupRows + part*l.itemRows
		toRow = min(fromRow+l.itemRows, (group+1)*groupRows)
	}
	fromCol, toCol := colItem*l.itemCols, min((colItem+1)*l.itemCols, l.length)
	b.end = toRow * l.length
	first := true
	for row := fromRow; row < toRow; {
		rows := min(l.blockRows, toRow-row)
		if l.vectorRows > 0 {
			rows = min(rows, l.vectorRows-row%l.vectorRows)
		}
		for col := fromCol; col < toCol; col += l.blockCols {
			b.step(row, rows, col, min(l.blockCols, toCol-col), first)
			b.reduce(partials, item, rowItem, col, row == fromRow, first)
			first = false
		}
		row += rows
	}
}

// step computes one block.
func (b *block) step(row, rows, col, cols int, first bool) {
	l := b.l
	resized := first || rows != b.rows || cols != b.cols
	b.rows, b.cols = rows, cols
	start := row*l.length + col
	for i := range l.loads {
		b.load(i, row, col, start, resized)
	}
	for id := len(l.loads); id < len(l.values); id++ {
		v := &l.values[id]
		switch {
		case v.result >= 0 && v.dtype == dtypes.Bool:
			b.bools[id] = view[bool](b.c.out[v.result])[start : start+rows*cols]
		case v.result >= 0:
			b.floats[id] = f32(b.c.out[v.result])[start : start+rows*cols]
		case !resized:
		case v.dtype == dtypes.Bool:
			b.bools[id] = b.boolRegister(v.class, v.reg)
		default:
			b.floats[id] = b.floatRegister(v.class, v.reg)
		}
	}
	next := min(start+2*rows*cols, b.end) - (start + rows*cols)
	for i := range l.code {
		if len(l.prefetched) > 0 && next > 0 {
			b.prefetch(i, start+rows*cols, next)
		}
		l.code[i].run(b)
	}
	b.store(row, start)
}

// load brings the block's part of operand i into reach.
func (b *block) load(i, row, col, start int, resized bool) {
	p, v := &b.l.loads[i], &b.l.values[i]
	from := -1 // of a tile
	if p.mode == loadTile {
		if from = p.vector(row); p.shared > 0 && row/p.shared != (row+b.rows-1)/p.shared {
			from = -1 // rows of several vectors
		}
		resized = resized || from != b.tiles[i]
		b.tiles[i] = from
	}
	if v.dtype == dtypes.Bool {
		b.bools[i] = loadInto(b.bools[i], view[bool](b.c.in[i]), b, p, v, row, col, start, from, resized, b.boolRegister)
		return
	}
	b.floats[i] = loadInto(b.floats[i], f32(b.c.in[i]), b, p, v, row, col, start, from, resized, b.floatRegister)
}

func loadInto[T any](
	current, src []T, b *block, p *loadPlan, v *valuePlan, row, col, start, from int, resized bool,
	register func(class, int) []T,
) []T {
	n := b.rows * b.cols
	switch {
	case p.mode == loadUniform:
		return src[:1]
	case p.mode == loadDirect && v.class == byRow:
		return src[row : row+b.rows]
	case p.mode == loadDirect:
		return src[start : start+n]
	case p.mode == loadVector:
		return src[p.vector(row)+col:][:b.cols]
	case from >= 0 && p.period == 0:
		return src[from+col:][:b.cols]
	case from >= 0:
		if resized {
			current = register(v.class, v.reg)
			filled := copy(current, src[from:from+p.period])
			for filled < len(current) {
				filled += copy(current[filled:], current[:filled])
			}
		}
		return current
	case v.class == byRow:
		dst := register(byRow, v.reg)
		gather(dst, src, p.dims, p.strides, row)
		return dst
	default:
		dst := register(full, v.reg)
		gather(dst, src, p.dims, p.strides, start)
		return dst
	}
}

// store writes the results that were not computed in place.
func (b *block) store(row, start int) {
	for i := range b.l.results {
		r := &b.l.results[i]
		if r.Kind != ir.Store || r.direct && b.l.values[r.Value].result == i {
			continue
		}
		from, to := start, start+b.rows*b.cols
		if r.class == byRow {
			from, to = row, row+b.rows
		}
		if b.l.values[r.Value].dtype == dtypes.Bool {
			put(view[bool](b.c.out[i])[from:to], b.bools[r.Value])
		} else {
			put(f32(b.c.out[i])[from:to], b.floats[r.Value])
		}
	}
}

func put[T any](dst, src []T) {
	if len(src) == len(dst) {
		copy(dst, src)
		return
	}
	repeat(dst, src)
}
