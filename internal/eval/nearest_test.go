package eval

import (
	"slices"
	"strings"
	"testing"
)

func TestNearestAreOthersByCosine(t *testing.T) {
	x := Features{Dim: 2, Data: []float32{1, 0, 10, 1, 0, 3, 1, 1, -1, 0, 2, 0}}
	found, err := Nearest(t.Context(), x, []int{0, 2, 5}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int{{5, 1, 3}, {3, 1, 0}, {0, 1, 3}} {
		if !slices.Equal(found[i], want) {
			t.Errorf("query %d: %v, want %v", i, found[i], want)
		}
	}
	for want, k := range map[string]int{"6 nearest of 6 samples: expected 1 to 5": 6, "0 nearest": 0} {
		if _, err := Nearest(t.Context(), x, []int{0}, k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
