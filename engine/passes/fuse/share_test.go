package fuse

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// Two batch norms behind a sum read its gradient, each times a scale of its own: the gradient is stored, once. For one
// of them nothing would be gained.
func TestSharedValueIsStored(t *testing.T) {
	for count, want := range map[int]string{
		1: "[8 16]/1: Tanh Tanh Tanh Mul ReduceSum*\n[8 16]/0: Sub",
		2: "[8 16]/1: Tanh Tanh Tanh ReduceSum*\n[8 16]/0: Mul Sub\n[8 16]/0: Mul Sub",
	} {
		s := sketch.New()
		dy := s.Unary(compute.OpTypeTanh, s.Unary(compute.OpTypeTanh, s.Unary(compute.OpTypeTanh, s.Param(8, 16))))
		total := s.Reduce(compute.OpTypeReduceSum, dy, 0)
		for range count {
			scaled := s.Mul(dy, s.Broadcast(s.Param(16), []int{1}, 8, 16))
			later := s.Broadcast(opaque(s, total), []int{1}, 8, 16)
			s.Outputs = append(s.Outputs, s.Binary(compute.OpTypeSub, scaled, later))
		}
		checkLoops(t, s, want)
	}
}
