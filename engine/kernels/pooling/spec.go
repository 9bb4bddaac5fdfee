// Package pooling reduces windows of float32 NHWC images to their maximum and
// computes its gradient.
//
// Results do not depend on the number of threads.
package pooling

import "fmt"

// Spec is the shape of a pooling: x [N,H,W,C] to y [N,OutH,OutW,C].
type Spec struct {
	// N images of H rows and W columns with C channels; all 1 or more.
	N, H, W, C int
	// The window has KH rows and KW columns; 1 or more.
	KH, KW int
	// Distance between neighboring windows, in pixels; 0 means the window's size.
	StrideH, StrideW int
	// Rows and columns around every image that the maximum ignores; 0 or more,
	// less than the window.
	PadTop, PadBottom, PadLeft, PadRight int
}

// OutH returns the number of output rows.
func (s Spec) OutH() int {
	s = s.explicit()
	return (s.H+s.PadTop+s.PadBottom-s.KH)/s.StrideH + 1
}

// OutW returns the number of output columns.
func (s Spec) OutW() int {
	s = s.explicit()
	return (s.W+s.PadLeft+s.PadRight-s.KW)/s.StrideW + 1
}

// Validate says what is wrong with the spec, if anything.
func (s Spec) Validate() error {
	type field struct {
		name  string
		value int
	}
	for _, f := range []field{{"N", s.N}, {"H", s.H}, {"W", s.W}, {"C", s.C}, {"KH", s.KH}, {"KW", s.KW}} {
		if f.value < 1 {
			return fmt.Errorf("pooling: %s is %d: expected 1 or more", f.name, f.value)
		}
	}
	if s.StrideH < 0 || s.StrideW < 0 {
		return fmt.Errorf("pooling: the stride is %dx%d: expected 0 or more", s.StrideH, s.StrideW)
	}
	for _, f := range []struct {
		name         string
		value, below int
	}{
		{"PadTop", s.PadTop, s.KH}, {"PadBottom", s.PadBottom, s.KH},
		{"PadLeft", s.PadLeft, s.KW}, {"PadRight", s.PadRight, s.KW},
	} {
		if f.value < 0 || f.value >= f.below {
			return fmt.Errorf("pooling: %s is %d: expected 0 or more and less than the window's %d", f.name, f.value, f.below)
		}
	}
	if s.KH > s.H+s.PadTop+s.PadBottom || s.KW > s.W+s.PadLeft+s.PadRight {
		return fmt.Errorf("pooling: the window %dx%d is larger than the padded image %dx%d",
			s.KH, s.KW, s.H+s.PadTop+s.PadBottom, s.W+s.PadLeft+s.PadRight)
	}
	return nil
}

func (s Spec) explicit() Spec {
	if s.StrideH == 0 {
		s.StrideH = s.KH
	}
	if s.StrideW == 0 {
		s.StrideW = s.KW
	}
	return s
}
