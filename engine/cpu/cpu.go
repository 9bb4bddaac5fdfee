// Package cpu says which family of kernels this processor can run.
//
// Every kernel of the engine exists in up to three tiers. The best one that
// the processor and the operating system support is used, unless the
// environment variable KONTRAST_ENGINE_TIER (avx512, avx2 or portable) asks for
// a lower one.
package cpu

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// Level is a tier of kernels. A higher level includes the lower ones.
type Level uint32

// The tiers, from the lowest.
const (
	Portable Level = iota // plain Go
	AVX2                  // AVX2 and FMA3: 8 float32 lanes
	AVX512                // AVX-512 F, BW, DQ and VL: 16 float32 lanes
)

// TierVariable is the environment variable that forces a lower tier.
const TierVariable = "KONTRAST_ENGINE_TIER"

var names = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512"}

// String returns the name that ParseLevel accepts.
func (l Level) String() string {
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("level(%d)", uint32(l))
}

// ParseLevel returns the level of that name: portable, avx2 or avx512.
func ParseLevel(name string) (Level, error) {
	for level, known := range names {
		if strings.EqualFold(name, known) {
			return Level(level), nil
		}
	}
	return Portable, fmt.Errorf("unknown tier %q: expected one of %s", name, strings.Join(names[:], ", "))
}

var (
	supported, bfloat16 = detect()

	active  atomic.Uint32
	invalid error
)

func init() {
	level := supported
	if name := os.Getenv(TierVariable); name != "" {
		asked, err := ParseLevel(name)
		if err != nil {
			invalid = fmt.Errorf("%s: %w", TierVariable, err)
		} else {
			level = min(level, asked)
		}
	}
	active.Store(uint32(level))
}

// Supported returns the best tier that this processor runs.
func Supported() Level { return supported }

// Tier returns the tier in use. Kernels ask for it when they are planned, not
// when they run.
func Tier() Level { return Level(active.Load()) }

// HasBFloat16 says whether the processor multiplies pairs of bfloat16 (AVX512_BF16). It does not depend on the tier.
func HasBFloat16() bool { return bfloat16 }

// Err reports a value of KONTRAST_ENGINE_TIER that names no tier; nil when the
// variable is valid or not set. The best tier is used then.
func Err() error { return invalid }

// SetTier makes plans built from now on use the given tier, or the best
// supported one if that is lower, and returns a function that restores the
// previous tier. It is meant for tests.
func SetTier(level Level) (restore func()) {
	previous := active.Swap(uint32(min(level, supported)))
	return func() { active.Store(previous) }
}
