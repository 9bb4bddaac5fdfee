package data

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Holdout says what the test split is when it does not lie apart: a share of each class.
type Holdout struct {
	TestFraction float64 `yaml:"test_fraction" range:"[0,1)"`
	SplitSeed    uint64  `yaml:"split_seed"`
}

// part returns the part of a dataset that is the split; none may be empty. All
// samples of an image are in the same.
func (h Holdout) part(dataset Dataset, split Split) (Dataset, error) {
	out := &heldOut{subset: subset{Dataset: dataset}}
	var single, rounded []string
	for c, images := range byClass(dataset) {
		images = shuffled(images, random.New(h.SplitSeed, uint64(c)))
		test := min(share(h.TestFraction, len(images)), max(len(images)-1, 0))
		if c < len(dataset.Classes()) && len(images) > 0 {
			name := dataset.Classes()[c]
			if got := float64(test) / float64(len(images)); test == 0 {
				single = append(single, fmt.Sprintf("%q", name))
			} else if got > 1.5*h.TestFraction || got < h.TestFraction/1.5 {
				rounded = append(rounded, fmt.Sprintf("%q (%d of %d)", name, test, len(images)))
			}
		}
		chosen := images[test:]
		if split == Test {
			chosen = images[:test]
		}
		for _, image := range chosen {
			out.indices = append(out.indices, image...)
		}
	}
	if len(out.indices) == 0 {
		return nil, fmt.Errorf("test_fraction %g of %d samples, rounded class by class, leaves the %s split none; choose "+
			"another share or name a test split of its own",
			h.TestFraction, dataset.Len(), split)
	}
	if split == Train {
		out.note("with a single image train and are not tested", single)
		out.note(fmt.Sprintf("are so small that another share than %g of them is tested", h.TestFraction), rounded)
	}
	out.sorted()
	return out, nil
}

// heldOut is one side of a holdout.
type heldOut struct {
	subset
	notes []string
}

// Notes implements Noted.
func (h *heldOut) Notes() []string { return h.notes }

const shownClasses = 5

func (h *heldOut) note(what string, classes []string) {
	if n := len(classes); n > 0 {
		list := strings.Join(classes[:min(n, shownClasses)], ", ")
		if n > shownClasses {
			list += ", …"
		}
		h.notes = append(h.notes, fmt.Sprintf("classes %s (%d): %s", what, n, list))
	}
}
