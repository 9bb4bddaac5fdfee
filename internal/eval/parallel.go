package eval

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

const (
	queryBlock = 32  // rows of queries that go over a block of keys while it is in the cache
	keyBlock   = 128 // rows of keys in the cache
)

// eachSimilarity calls visit(query, first, similarities) with the inner
// products of a query and a run of keys that begins at row first. The runs of
// one query come in order from one goroutine; the queries run in parallel. It
// stops early with the error of an ended context.
func eachSimilarity(
	ctx context.Context, queries, keys Features, visit func(query, first int, similarities []float32),
) error {
	blocks := (queries.Len() + queryBlock - 1) / queryBlock
	return inParallel(ctx, blocks, func(block int) {
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

// inParallel calls f(0), …, f(n-1), each once, on all processors. Once the
// context has ended it calls no more of them and returns the context's error.
func inParallel(ctx context.Context, n int, f func(i int)) error {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	workers := min(n, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for range workers - 1 {
		group.Go(work)
	}
	work()
	group.Wait()
	return ctx.Err()
}

// inTurn calls make(0), …, make(n-1) in parallel if the backend offers that, else one after another, and take with what
// each returned, in this order and one at a time. It returns the first error, after which it takes nothing.
func inTurn[T any](backend compute.Backend, n int, make func(i int) (T, error), take func(T)) (err error) {
	var mu sync.Mutex
	waiting, turn := map[int]T{}, 0
	each := func(i int) {
		made, failed := make(i)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			err = failed
		}
		waiting[i] = made
		for made, ready := waiting[turn]; ready && err == nil; made, ready = waiting[turn] {
			take(made)
			delete(waiting, turn)
			turn++
		}
	}
	if many, can := backend.(interface{ InParallel(n int, f func(i int)) }); can {
		many.InParallel(n, each)
		return err
	}
	for i := range n {
		each(i)
	}
	return err
}
