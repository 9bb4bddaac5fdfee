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
