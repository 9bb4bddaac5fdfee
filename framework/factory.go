package framework

import (
	"io/fs"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// Info describes a method to its users. It is the single source of the
// command line's help, the configuration skeleton and the documentation.
type Info struct {
	// Name is what configurations call the method: lower-case letters, digits and hyphens.
	Name string
	// Title is the method's name in full, such as "Momentum Contrast v2".
	Title string
	// Paper is the citation with an arXiv number or a DOI.
	Paper string
	// From names the methods that it builds on, the nearest first; nil for none
	// of those that are registered.
	From []string
	// Change says what it changed of them, or what is new if it is the first of its line.
	Change string
	// Hooks says in a phrase each what the four hooks do.
	Hooks Hooks
	// Head says in a phrase what head maps features to embeddings; empty where
	// the hyperparameters say enough.
	Head string
	// Supervised says that the method learns from the samples' labels, so that it
	// needs a data set with classes.
	Supervised bool
	// Mixing says how its hooks go together with those of other methods; nil where
	// they don't, as its pairs are of another kind: captions, classes, masked images.
	Mixing *Mixing
	// Patches says that the method masks patches of images or leaves them out, so
	// that it needs a backbone with patches, a vision transformer (see [PatchBackbone]).
	Patches bool
	// Maps says that the method compares places of images, so that it needs a
	// backbone with a map of features (see [MapBackbone]).
	Maps bool
	// Recipe names the augmentation recipe the method's paper uses (see
	// [augment.Named]); it decides how many views a step has.
	Recipe string
	// Presets holds the published settings, one YAML file each, named by the
	// file without its ending. nil for none.
	Presets fs.FS
}

// Hooks describes the four hooks of a method, for tables and documentation.
type Hooks struct {
	Positives string `json:"positives"` // what an anchor should be close to
	Negatives string `json:"negatives"` // what it should be far from
	Loss      string `json:"loss"`      // what is minimized
	Update    string `json:"update"`    // what happens after the optimizer's step
}

// Factory makes methods of one kind from their hyperparameters. Make one with [NewFactory].
type Factory struct {
	Info
	config.Factory[Method]
}

// NewFactory returns the factory of a method with hyperparameters of type P.
// The defaults' fields carry the tags of package config (yaml, doc, range,
// source); a method `Validate() error` of *P or P, if there is one, checks
// what ranges can't. The hyperparameters handed to build have passed both.
func NewFactory[P any](info Info, defaults P, build func(P) (Method, error)) Factory {
	return Factory{Info: info, Factory: config.NewFactory(defaults, build)}
}

// Key is the name under which a [Registry] holds the factory.
func (f Factory) Key() string { return f.Name }

// New returns the method for hyperparameters that Decode or Defaults returned,
// changed or not. It is an error if they are of another type, or outside what
// their tags and their Validate method allow.
func (f Factory) New(params any) (Method, error) { return f.Make(params) }

// smallImage is the size in pixels up to which a recipe's form for CIFAR is used, if there is one.
const smallImage = 64

// RecipeFor names the augmentation recipe of the method's paper for images of
// that size: for small ones its form for CIFAR, if there is one.
func (f Factory) RecipeFor(size int) string {
	if small := f.Recipe + "-cifar"; size <= smallImage && slices.Contains(augment.Names(), small) {
		return small
	}
	return f.Recipe
}
