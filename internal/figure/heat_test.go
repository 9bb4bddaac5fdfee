package figure

import (
	"math"
	"slices"
	"testing"
)

func TestRowsOfATableGoFromStrongToWeak(t *testing.T) {
	var h Heat
	for _, cell := range []struct {
		row, column string
		value       float64
	}{
		{"weak", "shape", 0.1}, {"weak", "size", -3}, {"strong", "shape", 0.9}, {"strong", "size", 2},
		{"partly", "size", 2}, {"middle", "shape", 0.5}, {"middle", "size", -0.5}, {"weak", "same", 1}, {"strong", "same", 1},
	} {
		h.Set(cell.row, cell.column, cell.value)
	}
	h.Order()
	if want := []string{"partly", "strong", "middle", "weak"}; !slices.Equal(h.Rows, want) {
		t.Errorf("rows are %v, want %v", h.Rows, want)
	}
	for i, want := range [][]float64{{math.NaN(), 1, math.NaN()}, {1, 1, 0.5}, {0.5, 0.5, math.NaN()}, {0, 0, 0.5}} {
		for j := range want {
			if got := h.share(i, j); got != want[j] && !(math.IsNaN(got) && math.IsNaN(want[j])) {
				t.Errorf("share of %s in %s: %v, want %v", h.Rows[i], h.Columns[j], got, want[j])
			}
		}
	}
}
