package train

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Extension says that a training was made longer, and how its schedules (the
// learning rate, and the method's own) continue. A training from the beginning
// that has it gives the same numbers as one that was extended.
type Extension struct {
	Epochs   int    `yaml:"epochs" range:"[1,1000000]"`
	Schedule string `yaml:"schedule" oneof:"restart,stretch"`
}

// How schedules continue after an extension.
const (
	Restart = "restart"
	Stretch = "stretch"
)

// checkExtensions reports extensions that don't follow each other within the training.
func (c *Config) checkExtensions() error {
	before := 0
	for i, e := range c.Extensions {
		if e.Epochs <= before || e.Epochs >= c.Epochs {
			return config.Faultf(fmt.Sprintf("extensions.%d.epochs", i), "%d: expected more than %d, the epochs before, and "+
				"fewer than %d, those of the whole training", e.Epochs, before, c.Epochs)
		}
		before = e.Epochs
	}
	return nil
}

// Extended returns the schedules of a training of that length with its
// extensions, from those that build gives for a training without any.
func (c Config) Extended(
	length framework.Length, build func(framework.Length) (map[string]optim.Schedule, error),
) (map[string]optim.Schedule, error) {
	of := func(epochs int) framework.Length {
		part := length
		part.Epochs = epochs
		return part
	}
	all := map[string]extended{}
	begin, kind := 0, Stretch
	for i := range len(c.Extensions) + 1 {
		end := length.Epochs
		if i < len(c.Extensions) {
			end = c.Extensions[i].Epochs
		}
		origin := 0
		if kind == Restart {
			origin = begin
		}
		schedules, err := build(of(end - origin))
		if err != nil {
			return nil, fmt.Errorf("epochs %d to %d: %w", begin+1, end, err)
		}
		for name, schedule := range schedules {
			all[name] = append(all[name], segment{begin * length.StepsPerEpoch, origin * length.StepsPerEpoch, schedule})
		}
		if i < len(c.Extensions) {
			begin, kind = end, c.Extensions[i].Schedule
		}
	}
	whole := map[string]optim.Schedule{}
	for name, segments := range all {
		whole[name] = segments
	}
	return whole, nil
}

// segment is a schedule that holds from a step on, and counts from an origin.
type segment struct {
	from, origin int
	optim.Schedule
}

// extended is one schedule after another.
type extended []segment

// At implements optim.Schedule.
func (e extended) At(step int) float64 {
	at := e[0]
	for _, s := range e[1:] {
		if step >= s.from {
			at = s
		}
	}
	return at.Schedule.At(step - at.origin)
}
