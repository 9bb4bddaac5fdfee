// This file is what the hooks of a method work with: [Step], one training step
// while its graph is built. It has the batch (views, sample indices, labels,
// captions), the shared backbone and its variables, and the scalars that change
// from step to step. Nothing runs here: hooks describe the graph, which is built
// once and then run for every batch. Queues, banks, momentum encoders, centers
// and prototypes, each in a file of its own, are methods of a step too.

package framework

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/internal/bridge"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Step is one training step while its graph is built. The hooks of a [Method]
// get it: its inputs (views, sample indices, labels, captions) are fields; with
// its methods a hook embeds views by the shared backbone, keeps state from step
// to step (queues, banks, momentum encoders), and reads the schedules.
type Step struct {
	// Graph is the graph being built.
	Graph *graph.Graph
	// Views are the augmented views of the batch, [N, H, W, C] float32 each,
	// in the order of the method's recipe. Views of a multi-crop recipe differ
	// in H and W.
	Views []*graph.Node
	// Places say which part of its image each view shows, [N, 5] float32 a view: top,
	// left, height and width in pixels of the image, and 1 where left and right are
	// exchanged, else 0.
	Places []*graph.Node
	// Indices are the positions of the samples in the training set, [N] int32.
	Indices *graph.Node
	// Labels are the class indices, [N] int32. Self-supervised methods leave them alone.
	Labels *graph.Node
	// Tokens are the tokenized captions, [N, L] int32; nil unless the method asks for captions.
	Tokens *graph.Node
	// Images are the numbers of the images that the samples show, [N] int32,
	// equal where samples are captions of one image; nil if each has its own.
	Images *graph.Node
	// Samples is the number of samples in the training set.
	Samples int
	// Classes is the number of its classes; 0 if it has no labels.
	Classes int
	// Length says how long the training lasts.
	Length Length

	root     *model.Scope
	backbone Backbone
	scalars  map[string]*graph.Node
	kept     map[string][]*graph.Node
	parts    map[string]optim.Part // by the scope's path
	embedded *graph.Node           // the first features of the online encoder

	followers []follower
}

// Package trainer makes steps; the authors of methods get them.
func init() {
	bridge.Fill = func(s *Step, root *model.Scope, backbone Backbone, scalars map[string]*graph.Node) {
		s.root, s.backbone, s.scalars = root, backbone, scalars
	}
	bridge.Embedded = func(s *Step) *graph.Node { return s.embedded }
	bridge.Check = (*Step).checkFollowers
}

// Online is the scope of the encoder that is trained by gradient: the backbone
// under "backbone" and whatever heads the method adds beside it.
func (s *Step) Online() *model.Scope { return s.root.At(bridge.Online) }

// State is the scope of what a method keeps between steps besides encoders: queues, banks, centers.
func (s *Step) State() *model.Scope { return s.root.At("state") }

// Backbone embeds images [N, H, W, C] to features [N, FeatureDim] with the
// shared backbone, whose variables lie under encoder/backbone. The encoder is
// Online() or the scope of a momentum encoder.
func (s *Step) Backbone(encoder *model.Scope, images *graph.Node) *graph.Node {
	features := s.backbone.Embed(encoder.At("backbone"), images)
	s.note(encoder, features)
	return features
}

// note keeps the first features of the online encoder.
func (s *Step) note(encoder *model.Scope, features *graph.Node) {
	if s.embedded == nil && encoder.Scope() == s.Online().Scope() {
		s.embedded = features
	}
}

// FeatureDim is the width of the backbone's features.
func (s *Step) FeatureDim() int { return s.backbone.FeatureDim() }

// BatchSize is the number of samples in the step.
func (s *Step) BatchSize() int { return s.Views[0].Shape().Dimensions[0] }

// Scalar is the value of a schedule at this step: one of the method's own (see
// [Scheduler]) or "learning_rate". It panics if there is no such schedule.
func (s *Step) Scalar(name string) *graph.Node {
	value, found := s.scalars[name]
	if !found {
		panic(fmt.Errorf("the step has no scalar %q; the schedules are %q", name, slices.Sorted(maps.Keys(s.scalars))))
	}
	return value
}

// Switch is a schedule that is 0 or 1, as a scalar bool. See [SwitchOn].
func (s *Step) Switch(name string) *graph.Node {
	return graph.GreaterThan(s.Scalar(name), s.Constant(0.5))
}

// Keep hands nodes on to a later hook of the same step, which gets them from
// [Step.Kept]: what is neither an anchor nor a positive, but needed again.
func (s *Step) Keep(name string, nodes ...*graph.Node) {
	if s.kept == nil {
		s.kept = map[string][]*graph.Node{}
	}
	s.kept[name] = nodes
}

// Kept returns the nodes that an earlier hook has kept. It panics if there are none of that name.
func (s *Step) Kept(name string) []*graph.Node {
	nodes, found := s.kept[name]
	if !found {
		panic(fmt.Errorf("no earlier hook has kept %q; those kept are %q", name, slices.Sorted(maps.Keys(s.kept))))
	}
	return nodes
}

// SameImage is true where the samples of row and column show the same image,
// [N, N] bool; nil if every sample has an image of its own.
func (s *Step) SameImage() *graph.Node {
	if s.Images == nil {
		return nil
	}
	return loss.SameLabel(s.Images)
}

// Constant is a float32 scalar in the step's graph.
func (s *Step) Constant(value float64) *graph.Node {
	return graph.Scalar(s.Graph, dtypes.Float32, value)
}

// Backbone maps images to features. Package backbones has the built-in ones.
type Backbone interface {
	// Embed maps images [N, H, W, C] to features [N, FeatureDim()]. Variables are created in scope.
	Embed(scope *model.Scope, images *graph.Node) *graph.Node
	// FeatureDim is the width of the features, known without building a graph.
	FeatureDim() int
}

// Split cuts a batch [n·N, …] that was embedded in one pass into its n parts
// [N, …]. It panics if n does not divide the batch.
func Split(x *graph.Node, n int) []*graph.Node {
	checkParts(x.Shape().Dimensions[0], n)
	size := x.Shape().Dimensions[0] / n
	parts := make([]*graph.Node, n)
	for i := range parts {
		parts[i] = graph.Slice(x, graph.AxisRange(i*size, (i+1)*size))
	}
	return parts
}
