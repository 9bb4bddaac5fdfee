// Package embed runs frozen networks over data sets: what evaluations look at.
package embed

import (
	"context"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// Network embeds inputs with the online encoder of a store as it is: batch
// norm uses its running statistics, nothing is trained. Variables that do not
// exist yet start from the store's seed, which gives the untrained network. It
// is not safe for concurrent use.
type Network struct {
	exec *model.Exec
}

// New prepares the network that maps inputs [N, …] to embeddings [N, D]; its
// graph is built at the first batch, below the scope of the online encoder.
func New(
	backend compute.Backend, store *model.Store, network func(online *model.Scope, x *graph.Node) *graph.Node,
) (*Network, error) {
	exec, err := model.NewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
		root.Store().SetTraining(x.Graph(), false)
		return network(trainer.OnlineScope(root), x)
	})
	if err != nil {
		return nil, err
	}
	return &Network{exec}, nil
}

// Close releases the compiled graph. The variables stay.
func (n *Network) Close() { n.exec.Finalize() }

// Embed embeds one batch, and releases it.
func (n *Network) Embed(batch *tensors.Tensor) (eval.Features, error) {
	values, err := n.Values(batch)
	if err != nil {
		return eval.Features{}, err
	}
	return eval.Features{Dim: values.Dims[len(values.Dims)-1], Data: values.Data}, nil
}

// Values are what a network computes of a batch: numbers [Dims], row-major.
type Values struct {
	Dims []int
	Data []float32
}

// Values computes the network of one batch, which it releases.
func (n *Network) Values(batch *tensors.Tensor) (*Values, error) {
	defer batch.MustFinalizeAll()
	var result *tensors.Tensor
	err := nn.Catch(func() {
		var err error
		if result, err = n.exec.Call1(batch); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return nil, err
	}
	defer result.MustFinalizeAll()
	return &Values{Dims: result.Shape().Dimensions, Data: tensors.MustCopyFlatData[float32](result)}, nil
}

// Images are embedded images, with what is known of them.
type Images struct {
	eval.Set
	Indices []int // of the images in the data set; those that could not be read are missing
}

// Images embeds one pass over a loader's data set.
func (n *Network) Images(ctx context.Context, from *loader.Loader) (Images, error) {
	var out Images
	for batch, err := range from.Batches(ctx, 0, 0) {
		if err != nil {
			return out, err
		}
		if err := n.add(&out, batch, from.Len()); err != nil {
			return out, err
		}
	}
	return out, nil
}

// add embeds a batch of so many images in all.
func (n *Network) add(out *Images, batch *loader.Batch, all int) error {
	defer batch.Release()
	size := batch.Sizes[0]
	embedded, err := n.Embed(tensors.FromFlatDataAndDimensions(batch.Views[0], len(batch.Indices), size, size, 3))
	if err != nil {
		return err
	}
	if out.Data == nil {
		out.Data = make([]float32, 0, all*embedded.Dim)
		out.Labels, out.Indices = make([]int, 0, all), make([]int, 0, all)
	}
	out.Dim = embedded.Dim
	out.Data = append(out.Data, embedded.Data[:batch.Count*embedded.Dim]...)
	for row := range batch.Count {
		out.Labels = append(out.Labels, int(batch.Labels[row]))
		out.Indices = append(out.Indices, int(batch.Indices[row]))
	}
	return nil
}
