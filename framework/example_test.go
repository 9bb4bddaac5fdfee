package framework_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// myParams are the hyperparameters of a method of one's own. A configuration
// gives them as `method: {name: mymethod, temperature: 0.2}`.
type myParams struct {
	Temperature float64 `yaml:"temperature" doc:"softmax temperature" range:"(0,inf)"`
	OutputDim   int     `yaml:"output_dim" doc:"width of the embeddings" range:"[1,inf)"`
}

// myMethod is a small SimCLR: it tells the views of a sample from the rest of the batch.
type myMethod struct{ myParams }

// Positives embeds both views and pairs each with the other.
func (m *myMethod) Positives(s *framework.Step) []framework.Pair {
	features := s.EmbedViews(s.Online(), s.Views[:2]...) // [2·N, FeatureDim]
	head := framework.Head{Layers: 2, Out: m.OutputDim, OutputBias: true}
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

// Negatives are both views of all other samples of the batch.
func (m *myMethod) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.RestOfBatch(pairs)
}

// Loss is InfoNCE.
func (m *myMethod) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
}

// Update has nothing to do: there is no momentum encoder and no queue.
func (m *myMethod) Update(*framework.Step, []framework.Pair) {}

// A method from nothing: hyperparameters, four hooks, a registration. A program
// that hands Factory to kontrast.Main has the whole command line for it.
func ExampleNewFactory() {
	factory := framework.NewFactory(framework.Info{
		Name:  "mymethod",
		Title: "My method",
		Hooks: framework.Hooks{
			Positives: "the other view of the sample", Negatives: "both views of the rest of the batch",
			Loss: "InfoNCE", Update: "nothing",
		},
		Recipe: "simclr", // the views that it wants
	}, myParams{Temperature: 0.2, OutputDim: 128}, func(p myParams) (framework.Method, error) { return &myMethod{p}, nil })

	_, err := factory.New(&myParams{Temperature: -1, OutputDim: 128})
	fmt.Println(err)
	fmt.Println(factory.RecipeFor(32)) // for small images
	// Output:
	// temperature: -1 is out of range (0,inf)
	//   hint: softmax temperature
	// simclr-cifar
}
