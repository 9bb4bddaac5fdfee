// Package conv convolves float32 images in two dimensions: the forward pass, the
// input gradient and the weight gradient.
//
// Images are NHWC, kernels HWIO: x [N,H,W,C], w [KH,KW,C/Groups,O],
// y [N,OutH,OutW,O]. Like every machine-learning library it computes the
// cross-correlation (the kernel is not flipped).
//
// Plans ([Forward], [InputGrad], [WeightGrad]) are built once for a shape; they
// are immutable and safe for concurrent runs with different scratch. Results do
// not depend on the number of threads. A plan chooses among these algorithms:
//
//   - Winograd's minimal filtering for 3×3 kernels with stride 1 (winograd.go, after
//     Lavin and Gray 2016);
//   - direct convolution as a product of matrices whose rows are found through a
//     table, without a copy of the image (direct.go);
//   - for weight gradients, sums of outer products (outer_inplace.go,
//     outer_packed.go) or one matrix product (product_weightgrad.go);
//   - depthwise convolution (depthwise.go).
package conv

import "fmt"

// Spec is the shape of a convolution.
type Spec struct {
	// N images of H rows and W columns with C channels; all 1 or more.
	N, H, W, C int
	// The kernel has KH rows and KW columns and makes O output channels; all 1 or more.
	KH, KW, O int
	// Distance between neighboring output pixels, in input pixels; 0 means 1.
	StrideH, StrideW int
	// Rows and columns of zeros around every image; 0 or more.
	PadTop, PadBottom, PadLeft, PadRight int
	// Distance between neighboring kernel taps, in input pixels; 0 means 1.
	DilationH, DilationW int
	// Groups divides C and O into that many independent convolutions; 0 means
	// 1. Groups = C is a depthwise convolution.
	Groups int
	// Threads is the number of threads for which the work is cut into items; 0 is 1. Results have the same bits for any,
	// and any pool may run the convolution.
	Threads int
}

// OutH returns the number of output rows.
func (s Spec) OutH() int {
	return outputSize(s.H+s.PadTop+s.PadBottom, s.KH, max(1, s.DilationH), max(1, s.StrideH))
}

// OutW returns the number of output columns.
func (s Spec) OutW() int {
	return outputSize(s.W+s.PadLeft+s.PadRight, s.KW, max(1, s.DilationW), max(1, s.StrideW))
}

func outputSize(padded, kernel, dilation, stride int) int {
	reach := (kernel-1)*dilation + 1
	if reach > padded {
		return 0
	}
	return (padded-reach)/stride + 1
}

// Flops returns the number of multiplications and additions of the direct
// algorithm, those with padding included.
func (s Spec) Flops() float64 {
	return 2 * float64(s.N*s.OutH()*s.OutW()) * float64(s.KH*s.KW) * float64(s.C/max(1, s.Groups)*s.O)
}

// Validate says what is wrong with the spec, if anything.
func (s Spec) Validate() error {
	type field struct {
		name  string
		value int
	}
	for _, f := range []field{{"N", s.N}, {"H", s.H}, {"W", s.W}, {"C", s.C}, {"KH", s.KH}, {"KW", s.KW}, {"O", s.O}} {
		if f.value < 1 {
			return fmt.Errorf("conv: %s is %d: expected 1 or more", f.name, f.value)
		}
	}
	for _, f := range []field{
		{"StrideH", s.StrideH}, {"StrideW", s.StrideW},
		{"PadTop", s.PadTop}, {"PadBottom", s.PadBottom}, {"PadLeft", s.PadLeft}, {"PadRight", s.PadRight},
		{"DilationH", s.DilationH}, {"DilationW", s.DilationW}, {"Groups", s.Groups}, {"Threads", s.Threads},
	} {
		if f.value < 0 {
			return fmt.Errorf("conv: %s is %d: expected 0 or more", f.name, f.value)
		}
	}
	if g := max(1, s.Groups); s.C%g != 0 || s.O%g != 0 {
		return fmt.Errorf("conv: %d groups do not divide %d input and %d output channels evenly", g, s.C, s.O)
	}
	if s.OutH() < 1 || s.OutW() < 1 {
		return fmt.Errorf("conv: the kernel %dx%d (dilation %dx%d) is larger than the padded image %dx%d",
			s.KH, s.KW, max(1, s.DilationH), max(1, s.DilationW), s.H+s.PadTop+s.PadBottom, s.W+s.PadLeft+s.PadRight)
	}
	return nil
}

// explicit replaces the zeros that stand for ones.
func (s Spec) explicit() Spec {
	for _, f := range []*int{&s.StrideH, &s.StrideW, &s.DilationH, &s.DilationW, &s.Groups} {
		*f = max(1, *f)
	}
	return s
}
