package mix

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// Resolve reads the choice of a mix, checks that its parts fit, and returns the
// factory of the mix. Faults have the paths of the whole configuration.
func Resolve(methods *framework.Registry[framework.Factory], choice *config.Choice) (framework.Factory, error) {
	var none framework.Factory
	written, err := parse(choice.Name)
	if err != nil {
		return none, err
	}
	written.fill(positivesName(choice))
	if err := choice.Decode(&written); err != nil {
		return none, err
	}
	p := choice.Params.(*Params)
	choice.Name = Name
	factories := map[hook]framework.Factory{}
	var faults []error
	for _, h := range hooks {
		part := p.of(h)
		if _, given := choice.Node().Get(string(h)); !given && h != positives && part.Name == p.Positives.Name {
			*part, factories[h] = p.Positives, factories[positives] // with its hyperparameters
			continue
		}
		found, err := methods.Get(part.Name)
		if err != nil {
			faults = append(faults, config.Faultf("method."+string(h), "%v", err))
			continue
		}
		factories[h] = found
		faults = append(faults, part.Decode(found.Defaults()))
	}
	if err := errors.Join(faults...); err != nil {
		return none, err
	}
	if err := errors.Join(p.fit(methods, factories), p.widths()); err != nil {
		return none, err
	}
	return p.factory(factories), nil
}

// positivesName is the method whose positives a section takes; empty if it does not say.
func positivesName(choice *config.Choice) string {
	node, _ := choice.Node().Get(string(positives))
	if name, ok := node.Get("name"); ok {
		node = name
	}
	name, _ := node.Text()
	return name
}

// fill makes the parts that have no name of that method.
func (p *Params) fill(name string) {
	for _, h := range hooks[1:] {
		if part := p.of(h); part.Name == "" {
			part.Name = name
		}
	}
}

// fit reports parts that don't go together.
func (p *Params) fit(methods *framework.Registry[framework.Factory], of map[hook]framework.Factory) error {
	every := func(*framework.Mixing) bool { return true }
	for _, h := range hooks {
		if of[h].Mixing == nil {
			return config.Faultf("method."+string(h), "the hooks of %s can't be mixed; those of these methods can: %s",
				of[h].Name, strings.Join(names(methods, every), ", "))
		}
	}
	cost := of[loss].Mixing
	same := func(other *framework.Mixing) bool { return other.Contrasts == cost.Contrasts }
	switch {
	case cost.OwnLossOnly && (p.Positives.Name != p.Loss.Name || cost.Contrasts && p.Negatives.Name != p.Loss.Name):
		return config.Faultf("method.loss", "the loss of %s fits its own positives and negatives alone; choose of %s",
			p.Loss.Name,
			strings.Join(names(methods, func(other *framework.Mixing) bool { return !other.OwnLossOnly }), ", "))
	case cost.Contrasts && !of[negatives].Mixing.Contrasts:
		return config.Faultf("method.negatives",
			"the loss of %s tells anchors from negatives, and %s has none; take the negatives of %s",
			p.Loss.Name, p.Negatives.Name, strings.Join(names(methods, same), ", "))
	case !cost.Contrasts && of[negatives].Mixing.Contrasts:
		return config.Faultf("method.negatives",
			"the loss of %s has no use for the negatives of %s; take the negatives, which are none, of %s",
			p.Loss.Name, p.Negatives.Name, strings.Join(names(methods, same), ", "))
	}
	return p.checkParts()
}

// checkParts asks hyperparameters whether they allow the mix.
func (p *Params) checkParts() error {
	var faults []error
	for _, h := range hooks {
		choice := p.of(h)
		checker, ok := choice.Params.(framework.MixChecker)
		if !ok {
			continue
		}
		var of framework.Hook
		for _, other := range hooks {
			if p.of(other).Name == choice.Name {
				of |= bits[other]
			}
		}
		faults = append(faults, below(h, checker.CheckMix(bits[h], of)))
	}
	return errors.Join(faults...)
}

// widths gives queues, banks and prototypes the width of the positives, unless
// the configuration gives them another, which is a fault.
func (p *Params) widths() error {
	wanted := outputDim(p.Positives.Params)
	if !wanted.IsValid() {
		return nil
	}
	var faults []error
	for _, h := range hooks[1:] {
		choice := p.of(h)
		own := outputDim(choice.Params)
		if !own.IsValid() || own.Int() == wanted.Int() {
			continue
		}
		if _, written := choice.Node().Get("output_dim"); written {
			faults = append(faults, config.Faultf("method."+string(h)+".output_dim",
				"%d, but the embeddings of %s are %d wide; leave it out",
				own.Int(), p.Positives.Name, wanted.Int()))
			continue
		}
		own.SetInt(wanted.Int())
		faults = append(faults, belowChecked(h, config.Check(choice.Params)))
	}
	return errors.Join(faults...)
}

// belowChecked moves what a check of parameters says to the hook.
func belowChecked(h hook, err error) error {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return err
	}
	var all []error
	for _, fault := range faults {
		all = append(all, below(h, fault))
	}
	return errors.Join(all...)
}

// updates says which methods' updates are made, and for what.
func (p *Params) updates(of map[hook]framework.Factory) string {
	var made []string
	for _, h := range hooks {
		if owner := of[h]; owner.Mixing != nil && owner.Mixing.Keeps&bits[h] != 0 {
			made = append(made, fmt.Sprintf("%s's, for its %s: %s", owner.Name, h, owner.Hooks.Update))
		}
	}
	if made == nil {
		return "nothing"
	}
	return strings.Join(made, "; ")
}

// factory is that of the mix.
func (p *Params) factory(of map[hook]framework.Factory) framework.Factory {
	pos, neg, cost := of[positives], of[negatives], of[loss]
	info := framework.Info{
		Name: p.short(), Title: "Mix of hooks: " + p.short(), Paper: pos.Paper, From: []string{pos.Name, neg.Name, cost.Name},
		Change: "hooks of several methods",
		Hooks: framework.Hooks{
			Positives: pos.Name + "'s: " + pos.Hooks.Positives, Negatives: neg.Name + "'s: " + neg.Hooks.Negatives,
			Loss: cost.Name + "'s: " + cost.Hooks.Loss, Update: p.updates(of),
		},
		Supervised: pos.Supervised || neg.Supervised || cost.Supervised,
		Patches:    pos.Patches || neg.Patches || cost.Patches, Maps: pos.Maps || neg.Maps || cost.Maps,
		Head: pos.Head, Recipe: pos.Recipe,
	}
	return framework.NewFactory(info, *p, func(p Params) (framework.Method, error) { return build(p, of) })
}
