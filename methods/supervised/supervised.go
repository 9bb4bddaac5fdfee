// Package supervised is classification by cross entropy, the line that
// self-supervised methods are held against. Seen as a contrastive method it
// compares an image with one vector a class, the rows of the classifier.
package supervised

import (
	"embed"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of classification: there are none.
type Params struct{}

//go:embed presets
var files embed.FS

// Factory registers classification by cross entropy.
var Factory = framework.NewFactory(framework.Info{
	Name:   "supervised",
	Title:  "Cross entropy with labels",
	Paper:  "as in He, Zhang, Ren and Sun: Deep Residual Learning for Image Recognition. CVPR 2016, arXiv:1512.03385",
	Change: "the line to hold against: the positive is the vector of the sample's class, learned with the network",
	Hooks: framework.Hooks{
		Positives: "the vector and bias of the sample's class",
		Negatives: "those of the other classes",
		Loss:      "InfoNCE at a temperature of 1, which is the cross entropy of a linear classifier",
		Update:    "nothing",
	},
	Supervised: true,
	Recipe:     "supervised",
	Presets:    framework.Presets(files, "presets"),
}, Params{}, New)

// New returns classification by cross entropy.
func New(Params) (framework.Method, error) { return method{}, nil }

type method struct{}

// classes names the kept vectors of all classes.
const classes = "classes"

// Positives appends a one to the features, which meets the bias of a class.
func (method) Positives(s *framework.Step) []framework.Pair {
	if s.Classes < 2 {
		panic(fmt.Errorf("the data set has %d classes; classification needs at least 2", s.Classes))
	}
	features := s.Backbone(s.Online(), s.Views[0])
	ones := graph.Ones(s.Graph, shapes.Make(features.DType(), s.BatchSize(), 1))

	scope := s.Online().At("projector").At("linear0")
	vectors := nn.Parameter(scope, s.Graph, "weight", nn.KaimingUniform(sqrt5), s.FeatureDim(), s.Classes)
	biases := nn.Parameter(scope, s.Graph, "bias", nn.Zeros, s.Classes)
	ofClasses := graph.Concatenate([]*graph.Node{graph.Transpose(vectors, 0, 1), graph.ExpandAxes(biases, 1)}, 1)
	s.Keep(classes, ofClasses)

	own := graph.Gather(ofClasses, graph.ExpandAxes(s.Labels, -1))
	return []framework.Pair{{Anchor: graph.Concatenate([]*graph.Node{features, ones}, 1), Positive: own}}
}

const sqrt5 = 2.2360679774997896964 // PyTorch's default start of linear layers

func (method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	grid := shapes.Make(dtypes.Int32, s.BatchSize(), s.Classes)
	own := graph.BroadcastToDims(graph.ExpandAxes(s.Labels, 1), grid.Dimensions...)
	return &framework.Negatives{
		Keys:    s.Kept(classes),
		Exclude: graph.Equal(graph.Iota(s.Graph, grid, 1), own), Excluded: 1,
	}
}

func (method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(1))
}

func (method) Update(*framework.Step, []framework.Pair) {}
