package ir

// DotLoop is the attribute of OpDotLoop: the nodes that it stands for, whose attributes and shapes hold.
type DotLoop struct {
	Product, Loop *Node
	Load          int  // the number of the loop's input that is the product
	Stored        bool // the product is an output as well
}

// String describes the loop.
func (d *DotLoop) String() string { return d.Loop.Attrs.(*Loop).String() }

// Place returns the place among the inputs of the node of the loop's input k, which is not the product.
func (d *DotLoop) Place(k int) int {
	if k > d.Load {
		k--
	}
	return len(d.Product.Inputs) + k
}
