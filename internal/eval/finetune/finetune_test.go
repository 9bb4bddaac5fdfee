package finetune

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// pixels is a backbone of one linear layer.
type pixels struct{}

func (pixels) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return nn.Linear(scope.At("linear"), graph.Reshape(images, images.Shape().Dimensions[0], -1), 8, nn.LinearConfig{})
}

func (pixels) FeatureDim() int { return 8 }

// keeper is a method whose head's first layer is kept.
type keeper struct{ framework.Method }

func (keeper) FirstLayer(encoder *model.Scope, features *graph.Node) *graph.Node {
	return framework.Head{Layers: 2, Out: 4}.First(encoder.At("projector"), features)
}

// colors is a data set whose two classes are told apart by their color.
type colors struct{ data.Dataset }

func (colors) Len() int           { return 40 }
func (colors) Classes() []string  { return []string{"dark", "light"} }
func (colors) Label(i int) int    { return i % 2 }
func (colors) Caption(int) string { return "" }
func (colors) Image(i int, dst *data.Image) error {
	dst.Width, dst.Height = 8, 8
	dst.Pix = make([]byte, 8*8*3)
	for p := range dst.Pix {
		dst.Pix[p] = byte(60 + 120*(i%2) + (i*p)%40)
	}
	return nil
}

// network is an untrained network, whose weights exist.
func network(t *testing.T) Network {
	t.Helper()
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	backend := testbackend.New(t)
	exec := model.MustNewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
		online := trainer.OnlineScope(root)
		return keeper{}.FirstLayer(online, pixels{}.Embed(online.At("backbone"), x))
	})
	defer exec.Finalize()
	exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 2*8*8*3), 2, 8, 8, 3))
	norm := data.Normalization{Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.25, 0.25, 0.25}}
	recipe, err := augment.Named("none", 8)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := augment.Compile(recipe, norm)
	if err != nil {
		t.Fatal(err)
	}
	test, err := loader.New(colors{}, plain, loader.Evaluation(16))
	if err != nil {
		t.Fatal(err)
	}
	return Network{
		Backend: backend, Store: store, Backbone: pixels{}, Method: keeper{}, Training: colors{}, Test: test,
		Classes: 2, Size: 8, Normalization: norm, Seed: 1,
	}
}

func TestFineTuning(t *testing.T) {
	for _, from := range []string{fromBackbone, fromHead} {
		t.Run(from, func(t *testing.T) {
			net := network(t)
			before := values(t, net.Store)
			config := Defaults()
			config.Fractions, config.From, config.Epochs, config.BatchSize = []float64{0.1, 1}, from, 8, 8
			results, err := config.Evaluate(t.Context(), net)
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != 2 {
				t.Fatalf("%d results, want one a fraction", len(results))
			}
			for i, want := range []string{"fine-tune batch_size=8 epochs=8 fraction=0.1 ",
				"fine-tune batch_size=8 epochs=8 fraction=1 "} {
				if got := results[i].Protocol.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "from="+from) {
					t.Errorf("protocol %q, want %q… from=%s", got, want, from)
				}
			}
			if got, _ := results[1].Value("top1"); got != 1 {
				t.Errorf("classes of different colors are told apart in %v of the cases, want all", got)
			}
			for path, value := range values(t, net.Store) {
				if value != before[path] {
					t.Errorf("fine-tuning changed %s of the run itself", path)
				}
			}
		})
	}
}

// values are the first numbers of each variable.
func values(t *testing.T, store *model.Store) map[string]float32 {
	t.Helper()
	found := map[string]float32{}
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), "/online/") {
			found[v.Path()] = tensors.MustCopyFlatData[float32](v.MustValue())[0]
		}
	}
	if len(found) == 0 {
		t.Fatal("the store has no weights")
	}
	return found
}

func TestAMethodWithoutAHeadToKeepIsRefused(t *testing.T) {
	net := network(t)
	net.Method = nil
	config := Defaults()
	config.Fractions, config.From = []float64{1}, fromHead
	_, err := config.Evaluate(t.Context(), net)
	if want := "fine-tuning with 1 of the labels: the method keeps no layer of its head; set from to " +
		"backbone"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	config = Defaults()
	config.Fractions, config.Epochs = []float64{1}, 0 // which a loader would take for no end
	if _, err := config.Evaluate(t.Context(), net); err == nil || !strings.Contains(err.Error(), "fine-tuning: epochs: ") {
		t.Errorf("no epochs: got %v", err)
	}
}
