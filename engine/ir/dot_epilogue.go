package ir

// DotEpilogue is the attribute of OpDotEpilogue: a matrix product and the loop that is its epilogue, with their
// attributes and shapes.
type DotEpilogue struct {
	Product, Loop *Node
	Load          int  // which input of the loop is the product
	StoresProduct bool // the product is an output as well
}

// String describes the loop.
func (d *DotEpilogue) String() string { return d.Loop.Attrs.(*Loop).String() }

// InputOf returns which input of the node is input k of the loop, k not being the product.
func (d *DotEpilogue) InputOf(k int) int {
	if k > d.Load {
		k--
	}
	return len(d.Product.Inputs) + k
}
