package experiment

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Trainings says how the methods of the study are trained, a line for each way:
// one where all have the same settings, several where presets or the grid give
// them different ones. Without it nobody can tell what a comparison is fair by.
func (s *Study) Trainings() []string {
	var ways []string
	methods := map[string][]string{}
	several := s.startSeveralWays()
	for _, plan := range s.Plans {
		way := plan.training()
		if several {
			way += ", backbone.init " + cmp.Or(plan.start(), "by default")
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
		if !slices.Contains(methods[way], plan.Method.Name) {
			methods[way] = append(methods[way], plan.Method.Name)
		}
	}
	for i, way := range ways {
		who := strings.Join(methods[way], ", ")
		if len(ways) == 1 {
			who = "all methods alike"
		}
		ways[i] = fmt.Sprintf("training of %s: %s", who, way)
	}
	return ways
}

// startSeveralWays reports whether the weights of one backbone start in several ways, as those of presets may.
func (s *Study) startSeveralWays() bool {
	starts := map[string]string{}
	for _, plan := range s.Plans {
		name, start := plan.Spec.Backbone.Name, plan.start()
		if first, seen := starts[name]; seen && first != start {
			return true
		}
		starts[name] = start
	}
	return false
}

// start is the backbone's parameter init; empty if it has none, or a usual one that configurations leave out.
func (p *Plan) start() string {
	var params struct{ Init string }
	if json.Unmarshal(config.Canonical(p.Spec.Backbone.Params), &params) != nil {
		return ""
	}
	return params.Init
}

func (p *Plan) training() string {
	t := p.Spec.Train
	way := fmt.Sprintf("%s in batches of %d, %s, learning rate %.4g (%s", epochs(float64(t.Epochs)), t.BatchSize,
		t.Optimizer.Name, t.LearningRate.Peak(t.BatchSize), t.LearningRate.Schedule)
	if t.LearningRate.WarmupEpochs > 0 {
		way += fmt.Sprintf(" after %s of warm-up", epochs(t.LearningRate.WarmupEpochs))
	}
	way += fmt.Sprintf("), weight decay %g", t.Optimizer.WeightDecay)
	if p.Spec.Views.Recipe != AutoRecipe {
		way += ", views " + p.Spec.Views.Recipe
	}
	if p.Spec.Preset != "" {
		way += ", from preset " + p.Spec.Preset
	}
	return way
}

func epochs(n float64) string {
	if n == 1 {
		return "1 epoch"
	}
	return fmt.Sprintf("%.7g epochs", n)
}
