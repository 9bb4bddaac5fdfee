package main

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

const classes = 10

// bareStep trains a backbone with a linear classifier, in the passes that a method makes.
type bareStep struct {
	store  *model.Store
	exec   *model.Exec
	inputs []any
}

// newBareStep makes the bare step of a method that has made a step. Texts, where the method has them, are embedded and
// classified too.
func (b *bench) newBareStep(m *method) (*bareStep, error) {
	s := &bareStep{store: model.NewStore()}
	passes := m.watched.passes
	for _, p := range passes {
		s.inputs = append(s.inputs, randomImages(p.dims...))
	}
	captioned, _ := m.Method.(framework.CaptionMethod)
	if captioned != nil {
		s.inputs = append(s.inputs, m.in.Tokens)
	}
	var err error
	s.exec, err = model.NewExec(b.backend, s.store, func(root *model.Scope, inputs []*graph.Node) []*graph.Node {
		root.Store().SetTraining(inputs[0].Graph(), true)
		online := trainer.OnlineScope(root)
		var outputs, features []*graph.Node
		for i, p := range passes {
			if p.trained {
				scope := root.Store().Scope(online.At("backbone").Scope() + p.scope)
				features = append(features, p.again(b.network, scope, inputs[i]))
			} else {
				frozen := nn.Copy(root.At("momentum"), online)
				outputs = append(outputs, graph.ReduceAllMean(p.again(b.network, frozen.At("backbone"), inputs[i])))
			}
		}
		total := classify(online.At("classifier"), features)
		if captioned != nil {
			texts := captioned.EmbedTexts(online, inputs[len(passes)])
			total = graph.Add(total, classify(online.At("text_classifier"), []*graph.Node{texts}))
		}
		descend(root, total)
		return append(outputs, total)
	})
	return s, err
}

// classify is the cross entropy of a linear classifier; row i is of class i modulo the number of classes.
func classify(scope *model.Scope, features []*graph.Node) *graph.Node {
	x := features[0]
	if len(features) > 1 {
		x = graph.Concatenate(features, 0)
	}
	labels := graph.ModScalar(graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, x.Shape().Dim(0)), 0), classes)
	return loss.CrossEntropy(nn.Linear(scope, x, classes, nn.LinearConfig{}), labels)
}

// descend makes a step of SGD with momentum and weight decay.
func descend(root *model.Scope, loss *graph.Node) {
	g := loss.Graph()
	var params []optim.Param
	var nodes []*graph.Node
	for v := range root.Store().IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, optim.Param{Var: v})
			nodes = append(nodes, v.NodeValue(g))
		}
	}
	for i, grad := range graph.Gradient(loss, nodes...) {
		params[i].Grad = grad
	}
	scalar := func(x float32) *graph.Node { return graph.Scalar(g, dtypes.Float32, x) }
	optim.SGD{}.Update(
		root.At("optimizer"), g, params, optim.Hyper{LR: scalar(1e-3), WeightDecay: scalar(5e-4), Momentum: scalar(0.9)},
	)
}

func (s *bareStep) step(int) error {
	var results []*tensors.Tensor
	err := nn.Catch(func() {
		var err error
		if results, err = s.exec.Call(s.inputs...); err != nil {
			panic(err)
		}
	})
	for _, result := range slices.Backward(results) {
		result.MustFinalizeAll()
	}
	return err
}

func (s *bareStep) close() {
	s.exec.Finalize()
	s.store.Finalize()
}
