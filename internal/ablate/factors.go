package ablate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/mix"
)

// Factor is one of the things that separate two configurations. It has two levels.
type Factor struct {
	Name     string   `json:"name"`
	First    string   `json:"first"`         // its level in the first configuration, in words
	Second   string   `json:"second"`        // and in the second one
	Settings []string `json:"settings"`      // what changes: dotted paths, and hooks such as method.negatives
	Why      string   `json:"why,omitempty"` // why several settings are one factor

	hooks  []string // of the method
	params []string // hyperparameters, wherever a part of the method has them
	paths  []string // other settings
}

// factorsOf returns the factors that separate two configurations: of the
// method, of the views, of the training and of the backbone. It is an error if
// they are measured on other data or otherwise.
func factorsOf(catalog experiment.Catalog, first, second settings) ([]Factor, error) {
	var unlike, paths []string
	for _, path := range differing(first, second) {
		section, _, _ := strings.Cut(path, ".")
		switch {
		case section == "method":
		case section == "eval", section == "dataset", path == "views.size", strings.HasPrefix(path, "views.normalization"):
			unlike = append(unlike, path)
		default:
			paths = append(paths, path)
		}
	}
	if len(unlike) > 0 {
		return nil, fmt.Errorf("the two are not measured on the same data in the same way, so that their scores have no "+
			"difference to share out: they differ in %s",
			and(unlike...))
	}
	factors := methodFactors(catalog, first, second)
	for _, section := range []string{"views", "train", "backbone"} {
		for _, f := range sectionFactors(first, second, paths) {
			if strings.HasPrefix(f.paths[0], section+".") {
				factors = append(factors, f)
			}
		}
	}
	return factors, nil
}

// sectionFactors groups settings outside of the method to factors.
func sectionFactors(first, second settings, paths []string) []Factor {
	const optimizer, schedule, backbone = "train.optimizer.name", "train.learning_rate.schedule", "backbone.name"
	stepped := first.get(schedule) == "step" || second.get(schedule) == "step"
	var factors []Factor
	for _, path := range paths {
		name := nameOf(path)
		switch {
		case !stepped && (path == "train.learning_rate.milestones" || path == "train.learning_rate.factor"):
			continue // no schedule has a use for them
		case slices.Contains(paths, optimizer) && (strings.HasPrefix(path, "train.optimizer.") || name == "learning rate"):
			name = "optimizer"
		case slices.Contains(paths, backbone) && strings.HasPrefix(path, "backbone."):
			name = "backbone"
		}
		at := slices.IndexFunc(factors, func(f Factor) bool { return f.Name == name })
		if at < 0 {
			at = len(factors)
			factors = append(factors, Factor{Name: name})
		}
		factors[at].paths = append(factors[at].paths, path)
	}
	for i := range factors {
		f := &factors[i]
		f.Settings = f.paths
		say := level
		switch f.Name {
		case "views":
			say = recipeLevel
		case "schedule":
			say = scheduleLevel
		}
		f.First, f.Second = say(first, f.paths), say(second, f.paths)
		switch {
		case f.Name == "optimizer" && len(f.paths) > 1:
			f.Why = "a learning rate and other settings of an optimizer are made for that one"
			f.First, f.Second = optimizerLevel(first), optimizerLevel(second)
		case f.Name == "schedule" && len(f.paths) > 1:
			f.Why = "what a schedule is made of belongs to it"
		case f.Name == "backbone" && len(f.paths) > 1:
			f.Why = "settings of a backbone are of that one"
			f.First, f.Second = level(first, []string{backbone}), level(second, []string{backbone})
		}
	}
	return factors
}

func optimizerLevel(of settings) string {
	return fmt.Sprintf("%v, learning rate %v, weight decay %v",
		of.get("train.optimizer.name"), of.get("train.learning_rate.base"), of.get("train.optimizer.weight_decay"))
}

