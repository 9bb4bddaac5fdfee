package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// dotLoop is a product whose rows a loop reads as soon as they are done. Where the product is not done row by row, or the
// loop does not run over its rows, the loop follows the product.
type dotLoop struct {
	*ir.DotLoop
	rows      *matrixProduct // the product, and
	loop      *loop          // the loop over the rows that it does together, or nil
	perWorker int            // scratch of the loop, in floats

	product, after *kernel // otherwise, one after the other

	place              int // the loop's result whose memory the product takes, or -1
	productBytes, kept int // of scratch: for the product, and for its result
}

func lowerDotLoop(rt *Runtime, n *ir.Node) *kernel {
	d := &dotLoop{DotLoop: n.Attrs.(*ir.DotLoop), place: -1}
	l := compileLoop(d.Loop)
	shared := l.inPlace(d.Loop)
	for _, pair := range shared {
		if pair[1] == d.Load && !d.Stored && d.place < 0 {
			d.place = pair[0]
		}
	}
	if !d.Stored && d.place < 0 {
		d.kept = aligned(d.Product.Outputs[0].Bytes())
	}
	var loopBytes int
	if d.byRows(rt, l) {
		d.perWorker = l.scratchPerWorker()
		d.productBytes = aligned(sizeOfFloat32 * d.rows.ScratchSize(rt.pool.Threads()))
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
		traits: plan.Traits{InPlace: d.inPlace(shared), Scratch: d.productBytes + d.kept + loopBytes},
		run:    d.run,
	}
}

// byRows lets the loop run over the rows that the product does together, if it can.
func (d *dotLoop) byRows(rt *Runtime, l *loop) bool {
	in := d.Product.Inputs
	spec, ok := dotSpec(d.Product.Attrs.(ir.Dot), in[0].Dims(), in[1].Dims())
	if !ok {
		return false
	}
	product, err := newMatrixProduct(rt, spec)
	if err != nil {
		return false
	}
	rows := product.RowItems()
	if rows == 0 || l.rows*l.length != d.Product.Outputs[0].Size() || l.length != spec.N {
		return false
	}
	d.rows, d.loop = product, l
	l.itemRows, l.rowItems = rows, (l.rows+rows-1)/rows
	l.itemCols, l.colItems = l.length, 1
	return true
}

// inPlace lists the results that may take the memory of an input of the loop: not those whose memory the product takes.
func (d *dotLoop) inPlace(pairs [][2]int) (allowed [][2]int) {
	for _, pair := range pairs {
		result, k := pair[0], pair[1]
		if k == d.Load || result == d.place {
			continue
		}
		if d.Stored {
			result++
		}
		allowed = append(allowed, [2]int{result, d.Place(k)})
	}
	return allowed
}

func (d *dotLoop) run(c *call) error {
	results := c.out
	var product []byte
	switch {
	case d.Stored:
		product, results = c.out[0], c.out[1:]
	case d.place >= 0:
		product = c.out[d.place]
	default:
		product = c.scratch[d.productBytes:][:d.Product.Outputs[0].Bytes()]
	}
	in := make([][]byte, len(d.Loop.Inputs))
	for k := range in {
		if in[k] = product; k != d.Load {
			in[k] = c.in[d.Place(k)]
		}
	}
	first := &call{in: c.in[:2], contents: c.contents[:2], out: [][]byte{product}, scratch: c.scratch[:d.productBytes], pool: c.pool}
	second := &call{in: in, out: results, scratch: c.scratch[d.productBytes+d.kept:], pool: c.pool}
	if d.loop == nil {
		if err := d.product.run(first); err != nil {
			return err
		}
		return d.after.run(second)
	}
	memory := f32(second.scratch)
	d.rows.run(first, func(item, worker int) {
		d.loop.item(second, memory[worker*d.perWorker:(worker+1)*d.perWorker], nil, item)
	})
	return nil
}

func aligned(bytes int) int { return (bytes + plan.Alignment - 1) / plan.Alignment * plan.Alignment }
