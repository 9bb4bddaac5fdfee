package mix

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// Name is what configurations call a mix.
const Name = "mix"

// Form is a regular expression of the short form.
const Form = `^[a-z0-9-]+(\+(negatives|loss)=[a-z0-9-]+)+$`

// Params says which method each hook is of, with that method's hyperparameters.
type Params struct {
	Positives config.Choice `yaml:"positives"`
	Negatives config.Choice `yaml:"negatives"`
	Loss      config.Choice `yaml:"loss"`
}

// Is reports whether a method's name is that of a mix: mix, or byol+loss=simclr.
func Is(name string) bool { return name == Name || strings.Contains(name, "+") }

// parse reads the short form: a method, and hooks that are another's.
func parse(name string) (Params, error) {
	if name == Name {
		return Params{}, nil
	}
	base, rest, _ := strings.Cut(name, "+")
	p := Params{
		Positives: config.Choice{Name: base}, Negatives: config.Choice{Name: base}, Loss: config.Choice{Name: base},
	}
	seen := map[string]bool{}
	for _, change := range strings.Split(rest, "+") {
		h, of, found := strings.Cut(change, "=")
		switch target := p.of(hook(h)); {
		case !found || of == "" || base == "" || target == nil || h == string(positives):
			return p, config.Faultf(
				"method", "%q is no mix; write METHOD+negatives=METHOD+loss=METHOD, as in byol+negatives=mocov2+loss=simclr", name,
			)
		case seen[h]:
			return p, config.Faultf("method", "%q gives the %s twice", name, h)
		default:
			target.Name, seen[h] = of, true
		}
	}
	return p, nil
}

// of is the choice of a hook; nil for no such hook.
func (p *Params) of(h hook) *config.Choice {
	switch h {
	case positives:
		return &p.Positives
	case negatives:
		return &p.Negatives
	case loss:
		return &p.Loss
	}
	return nil
}

// short is the short form of the name.
func (p *Params) short() string {
	name := p.Positives.Name
	for _, h := range hooks[1:] {
		if of := p.of(h).Name; of != p.Positives.Name {
			name += fmt.Sprintf("+%s=%s", h, of)
		}
	}
	if name == p.Positives.Name {
		return Name + "-of-" + name
	}
	return name
}

// CheckBatch implements [framework.BatchChecker] by what the parts say.
func (p *Params) CheckBatch(size int) error {
	var faults []error
	for _, h := range hooks {
		choice := p.of(h)
		if sized, ok := choice.Params.(framework.BatchChecker); ok && (h == positives || choice.Name != p.Positives.Name) {
			faults = append(faults, below(h, sized.CheckBatch(size)))
		}
	}
	return errors.Join(faults...)
}

// below moves the faults of a method to the hook that it gives.
func below(h hook, err error) error {
	var fault config.Fault
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range several.Unwrap() {
			all = append(all, below(h, one))
		}
		return errors.Join(all...)
	}
	if err == nil || !errors.As(err, &fault) {
		return err
	}
	fault.Path = "method." + string(h) + "." + strings.TrimPrefix(strings.TrimPrefix(fault.Path, "method"), ".")
	return fault
}

// outputDim is the hyperparameter that configurations call output_dim; invalid if there is none.
func outputDim(params any) reflect.Value {
	return outputDimOf(reflect.Indirect(reflect.ValueOf(params)))
}

func outputDimOf(params reflect.Value) reflect.Value {
	if params.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for i := range params.NumField() {
		name, inlined, _ := strings.Cut(params.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "output_dim" && params.Field(i).CanInt() && params.Field(i).CanSet() {
			return params.Field(i)
		}
		if inlined == "inline" {
			if found := outputDimOf(params.Field(i)); found.IsValid() {
				return found
			}
		}
	}
	return reflect.Value{}
}

// widthFits reports whether the loss of a method takes embeddings as wide as those of another.
func widthFits(of, other framework.Factory) bool {
	params, theirs := of.Defaults(), outputDim(other.Defaults())
	if own := outputDim(params); own.IsValid() && theirs.IsValid() {
		own.SetInt(theirs.Int())
	}
	return config.Check(params) == nil
}
