package eval

import (
	"context"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// backendObjective is objective with the passes over the samples made by a
// backend in float32, a block after another: while a block is in the cache, its
// features serve the logits and the gradient. The sums over blocks are in float64.
type backendObjective struct {
	n, dim, classes int
	decay           float64
	change          preconditioner
	spread          []float64 // mean of p·(1-p) at the latest evaluation, for the probability p of each class
	exec, gram      *graph.Exec
	blocks          []labeledBlock
	// the change of variables on the backend: L⁻¹, and the products with it and its transpose
	inverse                 *tensors.Tensor
	toWeights, fromGradient *graph.Exec
}

// labeledBlock is features [rows, dim] and labels [rows] of some samples.
type labeledBlock struct{ features, labels *tensors.Tensor }

// blockBytes is the most that the features of a block take.
const blockBytes = 4 << 20

func newBackendObjective(
	backend compute.Backend, x Features, s scaling, labels []int, classes int, decay float64,
) (o *backendObjective, err error) {
	o = &backendObjective{n: x.Len(), dim: x.Dim, classes: classes, decay: decay}
	o.spread = make([]float64, classes)
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.exec, err = graph.NewExec(backend, crossEntropyGraph); err != nil {
		return o, err
	}
	every := covarianceEvery(o.n, o.dim)
	if o.gram, err = graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		part := x
		if every > 1 {
			part = graph.Slice(x, graph.AxisRange().Stride(every))
		}
		return graph.MulScalar(graph.Dot(graph.Transpose(part, 0, 1), part).Product(), 1/float64(part.Shape().Dim(0)))
	}); err != nil {
		return o, err
	}
	count := (o.n + blockRows(o.dim) - 1) / blockRows(o.dim)
	for i := range count { // of about as many rows each
		from, to := i*o.n/count, (i+1)*o.n/count
		features, err := scaledBlock(backend, x, s, from, to)
		if err != nil {
			return o, err
		}
		indices := make([]int32, to-from)
		for row := range indices {
			indices[row] = int32(labels[from+row])
		}
		o.blocks = append(o.blocks, labeledBlock{features, tensors.FromFlatDataAndDimensions(indices, len(indices))})
	}
	covariance, err := o.covariance()
	if err != nil {
		return o, err
	}
	o.change = newPreconditioner(covariance, classes, decay, 1e-6)
	return o, o.moveChange(backend)
}

// moveChange puts the change of variables on the backend.
func (o *backendObjective) moveChange(backend compute.Backend) (err error) {
	flat := make([]float32, o.dim*o.dim)
	for i := range o.dim {
		for j, v := range o.change.inverse.Data[i*o.change.inverse.Stride:][:i+1] {
			flat[i*o.dim+j] = float32(v)
		}
	}
	o.inverse = tensors.FromFlatDataAndDimensions(flat, o.dim, o.dim)
	if o.toWeights, err = graph.NewExec(backend, func(a, inverse *graph.Node) *graph.Node {
		return graph.Dot(a, inverse).Product()
	}); err != nil {
		return err
	}
	o.fromGradient, err = graph.NewExec(backend, func(gradient, inverse *graph.Node) *graph.Node {
		return graph.Dot(gradient, graph.Transpose(inverse, 0, 1)).Product()
	})
	return err
}

// weights is that of [preconditioner], on the backend, and so is gradientOfA.
func (o *backendObjective) weights(a []float64) error { return o.multiply(o.toWeights, a) }

func (o *backendObjective) gradientOfA(gradient []float64) error {
	return o.multiply(o.fromGradient, gradient)
}

func (o *backendObjective) multiply(by *graph.Exec, a []float64) error {
	in := tensors.FromFlatDataAndDimensions(float32s(a), o.classes, o.dim)
	defer in.MustFinalizeAll()
	results, err := run(by, in, o.inverse)
	if err != nil {
		return err
	}
	for i, v := range results[0] {
		a[i] = float64(v)
	}
	return nil
}

// blockRows is how many samples a block has at most.
func blockRows(dim int) int { return max(256, blockBytes/(4*dim)) }

