package clip

import (
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// trained is a training of a method with tiny towers on the data set shapes.
type trained struct {
	dataset  data.Dataset
	pipeline *augment.Pipeline
	backbone framework.Backbone
	store    *model.Store
	method   framework.CaptionMethod
	captions *trainer.Captions
	losses   []float64
}

const testBatch = 64

var shapes = data.ShapesParams{Train: 1024, Test: 500, Size: 16, Noise: 0.02, Seed: 1}

func newTrained(t *testing.T, method framework.Method) *trained {
	t.Helper()
	r := &trained{method: method.(framework.CaptionMethod), store: model.NewStore()}
	t.Cleanup(r.store.Finalize)
	must(t, nn.SetSeed(r.store, 1))
	r.dataset = data.NewShapes(shapes, data.Train)
	recipe, err := augment.Named("none", 16)
	must(t, err)
	r.pipeline, err = augment.Compile(recipe, data.ImageNet)
	must(t, err)
	r.backbone, err = imageTower(backbones.CLIPViTParams{Patch: 4, Width: 48, Layers: 2, Heads: 3, EmbedDim: 32}, 16)
	must(t, err)
	r.captions, err = trainer.NewCaptions(r.method, transfer.Captions(r.dataset))
	must(t, err)
	return r
}

func (r *trained) train(t *testing.T, epochs int) {
	t.Helper()
	batches, err := loader.New(r.dataset, r.pipeline,
		loader.Config{Batch: testBatch, Seed: 1, Epochs: epochs, Shuffle: true, DropLast: true, Captions: true})
	must(t, err)
	length := framework.Length{Epochs: epochs, StepsPerEpoch: batches.StepsPerEpoch(), BatchSize: testBatch}
	rate := optim.WarmupCosine(optim.MoCoV3, 0, 3e-3, 0, length.StepsPerEpoch, length.Steps())
	stepper, err := train.NewStepper(train.Setup{
		Backend: testbackend.New(t), Store: r.store, Name: "clip", Method: r.method, Backbone: r.backbone,
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, Decoupled: true},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: rate, train.BaseLearningRate: rate,
			train.Momentum: optim.Constant(0), train.WeightDecay: optim.Constant(0.1),
		},
		Length: length, Samples: r.dataset.Len(),
	})
	must(t, err)
	defer stepper.Close()
	step := 0
	for batch, err := range batches.Batches(t.Context(), 0, 0) {
		must(t, err)
		measures, err := stepper.Step(step, train.Inputs{
			Views:   []*tensors.Tensor{tensors.FromFlatDataAndDimensions(batch.Views[0], testBatch, 16, 16, 3)},
			Indices: tensors.FromFlatDataAndDimensions(batch.Indices, testBatch),
			Labels:  tensors.FromFlatDataAndDimensions(batch.Labels, testBatch),
			Tokens:  r.captions.Batch(batch.Captions),
		})
		must(t, err)
		r.losses = append(r.losses, measures.Loss)
		batch.Release()
		step++
	}
}

// evaluate returns the numbers of all evaluations on the test split, by kind, direction and metric.
func (r *trained) evaluate(t *testing.T, test data.Dataset) map[string]float64 {
	t.Helper()
	towers, err := transfer.NewTowers(testbackend.New(t), r.store, r.backbone, r.method, r.captions.Tokenizer)
	must(t, err)
	defer towers.Close()
	pass, err := loader.New(test, r.pipeline, loader.Evaluation(128))
	must(t, err)
	images, err := towers.Images(t.Context(), pass)
	must(t, err)
	prompts := transfer.Prompts{Name: "backgrounds"}
	for i, color := range data.ColorNames {
		prompts.Templates = append(prompts.Templates,
			"a medium "+color+" "+data.TextureNames[i%5]+" "+data.ShapeNames[i]+" on a {} background")
	}
	results, err := towers.Evaluate(
		t.Context(), images, transfer.CaptionsOf(test, images.Indices), test.Classes(), prompts,
	)
	must(t, err)
	values := map[string]float64{}
	for _, result := range results {
		for _, v := range result.Values {
			values[strings.Join(
				strings.Fields(result.Protocol.Kind+" "+result.Protocol.Details["direction"]+" "+v.Metric), " ",
			)] = v.Value
		}
	}
	return values
}

// byBackground has the colors of the backgrounds, which captions name, for classes.
type byBackground struct{ *data.Shapes }

func (d byBackground) Classes() []string { return data.ColorNames }
func (d byBackground) Label(i int) int   { return d.Drawn(i).Background }

// TestTrainingOnCaptionsTeachesZeroShotClassification classifies by backgrounds,
// labels of which the training knows nothing but the words of the captions.
func TestTrainingOnCaptionsTeachesZeroShotClassification(t *testing.T) {
	clip := Factory.Defaults().(*Params)
	clip.Towers = smallTowers()
	sigLIP := SigLIP.Defaults().(*SigLIPParams)
	sigLIP.Towers = smallTowers()
	test := byBackground{data.NewShapes(shapes, data.Test)}
	for name, method := range map[string]framework.Method{"clip": methodOf(t)(New(*clip)),
		"siglip": methodOf(t)(NewSigLIP(*sigLIP))} {
		t.Run(name, func(t *testing.T) {
			r := newTrained(t, method)
			before := r.evaluate(t, test)
			r.train(t, 8)
			after := r.evaluate(t, test)
			if first, last := mean(r.losses[:4]), mean(r.losses[len(r.losses)-4:]); !(last < 0.7*first) {
				t.Errorf("the loss fell from %.3f to %.3f only", first, last)
			}
			if after["zero-shot top1"] < 0.3 || before["zero-shot top1"] > 0.3 {
				t.Errorf("zero-shot accuracy %.3f before, %.3f after; chance is 0.1",
					before["zero-shot top1"], after["zero-shot top1"])
			}
			for _, metric := range []string{"retrieval image-to-text recall@10", "retrieval text-to-image recall@10"} {
				if after[metric] < 0.1 || before[metric] > 0.06 {
					t.Errorf("%s %.3f before, %.3f after; chance is 0.02", metric, before[metric], after[metric])
				}
			}
		})
	}
}

