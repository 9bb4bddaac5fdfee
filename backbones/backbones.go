// Package backbones has the built-in backbones: ResNets of both versions,
// MobileNets, EfficientNets, ConvNeXts, vision transformers and the towers of
// CLIP.
//
// Each backbone is the network of its reference implementation without the
// classifier: torchvision's ResNets, MobileNets, EfficientNets and ConvNeXts,
// BiT's ResNet-v2, the vision transformers of torchvision, DINO and MoCo v3,
// OpenAI's CLIP. Modules have the names of torchvision's ResNets, of DINO's
// vision transformer and of timm's other networks, so that layer1.0.conv1.weight
// there is the variable layer1/0/conv1/weight here.
package backbones

import (
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

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

	config.Factory[constructor]
}

// constructor makes a backbone whose parameters are given; see [Factory.New].
type constructor func(inputSize, channels int) (framework.Backbone, error)

// NewFactory returns the factory of a backbone with parameters of type P. Their
// fields carry the tags of package config. The parameters handed to build have
// passed config.Check.
func NewFactory[P any](
	name, doc string, defaults P, build func(params P, inputSize, channels int) (framework.Backbone, error),
) Factory {
	return Factory{
		Name: name, Doc: doc, Input: Images,
		Factory: config.NewFactory(defaults, func(p P) (constructor, error) {
			return func(inputSize, channels int) (framework.Backbone, error) { return build(p, inputSize, channels) }, nil
		}).MadeBy(build),
	}
}

// Key is the name under which a registry holds the factory.
func (f Factory) Key() string { return f.Name }

// New returns the backbone for parameters that Defaults returned, changed or
// not, and for square images of inputSize pixels with that many channels, or
// for texts of at most inputSize tokens out of that many. ResNets and vision
// transformers also embed images of other sizes.
func (f Factory) New(params any, inputSize, channels int) (framework.Backbone, error) {
	fail := func(err error) (framework.Backbone, error) { return nil, fmt.Errorf("backbone %s: %w", f.Name, err) }
	if inputSize < 1 || channels < 1 {
		return fail(fmt.Errorf("an input size of %d with %d channels: each must be at least 1", inputSize, channels))
	}
	construct, err := f.Make(params)
	if err != nil {
		return fail(err)
	}
	backbone, err := construct(inputSize, channels)
	if err != nil {
		return fail(err)
	}
	return backbone, nil
}

// HasPatches reports whether the backbone of those parameters, or of the defaults
// for nil, is a [framework.PatchBackbone].
func (f Factory) HasPatches(params any) bool {
	_, has := f.sample(params).(framework.PatchBackbone)
	return has
}

// HasMaps reports whether the backbone of those parameters, or of the defaults
// for nil, is a [framework.MapBackbone].
func (f Factory) HasMaps(params any) bool {
	_, has := f.sample(params).(framework.MapBackbone)
	return has
}

// sample is the backbone for images of a size that it takes; nil if it takes none.
func (f Factory) sample(params any) framework.Backbone {
	if params == nil {
		params = f.Defaults()
	}
	for _, size := range []int{224, 32, 16} {
		if made, err := f.New(params, size, 3); err == nil {
			return made
		}
	}
	return nil
}

// Builtin returns the factories of all backbones of this package.
func Builtin() []Factory {
	return slices.Concat(
		cifarResNets(), resNets(), resNetV2s(), mobileNets(), efficientNets(), convNeXts(), viTs(), clipTowers(),
	)
}