// scaledBlock is the scaled rows [from, to) of features.
func scaledBlock(backend compute.Backend, x Features, s scaling, from, to int) (*tensors.Tensor, error) {
	block, err := tensors.FromShapeForBackend(backend, 0, shapes.Make(dtypes.Float32, to-from, x.Dim))
	if err != nil {
		return nil, err
	}
	return block, tensors.MutableFlatData(block, func(flat []float32) {
		inParallel(context.Background(), to-from, func(i int) { s.row32(flat[i*x.Dim:(i+1)*x.Dim], x.Row(from+i)) })
	})
}

func (o *backendObjective) close() {
	for _, block := range o.blocks {
		block.features.MustFinalizeAll()
		block.labels.MustFinalizeAll()
	}
	if o.inverse != nil {
		o.inverse.MustFinalizeAll()
	}
	for _, exec := range []*graph.Exec{o.exec, o.gram, o.toWeights, o.fromGradient} {
		if exec != nil {
			exec.Finalize()
		}
	}
}

// crossEntropyGraph takes features [N, D], labels [N], weights [C, D] and biases
// [1, C]. It returns the sum of the cross entropies, its gradients with respect
// to the weights and the biases, and the sum of p·(1-p) for the probability p of
// each class.
func crossEntropyGraph(in []*graph.Node) []*graph.Node {
	x, labels, weights, biases := in[0], in[1], in[2], in[3]
	logits := graph.Add(graph.Dot(x, graph.Transpose(weights, 0, 1)).Product(), biases)
	logits = graph.Sub(logits, graph.StopGradient(graph.ReduceAndKeep(logits, graph.ReduceMax, -1)))
	exp := graph.Exp(logits)
	total := graph.ReduceAndKeep(exp, graph.ReduceSum, -1)
	truth := graph.OneHot(labels, biases.Shape().Dim(1), x.DType())
	value := graph.Sub(graph.ReduceAllSum(graph.Log(total)), graph.ReduceAllSum(graph.Mul(logits, truth)))
	probabilities := graph.Div(exp, total)
	slope := graph.Sub(probabilities, truth)
	return []*graph.Node{
		value, graph.Dot(graph.Transpose(slope, 0, 1), x).Product(), graph.ReduceSum(slope, 0),
		graph.ReduceSum(graph.Mul(probabilities, graph.OneMinus(probabilities)), 0),
	}
}

func (o *backendObjective) evaluate(params, gradient []float64) (value float64, err error) {
	return penalized(params, gradient, o.dim, o, o.decay, func(weights, biases []float64) (value float64, err error) {
		w := tensors.FromFlatDataAndDimensions(float32s(weights), o.classes, o.dim)
		b := tensors.FromFlatDataAndDimensions(float32s(biases), 1, o.classes)
		defer w.MustFinalizeAll()
		defer b.MustFinalizeAll()
		clear(gradient)
		clear(o.spread)
		for _, block := range o.blocks {
			results, err := run(o.exec, block.features, block.labels, w, b)
			if err != nil {
				return 0, err
			}
			value += float64(results[0][0]) / float64(o.n)
			for i, v := range slices.Concat(results[1], results[2]) {
				gradient[i] += float64(v) / float64(o.n)
			}
			for class, v := range results[3] {
				o.spread[class] += float64(v) / float64(o.n)
			}
		}
		return value, nil
	})
}

func (o *backendObjective) diagonal(out []float64) { o.change.diagonal(out, o.spread) }

// covariance is that of the features, of a part of many samples.
func (o *backendObjective) covariance() (*mat.SymDense, error) {
	sum := make([]float64, o.dim*o.dim)
	for _, block := range o.blocks {
		share := float64(block.features.Shape().Dim(0)) / float64(o.n)
		results, err := run(o.gram, block.features)
		if err != nil {
			return nil, err
		}
		for i, v := range results[0] {
			sum[i] += share * float64(v)
		}
	}
	return mat.NewSymDense(o.dim, sum), nil
}

// run returns copies of what a graph returns.
func run(exec *graph.Exec, inputs ...any) (results [][]float32, err error) {
	err = nn.Catch(func() {
		out, failed := exec.Call(inputs...)
		if failed != nil {
			panic(failed)
		}
		for _, t := range out {
			results = append(results, tensors.MustCopyFlatData[float32](t))
			t.MustFinalizeAll()
		}
	})
	return results, err
}

func float32s(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
