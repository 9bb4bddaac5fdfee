package eval

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// GridSettings are those of the protocols linear-grid and linear-grid-bn.
// Package config reads them.
type GridSettings struct {
	Rates     []float64 `yaml:"rates" range:"(0,inf)"`
	Epochs    int       `yaml:"epochs" range:"[1,100000]"`
	BatchSize int       `yaml:"batch_size" range:"[1,inf)"`
	HeldOut   float64   `yaml:"held_out" range:"(0,1)"`
	Seed      uint64    `yaml:"seed"`
}

// DefaultGrid spans rates for features of any size.
func DefaultGrid() GridSettings {
	return GridSettings{
		Rates: []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}, Epochs: 30, BatchSize: 256, HeldOut: 0.2, Seed: 1,
	}
}

// gridKey is the key of the random streams of the grid.
const gridKey = 4

// grid chooses the rate on held-out samples of the training split, and trains by it on all of the split.
func (in *Input) grid(ctx context.Context, name string, batchNorm bool) ([]*Result, error) {
	settings := in.Settings.LinearGrid
	if err := in.Training.check("training", in.Classes); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	held, rest := in.Training.divide(in.Classes, settings.HeldOut, random.New(settings.Seed, gridKey))
	if rest.Len() == 0 {
		return nil, fmt.Errorf(
			"%s: every class has a single training sample, so that none is left when one is held out; use linear", name,
		)
	}
	best := 0
	accuracies := make([]float64, len(settings.Rates))
	tried, err := settings.train(ctx, in.Backend, rest, held.Features, in.Classes, settings.Rates, batchNorm)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, scores := range tried {
		if accuracies[i], err = scores.TopK(held.Labels, 1); err != nil {
			accuracies[i] = 0 // diverged
		}
		if accuracies[i] > accuracies[best] {
			best = i
		}
	}
	final, err := settings.train(
		ctx, in.Backend, in.Training, in.Test.Features, in.Classes, settings.Rates[best:best+1], batchNorm,
	)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	result, err := Classified(in.learned(name, settings.details()), final[0], in.Test.Labels)
	if err != nil {
		return nil, fmt.Errorf("%s: with learning rate %g: %w; leave out rates that large", name, settings.Rates[best], err)
	}
	result.Values = append(result.Values, Value{"chosen_rate", settings.Rates[best]})
	if len(settings.Rates) > 1 && (best == 0 || best == len(settings.Rates)-1) {
		result.Doubt = fmt.Sprintf(
			"the learning rate %g that was chosen is at an end of the grid; widen eval.linear_grid.rates", settings.Rates[best],
		)
	}
	return []*Result{result}, nil
}

func (g GridSettings) details() map[string]string {
	rates := make([]string, len(g.Rates))
	for i, rate := range g.Rates {
		rates[i] = strconv.FormatFloat(rate, 'g', -1, 64)
	}
	return map[string]string{
		"rates": strings.Join(rates, ","), "epochs": strconv.Itoa(g.Epochs), "batch_size": strconv.Itoa(g.BatchSize),
		"held_out": strconv.FormatFloat(g.HeldOut, 'g', -1, 64), "seed": strconv.FormatUint(g.Seed, 10), "solver": "SGD",
	}
}

