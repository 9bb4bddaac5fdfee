package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// dotEpilogue is a matrix product with a loop as its epilogue, which reads rows as soon as the product has computed
// them. If the product does not complete rows one after another, or the loop does not run over its rows, the loop runs
// after it.
type dotEpilogue struct {
	*ir.DotEpilogue
	matrixProduct *matrixProduct // the product,
	loop          *loop          // and its epilogue; nil if the loop runs after the product
	perWorker     int            // scratch of the loop, in floats

	product, after *kernel // if loop is nil

	productResult           int // the result of the loop in whose memory the product is computed, or -1
	productBytes, keptBytes int // of scratch memory: for the product to work in, and for its result
}

func lowerDotEpilogue(rt *Runtime, n *ir.Node) *kernel {
	d := &dotEpilogue{DotEpilogue: n.Attrs.(*ir.DotEpilogue), productResult: -1}
	l := compileLoop(d.Loop)
	shared := l.inPlace(d.Loop)
	for _, pair := range shared {
		if pair[1] == d.Load && !d.StoresProduct && d.productResult < 0 {
			d.productResult = pair[0]
		}
	}
	if !d.StoresProduct && d.productResult < 0 {
		d.keptBytes = aligned(d.Product.Outputs[0].Bytes())
	}
	var loopBytes int
	if d.fuseByRows(rt, l) {
		d.perWorker = l.scratchPerWorker()
		d.productBytes = aligned(sizeOfFloat32 * d.matrixProduct.ScratchSize(rt.pool.Threads()))
		loopBytes = sizeOfFloat32 * rt.pool.Threads() * d.perWorker
	} else {
		if d.product = lowerDot(rt, d.Product); d.product == nil {
			var err error
			if d.product, err = lowerReference(d.Product); err != nil {
				return nil
			}
		}
		d.after = lowerLoop(rt, d.Loop)
		d.productBytes, loopBytes = aligned(d.product.traits.Scratch), d.after.traits.Scratch
	}
	return &kernel{
		traits: plan.Traits{InPlace: d.inPlace(shared), Scratch: d.productBytes + d.keptBytes + loopBytes},
		run:    d.run,
	}
}

// fuseByRows makes the loop the epilogue of the product, if that is possible.
func (d *dotEpilogue) fuseByRows(rt *Runtime, l *loop) bool {
	in := d.Product.Inputs
	spec, ok := dotSpec(d.Product.Attrs.(ir.Dot), in[0].Dims(), in[1].Dims())
	if !ok {
		return false
	}
	product, err := newMatrixProduct(rt, spec)
	if err != nil {
		return false
	}
	rows := product.RowsPerItem()
	if rows == 0 || l.rows*l.length != d.Product.Outputs[0].Size() || l.length != spec.N {
		return false
	}
	d.matrixProduct, d.loop = product, l
	l.itemRows, l.rowItems = rows, (l.rows+rows-1)/rows
	l.itemCols, l.colItems = l.length, 1
	return true
}

// inPlace lists the results that may be written to the memory of an input of the loop; the product's is spoken for.
func (d *dotEpilogue) inPlace(pairs [][2]int) (allowed [][2]int) {
	for _, pair := range pairs {
		result, k := pair[0], pair[1]
		if k == d.Load || result == d.productResult {
			continue
		}
		if d.StoresProduct {
			result++
		}
		allowed = append(allowed, [2]int{result, d.InputOf(k)})
	}
	return allowed
}

func (d *dotEpilogue) run(c *call) error {
	results := c.out
	var product []byte
	switch {
	case d.StoresProduct:
		product, results = c.out[0], c.out[1:]
	case d.productResult >= 0:
		product = c.out[d.productResult]
	default:
		product = c.scratch[d.productBytes:][:d.Product.Outputs[0].Bytes()]
	}
	in := make([][]byte, len(d.Loop.Inputs))
	for k := range in {
		if in[k] = product; k != d.Load {
			in[k] = c.in[d.InputOf(k)]
		}
	}
	first := &call{
		in: c.in[:2], contents: c.contents[:2], out: [][]byte{product}, scratch: c.scratch[:d.productBytes], pool: c.pool,
	}
	second := &call{in: in, out: results, scratch: c.scratch[d.productBytes+d.keptBytes:], pool: c.pool}
	if d.loop == nil {
		if err := d.product.run(first); err != nil {
			return err
		}
		return d.after.run(second)
	}
	memory := f32(second.scratch)
	d.matrixProduct.run(first, func(item, worker int) {
		d.loop.item(second, memory[worker*d.perWorker:(worker+1)*d.perWorker], nil, item)
	})
	return nil
}

func aligned(bytes int) int { return (bytes + plan.Alignment - 1) / plan.Alignment * plan.Alignment }
