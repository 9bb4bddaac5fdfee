package random

import (
	"math"
	"slices"
	"testing"
)

func TestStreamsAreKeyed(t *testing.T) {
	draw := func(s *Stream) [4]uint64 { return [4]uint64{s.Uint64(), s.Uint64(), s.Uint64(), s.Uint64()} }
	same := draw(New(1, 2, 3))
	if got := draw(New(1, 2, 3)); got != same {
		t.Errorf("the same key gave %v and %v", same, got)
	}
	for name, other := range map[string]*Stream{
		"seed": New(2, 2, 3), "order": New(1, 3, 2), "length": New(1, 2), "zero": New(1, 2, 3, 0),
	} {
		if got := draw(other); got == same {
			t.Errorf("another %s gave the same stream", name)
		}
	}
	if draw(ForPath(1, "a/b")) == draw(ForPath(1, "a/c")) {
		t.Error("two paths share a stream")
	}
}

func TestResetDoesNotAllocate(t *testing.T) {
	s := New(1)
	if n := testing.AllocsPerRun(100, func() { s.Reset(7, 1, 2, 3); s.Float64() }); n != 0 {
		t.Errorf("Reset allocates %v times", n)
	}
}

func TestMoments(t *testing.T) {
	const n = 200000
	s := New(9)
	var sum, squares float64
	for range n {
		x := s.Normal()
		sum += x
		squares += x * x
	}
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 0.01 || math.Abs(variance-1) > 0.02 {
		t.Errorf("normal draws have mean %.4f and variance %.4f", mean, variance)
	}
	for range 1000 {
		if x := s.TruncatedNormal(0, 1, -0.5, 2); x < -0.5 || x > 2 {
			t.Fatalf("truncated draw %v outside [-0.5, 2]", x)
		}
	}
}

func TestPermHoldsEveryIndexOnce(t *testing.T) {
	order := make([]int, 100)
	New(3).Perm(order)
	if slices.IsSorted(order) {
		t.Error("the permutation is the identity")
	}
	slices.Sort(order)
	for i, v := range order {
		if i != v {
			t.Fatalf("index %d is missing", i)
		}
	}
}
