package eval

import (
	"cmp"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// The nearest are those of a whole sort, equals in order, whatever the runs and however many are equal.
func TestClosestAreThoseOfASort(t *testing.T) {
	stream := random.New(1)
	for range 300 {
		n, limit, values := 1+stream.IntN(400), 1+stream.IntN(40), 1+stream.IntN(60)
		var all []neighbor
		nearest := newClosest(limit)
		for first := 0; first < n; {
			run := make([]float32, min(1+stream.IntN(50), n-first))
			for i := range run {
				run[i] = float32(stream.IntN(values)) - 20
				all = append(all, neighbor{run[i], int32(first + i)})
			}
			nearest.offer(run, first)
			first += len(run)
		}
		slices.SortStableFunc(all, func(a, b neighbor) int { return cmp.Compare(b.similarity, a.similarity) })
		if got, want := nearest.sorted(), all[:min(limit, n)]; !slices.Equal(got, want) {
			t.Fatalf("%d nearest of %d with %d values: got %v, want %v", limit, n, values, got, want)
		}
	}
}
