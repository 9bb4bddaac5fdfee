package framework

import "github.com/kontrast-ml/kontrast/framework/data"

// BackboneAdapter is implemented by methods whose network is made of backbones
// and more, such as one for each part of an image's channels: what they make of
// the backbone is trained and evaluated in its place.
type BackboneAdapter interface {
	// AdaptBackbone returns the network that takes the place of the backbone. The
	// images that it gets are normalized as said.
	AdaptBackbone(backbone Backbone, images data.Normalization) Backbone
}

// Adapted is the network that a method has in the place of a backbone: the
// backbone, unless the method is a [BackboneAdapter]. The method may be nil.
func Adapted(method Method, backbone Backbone, images data.Normalization) Backbone {
	if adapter, ok := method.(BackboneAdapter); ok {
		return adapter.AdaptBackbone(backbone, images)
	}
	return backbone
}
