// Package backend names the compute backends that runs are made on. Numbers of
// different backends differ in their last digits, and a comparison keeps them apart.
package backend

import (
	"slices"
	"strings"
)

// The backends.
const (
	Kontrast = "kontrast" // the engine of package engine
	Go       = "go"       // GoMLX's in pure Go
	XLA      = "xla"      // a PJRT plugin through GoMLX
)

// Default is the backend of what names none.
const Default = Kontrast

// Known are the names, in order.
func Known() []string { return []string{Go, Kontrast, XLA} }

// Platforms are those that plugins of XLA are installed for.
func Platforms() []string { return []string{CPU, CUDA} }

// The platforms of XLA.
const (
	CPU  = "cpu"
	CUDA = "cuda"
)

// Info says what a backend computes on.
type Info struct {
	// Kind is what results are told apart by; see [Kind]. Empty means that of the default.
	Kind string
	// Device is what computes, such as "NVIDIA H200" or "CPU, AVX512 kernels"; empty if unknown.
	Device string
	// Engine describes the backend for records; empty for its own description.
	Engine string
	// Driver is the version of what stands between the program and the device; empty for nothing.
	Driver string
}

// precisions are the settings of backends that change numbers, in the order that [Kind] has them.
var precisions = []string{"exact", "bfloat16", "tf32"}

// Kind is the backend that a user names without the settings that change no
// number, and with the platform of XLA: "kontrast", "go", "xla:cpu" or
// "kontrast:bfloat16".
func Kind(given string) string {
	name, settings, _ := strings.Cut(given, ":")
	if name == "" {
		name = Default
	}
	var kept []string
	if name == XLA {
		kept = append(kept, Platform(settings))
	}
	for _, one := range precisions {
		for setting := range strings.SplitSeq(settings, ",") {
			if setting == one || setting == one+"=true" {
				kept = append(kept, one)
				break
			}
		}
	}
	if len(kept) == 0 {
		return name
	}
	return name + ":" + strings.Join(kept, ",")
}

// Platform is that of the settings of XLA, which begin with it; without one it is the CPU.
func Platform(settings string) string {
	platform, _, _ := strings.Cut(settings, ",")
	if platform == "" {
		return CPU
	}
	return platform
}

// IsKnown says whether the name of a backend is, whatever its settings are.
func IsKnown(given string) bool {
	name, _, _ := strings.Cut(given, ":")
	return given == "" || slices.Contains(Known(), name)
}