// train trains a classifier for each rate, all on the same batches, and returns
// their scores of the test features. Weights and biases start at zero; the
// rates fall on a half cosine.
func (g GridSettings) train(
	ctx context.Context, backend compute.Backend, set Set, test Features, classes int, rates []float64, batchNorm bool,
) ([]*Scores, error) {
	s := newScaling(set.Features, batchNorm)
	if !batchNorm {
		clear(s.shift)
	}
	x, probed := s.scaled(set.Features), s.scaled(test)
	state := []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(make([]float32, x.Dim*len(rates)*classes), x.Dim, len(rates)*classes), // weights
		tensors.FromFlatDataAndDimensions(make([]float32, len(rates)*classes), 1, len(rates)*classes),           // biases
		// their momenta
		tensors.FromFlatDataAndDimensions(make([]float32, x.Dim*len(rates)*classes), x.Dim, len(rates)*classes),
		tensors.FromFlatDataAndDimensions(make([]float32, len(rates)*classes), 1, len(rates)*classes),
	}
	defer func() {
		for _, t := range state {
			t.MustFinalizeAll()
		}
	}()
	exec, err := graph.NewExec(backend, func(in []*graph.Node) []*graph.Node { return sgd(in, classes) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	size := min(g.BatchSize, set.Len())
	steps := set.Len() / size
	order := make([]int, set.Len())
	batch, labels, scaled := make([]float32, size*x.Dim), make([]int32, size), make([]float32, len(rates)*classes)
	for epoch := range g.Epochs {
		random.New(g.Seed, gridKey, uint64(epoch+1)).Perm(order)
		for step := range steps {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for i, sample := range order[step*size : (step+1)*size] {
				copy(batch[i*x.Dim:], x.Row(sample))
				labels[i] = int32(set.Labels[sample])
			}
			progress := float64(epoch*steps+step) / float64(g.Epochs*steps)
			for i := range scaled {
				scaled[i] = float32(rates[i/classes] / 2 * (1 + math.Cos(math.Pi*progress)))
			}
			inputs := append(state, tensors.FromFlatDataAndDimensions(batch, size, x.Dim),
				tensors.FromFlatDataAndDimensions(labels, size), tensors.FromFlatDataAndDimensions(scaled, 1, len(scaled)))
			if state, err = call(exec, inputs); err != nil {
				return nil, err
			}
		}
	}
	weights, biases := tensors.MustCopyFlatData[float32](state[0]), tensors.MustCopyFlatData[float32](state[1])
	return linearScores(ctx, probed, weights, biases, len(rates), classes)
}

// sgd is a step of SGD with momentum 0.9 on the mean cross entropy of each
// classifier. Its inputs are weights [D, R·C], biases [1, R·C], the momenta of
// both, features [N, D], labels [N] and the learning rates [1, R·C]; it returns
// the new of the first four.
func sgd(in []*graph.Node, classes int) []*graph.Node {
	weights, biases, weightMomentum, biasMomentum, x, labels, rates := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	n, columns := x.Shape().Dim(0), weights.Shape().Dim(1)
	logits := graph.Reshape(graph.Add(graph.Dot(x, weights).Product(), biases), n, columns/classes, classes)
	truth := graph.Reshape(graph.OneHot(labels, classes, x.DType()), n, 1, classes)
	truth = graph.BroadcastToDims(truth, n, columns/classes, classes)
	slope := graph.Reshape(graph.Sub(graph.Softmax(logits, -1), truth), n, columns)
	slope = graph.MulScalar(slope, 1/float64(n))
	weightMomentum = graph.Add(graph.MulScalar(weightMomentum, 0.9), graph.Dot(graph.Transpose(x, 0, 1), slope).Product())
	biasMomentum = graph.Add(graph.MulScalar(biasMomentum, 0.9), graph.ReduceAndKeep(slope, graph.ReduceSum, 0))
	return []*graph.Node{
		graph.Sub(weights, graph.Mul(rates, weightMomentum)), graph.Sub(biases, graph.Mul(rates, biasMomentum)),
		weightMomentum, biasMomentum,
	}
}

// call runs a graph and releases its inputs.
func call(exec *graph.Exec, inputs []*tensors.Tensor) (outputs []*tensors.Tensor, err error) {
	args := make([]any, len(inputs))
	for i, t := range inputs {
		args[i] = t
		defer t.MustFinalizeAll()
	}
	err = nn.Catch(func() {
		if outputs, err = exec.Call(args...); err != nil {
			panic(err)
		}
	})
	return outputs, err
}

// linearScores are the logits of several classifiers with weights [D, R·C] and biases [R·C].
func linearScores(
	ctx context.Context, x Features, weights, biases []float32, classifiers, classes int,
) ([]*Scores, error) {
	all := make([]*Scores, classifiers)
	for r := range all {
		all[r] = NewScores(x.Len(), classes)
	}
	columns := classifiers * classes
	return all, inParallel(ctx, x.Len(), func(i int) {
		logits := make([]float64, columns)
		for column, b := range biases {
			logits[column] = float64(b)
		}
		for d, v := range x.Row(i) {
			for column, w := range weights[d*columns : (d+1)*columns] {
				logits[column] += float64(v) * float64(w)
			}
		}
		for r := range all {
			copy(all[r].Row(i), logits[r*classes:])
		}
	})
}
