package figure

import (
	"slices"
	"testing"
)

func TestRoundTicksSayWhatTheValuesAre(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []string
	}{
		{0, 3e-4, []string{"0", "0.5e-4", "1.0e-4", "1.5e-4", "2.0e-4", "2.5e-4", "3.0e-4"}},
		{1e-5, 1.04e-5, []string{"1.00e-5", "1.01e-5", "1.02e-5", "1.03e-5", "1.04e-5"}},
		{0, 0.003, []string{"0", "0.0005", "0.0010", "0.0015", "0.0020", "0.0025", "0.0030"}},
		{0, 60_000, []string{"0", "10k", "20k", "30k", "40k", "50k", "60k"}},
		{0, 2.5e6, []string{"0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"}},
		{-1, 1, []string{"-1.0", "-0.5", "0", "0.5", "1.0"}},
		{0, 4e11, []string{"0", "1e11", "2e11", "3e11", "4e11"}},
		{3e-4, 3e-4, []string{"0.0003"}},
		{2e-7, 2e-7, []string{"2e-7"}},
	} {
		var got []string
		for _, tick := range roundTicks(6).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("from %v to %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}
