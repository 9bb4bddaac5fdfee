package exec

import (
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// call is one execution of a kernel: the memory of its operands, results and scratch.
type call struct {
	in, out  [][]byte
	contents []*content // of the operands: nil of what the execution itself computed
	scratch  []byte
	pool     *pool.Pool
}

// f32 views bytes as float32.
func f32(b []byte) []float32 { return view[float32](b) }

// view reinterprets bytes as elements of type T.
func view[T any](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/int(unsafe.Sizeof(t)))
}

// kernel is how one node runs.
type kernel struct {
	run    func(c *call) error
	traits plan.Traits
}

// lowering makes the kernel of a node, or returns nil if it cannot: the types or shapes are not ones it handles.
type lowering func(rt *Runtime, n *ir.Node) *kernel

// lower returns the kernel of n: the engine's own, or one that runs the op on GoMLX's Go backend.
func lower(rt *Runtime, n *ir.Node) (*kernel, error) {
	if k := lowerView(n); k != nil {
		return k, nil
	}
	if empty(n) {
		return &kernel{run: func(*call) error { return nil }}, nil
	}
	if f := lowerings[n.Op]; f != nil {
		if k := f(rt, n); k != nil {
			return k, nil
		}
	} else if k := lowerPointwise(rt, n); k != nil {
		return k, nil
	}
	return lowerReference(n)
}

// empty says that n computes nothing: all its results have no elements.
func empty(n *ir.Node) bool {
	for _, v := range n.Outputs {
		if v.Size() > 0 {
			return false
		}
	}
	return true
}
