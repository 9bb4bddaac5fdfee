package report

import (
	"math"
	"testing"
)

func TestEstimatesOfNothingHaveNoMinus(t *testing.T) {
	for _, test := range []struct {
		of   Estimate
		want string
	}{
		{Estimate{Mean: math.Copysign(0, -1), HalfWidth: 0.1, Percent: true, Signed: true}, "+0.00 ± 10.00"},
		{Estimate{Mean: -1e-7, HalfWidth: math.NaN(), Percent: true, Signed: true}, "+0.00"},
		{Estimate{Mean: -1e-7, HalfWidth: math.NaN()}, "0.0000"},
		{Estimate{Mean: -0.01, HalfWidth: math.NaN(), Percent: true, Signed: true}, "-1.00"},
		{Estimate{Mean: 0.01, HalfWidth: math.NaN(), Percent: true, Signed: true}, "+1.00"},
	} {
		if got := test.of.String(); got != test.want {
			t.Errorf("%+v is %q, want %q", test.of, got, test.want)
		}
	}
}
