package mix

import (
	"slices"

	"github.com/kontrast-ml/kontrast/framework"
)

// hook is one of the first three of a method.
type hook string

const (
	positives hook = "positives"
	negatives hook = "negatives"
	loss      hook = "loss"
)

var hooks = []hook{positives, negatives, loss}

// bits are the hooks as methods declare them.
var bits = map[hook]framework.Hook{
	positives: framework.HookPositives, negatives: framework.HookNegatives, loss: framework.HookLoss,
}

// sharing is a hook that methods have in common.
type sharing struct {
	hook    hook
	methods []string
}

// shared are hooks that several methods have the same code for, apart from their
// hyperparameters and, of positives, their heads.
var shared = []sharing{
	{positives, []string{"mocov1", "mocov2"}},
	{negatives, []string{"mocov1", "mocov2"}},
	{negatives, []string{"simclr", "dcl"}},
	{loss, []string{"simclr", "mocov1", "mocov2"}},
}

// Hooks are the hooks that a mix takes from methods.
var Hooks = []string{string(positives), string(negatives), string(loss)}

// Registry holds the methods of a mix.
type Registry = framework.Registry[framework.Factory]

// mixing is what the method says of mixes; nil if it can't be mixed or is not known.
func mixing(methods *Registry, name string) *framework.Mixing {
	f, err := methods.Get(name)
	if err != nil {
		return nil
	}
	return f.Mixing
}

// Mixable reports whether the hooks of a method can be mixed with others'.
func Mixable(methods *Registry, method string) bool { return mixing(methods, method) != nil }

// Same reports whether a hook of two methods is the same, apart from their
// hyperparameters and, of positives, from their heads.
func Same(methods *Registry, of, first, second string) bool {
	if first == second {
		return true
	}
	a, b := mixing(methods, first), mixing(methods, second)
	if hook(of) == negatives && a != nil && b != nil && !a.Contrasts && !b.Contrasts {
		return true // both have none
	}
	return slices.ContainsFunc(shared, func(s sharing) bool {
		return s.hook == hook(of) && slices.Contains(s.methods, first) && slices.Contains(s.methods, second)
	})
}

// Keeps reports whether the method's Update keeps up the state of that hook.
func Keeps(methods *Registry, method, of string) bool {
	own := mixing(methods, method)
	return own != nil && own.Keeps&bits[hook(of)] != 0
}

// Legal are the mixes of methods with their default hyperparameters that one
// loss allows, by name.
type Legal struct {
	Loss      string   `json:"loss"`
	Positives []string `json:"positives"`
	Negatives []string `json:"negatives"` // whichever it is of those, where the loss needs none
}

// All lists what fits what among the methods, in their order: every one of the
// positives with every one of the negatives.
func All(methods []framework.Factory) []Legal {
	methods = slices.DeleteFunc(slices.Clone(methods), func(f framework.Factory) bool { return f.Mixing == nil })
	var all []Legal
	for _, of := range methods {
		if of.Mixing.OwnLossOnly {
			continue
		}
		legal := Legal{Loss: of.Name}
		for _, other := range methods {
			if widthFits(of, other) {
				legal.Positives = append(legal.Positives, other.Name)
			}
			if other.Mixing.Contrasts == of.Mixing.Contrasts {
				legal.Negatives = append(legal.Negatives, other.Name)
			}
		}
		all = append(all, legal)
	}
	return all
}

// names lists the methods of the registry that can be mixed and that a condition holds for.
func names(methods *framework.Registry[framework.Factory], fits func(*framework.Mixing) bool) []string {
	var list []string
	for _, f := range methods.All() {
		if f.Mixing != nil && fits(f.Mixing) {
			list = append(list, f.Name)
		}
	}
	return list
}
