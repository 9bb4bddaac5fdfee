package main

import (
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

// watch notes how a backbone is used.
type watch struct {
	network framework.Backbone
	passes  []pass
}

// pass is one pass of the backbone.
type pass struct {
	dims    []int // of the images
	kept    int   // patches of each image that the backbone sees; 0 for all
	trained bool
	scope   string // of the encoder that is trained, below its backbone: another where there are several
}

// backbone is the network with the kinds of passes that it has, each of them noted.
func (w *watch) backbone() framework.Backbone {
	plain := watched{w.network, w}
	if patches, ok := w.network.(framework.PatchBackbone); ok {
		return watchedPatches{plain, patches}
	}
	if maps, ok := w.network.(framework.MapBackbone); ok {
		return watchedMaps{plain, maps}
	}
	return plain
}

func (w *watch) note(scope *model.Scope, images *graph.Node, kept int) {
	online := trainer.OnlineScope(scope.Store().RootScope()).Scope()
	within, trained := strings.CutPrefix(scope.Scope(), online+"/backbone")
	w.passes = append(w.passes, pass{slices.Clone(images.Shape().Dimensions), kept, trained, within})
}

type watched struct {
	framework.Backbone
	watch *watch
}

func (w watched) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	w.watch.note(scope, images, 0)
	return w.Backbone.Embed(scope, images)
}

type watchedMaps struct {
	watched
	maps framework.MapBackbone
}

func (w watchedMaps) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	w.watch.note(scope, images, 0)
	return w.maps.EmbedMap(scope, images)
}

type watchedPatches struct {
	watched
	patches framework.PatchBackbone
}

func (w watchedPatches) PatchSize() int { return w.patches.PatchSize() }

func (w watchedPatches) EmbedPatches(
	scope *model.Scope, images *graph.Node, masking framework.Masking,
) framework.Tokens {
	kept := 0
	if masking.Kept != nil {
		kept = masking.Kept.Shape().Dim(1)
	}
	w.watch.note(scope, images, kept)
	return w.patches.EmbedPatches(scope, images, masking)
}

func (w watchedPatches) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	w.watch.note(scope, images, 0)
	return w.patches.(framework.MapBackbone).EmbedMap(scope, images)
}

// again makes a pass again: with as many patches, the first of each image.
func (p pass) again(network framework.Backbone, scope *model.Scope, images *graph.Node) *graph.Node {
	if p.kept == 0 {
		return network.Embed(scope, images)
	}
	kept := graph.Iota(images.Graph(), shapes.Make(dtypes.Int32, p.dims[0], p.kept), 1)
	return network.(framework.PatchBackbone).EmbedPatches(scope, images, framework.Masking{Kept: kept}).Features
}
