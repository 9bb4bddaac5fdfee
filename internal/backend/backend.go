// Package backend names the compute backends that runs are made on. Numbers of
// different backends differ in their last digits, and a comparison keeps them apart.
package backend

import (
	"fmt"
	"slices"
	"strconv"
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
	// Devices is how many devices a training divides its batches among; 0 or 1 for one.
	Devices int
}

// precisions are the settings of backends that change numbers, in the order that [Kind] has them.
var precisions = []string{"exact", BFloat16, TF32}

// Kind is the backend that a user names without the settings that change no
// number, and with the platform of XLA: "kontrast", "go", "xla:cpu",
// "kontrast:bfloat16" or "xla:cuda,devices=4".
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
	if n := Devices(given); n > 1 {
		kept = append(kept, devicesKey+strconv.Itoa(n))
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

// devicesKey begins the setting of XLA that divides the batches of a training among devices.
const devicesKey = "devices="

// mostDevices bounds their number: more are a mistake.
const mostDevices = 1024

// Devices is how many devices one run of a backend is computed on: 1, unless it is
// XLA with the setting devices=N.
func Devices(given string) int {
	n, err := devices(given)
	if err != nil {
		return 1
	}
	return n
}

// CheckDevices is the error of a setting devices=N that is no number of devices.
func CheckDevices(given string) error {
	_, err := devices(given)
	return err
}

func devices(given string) (int, error) {
	name, settings, _ := strings.Cut(given, ":")
	if name != XLA {
		return 1, nil
	}
	n := 1
	for setting := range strings.SplitSeq(settings, ",") {
		number, found := strings.CutPrefix(setting, devicesKey)
		if !found {
			continue
		}
		var err error
		if n, err = strconv.Atoi(number); err != nil || n < 1 || n > mostDevices {
			return 1, fmt.Errorf("%s: expected how many devices a run is computed on, 1 to %d", setting, mostDevices)
		}
	}
	return n, nil
}

// Without are settings, separated by commas, but for those to remove.
func Without(settings string, remove func(setting string) bool) string {
	return strings.Join(slices.DeleteFunc(strings.Split(settings, ","), remove), ",")
}
