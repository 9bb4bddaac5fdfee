// Package backbones has the built-in backbones: ResNets, vision transformers
// and the towers of CLIP.
//
// Each backbone is the network of its reference implementation without the
// classifier: torchvision's ResNets, the vision transformers of torchvision,
// DINO and MoCo v3, OpenAI's CLIP. Modules have the names of torchvision's
// ResNets and of DINO's vision transformer, so that layer1.0.conv1.weight there
// is the variable layer1/0/conv1/weight here.
package backbones

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Backbone maps images to features.
type Backbone interface {
	// Embed maps images [N,H,W,C] to features [N, FeatureDim()]. Variables are created in scope.
	Embed(scope *model.Scope, images *graph.Node) *graph.Node
	// FeatureDim is the width of the features, known without building a graph.
	FeatureDim() int
}

// Input is a kind of input.
type Input string

// The kinds of inputs.
const (
	Images Input = "images" // [N,H,W,C] float32
	Tokens Input = "tokens" // [N,L] integers
)

// Factory makes backbones of one kind from their configuration. Make one with [NewFactory].
type Factory struct {
	// Name is what configurations call the backbone.
	Name string
	// Doc says what it is and which paper it is from.
	Doc string
	// Input is what it embeds.
	Input Input

	defaults func() any
	build    func(params any, inputSize, channels int) (Backbone, error)
}

// NewFactory returns the factory of a backbone with parameters of type P. Their
// fields carry the tags of package config. The parameters handed to build have
// passed config.Check.
func NewFactory[P any](name, doc string, defaults P, build func(params P, inputSize, channels int) (Backbone, error)) Factory {
	return Factory{
		Name: name, Doc: doc, Input: Images,
		defaults: func() any { p := defaults; return &p },
		build: func(params any, inputSize, channels int) (Backbone, error) {
			p, ok := params.(*P)
			if !ok || p == nil {
				return nil, fmt.Errorf("parameters are of type %T, want %T as Defaults returns", params, p)
			}
			if err := config.Check(p); err != nil {
				return nil, err
			}
			return build(*p, inputSize, channels)
		},
	}
}

// Key is the name under which a registry holds the factory.
func (f Factory) Key() string { return f.Name }

// Defaults returns a pointer to a fresh copy of the default parameters.
func (f Factory) Defaults() any { return f.defaults() }

// New returns the backbone for parameters that Defaults returned, changed or
// not, and for square images of inputSize pixels with that many channels, or
// for texts of at most inputSize tokens out of that many. ResNets and vision
// transformers also embed images of other sizes.
func (f Factory) New(params any, inputSize, channels int) (Backbone, error) {
	if inputSize < 1 || channels < 1 {
		return nil, fmt.Errorf("backbone %s: an input size of %d with %d channels: each must be at least 1", f.Name, inputSize, channels)
	}
	b, err := f.build(params, inputSize, channels)
	if err != nil {
		return nil, fmt.Errorf("backbone %s: %w", f.Name, err)
	}
	return b, nil
}

// Builtin returns the factories of all backbones of this package.
func Builtin() []Factory {
	return slices.Concat(cifarResNets(), resNets(), viTs(), clipTowers())
}
