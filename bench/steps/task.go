package main

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// task is a network with a linear classifier, the images it sees and its optimizer.
type task struct {
	name, backbone string
	size, batch    int
	optimizer      optim.Optimizer
	change         func(params any) // of the backbone; nil for its defaults
}

var adamW = optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true}

var tasks = []task{
	{"resnet18", "resnet18", 32, 32, optim.SGD{}, nil},
	{"resnet20", "resnet20", 32, 128, optim.SGD{}, nil},
	{"resnet50", "resnet50", 224, 8, optim.SGD{}, nil},
	{"vit-ti", "vit-ti", 32, 64, adamW, nil},
	{"vit-s", "vit-s", 224, 8, adamW, nil},
	{"efficientnet-b0", "efficientnet-b0", 224, 16, optim.SGD{}, nil},
	{"mobilenetv3", "mobilenetv3-large", 224, 16, optim.SGD{}, nil},
	{"convnext-tiny", "convnext-tiny", 224, 8, adamW, nil},
	{"resnext50", "resnet50", 224, 8, optim.SGD{}, func(params any) {
		p := params.(*backbones.BottleneckParams)
		p.Groups, p.GroupWidth = 32, 4
	}},
	{"bit", "resnetv2-50", 224, 8, optim.SGD{}, nil},
}

// Name implements turns.Task.
func (t task) Name() string { return t.name }

const classes = 10

func (t task) network() (framework.Backbone, error) {
	for _, f := range backbones.Builtin() {
		if f.Name == t.backbone {
			params := f.Defaults()
			if t.change != nil {
				t.change(params)
			}
			return f.New(params, t.size, 3)
		}
	}
	return nil, fmt.Errorf("no backbone %q", t.backbone)
}

// step builds the loss of a batch and, unless only the forward pass is wanted, gradients and update.
func (t task) step(scope *model.Scope, backbone framework.Backbone, x, y *graph.Node, forward bool) *graph.Node {
	g := x.Graph()
	store := scope.Store()
	store.SetTraining(g, true)
	features := backbone.Embed(scope.At("backbone"), x)
	logits := nn.Linear(scope.At("head"), features, classes, nn.LinearConfig{})
	logProb := graph.LogSoftmax(logits, -1)
	loss := graph.Neg(
		graph.ReduceAllMean(graph.ReduceSum(graph.Mul(graph.OneHot(y, classes, logits.DType()), logProb), -1)),
	)
	if forward {
		return loss
	}
	var params []optim.Param
	var nodes []*graph.Node
	for v := range store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, optim.Param{Var: v})
			nodes = append(nodes, v.NodeValue(g))
		}
	}
	for i, grad := range graph.Gradient(loss, nodes...) {
		params[i].Grad = grad
	}
	scalar := func(x float32) *graph.Node { return graph.Scalar(g, logits.DType(), x) }
	t.optimizer.Update(scope.At("optimizer"), g, params, optim.Hyper{
		LR: scalar(1e-3), WeightDecay: scalar(1e-4), Momentum: scalar(0.9),
	})
	return loss
}
