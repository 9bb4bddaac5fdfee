package exec

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

func TestArgMinMax(t *testing.T) {
	nan := math.NaN()
	rows := []float64{
		2, 0, 7, 7,
		-3, 4, 2, -3,
		1, nan, 9, 1,
		nan, 5, nan, 8,
	}
	columns := make([]float64, len(rows))
	for i := range 4 {
		for j := range 4 {
			columns[j*4+i] = rows[i*4+j]
		}
	}
	for _, c := range []struct {
		least bool
		want  string
	}{{false, "[2 1 1 2]"}, {true, "[1 0 1 2]"}} {
		find := argMinMax[float64](c.least)
		got := make([]int32, 4)
		find(got, dtypes.UnsafeByteSliceFromAny(rows), 4, 1)
		if fmt.Sprint(got) != c.want {
			t.Errorf("least %t: %v in rows, want %s", c.least, got, c.want)
		}
		clear(got)
		find(got, dtypes.UnsafeByteSliceFromAny(columns), 4, 4)
		if fmt.Sprint(got) != c.want {
			t.Errorf("least %t: %v in columns, want %s", c.least, got, c.want)
		}
	}
}
