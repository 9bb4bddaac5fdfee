package ir

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Loop is the attribute of OpLoop: a computation repeated for every element of an iteration space. The node's inputs
// are read, the body is a list of pointwise ops and of reductions of rows, and the node's outputs are stored.
//
// The space has the given dimensions. Its first Split axes, taken together, are its rows; the others make up the length
// of a row. Values are numbered: the loads first, then the instructions.
type Loop struct {
	Dims  []int
	Split int

	// Groups is the number of equal parts of the rows that are reduced separately by ReduceColumns.
	Groups int

	Loads   []Load
	Body    []Instr
	Results []Result
}

// Load says where a value of the iteration space lies in an input: at the sum of index × stride over the axes. A value
// that does not depend on the axes of a row (their strides are 0) has one element a row.
//
// A Vector is one row of elements, the same for all rows or for all with the same index on the first axis: it is an
// operand of the ops that say so, and of no others.
type Load struct {
	DType   dtypes.DType
	Strides []int
	Vector  bool
}

// Instr computes a value. Reductions (ReduceSum, ReduceMax, ReduceMin) reduce each row to one element; Constant is
// Scalar.
type Instr struct {
	Op     Op
	DType  dtypes.DType
	Args   []int
	Scalar float32
}

// ResultKind says what is done with a value.
type ResultKind int

// The kinds of results.
const (
	Store          ResultKind = iota // every element, or one a row
	ReduceColumns                    // reduce the rows of each group to one
	ReduceAll                        // reduce all elements to one
	ReduceCentered                   // ReduceColumns of the sum of Value·(X - Mean)
)

// Result is an output of the loop. Op is the reduction.
type Result struct {
	Kind    ResultKind
	Value   int
	Op      Op
	X, Mean int // of ReduceCentered: a value of every element and a Vector
}

// Operands returns the numbers of the values that the result is made of; they may be changed.
func (r *Result) Operands() []*int {
	if r.Kind == ReduceCentered {
		return []*int{&r.Value, &r.X, &r.Mean}
	}
	return []*int{&r.Value}
}

// Rows returns the number of rows.
func (l *Loop) Rows() int { return product(l.Dims[:l.Split]) }

// Len returns the number of elements of a row.
func (l *Loop) Len() int { return product(l.Dims[l.Split:]) }

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// String lists the ops of the body.
func (l *Loop) String() string {
	var ops []string
	for _, in := range l.Body {
		if in.Op != Op(compute.OpTypeConstant) {
			ops = append(ops, in.Op.String())
		}
	}
	for _, r := range l.Results {
		if r.Kind == ReduceCentered {
			ops = append(ops, "ReduceCentered*")
		} else if r.Kind != Store {
			ops = append(ops, fmt.Sprintf("%s*", r.Op))
		}
	}
	if len(ops) > 12 {
		ops = append(ops[:12], fmt.Sprintf("%d more", len(ops)-12))
	}
	return fmt.Sprintf("%v/%d: %s", l.Dims, l.Split, strings.Join(ops, " "))
}
