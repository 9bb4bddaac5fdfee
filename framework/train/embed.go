package train

import (
	"context"
	"fmt"
	"iter"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loader"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Features are the outputs of a frozen backbone for a set of samples.
type Features struct {
	N, Dim int
	Values []float32 // [N, Dim]
	Labels []int     // [N]
}

// Embedder computes features with the online backbone of a store as it is:
// batch norm uses its running statistics, nothing is trained. It is not safe
// for concurrent use.
type Embedder struct {
	exec *model.Exec
	dim  int
}

// NewEmbedder prepares the network; its graph is built at the first batch.
// Variables that do not exist yet start from the store's seed, which gives the
// untrained backbone.
func NewEmbedder(backend compute.Backend, store *model.Store, backbone framework.Backbone) (*Embedder, error) {
	exec, err := model.NewExec(backend, store, func(root *model.Scope, images *graph.Node) *graph.Node {
		root.Store().SetTraining(images.Graph(), false)
		return backbone.Embed(framework.OnlineScope(root).At("backbone"), images)
	})
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return &Embedder{exec: exec, dim: backbone.FeatureDim()}, nil
}

// Close releases the compiled graph. The variables stay.
func (e *Embedder) Close() { e.exec.Finalize() }

// Embed computes the features of all batches, which must have one size; of the
// last one the first Count samples count.
func (e *Embedder) Embed(ctx context.Context, batches iter.Seq2[*loader.Batch, error]) (*Features, error) {
	out := &Features{Dim: e.dim}
	for batch, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if err := e.add(out, batch); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Embedder) add(out *Features, batch *loader.Batch) error {
	defer batch.Release()
	size := batch.Sizes[0]
	images := tensors.FromFlatDataAndDimensions(batch.Views[0], len(batch.Indices), size, size, 3)
	var result *tensors.Tensor
	err := nn.Catch(func() {
		var err error
		if result, err = e.exec.Call1(images); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	values := tensors.MustCopyFlatData[float32](result)
	result.MustFinalizeAll()
	images.MustFinalizeAll()
	out.Values = append(out.Values, values[:batch.Count*e.dim]...)
	for _, label := range batch.Labels[:batch.Count] {
		out.Labels = append(out.Labels, int(label))
	}
	out.N += batch.Count
	return nil
}
