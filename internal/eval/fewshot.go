package eval

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// FewShot is the linear probe with few training samples a class (Radford et
// al. 2021, §3.1.5, figure 6). It works on any frozen features. Package config
// reads it.
type FewShot struct {
	Shots       []int   `yaml:"shots" range:"[1,inf)"`
	Draws       int     `yaml:"draws" range:"[1,inf)"`
	Seed        uint64  `yaml:"seed"`
	WeightDecay float64 `yaml:"weight_decay" range:"(0,inf)"`
	Standardize bool    `yaml:"standardize"`
}

// DefaultFewShot is no evaluation until shots are given.
func DefaultFewShot() FewShot {
	return FewShot{Draws: 3, Seed: 1, WeightDecay: 1e-2, Standardize: true}
}

// fewShotKey is the key of the random streams of draws.
const fewShotKey = 2

// Evaluate fits the probes, on the backend or, if it is nil, in plain Go, and
// returns one result for each number of shots. For
// one draw the samples of fewer shots are among those of more. It is an error if
// there are shots and the settings are outside their ranges, or a class has too
// few samples.
func (f FewShot) Evaluate(
	ctx context.Context, backend compute.Backend, training, test Set, classes int,
) ([]*Result, error) {
	if len(f.Shots) == 0 {
		return nil, nil
	}
	if err := config.Check(&f); err != nil {
		return nil, fmt.Errorf("few-shot probe: %w", err)
	}
	if classes < 2 {
		return nil, fmt.Errorf("few-shot probe: %d classes, want at least 2", classes)
	}
	probe := Logistic{WeightDecay: f.WeightDecay, Standardize: f.Standardize, Backend: backend}
	var results []*Result
	for _, shots := range f.Shots {
		mean, short := 0.0, 0
		for draw := range f.Draws {
			set, err := f.draw(training, classes, shots, draw)
			if err != nil {
				return nil, err
			}
			classifier, err := probe.Fit(ctx, set, classes)
			if err != nil {
				return nil, fmt.Errorf("linear probe with %d samples a class: %w", shots, err)
			}
			if !classifier.Converged {
				short++
			}
			scores, err := classifier.Logits(test.Features)
			if err != nil {
				return nil, err
			}
			accuracy, err := scores.TopK(test.Labels, 1)
			if err != nil {
				return nil, err
			}
			mean += accuracy / float64(f.Draws)
		}
		result := &Result{Protocol: f.protocol(shots), Values: []Value{{"top1", mean}}}
		if short > 0 {
			result.Doubt = fmt.Sprintf("%d of %d fits did not converge; raise the weight decay (%g)",
				short, f.Draws, f.WeightDecay)
		}
		results = append(results, result)
	}
	return results, nil
}

func (f FewShot) protocol(shots int) store.Protocol {
	return Learned("few-shot", map[string]string{
		"shots": strconv.Itoa(shots), "draws": strconv.Itoa(f.Draws), "draw_seed": strconv.FormatUint(f.Seed, 10),
		"weight_decay": strconv.FormatFloat(f.WeightDecay, 'g', -1, 64), "standardize": strconv.FormatBool(f.Standardize),
	})
}

// draw takes that many samples of each class at random.
func (f FewShot) draw(from Set, classes, shots, draw int) (Set, error) {
	out := Set{Features: Features{Dim: from.Dim}}
	if len(from.Labels) != from.Len() {
		return out, fmt.Errorf("few-shot probe: %d labels for %d features", len(from.Labels), from.Len())
	}
	order := make([]int, from.Len())
	random.New(f.Seed, fewShotKey, uint64(draw)).Perm(order)
	taken := make([]int, classes)
	for _, i := range order {
		label := from.Labels[i]
		if label < 0 || label >= classes {
			return out, fmt.Errorf("few-shot probe: label %d is outside [0, %d)", label, classes)
		}
		if taken[label] < shots {
			taken[label]++
			out.Data = append(out.Data, from.Row(i)...)
			out.Labels = append(out.Labels, label)
		}
	}
	if least := slices.Min(taken); least < shots {
		class := strconv.Itoa(slices.Index(taken, least))
		return out, fmt.Errorf("few-shot probe: %s; use fewer", TooFew(class, least, shots))
	}
	return out, nil
}

// TooFew says that a class has fewer training samples than that many shots.
func TooFew(class string, samples, shots int) string {
	counted := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprint(n, " ", what, "s")
	}
	return fmt.Sprintf("class %q has %s, fewer than %s", class, counted(samples, "training sample"),
		counted(shots, "shot"))
}
