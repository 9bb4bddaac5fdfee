package ablate

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/mix"
)

// Side is one of the two that are compared.
type Side struct {
	Name string // as it was asked for
	Plan *experiment.Plan
}

// settings is a configuration, or a section of one, as JSON has it.
type settings map[string]any

// settingsOf returns all settings of a plan but those that say which run of a
// study it is, those that change no number, and the backend, which all runs have in common.
func settingsOf(catalog experiment.Catalog, plan *experiment.Plan) settings {
	all := parsed(config.Canonical(plan.Spec))
	for _, key := range []string{"study", "seed", "seeds", "preset", "grid", "backend"} {
		delete(all, key)
	}
	training := all.section("train")
	for _, key := range []string{"workers", "checkpoint", "extensions"} {
		delete(training, key)
	}
	views := all.section("views")
	if views["recipe"] == experiment.AutoRecipe {
		views["recipe"] = ownRecipe(catalog, methodOf(all).of("positives"), plan.Spec.Views.Size)
	}
	return all
}

// parsed reads what config.Canonical has written.
func parsed(canonical []byte) settings {
	decoder := json.NewDecoder(bytes.NewReader(canonical))
	decoder.UseNumber()
	all := settings{}
	if err := decoder.Decode(&all); err != nil {
		panic(err) // the canonical form is JSON
	}
	return all
}

// clone is a copy that shares nothing.
func (s settings) clone() settings { return parsed([]byte(text(map[string]any(s)))) }

func (s settings) section(key string) settings {
	section, _ := s[key].(map[string]any)
	return section
}

// text is a value as JSON.
func text(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // it was JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// leaves are the values by dotted path; a list is one value.
func (s settings) leaves() map[string]any {
	all := map[string]any{}
	for key, value := range s {
		section, deeper := value.(map[string]any)
		if !deeper {
			all[key] = value
			continue
		}
		for path, leaf := range settings(section).leaves() {
			all[key+"."+path] = leaf
		}
	}
	return all
}

// get is the value at a dotted path; nil if there is none.
func (s settings) get(path string) any {
	key, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return s[key]
	}
	return s.section(key).get(rest)
}

// set changes the value at a dotted path, whose sections there are.
func (s settings) set(path string, value any) {
	key, rest, deeper := strings.Cut(path, ".")
	if deeper {
		s.section(key).set(rest, value)
		return
	}
	s[key] = value
}

// unset removes the value at a dotted path, if there is one.
func (s settings) unset(path string) {
	key, rest, deeper := strings.Cut(path, ".")
	if deeper {
		s.section(key).unset(rest)
		return
	}
	delete(s, key)
}

// differing are the paths of the values in which two sections differ, in order.
func differing(first, second settings) []string {
	one, other := first.leaves(), second.leaves()
	paths := map[string]bool{}
	for path := range one {
		paths[path] = true
	}
	for path := range other {
		paths[path] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(paths)), func(path string) bool {
		a, inFirst := one[path]
		b, inSecond := other[path]
		return inFirst == inSecond && text(a) == text(b)
	})
}

// method is the section of the method, hook by hook.
type method struct {
	whole settings
	parts map[string]settings // by hook; each is whole if it is no mix
	mixed bool
}

func methodOf(s settings) method {
	m := method{whole: s.section("method"), parts: map[string]settings{}}
	m.mixed = m.whole["name"] == mix.Name
	for _, hook := range mix.Hooks {
		m.parts[hook] = m.whole
		if m.mixed {
			m.parts[hook] = m.whole.section(hook)
		}
	}
	return m
}

// of is the name of the method that a hook is of.
func (m method) of(hook string) string {
	name, _ := m.parts[hook]["name"].(string)
	return name
}
