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
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Spec is the configuration of a run. Two runs of the same Spec on the same
// kind of processor give the same numbers, bit for bit.
type Spec struct {
	Study    string        `yaml:"study"`
	Seed     uint64        `yaml:"seed" range:"[0,9223372036854775807]"`
	Seeds    Seeds         `yaml:"seeds"`
	Preset   string        `yaml:"preset"`
	Backend  string        `yaml:"backend" omit:"kontrast"`
	Method   config.Choice `yaml:"method"`
	Backbone config.Choice `yaml:"backbone"`
	Dataset  config.Choice `yaml:"dataset"`
	Views    Views         `yaml:"views" json:"views"`
	Train    train.Config  `yaml:"train"`
	Eval     Eval          `yaml:"eval"`
	Grid     config.Grid   `yaml:"grid"`

	Baselines []config.Choice `yaml:"baselines"`
}

// Seeds are those of a run that differ from its seed.
type Seeds struct {
	Weights *uint64 `yaml:"weights" json:"weights" range:"[0,9223372036854775807]"`
	Order   *uint64 `yaml:"order" json:"order" range:"[0,9223372036854775807]"`
	Views   *uint64 `yaml:"views" json:"views" range:"[0,9223372036854775807]"`
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
	Recipe        string              `yaml:"recipe"`
	Size          int                 `yaml:"size" range:"[0,1024]"`
	Custom        []augment.View      `yaml:"custom"`
	Normalization *data.Normalization `yaml:"normalization"`
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
	EveryEpochs int      `yaml:"every_epochs" range:"[0,inf)"`
	BatchSize   int      `yaml:"batch_size" range:"[1,inf)"`
	Protocols   []string `yaml:"protocols"`
	// Datasets are measured on as the data set that is trained on, with a training and a test split each.
	Datasets []config.Choice `yaml:"datasets"`

	OnlineProbe bool `yaml:"online_probe"`

	KNN        eval.KNNSettings    `yaml:"knn"`
	Linear     eval.LinearSettings `yaml:"linear"`
	LinearGrid eval.GridSettings   `yaml:"linear_grid"`

	FewShot  eval.FewShot            `yaml:"few_shot"`
	FineTune finetune.Config         `yaml:"fine_tune"`
	Prompts  transfer.PromptSettings `yaml:"prompts"`
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
		Seed:      1,
		Backend:   backend.Default,
		Method:    config.Choice{Name: "simclr"},
		Backbone:  config.Choice{Name: "resnet8"},
		Dataset:   config.Choice{Name: "shapes"},
		Views:     Views{Recipe: AutoRecipe},
		Train:     train.Defaults(),
		Baselines: []config.Choice{{Name: Untrained}},
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
		faults = append(
			faults, config.Faultf("views.custom", "views are given both by a recipe and one by one; remove views.recipe"),
		)
	}
	if !backend.IsKnown(s.Backend) {
		name, _, _ := strings.Cut(s.Backend, ":")
		faults = append(faults, config.Faultf("backend", "%s", config.Unknown("compute backend", name, backend.Known())))
	}
	if err := backend.CheckDevices(s.Backend); err != nil {
		faults = append(faults, config.Faultf("backend", "%v", err))
	}
	if s.Seed > math.MaxInt64 {
		faults = append(
			faults, config.Faultf("seed", "%d is above %d, the largest that the results can hold", s.Seed, int64(math.MaxInt64)),
		)
	}
	return errors.Join(faults...)
}
