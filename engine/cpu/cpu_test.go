package cpu

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestSetTierNeverRaises(t *testing.T) {
	for _, level := range []Level{Portable, AVX2, AVX512} {
		before := Tier()
		restore := SetTier(level)
		if got, want := Tier(), min(level, Supported()); got != want {
			t.Errorf("SetTier(%v): tier is %v, want %v", level, got, want)
		}
		restore()
		if Tier() != before {
			t.Errorf("after restore the tier is %v, want %v", Tier(), before)
		}
	}
}

func TestParseLevel(t *testing.T) {
	for _, level := range []Level{Portable, AVX2, AVX512} {
		if got, err := ParseLevel(strings.ToUpper(level.String())); err != nil || got != level {
			t.Errorf("ParseLevel(%q) = %v, %v", level, got, err)
		}
	}
	_, err := ParseLevel("sse")
	const want = `unknown tier "sse": expected one of portable, avx2, avx512`
	if err == nil || err.Error() != want {
		t.Errorf("ParseLevel(sse): %v, want %s", err, want)
	}
}

// The variable is read once, when the process starts.
func TestVariable(t *testing.T) {
	if os.Getenv("CPU_TEST_CHILD") != "" {
		t.Logf("tier=%v err=%v", Tier(), Err())
		return
	}
	for value, want := range map[string]string{
		"portable": "tier=portable err=<nil>",
		"avx512":   "tier=" + Supported().String() + " err=<nil>",
		"neon":     "tier=" + Supported().String() + " err=" + TierVariable + `: unknown tier "neon"`,
	} {
		child := exec.Command(os.Args[0], "-test.run=^TestVariable$", "-test.v")
		child.Env = append(os.Environ(), "CPU_TEST_CHILD=1", TierVariable+"="+value)
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s=%s: %v, output lacks %q:\n%s", TierVariable, value, err, want, out)
		}
	}
}

func TestPeakIsPositiveInEveryTier(t *testing.T) {
	for level := Portable; level <= Supported(); level++ {
		restore := SetTier(level)
		if peak := Peak(time.Millisecond); !(peak > 1e6) {
			t.Errorf("%v: %g operations per second", level, peak)
		} else {
			t.Logf("%v: %.4g GFLOPS", level, peak/1e9)
		}
		restore()
	}
}
