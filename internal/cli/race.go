package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// decision says what a comparison is to decide, and for how long it tries.
type decision struct {
	untilDecided bool
	margin       float64 // points
	maxSeeds     int
	by           string // kind of the evaluation
}

func (d *decision) register(cmd *cobra.Command) {
	registerMargin(cmd, &d.margin)
	flags := cmd.Flags()
	flags.BoolVar(&d.untilDecided, "until-decided", false, "add seeds until the methods are told apart")
	flags.IntVar(&d.maxSeeds, "max-seeds", 30, "for --until-decided: seeds at most")
	flags.StringVar(&d.by, "by", "", "for --until-decided: evaluation that decides, such as linear (default knn)")
}

func (d *decision) check(cmd *cobra.Command) error {
	for _, flag := range []string{"max-seeds", "by"} {
		if cmd.Flags().Changed(flag) && !d.untilDecided {
			return hinted{
				fmt.Errorf("--%s is for comparisons that continue until they decide", flag), "add --until-decided, or leave it out",
			}
		}
	}
	if d.maxSeeds < experiment.RaceLeast {
		return fmt.Errorf("--max-seeds %d: expected %d or more; fewer seeds decide nothing", d.maxSeeds, experiment.RaceLeast)
	}
	return checkMargin(d.margin)
}

// race makes the race of a study that the document describes.
func (d *decision) race(c *command, doc *config.Document, defaults experiment.Spec) experiment.Race {
	return experiment.Race{
		Margin: d.margin / 100, MaxSeeds: d.maxSeeds, Kind: d.by,
		More: func(seed uint64) (*experiment.Study, error) {
			if err := doc.Assign("--until-decided", "grid.seed", "["+strconv.FormatUint(seed, 10)+"]"); err != nil {
				return nil, err
			}
			catalog, err := c.catalog()
			if err != nil {
				return nil, err
			}
			return catalog.ResolveStudy(doc, defaults)
		},
		Told: func(seeds int, standing compare.Standing) { c.progressNote("%s", tell(seeds, standing)) },
	}
}

// tell says in a line how a race stands.
func tell(seeds int, s compare.Standing) string {
	line := fmt.Sprintf("after %d seeds: ", seeds)
	switch {
	case len(s.Open) == 0 && len(s.OutOfReach) == 0:
		line += "all pairs that matter are decided"
	case len(s.Open) == 0:
		line += fmt.Sprintf("the test samples are too few to tell %s apart", pairsOf(s.OutOfReach))
	default:
		line += "undecided: " + pairsOf(s.Open)
	}
	var behind []string
	for competitor, ahead := range s.Behind {
		behind = append(behind, fmt.Sprintf("%s behind %s", competitor.Method, ahead.Method))
	}
	if len(behind) > 0 {
		slices.Sort(behind)
		line += "; out of the race: " + strings.Join(behind, ", ")
	}
	return line
}

func pairsOf(pairs []compare.Pair) string {
	names := make([]string, len(pairs))
	for i, p := range pairs {
		names[i] = p.First.Method + " and " + p.Second.Method
	}
	return strings.Join(names, ", ")
}
