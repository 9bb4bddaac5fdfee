package engine_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"

	"github.com/kontrast-ml/kontrast/engine"
)

// TestDonation updates a donated variable in its own memory, and leaves one that is not donated alone.
func TestDonation(t *testing.T) {
	b := newEngine(t, engine.Options{})
	builder := b.Builder("update")
	f := builder.Main()
	shape := shapes.Make(dtypes.Float32, 1000)
	w := testutil.Must1(f.Parameter("w", shape, nil))
	gradient := testutil.Must1(f.Parameter("g", shape, nil))
	testutil.Must(f.Return([]compute.Value{testutil.Must1(f.Sub(w, gradient))}, nil))
	exec := testutil.Must1(builder.Compile())
	for _, donate := range []bool{true, false} {
		wBuf, wFlat, err := b.NewSharedBuffer(0, shape)
		if err != nil {
			t.Fatal(err)
		}
		gBuf, gFlat, err := b.NewSharedBuffer(0, shape)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			wFlat.([]float32)[i], gFlat.([]float32)[i] = float32(i), 1
		}
		out, err := exec.Execute([]compute.Buffer{wBuf, gBuf}, []bool{donate, false}, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := testutil.Must1(out[0].Data()).([]float32)
		if got[0] != -1 || got[999] != 998 {
			t.Errorf("donate=%t: %g … %g, want -1 … 998", donate, got[0], got[999])
		}
		if shared := &got[0] == &wFlat.([]float32)[0]; shared != donate {
			t.Errorf("donate=%t: output in the memory of the input: %t", donate, shared)
		}
		if _, err := wBuf.Data(); (err != nil) != donate {
			t.Errorf("donate=%t: Data of the input: %v", donate, err)
		}
	}
}

// A buffer that is given for two parameters and donated is not overwritten for one while it is read for the other.
// GoMLX gives a variable's buffer twice if the variable's value is an argument as well.
func TestDonationOfABufferGivenTwice(t *testing.T) {
	b := newEngine(t, engine.Options{})
	builder := b.Builder("sum")
	f := builder.Main()
	shape := shapes.Make(dtypes.Float32, 300, 70)
	x, y := testutil.Must1(f.Parameter("x", shape, nil)), testutil.Must1(f.Parameter("y", shape, nil))
	turned := testutil.Must1(f.Transpose(testutil.Must1(f.Reshape(y, 70, 300)), 1, 0))
	testutil.Must(f.Return([]compute.Value{testutil.Must1(f.Add(x, turned))}, nil))
	exec := testutil.Must1(builder.Compile())
	flat := make([]float32, 300*70)
	for i := range flat {
		flat[i] = float32(i)
	}
	for _, donate := range [][]bool{{true, false}, {false, true}, {true, true}} {
		t.Run(fmt.Sprint(donate), func(t *testing.T) {
			buffer := testutil.Must1(b.BufferFromFlatData(0, flat, shape))
			out, err := exec.Execute([]compute.Buffer{buffer, buffer}, donate, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range testutil.Must1(out[0].Data()).([]float32) {
				if want := float32(i + i%70*300 + i/70); got != want {
					t.Fatalf("element %d is %g, want %g", i, got, want)
				}
			}
			if _, err := buffer.Data(); err == nil {
				t.Error("the donated buffer still has its elements")
			}
		})
	}
}

// Computations with dynamic axes run on the Go backend, from copies.
func TestDynamicDonationOfABufferGivenTwice(t *testing.T) {
	b := newEngine(t, engine.Options{})
	builder := b.Builder("sum")
	f := builder.Main()
	shape := shapes.MakeDynamic(dtypes.Float32, []int{shapes.DynamicDim}, []string{"rows"})
	x, y := testutil.Must1(f.Parameter("x", shape, nil)), testutil.Must1(f.Parameter("y", shape, nil))
	testutil.Must(f.Return([]compute.Value{testutil.Must1(f.Add(x, y))}, nil))
	exec := testutil.Must1(builder.Compile())
	buffer := testutil.Must1(b.BufferFromFlatData(0, []float32{1, 2}, shapes.Make(dtypes.Float32, 2)))
	out, err := exec.Execute([]compute.Buffer{buffer, buffer}, []bool{true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := testutil.Must1(out[0].Data()).([]float32); got[0] != 2 || got[1] != 4 {
		t.Errorf("twice [1 2] is %v", got)
	}
}
