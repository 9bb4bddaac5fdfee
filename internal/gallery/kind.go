package gallery

import (
	"context"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Request says what is to be drawn.
type Request struct {
	Subject    string   // a study or a run
	Metric     string   // of evaluations or of training; empty for the kind's own
	Evaluation string   // its kind, such as linear, or a whole protocol; empty for the first of linear, knn and others
	Dataset    string   // trained on; empty for the only one
	Backbone   string   // empty for all
	Methods    []string // empty for all
	Baseline   string   // the method that others are compared with; empty for the untrained backbone
	// of transfer: two of METHOD KIND, such as "clip zero-shot", whose differences are drawn; nil for a table of all
	Versus   []string
	Parallel bool // of parameters: runs as lines across all settings, instead of a panel for each setting
	Options  figure.Options
}

// Kind is a kind of figure that the database alone can give.
type Kind struct {
	Name string
	Doc  string
	Draw func(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error)
}

// Key is the kind's name.
func (k Kind) Key() string { return k.Name }

// Kinds lists the kinds.
func Kinds() *framework.Registry[Kind] {
	kinds, err := framework.NewRegistry("figure",
		Kind{"ranking", "methods by their mean score, with 95 % intervals and a dot for each seed", ranking},
		Kind{"forest", "differences from a baseline over the seeds that both have (paired), with 95 % intervals", forest},
		Kind{
			"matrix", "multiple-comparison matrix: every method against every other, with what is decided after Holm's " +
				"correction", matrix,
		},
		Kind{"critical-difference", "mean ranks over the seeds, with lines that join what is not told apart",
			criticalDifference},
		Kind{
			"profile", "performance profiles: the share of a method's runs, over seeds, backbones and data sets, above every " +
				"score", profile,
		},
		Kind{"curves", "a metric during training (loss, rankme, gradient_norm, … or an evaluation's that was repeated): " +
			"the mean of the seeds in a band from the lowest to the highest", curves},
		Kind{"cost", "scores against seconds and against images seen", cost},
		Kind{"factors", "what the features of each method keep of the factors of variation", factors},
		Kind{"transfer", "scores on data sets that the backbones were not trained on; with --versus, differences of two",
			transfer},
		Kind{
			"waterfall", "what each factor of an ablation makes of the difference of its two ends (kontrast ablate)", waterfall,
		},
		Kind{"parameters", "scores against every setting that the runs of a study vary, a panel each or, with --parallel, " +
			"as parallel coordinates", parameters},
	)
	if err != nil {
		panic(err) // a name twice, a mistake of this package
	}
	return kinds
}
