package ablate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/stats"
)

// ErrNothing says that two configurations are the same.
var ErrNothing = errors.New("nothing separates them: all their settings are the same")

// Ablation is the question what makes the difference between two configurations.
type Ablation struct {
	Sides   [2]Side
	Factors []Factor
	// Illegal says of every corner why it can't be run; empty for those that can.
	// A corner is a set of factors: bit f of its number is set if factor f has its
	// second level.
	Illegal []string
	// Alike says of what has other names on both sides that it is the same; empty for nothing.
	Alike string

	catalog  experiment.Catalog
	settings [2]settings
}

// mostFactors bounds the corners that are looked at.
const mostFactors = 12

// New finds what separates two configurations. Factors that can't be told apart,
// since one without the other can't be run, are joined, and so are those that
// join names.
func New(catalog experiment.Catalog, first, second Side, joins [][]string) (*Ablation, error) {
	a := &Ablation{Sides: [2]Side{first, second}, catalog: catalog,
		settings: [2]settings{settingsOf(catalog, first.Plan), settingsOf(catalog, second.Plan)},
		Alike:    viewsAlike(catalog, first.Plan, second.Plan)}
	var err error
	if a.Factors, err = factorsOf(catalog, a.settings[0], a.settings[1]); err != nil {
		return nil, err
	}
	if len(a.Factors) == 0 {
		return nil, fmt.Errorf("%s and %s: %w", first.Name, second.Name, ErrNothing)
	}
	if err := a.whole(); err != nil {
		return nil, err
	}
	for _, names := range joins {
		if err := a.joinNamed(names); err != nil {
			return nil, err
		}
	}
	if len(a.Factors) > mostFactors {
		return nil, fmt.Errorf("%d factors separate %s and %s (%s); %d are the most that can be told apart",
			len(a.Factors), first.Name, second.Name, and(a.names()...), mostFactors)
	}
	a.look()
	for _, end := range []int{0, len(a.Illegal) - 1} {
		if why := a.Illegal[end]; why != "" {
			return nil, fmt.Errorf("%s can't be run: %s", a.Label(end), why)
		}
	}
	for a.separate() {
	}
	return a, nil
}

func (a *Ablation) names() []string {
	names := make([]string, len(a.Factors))
	for i, f := range a.Factors {
		names[i] = f.Name
	}
	return names
}

// whole makes the method one factor if changing all its factors does not make
// the second method of the first.
func (a *Ablation) whole() error {
	reached, err := a.Plan("", len(a.corners())-1, 1)
	if err == nil && config.Hash(reached.Spec.Method) == config.Hash(a.Sides[1].Plan.Spec.Method) {
		return nil
	}
	one := wholeMethod(methodOf(a.settings[0]), methodOf(a.settings[1]))
	one.Why = "the hyperparameters of the two can't be told apart hook by hook"
	kept := slices.DeleteFunc(slices.Clone(a.Factors), func(f Factor) bool {
		return strings.HasPrefix(f.Settings[0], "method.")
	})
	a.Factors = append([]Factor{one}, kept...)
	_, err = a.Plan("", len(a.corners())-1, 1)
	return err
}

// corners has a place for each corner.
func (a *Ablation) corners() []string { return make([]string, 1<<len(a.Factors)) }

// look finds out which corners can be run.
func (a *Ablation) look() {
	a.Illegal = a.corners()
	for corner := range a.Illegal {
		a.Illegal[corner] = a.check(corner)
	}
}

// Legal says of every corner whether it can be run.
func (a *Ablation) Legal() []bool {
	legal := make([]bool, len(a.Illegal))
	for corner, why := range a.Illegal {
		legal[corner] = why == ""
	}
	return legal
}

// separate joins two factors that can't be told apart, and reports whether
// there were such: two of which never one alone can have its second level, or,
// where no order of the factors can be run to its end, the two that leave most
// of the corners.
func (a *Ablation) separate() bool {
	legal := a.Legal()
	_, from := stats.CountOrders(legal)
	best, left := [2]int{}, -1
	for j := range a.Factors {
		for i := range j {
			alone, together := -1, 0 // a corner that tells them apart
			for corner, ok := range legal {
				switch apart := corner>>i&1 != corner>>j&1; {
				case apart && ok:
					alone = corner
				case ok:
					together++
				}
			}
			if alone < 0 {
				a.join(i, j, a.Illegal[1<<i])
				return true
			}
			if together > left {
				best, left = [2]int{i, j}, together
			}
		}
	}
	if from[0] > 0 {
		return false
	}
	a.join(best[0], best[1], a.reason())
	return true
}

// reason is why a corner can't be run.
func (a *Ablation) reason() string {
	at := slices.IndexFunc(a.Illegal, func(why string) bool { return why != "" })
	return a.Illegal[at]
}

// joinNamed joins factors by name, as the user asked.
func (a *Ablation) joinNamed(names []string) error {
	for _, name := range names {
		if !slices.Contains(a.names(), name) {
			return errors.New(config.Unknown("factor", name, a.names()))
		}
	}
	if len(names) < 2 {
		return fmt.Errorf("one factor (%s) can't be joined; name two or more, separated by commas", and(names...))
	}
	into := slices.Index(a.names(), names[0])
	for _, name := range names[1:] {
		at := slices.Index(a.names(), name)
		a.merge(min(into, at), max(into, at), "--join asks for it")
		into = min(into, at)
	}
	return nil
}

// join makes one factor of two that can't be told apart.
func (a *Ablation) join(i, j int, why string) {
	a.merge(i, j, fmt.Sprintf("%s and %s can't be told apart (%s)", a.Factors[i].Name, a.Factors[j].Name, why))
	a.look()
}

func (a *Ablation) merge(i, j int, why string) {
	f, g := a.Factors[i], a.Factors[j]
	one := Factor{
		Name: f.Name + " + " + g.Name, First: f.First + "; " + g.First, Second: f.Second + "; " + g.Second,
		Settings: append(slices.Clone(f.Settings), g.Settings...), Why: why,
		hooks: append(slices.Clone(f.hooks), g.hooks...), params: append(slices.Clone(f.params), g.params...),
		paths: append(slices.Clone(f.paths), g.paths...),
	}
	if f.First == g.First && f.Second == g.Second {
		one.First, one.Second = f.First, f.Second
	}
	for _, reason := range []string{f.Why, g.Why} {
		if reason != "" && reason != why {
			one.Why = join(one.Why, reason)
		}
	}
	factors := slices.Clone(a.Factors)
	factors[i] = one
	a.Factors = slices.Delete(factors, j, j+1)
}

// Label names a corner.
func (a *Ablation) Label(corner int) string {
	var changed []string
	for i, f := range a.Factors {
		if corner>>i&1 == 1 {
			changed = append(changed, f.Name)
		}
	}
	switch len(changed) {
	case 0:
		return a.Sides[0].Name
	case len(a.Factors):
		return a.Sides[1].Name
	}
	return fmt.Sprintf("%s with the %s of %s", a.Sides[0].Name, and(changed...), a.Sides[1].Name)
}
