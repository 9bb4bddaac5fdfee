package experiment

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/eval"
	"github.com/kontrast-ml/kontrast/framework/loader"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// embedder computes features with the online backbone of a store as it is:
// batch norm uses its running statistics, nothing is trained.
type embedder struct {
	exec *model.Exec
	dim  int
}

// newEmbedder prepares the network. Variables that do not exist yet start from
// the store's seed, which gives the untrained backbone.
func newEmbedder(backend compute.Backend, store *model.Store, backbone framework.Backbone) (*embedder, error) {
	exec, err := model.NewExec(backend, store, func(root *model.Scope, images *graph.Node) *graph.Node {
		root.Store().SetTraining(images.Graph(), false)
		return backbone.Embed(framework.OnlineScope(root).At("backbone"), images)
	})
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return &embedder{exec: exec, dim: backbone.FeatureDim()}, nil
}

func (e *embedder) close() { e.exec.Finalize() }

// embed computes the features of one pass over the loader's data set.
func (e *embedder) embed(ctx context.Context, from *loader.Loader) (eval.Set, error) {
	set := eval.Set{Features: eval.Features{Dim: e.dim}}
	for batch, err := range from.Batches(ctx, 0, 0) {
		if err != nil {
			return set, err
		}
		if err := e.add(&set, batch); err != nil {
			return set, err
		}
	}
	return set, nil
}

func (e *embedder) add(set *eval.Set, batch *loader.Batch) error {
	defer batch.Release()
	size := batch.Sizes[0]
	images := tensors.FromFlatDataAndDimensions(batch.Views[0], len(batch.Indices), size, size, 3)
	defer images.MustFinalizeAll()
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
	defer result.MustFinalizeAll()
	values := tensors.MustCopyFlatData[float32](result)
	set.Data = append(set.Data, values[:batch.Count*e.dim]...)
	for _, label := range batch.Labels[:batch.Count] {
		set.Labels = append(set.Labels, int(label))
	}
	return nil
}
