package stats

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats/scalar"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !scalar.EqualWithinAbsOrRel(got, want, tolerance, tolerance) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

func TestSummarizeGivesStudentsInterval(t *testing.T) {
	s, err := Summarize([]float64{0.50, 0.52, 0.57}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", s.Mean, 0.53, 1e-12)
	near(t, "std", s.Std, math.Sqrt(0.0013), 1e-12)
	// t of 2 degrees of freedom from a table
	near(t, "half width", s.HalfWidth, 4.302652729911275*math.Sqrt(0.0013/3), 1e-9)
	near(t, "lower", s.Lower(), s.Mean-s.HalfWidth, 0)
	near(t, "upper", s.Upper(), s.Mean+s.HalfWidth, 0)
}

func TestOneValueHasNoInterval(t *testing.T) {
	s, err := Summarize([]float64{7}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if s.N != 1 || s.Mean != 7 || !math.IsNaN(s.Std) || !math.IsNaN(s.HalfWidth) || !math.IsNaN(s.Lower()) {
		t.Errorf("got %+v, want mean 7 and neither std nor interval", s)
	}
}

func TestSummarizeRefuses(t *testing.T) {
	for _, test := range []struct {
		values     []float64
		confidence float64
		want       string
	}{
		{nil, 0.95, "at least one is needed"},
		{[]float64{1, math.NaN()}, 0.95, "number 1 is NaN, not finite"},
		{[]float64{math.Inf(1)}, 0.95, "number 0 is +Inf, not finite"},
		{[]float64{1}, 95, "confidence is 95, want between 0 and 1"},
		{[]float64{1}, math.NaN(), "confidence is NaN"},
	} {
		if _, err := Summarize(test.values, test.confidence); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v at %v: error %v, want %q", test.values, test.confidence, err, test.want)
		}
	}
}

func TestBootstrapIsRepeatableAndNearStudent(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = math.Sin(float64(i) * 1.7)
	}
	lower, upper, err := Bootstrap(values, 0.95, 2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := Bootstrap(values, 0.95, 2000, 1)
	if again != lower {
		t.Errorf("the same seed gave %v, then %v", lower, again)
	}
	s, _ := Summarize(values, 0.95)
	near(t, "lower", lower, s.Lower(), 0.1*s.HalfWidth)
	near(t, "upper", upper, s.Upper(), 0.1*s.HalfWidth)
	if _, _, err := Bootstrap([]float64{1}, 0.95, 1000, 1); err == nil {
		t.Error("a bootstrap of one value was not refused")
	}
}

// must returns a number, or ends the test with the error in its place.
func must(t testing.TB) func(float64, error) float64 {
	return func(x float64, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}
