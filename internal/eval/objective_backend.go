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

// backendObjective is objective with the passes over the samples made by a backend in float32, as many blocks at a time
// as there are threads: while a block is in a processor's cache, its features serve the logits and the gradient. The
// sums over blocks are in float64 and in the order of the blocks, so that threads don't change the result.
type backendObjective struct {
	backend         compute.Backend
	n, dim, classes int
	decay           float64
	change          preconditioner
	spread          []float64 // mean of p·(1-p) at the latest evaluation, for the probability p of each class
	exec            *graph.Exec
	blocks          []labeledBlock
	// the change of variables on the backend: L⁻¹, and the products with it and its transpose
	inverse                 *tensors.Tensor
	toWeights, fromGradient *graph.Exec
}

// labeledBlock is features [rows, dim] and labels [rows] of some samples.
type labeledBlock struct{ features, labels *tensors.Tensor }

// blockBytes is the most that the features of a block take. With 2 MB of second-level cache half of this and twice as
// much are slower.
const blockBytes = 1 << 20

func newBackendObjective(
	backend compute.Backend, x Features, s scaling, labels []int, classes int, decay float64,
) (o *backendObjective, err error) {
	o = &backendObjective{backend: backend, n: x.Len(), dim: x.Dim, classes: classes, decay: decay}
	o.spread = make([]float64, classes)
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.exec, err = graph.NewExec(backend, crossEntropyGraph); err != nil {
		return o, err
	}
	count := (o.n + blockRows(o.dim) - 1) / blockRows(o.dim)
	for i := range count { // of about as many rows each
		from, to := i*o.n/count, (i+1)*o.n/count
		features, err := scaledRows{x, s}.onBackend(backend, from, to-from, 1)
		if err != nil {
			return o, err
		}
		indices := make([]int32, to-from)
		for row := range indices {
			indices[row] = int32(labels[from+row])
		}
		o.blocks = append(o.blocks, labeledBlock{features, tensors.FromFlatDataAndDimensions(indices, len(indices))})
	}
	covariance, err := scaledRows{x, s}.backendCovariance(backend)
	if err != nil {
		return o, err
	}
	o.change = newPreconditioner(covariance, classes, decay, 1e-6)
	return o, o.moveChange()
}

// moveChange puts the change of variables on the backend.
func (o *backendObjective) moveChange() (err error) {
	flat := make([]float32, o.dim*o.dim)
	for i := range o.dim {
		for j, v := range o.change.inverse.Data[i*o.change.inverse.Stride:][:i+1] {
			flat[i*o.dim+j] = float32(v)
		}
	}
	o.inverse = tensors.FromFlatDataAndDimensions(flat, o.dim, o.dim)
	if o.toWeights, err = graph.NewExec(o.backend, func(a, inverse *graph.Node) *graph.Node {
		return graph.Dot(a, inverse).Product()
	}); err != nil {
		return err
	}
	o.fromGradient, err = graph.NewExec(o.backend, rowsByRows)
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

// onBackend is count of the rows, one in every so many from a first one on.
func (r scaledRows) onBackend(backend compute.Backend, first, count, every int) (*tensors.Tensor, error) {
	block, err := tensors.FromShapeForBackend(backend, 0, shapes.Make(dtypes.Float32, count, r.Dim))
	if err != nil {
		return nil, err
	}
	return block, tensors.MutableFlatData(block, func(flat []float32) {
		inParallel(context.Background(), count, func(i int) { // soon done
			r.row32(flat[i*r.Dim:(i+1)*r.Dim], r.Row(first+i*every))
		})
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
	for _, exec := range []*graph.Exec{o.exec, o.toWeights, o.fromGradient} {
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
	logits := graph.Add(rowsByRows(x, weights), biases)
	logits = graph.Sub(logits, graph.StopGradient(graph.ReduceAndKeep(logits, graph.ReduceMax, -1)))
	exp := graph.Exp(logits)
	total := graph.ReduceAndKeep(exp, graph.ReduceSum, -1)
	truth := graph.OneHot(labels, biases.Shape().Dim(1), x.DType())
	value := graph.Sub(graph.ReduceAllSum(graph.Log(total)), graph.ReduceAllSum(graph.Mul(logits, truth)))
	probabilities := graph.Div(exp, total)
	slope := graph.Sub(probabilities, truth)
	return []*graph.Node{
		value, columnsByColumns(slope, x), graph.ReduceSum(slope, 0),
		graph.ReduceSum(graph.Mul(probabilities, graph.OneMinus(probabilities)), 0),
	}
}

func (o *backendObjective) evaluate(params, gradient []float64) (value float64, err error) {
	return penalized(params, gradient, o.dim, o, o.decay, func(weights, biases []float64) (value float64, err error) {
		w := tensors.FromFlatDataAndDimensions(float32s(weights), o.classes, o.dim)
		b := tensors.FromFlatDataAndDimensions(float32s(biases), 1, o.classes)
		defer w.MustFinalizeAll()
		defer b.MustFinalizeAll()
		for _, shared := range []*tensors.Tensor{w, b} { // several calls at once must not each put them there
			if err := shared.ToDevice(o.backend, 0); err != nil {
				return 0, err
			}
		}
		clear(gradient)
		clear(o.spread)
		err = inTurn(o.backend, len(o.blocks), func(i int) ([][]float32, error) {
			return run(o.exec, o.blocks[i].features, o.blocks[i].labels, w, b)
		}, func(results [][]float32) {
			value += float64(results[0][0]) / float64(o.n)
			for i, v := range slices.Concat(results[1], results[2]) {
				gradient[i] += float64(v) / float64(o.n)
			}
			for class, v := range results[3] {
				o.spread[class] += float64(v) / float64(o.n)
			}
		})
		return value, err
	})
}

func (o *backendObjective) diagonal(out []float64) { o.change.diagonal(out, o.spread) }

// backendCovariance is [covariance] by a backend.
func (r scaledRows) backendCovariance(backend compute.Backend) (*mat.SymDense, error) {
	every := covarianceEvery(r.Len(), r.Dim)
	rows, err := r.onBackend(backend, 0, (r.Len()+every-1)/every, every)
	if err != nil {
		return nil, err
	}
	defer rows.MustFinalizeAll()
	gram, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		return graph.MulScalar(columnsByColumns(x, x), 1/float64(x.Shape().Dim(0)))
	})
	if err != nil {
		return nil, err
	}
	defer gram.Finalize()
	results, err := run(gram, rows)
	if err != nil {
		return nil, err
	}
	flat := make([]float64, r.Dim*r.Dim)
	for i, v := range results[0] {
		flat[i] = float64(v)
	}
	return mat.NewSymDense(r.Dim, flat), nil
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
