// Package trainer is the other side of package framework: what a training loop
// calls, and an evaluation of what it trained. It makes the [framework.Step]
// that the hooks of a method get, knows where the trained network lies, and
// turns captions into token ids. Authors of methods need none of it.
package trainer

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/internal/bridge"
)

// Inputs are what a step is made of. Views, Places, Indices, Labels, Tokens, Images, Samples,
// Classes and Length are as in [framework.Step]; there must be at least one view, but between epochs.
type Inputs struct {
	Root     *model.Scope // the root of the run's variables
	Graph    *graph.Graph // that of the views; needed where there are none
	Backbone framework.Backbone
	Views    []*graph.Node
	Places   []*graph.Node
	Indices  *graph.Node
	Labels   *graph.Node
	Tokens   *graph.Node
	Images   *graph.Node
	Samples  int
	Classes  int
	Length   framework.Length
	Scalars  map[string]*graph.Node // the values of this step's schedules, scalars
}

// NewStep starts a step in the graph of its views.
func NewStep(in Inputs) *framework.Step {
	if len(in.Views) > 0 {
		in.Graph = in.Views[0].Graph()
	}
	step := &framework.Step{
		Graph: in.Graph, Views: in.Views, Places: in.Places, Indices: in.Indices, Labels: in.Labels, Tokens: in.Tokens,
		Images: in.Images, Samples: in.Samples, Classes: in.Classes, Length: in.Length,
	}
	fill := bridge.Fill.(func(*framework.Step, *model.Scope, framework.Backbone, map[string]*graph.Node))
	fill(step, in.Root, in.Backbone, in.Scalars)
	return step
}

// Embedded are the features [V·N, FeatureDim] of the first pass of views through the
// online encoder's backbone that the hooks of a step have made: those of V whole
// views of one size, one view after the other. It is nil if they have made none.
func Embedded(step *framework.Step) *graph.Node {
	return bridge.Embedded.(func(*framework.Step) *graph.Node)(step)
}

// Check panics if the hooks of a step, when all have been called, have left out
// something that the step needs: parameters of a momentum encoder that never moves.
func Check(step *framework.Step) { bridge.Check.(func(*framework.Step))(step) }

// OnlineScope is where the encoder that is trained by gradient lies below the
// root of a run's variables: its backbone, which evaluations use, in "backbone",
// the heads beside it.
func OnlineScope(root *model.Scope) *model.Scope { return root.At(bridge.Online) }
