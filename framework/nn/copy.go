package nn

import (
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// copied says that the variables below the scope path to start as copies of
// those of the same name below the scope path of.
type copied struct{ to, of string }

// Frozen makes the parameters below the scope not trainable, those that exist
// and those that are created from here on, and returns the scope. Drop-path is
// inactive below it.
func Frozen(scope *model.Scope) *model.Scope {
	scope.SetParam(frozenKey, true)
	for v := range scope.IterVariables() {
		v.SetTrainable(false)
	}
	return scope
}

// Copy makes the scope a frozen copy of another: every variable below it, those
// that exist below the other already and those that are created in it from
// here on, starts with the value of the variable of the same name there, or, if
// that does not exist, with the initial value it would have. It returns the scope.
// Afterwards the two go their own ways; see [Pairs] for an average.
func Copy(scope, of *model.Scope) *model.Scope {
	scope.SetParam(copyKey, copied{to: scope.Scope(), of: of.Scope()})
	return twin(scope, of)
}

// Independent is like [Copy], but parameters start with initial values of their
// own instead of copies, drawn for their own paths: BYOL's target network.
func Independent(scope, of *model.Scope) *model.Scope {
	return twin(scope, of)
}

// twin freezes the scope and creates in it a variable for every one below of.
func twin(scope, of *model.Scope) *model.Scope {
	if of.Scope() == model.RootScopePath || strings.HasPrefix(scope.Scope()+"/", of.Scope()+"/") {
		exceptions.Panicf("the scope %q cannot be a copy of %q, which contains it: use scopes beside each other",
			scope.Scope(), of.Scope())
	}
	Frozen(scope)
	store := scope.Store()
	var originals []*model.Variable
	for v := range of.IterVariables() {
		originals = append(originals, v)
	}
	for _, v := range originals {
		path := scope.Scope() + strings.TrimPrefix(v.Path(), of.Scope())
		if existing := store.GetVariable(path); existing != nil {
			existing.SetTrainable(false)
			continue
		}
		how, own := howMade(store, v.Path())
		_, isCopy := originalOf(store, path)
		switch {
		case own:
			store.SetParam(model.JoinPath(path, madeKey), how)
			newVariable(store, path, initialValue(store, path, how.init, v.Shape().Dimensions))
		case isCopy && v.HasValue():
			newVariable(store, path, clone(v))
		case isCopy:
			exceptions.Panicf("cannot copy the variable %q, made by a layer outside package nn, before it has a value: call "+
				"nn.Initialize first", v.Path())
		default:
			continue // an own initial value of a layer outside this package comes from that layer
		}
		store.GetVariable(path).SetTrainable(false)
	}
	return scope
}

// Initialize gives an initial value, now, to the variables of the store that
// have none yet, if any such variable lies below the scope. Parameters of this
// package have a value from the start; those of GoMLX's own layers get theirs
// only when a graph first runs, too late to be copied by [Copy] while that graph
// is built.
func Initialize(scope *model.Scope, g *graph.Graph) {
	for v := range scope.IterVariables() {
		if v.HasValue() {
			continue
		}
		if err := scope.Store().InitializeVariables(g.Backend(), nil); err != nil {
			panic(err)
		}
		return
	}
}

// Pairs lists the parameters below a scope with those of the same name below
// the other, in the order of their creation: what an exponential moving average
// runs over. Buffers, such as the running statistics of batch normalization,
// are left out, and so are pairs of which neither can change. The second of a
// pair is the parameter of the other scope.
func Pairs(scope, of *model.Scope) [][2]*model.Variable {
	store := scope.Store()
	var pairs [][2]*model.Variable
	for original := range of.IterVariables() {
		how, own := howMade(store, original.Path())
		if how.buffer || !own && !original.Trainable {
			continue
		}
		path := scope.Scope() + strings.TrimPrefix(original.Path(), of.Scope())
		v := store.GetVariable(path)
		if v == nil {
			continue
		}
		v.SetTrainable(false) // a layer outside this package may have set it
		if _, isCopy := originalOf(store, path); isCopy && !original.Trainable {
			continue
		}
		pairs = append(pairs, [2]*model.Variable{v, original})
	}
	return pairs
}

// howMade returns how this package made the variable, and whether it did.
func howMade(store *model.Store, path string) (made, bool) {
	value, found := store.GetParam(model.JoinPath(path, madeKey))
	if !found {
		return made{}, false
	}
	return value.(made), true
}

// originalOf returns the path of the variable that the one at path starts as a copy of.
func originalOf(store *model.Store, path string) (original string, found bool) {
	value, found := store.GetParam(model.JoinPath(path, copyKey))
	if !found {
		return "", false
	}
	from := value.(copied)
	return from.of + strings.TrimPrefix(path, from.to), true
}

// isFrozen reports whether the scope lies below Frozen, Copy or Independent.
func isFrozen(scope *model.Scope) bool {
	return model.GetParamOr(scope, frozenKey, false)
}
