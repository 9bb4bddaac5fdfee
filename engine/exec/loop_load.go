package exec

import (
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// loadMode says how a block of an operand gets into reach.
type loadMode int

const (
	loadUniform loadMode = iota // one element
	loadDirect                  // the operand's memory has the elements of the block, in order
	loadTile                    // a vector that is the same for every row, or for some rows that follow each other
	loadVector                  // one vector, the same for every row of the block
	loadGather                  // the elements are collected
)

type loadPlan struct {
	mode    loadMode
	dims    []int // of the elements to collect
	strides []int
	period  int // of a tile
	shared  int // rows that have one vector; dims and strides up to outer say where theirs is. 0: all rows
	outer   int
}

// vector returns where in the operand the vector of a row begins.
func (p *loadPlan) vector(row int) int {
	if p.shared == 0 {
		return 0
	}
	at, rest := 0, row/p.shared
	for i, d := range slices.Backward(p.dims[:p.outer]) {
		at += rest % d * p.strides[i]
		rest /= d
	}
	return at
}

// addLoad classifies a load and adds it as the next value.
func (l *loop) addLoad(dims []int, split int, load ir.Load) {
	v := valuePlan{class: full, dtype: load.DType, reg: -1, result: -1}
	p := loadPlan{mode: loadGather, dims: dims, strides: load.Strides}
	constant := func(from, to int) bool {
		for i := from; i < to; i++ {
			if dims[i] != 1 && load.Strides[i] != 0 {
				return false
			}
		}
		return true
	}
	switch rank := len(dims); {
	case load.Vector:
		v.class, p.mode = byColumn, loadVector
		if !constant(0, 1) {
			p.outer, p.shared = 1, product(dims[1:split])
			l.vectorRows = p.shared
		}
	case constant(0, rank):
		v.class, p.mode = uniform, loadUniform
	case split > 0 && constant(split, rank):
		v.class = byRow
		p.dims, p.strides = dims[:split], load.Strides[:split]
		if isDense(p.dims, p.strides) {
			p.mode = loadDirect
		}
	case isDense(dims, load.Strides):
		p.mode = loadDirect
	case split > 0 && constant(split-1, split) && isDense(dims[split:], load.Strides[split:]):
		p.mode, p.period = loadTile, l.length
		if l.blockRows == 1 {
			p.period = 0 // a piece of the vector itself
		}
		p.outer = split - 1
		for p.outer > 0 && constant(p.outer-1, split) {
			p.outer--
		}
		if p.outer > 0 {
			p.shared = product(dims[p.outer:split])
		}
	}
	if p.mode == loadGather || p.mode == loadTile && p.period > 0 {
		v.reg = l.register(v)
	}
	l.loads = append(l.loads, p)
	l.values = append(l.values, v)
}

// register reserves one for a value.
func (l *loop) register(v valuePlan) int {
	count := &l.floatRegs
	switch {
	case v.dtype == dtypes.Bool:
		count = &l.boolRegs
	case v.class == byRow:
		count = &l.rowRegs
	case v.class == uniform:
		count = &l.uniformRegs
	}
	*count++
	return *count - 1
}

// gather collects the elements with numbers from start, in the order of dims, into dst.
func gather[T any](dst, src []T, dims, strides []int, start int) {
	inner := len(dims) - 1
	n, step := dims[inner], strides[inner]
	index := make([]int, inner)
	rest := start / n
	at := 0
	for i, d := range slices.Backward(dims[:inner]) {
		index[i] = rest % d
		rest /= d
		at += index[i] * strides[i]
	}
	skip := start % n
	for len(dst) > 0 {
		count := min(n-skip, len(dst))
		from := at + skip*step
		switch step {
		case 1:
			copy(dst[:count], src[from:from+count])
		case 0:
			x := src[from]
			for i := range dst[:count] {
				dst[i] = x
			}
		default:
			for i := range dst[:count] {
				dst[i] = src[from]
				from += step
			}
		}
		dst, skip = dst[count:], 0
		for i := inner - 1; i >= 0; i-- {
			index[i]++
			at += strides[i]
			if index[i] < dims[i] {
				break
			}
			index[i] = 0
			at -= dims[i] * strides[i]
		}
	}
}
