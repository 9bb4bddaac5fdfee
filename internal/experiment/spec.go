package experiment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Spec is the configuration of a run. Two runs of the same Spec on the same
// kind of processor give the same numbers, bit for bit.
type Spec struct {
	Study    string        `yaml:"study" doc:"the comparison that the run belongs to; empty for none"`
	Seed     uint64        `yaml:"seed" doc:"seed of the initial weights, the order of samples and the views" range:"[0,9223372036854775807]"`
	Seeds    Seeds         `yaml:"seeds" doc:"seeds that differ from seed, to learn where the variance of scores comes from"`
	Preset   string        `yaml:"preset" doc:"published settings of the method to start from, which other keys change; empty for the defaults, which are the same training for all methods"`
	Method   config.Choice `yaml:"method" doc:"the contrastive method: a name, or a mapping of name and hyperparameters"`
	Backbone config.Choice `yaml:"backbone" doc:"the network whose features are learned"`
	Dataset  config.Choice `yaml:"dataset" doc:"the images"`
	Views    Views         `yaml:"views" json:"views" doc:"how the views of a sample are made"`
	Train    train.Config  `yaml:"train" doc:"how the method is trained"`
	Eval     Eval          `yaml:"eval" doc:"how the frozen backbone is evaluated"`
	Grid     config.Grid   `yaml:"grid" doc:"for compare: which keys vary over which values; every combination is run"`
}

// Seeds are those of a run that differ from its seed.
type Seeds struct {
	Weights *uint64 `yaml:"weights" json:"weights" doc:"of the initial weights; null for seed" range:"[0,9223372036854775807]"`
	Order   *uint64 `yaml:"order" json:"order" doc:"of the order of samples; null for seed" range:"[0,9223372036854775807]"`
	Views   *uint64 `yaml:"views" json:"views" doc:"of the views, and of what the network draws itself in each step, as drop path does; null for seed" range:"[0,9223372036854775807]"`
}

// or is the seed given, or else that of the run.
func or(given *uint64, seed uint64) uint64 {
	if given != nil {
		return *given
	}
	return seed
}

// Views says how the views of a sample are made.
type Views struct {
	Recipe        string              `yaml:"recipe" doc:"auto for the recipe of the method's paper, auto:METHOD for that of another's, or the name of a recipe, to give several methods the same views"`
	Size          int                 `yaml:"size" doc:"height and width of the views in pixels; 0 for the images' own" range:"[0,1024]"`
	Custom        []augment.View      `yaml:"custom" doc:"views given one by one instead of a recipe"`
	Normalization *data.Normalization `yaml:"normalization" doc:"mean and standard deviation of the channels; null to measure them on the training set"`
}

// AutoRecipe stands for the recipe of the method's paper. With a colon and the
// name of another method, as in auto:simclr, it stands for that method's.
const AutoRecipe = "auto"

// recipeOf is the method whose recipe the views follow, if they name one.
func (v Views) recipeOf() (method string, named bool) {
	return strings.CutPrefix(v.Recipe, AutoRecipe+":")
}

// Eval says how the frozen backbone is evaluated.
type Eval struct {
	EveryEpochs int      `yaml:"every_epochs" doc:"evaluate after every so many epochs as well as at the end; 0 for the end only" range:"[0,inf)"`
	BatchSize   int      `yaml:"batch_size" doc:"images a batch when features are computed" range:"[1,inf)"`
	Protocols   []string `yaml:"protocols" doc:"what frozen features are measured by, all of them on the same features (see: kontrast protocols)"`
	// Datasets are measured on as the data set that is trained on, with a training and a test split each.
	Datasets []config.Choice `yaml:"datasets" doc:"other data sets to measure the frozen backbone on, each a name or a mapping of name and parameters (see: kontrast datasets)"`

	OnlineProbe bool `yaml:"online_probe" doc:"train a linear classifier of the features beside the network, which gets no gradient from it: the metric online_top1 of the training views, and the evaluation online"`

	KNN        eval.KNNSettings    `yaml:"knn" doc:"the protocol knn: weighted nearest neighbors by cosine"`
	Linear     eval.LinearSettings `yaml:"linear" doc:"the protocol linear: multinomial logistic regression"`
	LinearGrid eval.GridSettings   `yaml:"linear_grid" doc:"the protocols linear-grid and linear-grid-bn: SGD with a choice of learning rates"`

	FewShot  eval.FewShot            `yaml:"few_shot" doc:"linear probes with few samples a class"`
	FineTune finetune.Config         `yaml:"fine_tune" doc:"training of the whole network with labels"`
	Prompts  transfer.PromptSettings `yaml:"prompts" doc:"texts that classes are named by, for methods that learn from captions"`
}

// Validate reports protocols that are not known or given twice.
func (e *Eval) Validate() error {
	known := eval.Protocols()
	var faults []error
	for i, name := range e.Protocols {
		key := fmt.Sprintf("protocols.%d", i)
		if _, err := known.Get(name); err != nil {
			faults = append(faults, config.Faultf(key, "%v", err))
		} else if slices.Index(e.Protocols, name) < i {
			faults = append(faults, config.Faultf(key, "%s is given twice", name))
		}
	}
	if len(e.LinearGrid.Rates) == 0 {
		faults = append(faults, config.Faultf("linear_grid.rates", "there is no learning rate to choose; give one or more"))
	}
	return errors.Join(faults...)
}

// Defaults is the configuration that a file changes.
func Defaults() Spec {
	return Spec{
		Seed:     1,
		Method:   config.Choice{Name: "simclr"},
		Backbone: config.Choice{Name: "resnet8"},
		Dataset:  config.Choice{Name: "shapes"},
		Views:    Views{Recipe: AutoRecipe},
		Train:    train.Defaults(),
		Eval: Eval{
			BatchSize: 256,
			Protocols: []string{"knn", "linear"},
			KNN:       eval.KNNSettings{K: 200, Temperature: 0.07},
			Linear:    eval.LinearSettings{WeightDecay: 1e-3, Standardize: true},

			LinearGrid: eval.DefaultGrid(),

			FewShot:  eval.DefaultFewShot(),
			FineTune: finetune.Defaults(),
			Prompts:  transfer.PromptSettings{Templates: "auto"},
		},
	}
}

// Validate checks what no single field's range can.
func (s *Spec) Validate() error {
	var faults []error
	if _, named := s.Views.recipeOf(); s.Views.Recipe != AutoRecipe && !named {
		if _, err := augment.Named(s.Views.Recipe, anySize); err != nil {
			faults = append(faults, config.Faultf("views.recipe", "%v, %[2]s, %[2]s:METHOD", err, AutoRecipe))
		}
	}
	if len(s.Views.Custom) > 0 && s.Views.Recipe != AutoRecipe {
		faults = append(faults, config.Faultf("views.custom", "views are given both by a recipe and one by one; remove views.recipe"))
	}
	if s.Seed > math.MaxInt64 {
		faults = append(faults, config.Faultf("seed", "%d is above %d, the largest that the results can hold", s.Seed, int64(math.MaxInt64)))
	}
	return errors.Join(faults...)
}
