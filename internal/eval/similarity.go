package eval

import (
	"context"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Rows of queries and of keys that are multiplied at a time: their product,
// 16 MiB, is visited while it is in the cache or close to it.
const (
	queriesAtOnce = 512
	keysAtOnce    = 8192
)

// eachSimilarityOn is [eachSimilarity] with the products made by a backend.
// The last block of either is filled up with zeros, so that one graph serves all.
func eachSimilarityOn(ctx context.Context, backend compute.Backend, queries, keys Features,
	visit func(query, first int, similarities []float32),
) error {
	exec, err := graph.NewExec(backend, func(a, b *graph.Node) *graph.Node {
		return graph.Dot(a, graph.Transpose(b, 0, 1)).Product()
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	blocks := blocksOf(queries, queriesAtOnce)
	defer func() {
		for _, block := range blocks {
			block.MustFinalizeAll()
		}
	}()
	width := min(keysAtOnce, keys.Len())
	for first := 0; first < keys.Len(); first += width {
		run := keys.block(first, width)
		for i, block := range blocks {
			if err := ctx.Err(); err != nil {
				run.MustFinalizeAll()
				return err
			}
			products, err := multiply(exec, block, run)
			if err != nil {
				run.MustFinalizeAll()
				return err
			}
			begin, n := i*queriesAtOnce, min(width, keys.Len()-first)
			err = inParallel(ctx, min(block.Shape().Dim(0), queries.Len()-begin), func(row int) {
				visit(begin+row, first, products[row*width:row*width+n])
			})
			if err != nil {
				run.MustFinalizeAll()
				return err
			}
		}
		run.MustFinalizeAll()
	}
	return nil
}

// blocksOf cuts rows into blocks of that many, or fewer if there are not as many.
func blocksOf(x Features, rows int) []*tensors.Tensor {
	rows = min(rows, x.Len())
	var blocks []*tensors.Tensor
	for first := 0; first < x.Len(); first += rows {
		blocks = append(blocks, x.block(first, rows))
	}
	return blocks
}

// block is that many rows from the given one on, [rows, Dim], zero where there are none.
func (f Features) block(first, rows int) *tensors.Tensor {
	part := f.Data[first*f.Dim : min(first+rows, f.Len())*f.Dim]
	if len(part) < rows*f.Dim {
		part = append(append(make([]float32, 0, rows*f.Dim), part...), make([]float32, rows*f.Dim-len(part))...)
	}
	return tensors.FromFlatDataAndDimensions(part, rows, f.Dim)
}

func multiply(exec *graph.Exec, a, b *tensors.Tensor) (products []float32, err error) {
	err = nn.Catch(func() {
		out, failed := exec.Call1(a, b)
		if failed != nil {
			panic(failed)
		}
		defer out.MustFinalizeAll()
		products = tensors.MustCopyFlatData[float32](out)
	})
	return products, err
}
