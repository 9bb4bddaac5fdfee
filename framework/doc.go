// Package framework is what the author of a contrastive method imports.
//
// A method is four hooks that are called in this order while the graph of one
// training step is built: Positives, Negatives, Loss, Update (see [Method]).
// What the hooks have in common (momentum encoders, queues, memory banks,
// heads, InfoNCE) lives here and is used by every method, so that a method's
// file shows only what is its own.
//
// A method is registered by a [Factory], which carries its typed
// hyperparameters, their documentation, and the recipe of views it wants:
//
//	var Factory = framework.NewFactory(framework.Info{Name: "mymethod", …}, defaults, New)
//
// Graph-building functions panic, as GoMLX's do; the training loop recovers
// once and returns an error that names the method and the layer.
package framework
