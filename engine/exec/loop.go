package exec

import (
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

const (
	// blockElements is the size of the blocks that a loop works on: some of them fit into the first-level cache.
	blockElements = 2048
	// itemElements is the size of the work items of a loop.
	itemElements = 1 << 15
	// maxPartials bounds the partial results of a reduction of columns.
	maxPartials = 64
)

// class says how many elements a value has.
type class int

const (
	uniform  class = iota // one
	byRow                 // one a row
	byColumn              // one a column: an operand of some instructions, never the result of one
	full                  // one for every element of the space
)

// loop is a compiled ir.Loop. A block is some whole rows, or a piece of one row.
type loop struct {
	rows, length int
	groups       int // of rows, for the reductions of columns
	blockRows    int // rows of a block; 1 if rows are taken in pieces
	blockCols    int // elements of a row in a block
	vectorRows   int // rows that have the same vectors, which a block has no more of; 0: all
	wholeRows    bool

	loads      []loadPlan
	code       []instruction
	results    []resultPlan
	prefetched []int       // loads that are prefetched
	values     []valuePlan // loads, then instructions

	itemRows, itemCols   int
	rowItems, colItems   int // items along each direction; rowItems counts within a group if there are partials
	partials             int // row items of each group
	floatRegs, boolRegs  int
	rowRegs, uniformRegs int
}

// valuePlan says where a value is during a block.
type valuePlan struct {
	class  class
	dtype  dtypes.DType
	reg    int // its register, or -1 if it is in an operand or in a result
	result int // the result whose memory it is computed in, or -1
}

type resultPlan struct {
	ir.Result
	class   class
	partial int  // place of its partial results in the scratch memory, in floats
	sum     int  // of ReduceCentered: the result that is the sum of the same value, or -1
	along   bool // the value is summed along with a ReduceCentered
	direct  bool // the value is computed in the result's memory
}

func compileLoop(n *ir.Node) *loop {
	spec := n.Attrs.(*ir.Loop)
	split := spec.Split
	if split == 0 {
		split = chooseSplit(spec)
	}
	l := &loop{rows: product(spec.Dims[:split]), length: product(spec.Dims[split:]), groups: spec.Groups}
	l.wholeRows = hasRowReduction(spec)
	l.blockRows, l.blockCols = 1, min(l.length, blockElements)
	if l.length <= blockElements {
		l.blockRows = max(1, min(l.rows/max(1, l.groups), blockElements/l.length))
	}
	if l.wholeRows {
		l.blockCols = l.length
	}
	for _, load := range spec.Loads {
		l.addLoad(spec.Dims, split, load)
	}
	for i, r := range spec.Results {
		p := resultPlan{Result: r, class: full}
		if n.Outputs[i].Size() != l.rows*l.length {
			p.class = byRow
		}
		l.results = append(l.results, p)
	}
	if l.vectorRows > 0 {
		l.blockRows = min(l.blockRows, l.vectorRows)
	}
	l.pairSums()
	l.compileBody(spec)
	l.planPrefetch()
	l.splitItems()
	return l
}

// chooseSplit finds the split of the axes at which most operands repeat: a vector that is the same for all rows, or one
// element that is the same for a whole row.
func chooseSplit(spec *ir.Loop) int {
	votes := make([]int, len(spec.Dims)+1)
	for _, load := range spec.Loads {
		rank := len(spec.Dims)
		repeats := func(i int) bool { return load.Strides[i] == 0 || spec.Dims[i] == 1 }
		last := rank
		for last > 0 && repeats(last-1) {
			last--
		}
		for i := 1; i < last; i++ {
			if repeats(i-1) && !repeats(i) && isDense(spec.Dims[i:], load.Strides[i:]) {
				votes[i] += 2
				break
			}
		}
		if last > 0 && last < rank && isDense(spec.Dims[:last], load.Strides[:last]) {
			votes[last]++
		}
	}
	best := 0
	for i, v := range votes {
		if v > votes[best] {
			best = i
		}
	}
	return best
}

func isDense(dims, strides []int) bool {
	for i, s := range rowMajor(dims) {
		if dims[i] != 1 && strides[i] != s {
			return false
		}
	}
	return true
}

func hasRowReduction(spec *ir.Loop) bool {
	return slices.ContainsFunc(spec.Body, func(in ir.Instr) bool { return isRowReduction(in.Op) })
}

// splitItems decides the work items: their borders do not depend on the number of threads.
func (l *loop) splitItems() {
	l.itemCols = l.length
	if !l.wholeRows && l.length > itemElements {
		l.itemCols = itemElements
	}
	l.colItems = (l.length + l.itemCols - 1) / l.itemCols
	groupRows := l.rows / l.groups
	l.itemRows = max(1, itemElements/l.itemCols)
	if l.reducesAcrossRows() {
		perGroup := max(1, maxPartials/l.groups)
		l.itemRows = max(l.itemRows, (groupRows+perGroup-1)/perGroup)
		l.itemRows = (l.itemRows + l.blockRows - 1) / l.blockRows * l.blockRows
		l.itemRows = min(l.itemRows, groupRows)
		l.partials = (groupRows + l.itemRows - 1) / l.itemRows
		l.rowItems = l.partials * l.groups
		return
	}
	l.itemRows = (l.itemRows + l.blockRows - 1) / l.blockRows * l.blockRows
	l.rowItems = (l.rows + l.itemRows - 1) / l.itemRows
}

func (l *loop) reducesAcrossRows() bool {
	return slices.ContainsFunc(l.results, func(r resultPlan) bool { return r.Kind != ir.Store })
}

func (l *loop) items() int { return l.rowItems * l.colItems }

// placePartials gives the reductions across rows their places behind the workers' memory, from the given one on, and
// returns the place after them, in floats.
func (l *loop) placePartials(place int) int {
	for i := range l.results {
		r := &l.results[i]
		r.partial = place
		switch r.Kind {
		case ir.ReduceColumns, ir.ReduceCentered:
			place += l.groups * l.partials * l.length
		case ir.ReduceAll:
			place += l.items()
		}
	}
	return place
}

// inPlace lists the results that may take the memory of an operand: the operand is read element by element, and for the
// last time when the result is written.
func (l *loop) inPlace(n *ir.Node) [][2]int {
	var pairs [][2]int
	for i, r := range l.results {
		if r.Kind != ir.Store || r.class != full || !r.direct {
			continue
		}
		written := r.Value - len(l.loads)
		for k, load := range l.loads {
			if load.mode == loadDirect && l.values[k].class == full && l.values[k].dtype == l.values[r.Value].dtype &&
				l.lastUse(k) <= written && n.Inputs[k].Bytes() == n.Outputs[i].Bytes() {
				pairs = append(pairs, [2]int{i, k})
			}
		}
	}
	return pairs
}

// lastUse returns the place of the last instruction that reads a value; results other than stores read at the end.
func (l *loop) lastUse(value int) int {
	last := -1
	for i, in := range l.code {
		if slices.Contains(in.args, value) {
			last = i
		}
	}
	for i := range l.results {
		for _, v := range l.results[i].Operands() {
			if *v == value {
				last = len(l.code)
			}
		}
	}
	return last
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
