package eval

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute"
)

// crowd is a backend that does everything at once, the last first.
type crowd struct{ compute.Backend }

func (crowd) InParallel(n int, f func(i int)) {
	done := make(chan struct{})
	for i := range n {
		go func() {
			time.Sleep(time.Duration(n-i) * time.Millisecond)
			f(i)
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
}

func TestInTurnTakesInOrder(t *testing.T) {
	broken := errors.New("broken")
	for _, backend := range []compute.Backend{nil, crowd{}} {
		var taken []int
		take := func(square int) { taken = append(taken, square) }
		square := func(i int) (int, error) { return i * i, nil }
		if err := inTurn(backend, 8, square, take); err != nil || !slices.Equal(taken, []int{0, 1, 4, 9, 16, 25, 36, 49}) {
			t.Errorf("%T: took %v, %v", backend, taken, err)
		}
		taken = nil
		failing := func(i int) (int, error) {
			if i == 2 {
				return 0, broken
			}
			return i * i, nil
		}
		if err := inTurn(backend, 8, failing, take); err != broken || len(taken) > 2 {
			t.Errorf("%T: took %v before the error %v", backend, taken, err)
		}
	}
}