// methodFactors returns the factors of the method.
func methodFactors(catalog experiment.Catalog, first, second settings) []Factor {
	a, b := methodOf(first), methodOf(second)
	apart, mixable := []string(nil), true
	for _, hook := range mix.Hooks {
		if a.of(hook) != b.of(hook) {
			apart = append(apart, hook)
		}
		mixable = mixable && mix.Mixable(catalog.Methods, a.of(hook)) && mix.Mixable(catalog.Methods, b.of(hook))
	}
	switch {
	case len(apart) == 0 && a.mixed == b.mixed:
		return ownFactors(first, second)
	case a.mixed || b.mixed, !mixable:
		f := wholeMethod(a, b)
		if a.mixed || b.mixed {
			f.Why = "hyperparameters of a mix go with its hooks"
		} else {
			f.Why = fmt.Sprintf("the hooks of %s and %s can't be mixed", a.of("loss"), b.of("loss"))
		}
		return append([]Factor{f}, paramFactors(a, b, true)...)
	}
	return hookFactors(catalog, a, b)
}

// wholeMethod is the method as one factor.
func wholeMethod(a, b method) Factor {
	return Factor{Name: "method", First: a.name(), Second: b.name(), Settings: []string{"method"}, hooks: mix.Hooks}
}

func (m method) name() string {
	if !m.mixed {
		return m.of("positives")
	}
	return fmt.Sprintf("%s+negatives=%s+loss=%s", m.of("positives"), m.of("negatives"), m.of("loss"))
}

// ownFactors are the hyperparameters in which two configurations of one method differ.
func ownFactors(first, second settings) []Factor {
	var factors []Factor
	for _, path := range differing(first.section("method"), second.section("method")) {
		path = "method." + path
		factors = append(factors, Factor{
			Name: nameOf(path), First: level(first, []string{path}), Second: level(second, []string{path}),
			Settings: []string{path}, paths: []string{path},
		})
	}
	return factors
}

// paramFactors are the hyperparameters that both methods have, with other
// values; those of the head only if the head is not exchanged with the positives.
func paramFactors(a, b method, headGoes bool) []Factor {
	if a.mixed || b.mixed {
		return nil
	}
	var factors []Factor
	for _, key := range differing(a.whole, b.whole) {
		if key == "name" || a.whole.get(key) == nil || b.whole.get(key) == nil || headGoes && slices.Contains(headKeys, key) {
			continue
		}
		path := "method." + key
		factors = append(factors, Factor{
			Name: nameOf(path), First: level(a.whole, []string{key}), Second: level(b.whole, []string{key}),
			Settings: []string{path}, params: []string{key},
		})
	}
	return factors
}

// hookFactors are the hooks of two methods that are not the same, and their hyperparameters.
func hookFactors(catalog experiment.Catalog, a, b method) []Factor {
	var factors []Factor
	headGoes := false
	for _, hook := range mix.Hooks {
		f := Factor{
			Name: hook, First: a.of(hook), Second: b.of(hook), Settings: []string{"method." + hook}, hooks: []string{hook},
		}
		same := mix.Same(catalog.Methods, hook, a.of(hook), b.of(hook))
		switch {
		case hook == "positives" && same:
			f.Name = "head"
			f.First, f.Second = head(catalog, a.of(hook)), head(catalog, b.of(hook))
		case same:
			continue
		case hook == "positives":
			headGoes = true
			f.Name, f.Why = "positives and head", "a head goes with the positives that it embeds"
		}
		for _, m := range []method{a, b} {
			if !same && mix.Keeps(catalog.Methods, m.of(hook), hook) {
				f.Why = join(f.Why, fmt.Sprintf("the update of %s keeps up its %s", m.of(hook), hook))
			}
		}
		factors = append(factors, f)
	}
	if alone := aloneOf(a, b); len(alone) > 0 && len(factors) > 0 {
		factors[0].Why = join(
			factors[0].Why, "hyperparameters that one of the methods alone has go with its hooks: "+strings.Join(alone, ", "),
		)
	}
	return append(factors, paramFactors(a, b, headGoes)...)
}

// join adds a reason to others.
func join(reasons, more string) string {
	if reasons == "" {
		return more
	}
	return reasons + "; " + more
}

// head is what a method says of its head, or its name.
func head(catalog experiment.Catalog, method string) string {
	if factory, err := catalog.Methods.Get(method); err == nil && factory.Head != "" {
		return factory.Head
	}
	return "that of " + method
}

// aloneOf are the hyperparameters that one of two methods has alone.
func aloneOf(a, b method) []string {
	return slices.DeleteFunc(differing(a.whole, b.whole), func(key string) bool {
		return a.whole.get(key) != nil && b.whole.get(key) != nil
	})
}
