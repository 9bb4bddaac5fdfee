// Package nn has the layers that backbones and heads are built of, exact to
// PyTorch's definitions, on top of GoMLX's model.Store and model.Scope.
//
// A layer takes the scope at which its own variables lie and creates them at
// first use, with the names PyTorch gives them: weight, bias, running_mean,
// running_var. Images are [N,H,W,C], convolution kernels [H,W,In,Out], linear
// weights [In,Out].
//
// Initial values are drawn on the host from the run's seed and the path of the
// parameter (see [SetSeed]), so that for one seed a backbone starts from the
// same weights on every compute backend and with every method. Layers of
// GoMLX's own can be mixed in; see [Initialize] for what they need.
//
// Like GoMLX's graph-building functions, those of this package panic on errors
// of the program, such as shapes that do not fit; [Catch] turns the panic into
// an error that names the layer.
package nn

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Keys of the store's hyperparameters that hold this package's settings.
const (
	seedKey   = "nn_seed"   // uint64, at the root
	madeKey   = "nn_made"   // made, at the path of a variable
	frozenKey = "nn_frozen" // bool, at a scope
	copyKey   = "nn_copy"   // copied, at a scope
	groupsKey = "nn_groups" // batchGroups, at a scope
	randomKey = "nn_random" // *graph.Node, a graph parameter at the root
)

// made says how this package made a variable.
type made struct {
	init   Init
	buffer bool
}

// SetSeed sets the seed that the initial values of all parameters in the store
// derive from, together with the parameter's path. It also seeds the store's
// own random state, which the layers of GoMLX draw from. Without it the seed is 0.
func SetSeed(store *model.Store, seed uint64) error {
	store.SetParam("/"+seedKey, seed)
	return store.SetRNGStateFromSeed(int64(seed))
}

// Parameter returns the value of the parameter of that name in the scope,
// float32 with the given dimensions, of at most 2³¹ values. At first use it is
// created with the initial value that init draws for its path. It is trainable
// unless the scope lies below [Frozen], [Copy] or [Independent].
func Parameter(scope *model.Scope, g *graph.Graph, name string, init Init, dims ...int) *graph.Node {
	v := create(scope, name, made{init: init}, dims)
	v.SetTrainable(!isFrozen(scope))
	return v.NodeValue(g)
}

// Buffer returns the variable of that name in the scope, state that no
// gradient changes, such as running statistics or a queue: float32 with the
// given dimensions. At first use it is created with the initial value that
// init draws for its path.
func Buffer(scope *model.Scope, name string, init Init, dims ...int) *model.Variable {
	return create(scope, name, made{init: init, buffer: true}, dims).SetTrainable(false)
}

// create returns the variable, making it with its initial value if it does not exist.
func create(scope *model.Scope, name string, how made, dims []int) *model.Variable {
	store, path := scope.Store(), model.JoinPath(scope.Scope(), name)
	store.SetParam(model.JoinPath(path, madeKey), how)
	v := scope.GetVariable(name)
	if v == nil {
		return newVariable(store, path, initialValue(store, path, how.init, dims))
	}
	if err := v.Shape().CheckDims(dims...); err != nil {
		exceptions.Panicf("variable %q has shape %s, but this layer needs %v: is the scope used by two layers?",
			path, v.Shape(), dims)
	}
	return v
}

// newVariable adds a variable of that value to the store.
func newVariable(store *model.Store, path string, value *tensors.Tensor) *model.Variable {
	v, err := store.CreateVariable(path, value)
	if err != nil {
		panic(err)
	}
	return v
}

// initialValue is what a variable starts with: the value of the one it is a
// copy of, if that exists, or else what init draws for the path of the original.
func initialValue(store *model.Store, path string, init Init, dims []int) *tensors.Tensor {
	if original, found := originalOf(store, path); found {
		if v := store.GetVariable(original); v != nil && v.HasValue() {
			return clone(v)
		}
		path = original
	}
	return draw(store, path, init, dims)
}

// maxValues bounds the values of a variable: memory for more can't be had, and
// to ask for it would end the process.
const maxValues = 1 << 31

// draw makes the initial value for a path from the store's seed.
func draw(store *model.Store, path string, init Init, dims []int) *tensors.Tensor {
	size := 1
	for _, n := range dims {
		if n < 0 || n > 0 && size > maxValues/n {
			exceptions.Panicf("a variable of the shape %v can't be made: no axis may be negative, and all values together at "+
				"most %d; choose a smaller width", dims, maxValues)
		}
		size *= n
	}
	values := make([]float32, size)
	seed := model.GetRootParamOr(store, seedKey, uint64(0))
	init(random.ForPath(seed, path), values, dims)
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// clone copies the variable's value.
func clone(v *model.Variable) *tensors.Tensor {
	value, err := v.MustValue().LocalClone()
	if err != nil {
		panic(err)
	}
	return value
}
