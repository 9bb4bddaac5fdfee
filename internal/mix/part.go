package mix

import (
	"slices"

	"github.com/kontrast-ml/kontrast/framework"
)

// part says how the hooks of a method go together with others'.
type part struct {
	unit      bool // its pairs are unit vectors
	contrasts bool // it has negatives, and its loss needs some
	wantsUnit bool // its loss is made for unit vectors
	keeps     []hook
	notLoss   bool // its loss fits its own positives and negatives alone
}

// hook is one of the first three of a method.
type hook string

const (
	positives hook = "positives"
	negatives hook = "negatives"
	loss      hook = "loss"
)

// parts are the methods whose hooks can be mixed. keeps are the hooks of which
// the method's Update keeps up the state. Left out are those whose pairs are of
// another kind: captions, classes, masked images.
var parts = map[string]part{
	"instdisc":    {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{positives, negatives}},
	"invaspread":  {unit: true, contrasts: true, wantsUnit: true},
	"simclr":      {unit: true, contrasts: true, wantsUnit: true},
	"simclrv2":    {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{negatives}},
	"mocov1":      {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{negatives}},
	"mocov2":      {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{negatives}},
	"mocov3":      {unit: true, contrasts: true, wantsUnit: true},
	"nnclr":       {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{positives}},
	"dcl":         {unit: true, contrasts: true, wantsUnit: true},
	"supcon":      {unit: true, contrasts: true, wantsUnit: true},
	"byol":        {keeps: []hook{positives}},
	"simsiam":     {},
	"barlowtwins": {},
	"vicreg":      {},
	"wmse":        {},
	"tico":        {keeps: []hook{loss}},
	"swav":        {unit: true, wantsUnit: true, keeps: []hook{loss}},
	"lejepa":      {},
	"nnbyol":      {keeps: []hook{positives}},
	"ressl":       {unit: true, contrasts: true, wantsUnit: true, keeps: []hook{negatives}, notLoss: true},
	"dino":        {keeps: []hook{positives}, notLoss: true},
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

// Mixable reports whether the hooks of a method can be mixed with others'.
func Mixable(method string) bool {
	_, found := parts[method]
	return found
}

// Same reports whether a hook of two methods is the same, apart from their
// hyperparameters and, of positives, from their heads.
func Same(of, first, second string) bool {
	if first == second {
		return true
	}
	if hook(of) == negatives && Mixable(first) && Mixable(second) && !parts[first].contrasts && !parts[second].contrasts {
		return true // both have none
	}
	return slices.ContainsFunc(shared, func(s sharing) bool {
		return s.hook == hook(of) && slices.Contains(s.methods, first) && slices.Contains(s.methods, second)
	})
}

// Keeps reports whether the method's Update keeps up the state of that hook.
func Keeps(method, of string) bool { return parts[method].serves(hook(of)) }

func (p part) serves(h hook) bool { return slices.Contains(p.keeps, h) }

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
	var all []Legal
	for _, of := range methods {
		own, found := parts[of.Name]
		if !found || own.notLoss {
			continue
		}
		legal := Legal{Loss: of.Name}
		for _, other := range methods {
			p, found := parts[other.Name]
			if !found {
				continue
			}
			if widthFits(of, other) {
				legal.Positives = append(legal.Positives, other.Name)
			}
			if p.contrasts == own.contrasts {
				legal.Negatives = append(legal.Negatives, other.Name)
			}
		}
		all = append(all, legal)
	}
	return all
}

// names lists the methods of the registry that a condition holds for.
func names(methods *framework.Registry[framework.Factory], fits func(part) bool) []string {
	return slices.DeleteFunc(methods.Names(), func(name string) bool {
		p, found := parts[name]
		return !found || !fits(p)
	})
}
