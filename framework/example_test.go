package framework_test

import (
	"fmt"

	"github.com/gomlx/compute/gobackend"
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

	// New checks what a configuration gave.
	_, err := factory.New(&myParams{Temperature: -1, OutputDim: 128})
	fmt.Println(err)
	fmt.Println(factory.RecipeFor(32)) // for small images
	// Output:
	// temperature: -1 is out of range (0,inf)
	//   hint: softmax temperature
	// simclr-cifar
}

// Views of two samples, embedded as unit vectors. Each view is an anchor, the
// other view of the sample its positive, and the other sample's two views are
// its negatives: InfoNCE is small, as the views of a sample are close.
func ExampleNegatives() {
	infoNCE := func(views *graph.Node) []*graph.Node {
		z := framework.Split(views, 2)
		pairs := []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
		negatives := framework.RestOfBatch(pairs)
		fmt.Println("negatives of an anchor:", negatives.PerAnchor())

		temperature := graph.Const(views.Graph(), float32(0.2))
		queue := graph.Const(views.Graph(), [][]float32{{0, -1}, {-1, 0}}) // of past batches
		return []*graph.Node{
			negatives.Similarities(0, z[0]), // of the first pair: columns are the views; excluded are the sample's own
			framework.InfoNCE(pairs, negatives, temperature),
			framework.InfoNCE(pairs, negatives.With(queue), temperature),
		}
	}
	views := [][]float32{
		{1, 0}, {0, 1}, // the first view of both samples
		{0.8, 0.6}, {0, 1}, // the second
	}
	results, err := graph.CallOnceN(gobackend.GetBackend(), infoNCE, views)
	if err != nil {
		panic(err)
	}
	fmt.Println("similarities:", results[0].Value())
	fmt.Printf("loss: %.4f, with a queue %.4f\n", results[1].Value(), results[2].Value())
	// Output:
	// negatives of an anchor: 2
	// similarities: [[-1e+09 0 -1e+09 0] [0 -1e+09 0.6 -1e+09]]
	// loss: 0.2133, with a queue 0.2208
}
