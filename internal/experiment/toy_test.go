package experiment

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// toyParams are the hyperparameters of toy, a method that pulls two views together.
type toyParams struct {
	Weight float64 `yaml:"weight" doc:"weight of the loss" range:"(0,inf)"`
	Parts  int     `yaml:"parts" doc:"parts of the batch" range:"[1,inf)"`
}

func (p *toyParams) CheckBatch(size int) error {
	if size%p.Parts != 0 {
		return config.Faultf("method.parts", "%d parts don't divide a batch of %d", p.Parts, size)
	}
	return nil
}

type toy struct{ toyParams }

func (m *toy) Positives(s *framework.Step) []framework.Pair {
	z := framework.Split(nn.L2Normalize(s.EmbedViews(s.Online(), s.Views[:2]...)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}}
}

func (m *toy) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *toy) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return graph.MulScalar(graph.ReduceAllMean(graph.Square(graph.Sub(pairs[0].Anchor, pairs[0].Positive))), m.Weight)
}

func (m *toy) Update(*framework.Step, []framework.Pair) {}

func toyFactory(name string) framework.Factory {
	info := framework.Info{Name: name, Title: "A toy", Recipe: "simclr"}
	return framework.NewFactory(
		info, toyParams{Weight: 1, Parts: 1}, func(p toyParams) (framework.Method, error) { return &toy{p}, nil },
	)
}

func newCatalog(t *testing.T) Catalog {
	t.Helper()
	var c Catalog
	var err error
	labeled := toyFactory("labeled")
	labeled.Supervised = true
	if c.Methods, err = framework.NewRegistry("method", toyFactory("simclr"), toyFactory("toy"), toyFactory("other"),
		labeled); err != nil {
		t.Fatal(err)
	}
	if c.Backbones, err = framework.NewRegistry("backbone", backbones.Builtin()...); err != nil {
		t.Fatal(err)
	}
	if c.Datasets, err = framework.NewRegistry("dataset", data.Builtin()...); err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, text string) *config.Document {
	t.Helper()
	doc, err := config.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// tiny are settings of a run of a few steps.
const tiny = `
backbone: {name: resnet8, width: 0.25}
dataset: {name: shapes, train: 32, test: 20, size: 16}
train: {epochs: 2, batch_size: 16}
eval: {knn: {k: 5}}
`

func resolve(t *testing.T, text string) *Plan {
	t.Helper()
	plan, err := newCatalog(t).Resolve(parse(t, text), Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func newRunner(t *testing.T) *Runner {
	t.Helper()
	return runnerAt(t, t.TempDir())
}

// runnerAt makes a runner whose database and checkpoints are in a folder.
func runnerAt(t *testing.T, folder string) *Runner {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(folder, "e.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &Runner{
		Catalog: newCatalog(t), Backend: testbackend.New(t), Store: s, Log: zap.NewNop(), Now: time.Now,
		Data: data.Env{CacheDir: folder}, Folder: filepath.Join(folder, "runs"),
	}
}

// states are the runs of a store in the order they were recorded, with their states.
func states(t *testing.T, r *Runner) []string {
	t.Helper()
	runs, err := r.Store.Runs(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i := len(runs) - 1; i >= 0; i-- {
		all = append(all, runs[i].Name+" "+string(runs[i].State))
	}
	return all
}
