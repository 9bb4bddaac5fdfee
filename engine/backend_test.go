package engine_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/support/backendtest"

	"github.com/kontrast-ml/kontrast/engine"
)

func newEngine(t testing.TB, options engine.Options) *engine.Backend {
	t.Helper()
	b, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// TestBackend runs the conformance suite of GoMLX's backends.
func TestBackend(t *testing.T) {
	backendtest.RunAll(t, newEngine(t, engine.Options{}), nil)
}

// conformanceSkips are the tests of the suite that skip, as patterns with the reasons.
var conformanceSkips = []struct{ name, why string }{
	{`DotGeneral/DTypes/\w+_(Float16|BFloat16)_\w+`,
		"accumulators of half precision for operands of another type: the Go backend, which runs products of types other " +
			"than float32, has none"},
	{`FusedOps/FusedScaledDotProductAttention/B[HS]{2}D_Causal_B?F16`,
		"fused attention of half precision is declined, so that GoMLX uses its parts; the Go backend declines all fused " +
			"attention"},
	{`FusedOps/FusedScaledDotProductAttention/Bias\w*`,
		"fused attention with a bias is declined likewise"},
}

// TestConformanceSkips runs the suite in another process, to see which tests skip: those of the list and no others.
func TestConformanceSkips(t *testing.T) {
	suite := exec.Command(os.Args[0], "-test.run=^TestBackend$", "-test.v")
	out, err := suite.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	used := make([]bool, len(conformanceSkips))
	for _, m := range regexp.MustCompile(`(?m)^\s*--- SKIP: TestBackend/(\S+)`).FindAllSubmatch(out, -1) {
		known := false
		for i, s := range conformanceSkips {
			if regexp.MustCompile("^" + s.name + "$").Match(m[1]) {
				known, used[i] = true, true
			}
		}
		if !known {
			t.Errorf("%s skips, and conformanceSkips has no reason for it", m[1])
		}
	}
	for i, s := range conformanceSkips {
		if !used[i] {
			t.Errorf("nothing skips for %s: take it out of conformanceSkips (%s)", s.name, s.why)
		}
	}
	if n := bytes.Count(out, []byte("--- PASS: TestBackend/")); n < 250 {
		t.Errorf("%d tests of the suite passed, expected 250 and more", n)
	}
}

func TestRegistered(t *testing.T) {
	b, err := compute.NewWithConfig("kontrast:threads=1,exact,bfloat16")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	if got, want := b.Description(), "kontrast engine for CPUs (threads=1, exact=true, bfloat16=true)"; got != want {
		t.Errorf("description %q, want %q", got, want)
	}
}

func TestParseOptionsErrors(t *testing.T) {
	for config, want := range map[string]string{
		"threads=none": `engine option threads: "none" is not a whole number from 1 to 4096`,
		"threads=0":    `engine option threads: "0" is not a whole number from 1 to 4096`,
		"threads=1e9":  `engine option threads: "1e9" is not a whole number from 1 to 4096`,
		"threads=5000": `engine option threads: "5000" is not a whole number from 1 to 4096`,
		"fast":         `engine option "fast" is not known: use threads=N, exact, bfloat16 or trace=FILE`,
		"bfloat16=0":   `engine option "bfloat16=0" is not known: use threads=N, exact, bfloat16 or trace=FILE`,
		"exact=yes":    `engine option "exact=yes" is not known: use threads=N, exact, bfloat16 or trace=FILE`,
	} {
		if _, err := engine.ParseOptions(config); err == nil || err.Error() != want {
			t.Errorf("ParseOptions(%q): %v, want %s", config, err, want)
		}
	}
	for _, threads := range []int{-1, 1 << 40} {
		if _, err := engine.New(engine.Options{Threads: threads}); err == nil ||
			!strings.Contains(err.Error(), "is not from 0, for one a processor, to 4096") {
			t.Errorf("%d threads: error %v", threads, err)
		}
	}
}
