package exec

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// content is the identity of what a block or a constant holds. A block gets a new one with every result and every new
// owner.
type content struct {
	constant bool
	exposed  atomic.Bool // elements were handed out, so that they can change at any time

	mu    sync.Mutex
	users []weak.Pointer[packer] // those that keep a packing of it
}

// release drops the packings: nothing will ask for this content again.
func (c *content) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, user := range c.users {
		if p := user.Value(); p != nil {
			if last := p.last.Load(); last != nil && last.of == c {
				p.last.CompareAndSwap(last, nil)
			}
		}
	}
	c.users = nil
}

// addPacker notes that p keeps a packing of the content, and forgets the packers that are gone.
func (c *content) addPacker(p *packer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users = slices.DeleteFunc(
		c.users, func(user weak.Pointer[packer]) bool { v := user.Value(); return v == nil || v == p },
	)
	c.users = append(c.users, weak.Make(p))
}

// packer brings an operand, as a rule weights, into the order in which kernels read it, and keeps the packing while the
// operand does not change. Variables of a training step change every time: what is seen for the first time is not kept.
type packer struct {
	size int // of a packing, in floats; 0 keeps nothing
	pack func(p *pool.Pool, packed, operand []float32)
	last atomic.Pointer[packing]
}

// packing is what a packer knows of the content that it saw last. It never changes.
type packing struct {
	of       *content
	packed   []float32 // nil if it was seen once, or is volatile
	source   []byte    // what was packed, if it was exposed
	volatile bool      // it has changed while it was exposed: it is data, not weights
}

// reusedPacking returns the packing of an operand of the call, or nil if it is not kept: the caller packs it for this
// call.
func (p *packer) reusedPacking(c *call, operand int) []float32 {
	of, data := c.contents[operand], c.in[operand]
	if of == nil || p.size == 0 {
		return nil
	}
	exposed, last := of.exposed.Load(), p.last.Load()
	switch {
	case last == nil || last.of != of:
		if !of.constant {
			p.last.Store(&packing{of: of})
			return nil
		}
	case last.volatile:
		return nil
	case last.packed == nil: // seen for the second time
	case !exposed:
		return last.packed
	case last.source != nil:
		if equal(c.pool, last.source, data) {
			return last.packed
		}
		p.last.Store(&packing{of: of, volatile: true})
		return nil
	}
	next := &packing{of: of, packed: f32(allocate(sizeOfFloat32 * p.size))}
	if exposed {
		next.source = bytes.Clone(data)
	}
	p.pack(c.pool, next.packed, f32(data))
	p.last.Store(next)
	of.addPacker(p)
	return next.packed
}

// packed returns the packing of an operand of the call, kept or at the beginning of the call's scratch, and the rest of
// that.
func (p *packer) packed(c *call, operand int) (packed, scratch []float32) {
	scratch = f32(c.scratch)
	if packed = p.reusedPacking(c, operand); packed == nil {
		packed = scratch[:p.size]
		p.pack(c.pool, packed, f32(c.in[operand]))
	}
	return packed, scratch[p.size:]
}

// equal compares two blocks of the same length.
func equal(p *pool.Pool, a, b []byte) bool {
	const part = 256 << 10
	var differ atomic.Bool
	p.Run((len(a)+part-1)/part, func(item, _ int) {
		from, to := item*part, min((item+1)*part, len(a))
		if !differ.Load() && !bytes.Equal(a[from:to], b[from:to]) {
			differ.Store(true)
		}
	})
	return !differ.Load()
}
