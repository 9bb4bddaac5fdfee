package eval

import (
	"context"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Rows of queries and of keys that are multiplied at a time, at most: their product,
// 8 MiB, is visited while it is in the cache or close to it.
const (
	queriesAtOnce = 1024
	keysAtOnce    = 2048
)

// eachSimilarityOn is [eachSimilarity] with the products made by a backend.
// The last block of either is filled up with zeros, so that one graph serves all.
func eachSimilarityOn(ctx context.Context, backend compute.Backend, queries, keys Features,
	visit func(query, first int, similarities []float32),
) error {
	exec, err := graph.NewExec(backend, rowsByRows)
	if err != nil {
		return err
	}
	defer exec.Finalize()
	height, width := evenBlock(queries.Len(), queriesAtOnce), evenBlock(keys.Len(), keysAtOnce)
	var blocks []*tensors.Tensor
	for begin := 0; begin < queries.Len(); begin += height {
		blocks = append(blocks, queries.block(begin, height))
	}
	defer func() {
		for _, block := range blocks {
			block.MustFinalizeAll()
		}
	}()
	each := func(first int, run *tensors.Tensor) error {
		defer run.MustFinalizeAll()
		for i, block := range blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			begin, n := i*height, min(width, keys.Len()-first)
			err := multiply(exec, block, run, func(products []float32) error {
				return inParallel(ctx, min(height, queries.Len()-begin), func(row int) {
					visit(begin+row, first, products[row*width:row*width+n])
				})
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for first := 0; first < keys.Len(); first += width {
		if err := each(first, keys.block(first, width)); err != nil {
			return err
		}
	}
	return nil
}

// rowsByRows are the inner products of the rows of two matrices.
func rowsByRows(a, b *graph.Node) *graph.Node {
	return graph.Dot(a, b).General([]int{1}, nil, []int{1}, nil)
}

// columnsByColumns are the inner products of the columns of two matrices.
func columnsByColumns(a, b *graph.Node) *graph.Node {
	return graph.Dot(a, b).General([]int{0}, nil, []int{0}, nil)
}

// evenBlock is how many rows a block has, at most so many, so that all blocks have about as many.
func evenBlock(rows, most int) int {
	blocks := (rows + most - 1) / most
	return (rows + blocks - 1) / blocks
}

// block is that many rows from the given one on, [rows, Dim], zero where there are none.
func (f Features) block(first, rows int) *tensors.Tensor {
	part := f.Data[first*f.Dim : min(first+rows, f.Len())*f.Dim]
	if len(part) < rows*f.Dim {
		part = append(append(make([]float32, 0, rows*f.Dim), part...), make([]float32, rows*f.Dim-len(part))...)
	}
	return tensors.FromFlatDataAndDimensions(part, rows, f.Dim)
}

// multiply shows the product of two matrices to use, which keeps none of it.
func multiply(exec *graph.Exec, a, b *tensors.Tensor, use func(products []float32) error) (err error) {
	var out *tensors.Tensor
	if err := nn.Catch(func() {
		var failed error
		if out, failed = exec.Call1(a, b); failed != nil {
			panic(failed)
		}
	}); err != nil {
		return err
	}
	defer out.MustFinalizeAll()
	if failed := tensors.ConstFlatData(out, func(products []float32) { err = use(products) }); failed != nil {
		return failed
	}
	return err
}
