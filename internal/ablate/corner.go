package ablate

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/mix"
)

// corner are the settings where the factors of its bits have their second level.
func (a *Ablation) corner(corner int) settings {
	s := a.settings[0].clone()
	s["method"] = map[string]any(a.methodAt(corner))
	for i, f := range a.Factors {
		if corner>>i&1 == 0 {
			continue
		}
		if slices.Contains(f.paths, "backbone.name") {
			s["backbone"] = a.settings[1]["backbone"]
		}
		for _, path := range f.paths {
			if value := a.settings[1].get(path); value != nil {
				s.set(path, value)
			} else { // the default, which is not written
				s.unset(path)
			}
		}
	}
	a.stretch(s, corner)
	return s
}

// methodAt is the section of the method at a corner, but for the
// hyperparameters that are factors by their paths.
func (a *Ablation) methodAt(corner int) settings {
	sides := [2]method{methodOf(a.settings[0]), methodOf(a.settings[1])}
	side := map[string]int{}
	alike := true
	for _, hook := range mix.Hooks {
		side[hook] = a.sideOf(hook, corner)
		alike = alike && side[hook] == side[mix.Hooks[0]]
	}
	made := sides[side[mix.Hooks[0]]].whole.clone()
	if !alike {
		made = settings{"name": mix.Name}
		for _, hook := range mix.Hooks {
			part := sides[side[hook]].parts[hook].clone()
			if side[hook] != side[mix.Hooks[0]] {
				delete(part, "output_dim") // it takes that of the positives
			}
			made[hook] = map[string]any(part)
		}
	}
	for i, f := range a.Factors {
		for _, key := range f.params {
			value := sides[corner>>i&1].whole.get(key)
			if alike {
				made.put(key, value)
				continue
			}
			for _, hook := range mix.Hooks {
				made.section(hook).put(key, value)
			}
		}
	}
	return made
}

// put changes a value that there is.
func (s settings) put(key string, value any) {
	if _, found := s[key]; found {
		s[key] = value
	}
}

// sideOf says which side a hook is of at a corner. A hook that is the same in
// both methods goes with the positives, or else with what there is.
func (a *Ablation) sideOf(hook string, corner int) int {
	for _, one := range []string{hook, "positives", "loss", "negatives"} {
		for i, f := range a.Factors {
			if slices.Contains(f.hooks, one) {
				return corner >> i & 1
			}
		}
	}
	return 0
}

// stretch keeps the shape of a schedule and of a warm-up that come from a
// training of other length than the corner's.
func (a *Ablation) stretch(s settings, corner int) {
	const (
		epochs     = "train.epochs"
		milestones = "train.learning_rate.milestones"
		warmup     = "train.learning_rate.warmup_epochs"
	)
	for i, f := range a.Factors {
		length := number(a.settings[corner>>i&1].get(epochs))
		factor := number(s.get(epochs)) / length
		if factor == 1 || slices.Contains(f.paths, epochs) {
			continue
		}
		if slices.Contains(f.paths, warmup) {
			s.set(warmup, json.Number(strconv.FormatFloat(number(s.get(warmup))*factor, 'g', -1, 64)))
		}
		if list, _ := s.get(milestones).([]any); slices.Contains(f.paths, milestones) && len(list) > 0 {
			scaled := []any{}
			for _, epoch := range list {
				scaled = append(scaled, json.Number(strconv.Itoa(max(1, int(math.Round(number(epoch)*factor))))))
			}
			s.set(milestones, scaled)
		}
	}
}

func number(value any) float64 {
	n, _ := value.(json.Number)
	x, _ := n.Float64()
	return x
}

// Plan is the run of a corner with that seed.
func (a *Ablation) Plan(study string, corner int, seed uint64) (*experiment.Plan, error) {
	s := a.corner(corner)
	s["study"], s["seed"], s["backend"] = study, seed, a.Sides[0].Plan.Spec.Backend
	doc, err := config.Parse(a.Label(corner), []byte(text(map[string]any(s))))
	if err != nil {
		return nil, err
	}
	return a.catalog.Resolve(doc, experiment.Defaults())
}

// check says why a corner can't be run; empty if it can.
func (a *Ablation) check(corner int) string {
	_, err := a.Plan("", corner, 1)
	var faults config.Faults
	if errors.As(err, &faults) && len(faults) > 0 {
		return faults[0].Path + ": " + faults[0].Message
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
