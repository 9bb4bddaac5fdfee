package experiment

import (
	"fmt"
	"slices"
	"strings"
)

// Trainings says how the methods of the study are trained, a line for each way:
// one where all have the same settings, several where presets or the grid give
// them different ones. Without it nobody can tell what a comparison is fair by.
func (s *Study) Trainings() []string {
	var ways []string
	methods := map[string][]string{}
	for _, plan := range s.Plans {
		way := plan.training()
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