func TestTheTemperatureIsKeptWithinItsBounds(t *testing.T) {
	for start, want := range map[float64]float64{1.5: 0, 1e-3: math.Log(20), 0.1: math.Log(10)} {
		p := Factory.Defaults().(*Params)
		p.Towers, p.Temperature, p.MaxScale = smallTowers(), start, 20
		r := newTrained(t, methodOf(t)(New(*p)))
		r.dataset = data.NewShapes(data.ShapesParams{Train: testBatch, Size: 16}, data.Train)
		r.train(t, 1)
		value, err := r.store.GetVariable("/online/" + logitScale).Value()
		must(t, err)
		// the one step of the warm-up is of length 0
		if got := float64(tensors.MustCopyFlatData[float32](value)[0]); math.Abs(got-want) > 1e-5 {
			t.Errorf("temperature %g: the logarithm of the scale is %.4f after a step, want %.4f", start, got, want)
		}
	}
}

// TestPaddingDoesNotChangeTheEmbedding allows captions in rows of their own length.
func TestPaddingDoesNotChangeTheEmbedding(t *testing.T) {
	p := Factory.Defaults().(*Params)
	p.Towers = smallTowers()
	r := newTrained(t, methodOf(t)(New(*p)))
	towers, err := transfer.NewTowers(testbackend.New(t), r.store, r.backbone, r.method, r.captions.Tokenizer)
	must(t, err)
	defer towers.Close()
	short, err := towers.Texts(t.Context(), []string{"a red star"})
	must(t, err)
	beside, err := towers.Texts(
		t.Context(), []string{"a red star", "a small red striped star on a green background, and more of it"},
	)
	must(t, err)
	for i, v := range short.Data {
		if math.Abs(float64(v-beside.Data[i])) > 1e-6 {
			t.Fatalf("embedding %v alone, %v beside a longer text", short.Data, beside.Row(0))
		}
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	p := Factory.Defaults().(*Params)
	p.Towers = smallTowers()
	p.EmbedDim, p.ImageProjection = 24, "none"
	method := methodOf(t)(New(*p)).(framework.CaptionMethod)
	backend, store := testbackend.New(t), model.NewStore()
	defer store.Finalize()
	for want, build := range map[string]func(root *model.Scope, x *graph.Node) *graph.Node{
		"the backbone's features are 32 wide and the texts' embeddings 24; set embed_dim to 32 or image_projection to " +
			"linear": func(root *model.Scope, x *graph.Node) *graph.Node {
			return method.EmbedImages(root, x)
		},
		"the step has no captions": func(root *model.Scope, x *graph.Node) *graph.Node {
			return method.Positives(trainer.NewStep(trainer.Inputs{Root: root, Views: []*graph.Node{x}}))[0].Anchor
		},
	} {
		exec, err := model.NewExec(backend, store, build)
		must(t, err)
		err = nn.Catch(func() { exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 64), 2, 32)) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		exec.Finalize()
	}
	p.Towers.Tokenizer.Merges = "no/such/file"
	if _, err := New(*p); err == nil || !strings.Contains(err.Error(), "no/such/file") {
		t.Errorf("error %v, want the path of the file of merges", err)
	}
	doc, err := config.Parse(
		"test", []byte("{text: {heads: 3, context_length: 1}, tokenizer: {vocabulary: 100}, image_projection: mlp}"),
	)
	must(t, err)
	err = config.Decode(doc.Root(), Factory.Defaults())
	for _, want := range []string{"context_length", "100 ids are too few", "image_projection"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestTowersOfPresetsMeet compares the widths of the embeddings of images and texts.
func TestTowersOfPresetsMeet(t *testing.T) {
	for _, factory := range []framework.Factory{Factory, SigLIP} {
		paths, err := fs.Glob(factory.Presets, "*.yaml")
		must(t, err)
		for _, path := range paths {
			text, err := fs.ReadFile(factory.Presets, path)
			must(t, err)
			doc, err := config.Parse(path, text)
			must(t, err)
			if _, own := doc.Root().Get("backbone"); !own {
				continue // the method projects the features of any backbone
			}
			width := func(of string) string {
				node, _ := doc.Root().Get(of + ".embed_dim")
				text, _ := node.Text()
				return text
			}
			if images, texts := width("backbone"), width("method"); images == "" || images != texts {
				t.Errorf("%s: images are embedded in %q dimensions, texts in %q", path, images, texts)
			}
		}
	}
}

func smallTowers() Towers {
	p := defaultTowers()
	p.EmbedDim = 32
	p.Text = Text{Width: 32, Layers: 2, Heads: 2, ContextLength: 32}
	return p
}

func methodOf(t *testing.T) func(framework.Method, error) framework.Method {
	return func(method framework.Method, err error) framework.Method {
		must(t, err)
		return method
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
