package ir

import "fmt"

// Loops is the attribute of OpLoops: nodes of OpLoop that do not read each other. The inputs and the outputs of the
// node that does them all are theirs, one after the other.
type Loops []*Node

// String describes the first loop.
func (l Loops) String() string {
	return fmt.Sprintf("%d, first %v", len(l), l[0].Attrs)
}
