package backend

import (
	"fmt"
	"slices"
	"strings"
)

// The precisions of products and convolutions of float32.
const (
	Float32  = "float32"  // full precision; the default
	BFloat16 = "bfloat16" // operands are rounded to 8 significant bits
	TF32     = "tf32"     // operands are rounded to 11 significant bits by NVIDIA's GPUs
)

// Precisions are their names.
func Precisions() []string { return []string{Float32, BFloat16, TF32} }

// IsPrecision says whether the name of a precision is known.
func IsPrecision(name string) bool { return name == "bf16" || slices.Contains(Precisions(), name) }

// WithPrecision is a backend with a precision in the place of the one that it
// names: kontrast:bfloat16, xla:cuda. The precision "bf16" is BFloat16.
func WithPrecision(given, precision string) (string, error) {
	if !IsPrecision(precision) {
		return "", fmt.Errorf("it is not known; known: %s", strings.Join(Precisions(), ", "))
	}
	if precision == "bf16" {
		precision = BFloat16
	}
	name, settings, _ := strings.Cut(given, ":")
	if name == "" {
		name = Default
	}
	has := precision == Float32 || precision == BFloat16 && name != Go ||
		precision == TF32 && name == XLA && Platform(settings) == CUDA
	if !has {
		return "", fmt.Errorf("%s has no precision %s; float32 is that of all, bfloat16 of %s and %s, tf32 of %s:%s",
			Kind(given), precision, Kontrast, XLA, XLA, CUDA)
	}
	settings = Without(settings, func(setting string) bool {
		setting, _, _ = strings.Cut(setting, "=")
		return setting == BFloat16 || setting == TF32
	})
	if name == XLA && settings == "" {
		settings = CPU
	}
	if precision != Float32 {
		settings += "," + precision
	}
	if settings = strings.Trim(settings, ","); settings == "" {
		return name, nil
	}
	return name + ":" + settings, nil
}
