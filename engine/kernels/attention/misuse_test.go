package attention

import (
	"fmt"
	"testing"
)

func TestArraysThatDoNotFit(t *testing.T) {
	a := Problem{Batch: 2, Heads: 3, QueryLen: 5, KVLen: 7, Dim: 4}
	q, k := BSHD(make([]float32, 120), 3, 5, 4), BSHD(make([]float32, 168), 3, 7, 4)
	short := BSHD(make([]float32, 160), 3, 7, 4)
	defer func() {
		const want = "attention: v has 160 elements and row stride 12: " +
			"[batch 2, heads 3, seq 7, dim 4] needs 168 and at least 4"
		if got := fmt.Sprint(recover()); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	a.Forward(nil, q, make([]float32, 30), q, k, short)
}
