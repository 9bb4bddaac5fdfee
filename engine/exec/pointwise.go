package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

const (
	// pointwiseBlock is the number of elements that a pointwise op of another type than float32 works on at a time:
	// operands that are broadcast are collected in blocks of that size, which stay in the first-level cache.
	pointwiseBlock = 512
	// pointwiseItem is the number of elements of its work items.
	pointwiseItem = 16 * pointwiseBlock
)

// blockFunc computes the elements of dst from as many of each operand.
type blockFunc func(dst []byte, operands [][]byte)

// pointwise is a compiled pointwise op.
type pointwise struct {
	compute  blockFunc
	size     int // bytes of an element of the result
	operands []pointwiseOperand
}

// pointwiseOperand is read in place if dims is nil, else collected by the strides.
type pointwiseOperand struct {
	size          int
	dims, strides []int
	uniform       bool
}

// lowerPointwise runs the pointwise ops that loops do not compute: those of other types than float32, one by one, in
// plain Go.
func lowerPointwise(rt *Runtime, n *ir.Node) *kernel {
	if len(n.Inputs) == 0 {
		return nil
	}
	p := pointwise{compute: blockFuncOf(n)}
	if p.compute == nil {
		return nil
	}
	out := n.Outputs[0]
	p.size = elementSize(out)
	var inPlace [][2]int
	for i, v := range n.Inputs {
		p.operands = append(p.operands, newPointwiseOperand(v, out.Dims()))
		if p.operands[i].dims == nil && p.operands[i].size == p.size {
			inPlace = append(inPlace, [2]int{0, i})
		}
	}
	total := out.Size()
	items := (total + pointwiseItem - 1) / pointwiseItem
	perWorker := len(p.operands) * pointwiseBlock * 8
	return &kernel{
		traits: plan.Traits{InPlace: inPlace, Scratch: rt.pool.Threads() * perWorker},
		run: func(c *call) error {
			c.pool.Run(items, func(item, worker int) {
				from := item * pointwiseItem
				p.run(c, from, min(from+pointwiseItem, total), c.scratch[worker*perWorker:][:perWorker])
			})
			return nil
		},
	}
}

func newPointwiseOperand(v *ir.Value, dims []int) pointwiseOperand {
	o := pointwiseOperand{size: elementSize(v)}
	strides := make([]int, len(dims))
	own := rowMajor(v.Dims())
	for i, d := range v.Dims() {
		if d != 1 {
			strides[i+len(dims)-len(own)] = own[i]
		}
	}
	if !isDense(dims, strides) {
		box := newStrided(o.size, dims, rowMajor(dims), strides, 0, 0)
		o.dims, o.strides = box.dims, box.src
		o.uniform = v.Size() == 1
	}
	return o
}

// run computes the elements [from, to).
func (p *pointwise) run(c *call, from, to int, scratch []byte) {
	var storage [4][]byte
	operands := append(storage[:0], c.in...)
	for start := from; start < to; start += pointwiseBlock {
		n := min(pointwiseBlock, to-start)
		for i := range p.operands {
			o := &p.operands[i]
			switch {
			case o.dims == nil:
				operands[i] = c.in[i][start*o.size : (start+n)*o.size]
				continue
			case o.uniform && start > from:
				operands[i] = operands[i][:n*o.size] // the block before holds the element often enough
				continue
			}
			operands[i] = scratch[i*pointwiseBlock*8:][:n*o.size]
			o.collect(operands[i], c.in[i], start)
		}
		p.compute(c.out[0][start*p.size:(start+n)*p.size], operands)
	}
}

// collect brings the elements with numbers from start into dst.
func (o *pointwiseOperand) collect(dst, src []byte, start int) {
	switch o.size {
	case 1:
		gather(dst, src, o.dims, o.strides, start)
	case 2:
		gather(view[uint16](dst), view[uint16](src), o.dims, o.strides, start)
	case 4:
		gather(view[uint32](dst), view[uint32](src), o.dims, o.strides, start)
	case 8:
		gather(view[uint64](dst), view[uint64](src), o.dims, o.strides, start)
	}
}
