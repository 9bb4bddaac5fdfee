// Package eval measures how good frozen features are: weighted nearest
// neighbors, a linear probe by multinomial logistic regression, zero-shot
// classification and retrieval.
//
// All of it runs on the host in plain Go, on all processors, and gives the
// same numbers bit for bit at any number of threads. Accuracies, recalls and
// the like are fractions in [0, 1].
package eval

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Features is a matrix of embeddings, one row a sample.
type Features struct {
	Dim  int       // width of a row, at least 1
	Data []float32 // row-major, a multiple of Dim
}

// Len is the number of rows.
func (f Features) Len() int {
	if f.Dim < 1 {
		return 0
	}
	return len(f.Data) / f.Dim
}

// Row is row i, in [0, Len()). It shares the matrix's memory.
func (f Features) Row(i int) []float32 { return f.Data[i*f.Dim : (i+1)*f.Dim : (i+1)*f.Dim] }

// check reports what is wrong with the matrix; name says whose it is.
func (f Features) check(name string) error {
	if f.Dim < 1 || len(f.Data) == 0 || len(f.Data)%f.Dim != 0 {
		return fmt.Errorf("%s features: %d values are not one or more rows of width %d", name, len(f.Data), f.Dim)
	}
	for i, v := range f.Data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("%s features: value %v at row %d, column %d is not finite; the network has diverged or its input is damaged",
				name, v, i/f.Dim, i%f.Dim)
		}
	}
	return nil
}

// Normalized returns a copy with every row divided by max(‖row‖, 1e-12).
func (f Features) Normalized() Features {
	out := Features{Dim: f.Dim, Data: make([]float32, len(f.Data))}
	inParallel(f.Len(), func(i int) {
		normalizeInto(out.Row(i), f.Row(i))
	})
	return out
}

func normalizeInto(into, row []float32) {
	var square float64
	for _, v := range row {
		square += float64(v) * float64(v)
	}
	scale := 1 / math.Max(math.Sqrt(square), 1e-12)
	for j, v := range row {
		into[j] = float32(float64(v) * scale)
	}
}

// Set is a labeled set of features.
type Set struct {
	Features
	Labels []int // one a row, in [0, classes)
}

// check reports what is wrong with the set.
func (s Set) check(name string, classes int) error {
	if err := s.Features.check(name); err != nil {
		return err
	}
	if len(s.Labels) != s.Len() {
		return fmt.Errorf("%s set: %d labels for %d rows", name, len(s.Labels), s.Len())
	}
	for i, label := range s.Labels {
		if label < 0 || label >= classes {
			return fmt.Errorf("%s set: label %d of row %d is outside [0, %d)", name, label, i, classes)
		}
	}
	return nil
}

// sameWidth reports a difference in width of two matrices that are to be compared.
func sameWidth(nameA string, a Features, nameB string, b Features) error {
	if a.Dim != b.Dim {
		return fmt.Errorf("%s features have width %d but %s features %d; they must come from the same network", nameA, a.Dim, nameB, b.Dim)
	}
	return nil
}

const (
	queryBlock = 32  // rows of queries that go over a block of keys while it is in the cache
	keyBlock   = 128 // rows of keys in the cache
)

// eachSimilarity calls visit(query, first, similarities) with the inner
// products of a query and a run of keys that begins at row first. The runs of
// one query come in order from one goroutine; the queries run in parallel.
func eachSimilarity(queries, keys Features, visit func(query, first int, similarities []float32)) {
	blocks := (queries.Len() + queryBlock - 1) / queryBlock
	inParallel(blocks, func(block int) {
		buffer := make([]float32, keyBlock)
		last := min((block+1)*queryBlock, queries.Len())
		for first := 0; first < keys.Len(); first += keyBlock {
			n := min(keyBlock, keys.Len()-first)
			run := blas32.General{Rows: n, Cols: keys.Dim, Stride: keys.Dim, Data: keys.Data[first*keys.Dim:]}
			out := blas32.Vector{N: n, Inc: 1, Data: buffer[:n]}
			for query := block * queryBlock; query < last; query++ {
				row := blas32.Vector{N: queries.Dim, Inc: 1, Data: queries.Row(query)}
				blas32.Gemv(blas.NoTrans, 1, run, row, 0, out)
				visit(query, first, out.Data)
			}
		}
	})
}

// inParallel calls f(0), …, f(n-1), each once, on all processors.
func inParallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
}
