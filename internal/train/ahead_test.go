package train

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// remote is a backend whose device has a memory of its own.
type remote struct{ compute.Backend }

func (remote) HasSharedBuffers() bool { return false }

// ofLabel are inputs whose label tells them apart.
func ofLabel(label int32) Inputs {
	one := func() *tensors.Tensor { return tensors.FromFlatDataAndDimensions([]int32{label}, 1) }
	return Inputs{Indices: one(), Labels: one()}
}

func label(t *testing.T, in Inputs) int32 {
	t.Helper()
	return tensors.MustCopyFlatData[int32](in.Labels)[0]
}

func TestTheNextInputsAreMadeWhileTheseAreUsed(t *testing.T) {
	made := make(chan int32, 3)
	all := func(context.Context) iter.Seq2[Inputs, error] {
		return func(yield func(Inputs, error) bool) {
			for i := range int32(3) {
				made <- i
				if !yield(ofLabel(i), nil) {
					return
				}
			}
		}
	}
	var got []int32
	many := 0 // inputs that were made
	for in, err := range ahead(t.Context(), all) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, label(t, in))
		for ; many < min(len(got)+1, 3); many++ {
			select {
			case <-made:
			case <-time.After(10 * time.Second):
				t.Fatalf("the inputs after %v are not made while those are used", got)
			}
		}
	}
	if want := []int32{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("inputs %v, want %v", got, want)
	}
}

func TestWhatIsMadeAheadEndsWithItsUser(t *testing.T) {
	broken := errors.New("no more batches")
	var waiting Inputs
	ended := false
	all := func(ctx context.Context) iter.Seq2[Inputs, error] {
		return func(yield func(Inputs, error) bool) {
			defer func() { ended = true }()
			if !yield(ofLabel(0), nil) {
				return
			}
			if waiting = ofLabel(1); !yield(waiting, nil) {
				return
			}
			<-ctx.Done()
			yield(Inputs{}, broken)
		}
	}
	for in, err := range ahead(t.Context(), all) {
		if err != nil || label(t, in) != 0 {
			t.Fatalf("first inputs of label %d, error %v", label(t, in), err)
		}
		break
	}
	if !ended {
		t.Error("the iteration goes on after its user has left")
	}
	if waiting.Indices != nil && waiting.Indices.Ok() {
		t.Error("inputs that nobody took were not released")
	}
	failing := func(context.Context) iter.Seq2[Inputs, error] {
		return func(yield func(Inputs, error) bool) { yield(Inputs{}, broken) }
	}
	for _, err := range ahead(t.Context(), failing) {
		if !errors.Is(err, broken) {
			t.Errorf("error %v, want that of the iteration", err)
		}
	}
}

func TestInputsAreCopiedToADeviceThatHasAMemoryOfItsOwn(t *testing.T) {
	shared := testbackend.New(t)
	for _, test := range []struct {
		backend compute.Backend
		want    bool
	}{{shared, false}, {remote{shared}, true}} {
		loop := newLoop(t, &echo{}, &diary{}, values{4, 3, 2, 1})
		loop.Stepper.setup.Backend = test.backend
		batches := 0
		for in, err := range loop.inputs(t.Context(), 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if got := in.Views[0].IsOnDevice(0); got != test.want {
				t.Errorf("views on the device before the step: %v, want %v", got, test.want)
			}
			in.release()
			batches++
		}
		if batches != 4 {
			t.Errorf("inputs of %d steps, want those of 4", batches)
		}
	}
}
