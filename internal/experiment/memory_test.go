package experiment

import "testing"

func TestViewsAreCountedBySize(t *testing.T) {
	for want, sizes := range map[string][]int{
		"1 view of 32×32": {32}, "2 views of 32×32": {32, 32},
		"2 views of 224×224 and 6 of 96×96": {224, 224, 96, 96, 96, 96, 96, 96},
	} {
		if got := viewsOf(sizes); got != want {
			t.Errorf("views of %v: %q, want %q", sizes, got, want)
		}
	}
}
