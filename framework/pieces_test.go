package framework_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// flat is a backbone whose features are the first pixel's channels.
type flat struct{ embedded *[]int } // the batch sizes it was given

func (f flat) FeatureDim() int { return 3 }

func (f flat) Embed(_ *model.Scope, x *graph.Node) *graph.Node {
	if f.embedded != nil {
		*f.embedded = append(*f.embedded, x.Shape().Dimensions[0])
	}
	return graph.Reshape(graph.Slice(x, graph.AxisRange(), graph.AxisElem(0), graph.AxisElem(0)), -1, 3)
}

// inStep runs a function once or several times in the graph of a step of 4
// samples, and returns the result of the last run, flat. The views' sizes are given.
func inStep(
	t *testing.T, times int, backbone framework.Backbone, sizes []int, build func(s *framework.Step) *graph.Node,
) []float32 {
	t.Helper()
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	if err := nn.SetSeed(store, 7); err != nil {
		t.Fatal(err)
	}
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
		in := trainer.Inputs{
			Root: root, Backbone: backbone, Samples: 10, Indices: graph.Const(x.Graph(), []int32{1, 3, 5, 7}),
		}
		for i, size := range sizes {
			view := graph.AddScalar(graph.Zeros(x.Graph(), shapes.Make(dtypes.Float32, 4, size, size, 3)), float64(i))
			in.Views = append(in.Views, view)
		}
		return build(trainer.NewStep(in))
	})
	defer exec.Finalize()
	var out []*tensors.Tensor
	for range times {
		out = []*tensors.Tensor{exec.MustCall(tensors.FromScalar(float32(0)))[0]}
	}
	return tensors.MustCopyFlatData[float32](out[0])
}

func TestViewsOfOneSizeAreEmbeddedTogether(t *testing.T) {
	var batches []int
	got := inStep(t, 1, flat{&batches}, []int{8, 8, 4, 4, 4, 8}, func(s *framework.Step) *graph.Node {
		return s.EmbedViews(s.Online(), s.Views...)
	})
	if want := []int{8, 12, 4}; !slices.Equal(batches, want) {
		t.Errorf("the backbone was given batches of %v, want %v", batches, want)
	}
	for view := range 6 {
		golden.Near(t, "features of a view", got[12*view:12*view+1], golden.List(float32(view)), 1e-6)
	}
}

func TestPrototypesHaveUnitLengthAndTheirGradientIsThatOfUnitVectors(t *testing.T) {
	got := inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		prototypes := s.Prototypes(5, 3)
		scores := prototypes.Scores(graph.Const(s.Graph, [][]float32{{1, 2, 3}}))
		weight := s.Online().At("prototypes").GetVariable("weight").NodeValue(s.Graph)
		gradient := graph.Gradient(graph.ReduceAllSum(scores), weight)[0]
		lengths := graph.ReduceSum(graph.Square(weight), 0)
		return graph.Concatenate([]*graph.Node{lengths, graph.Reshape(gradient, -1)}, 0)
	})
	golden.Near(t, "squared lengths", got[:5], golden.List(1, 1, 1, 1, 1), 1e-6)
	golden.Near(t, "gradient", got[5:], golden.List(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3), 1e-6)
}

func TestBankDrawsAllEntriesEvenlyAndAnew(t *testing.T) {
	var first []float32
	counts := make([]int, 10)
	for times := 1; times <= 2; times++ {
		drawn := inStep(t, times, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
			return graph.ConvertDType(s.Bank("bank", 3).Draw(1000), dtypes.Float32)
		})
		if times == 1 {
			first = drawn
		} else if slices.Equal(first, drawn) {
			t.Error("the second step draws what the first drew")
		}
		for _, entry := range drawn {
			counts[int(entry)]++
		}
	}
	for entry, count := range counts {
		if math.Abs(float64(count)-800) > 5*math.Sqrt(800*0.9) { // five standard deviations
			t.Errorf("entry %d was drawn %d times in 8000, want about 800", entry, count)
		}
	}
}

func TestBankFollowsItsOwnEntriesOnly(t *testing.T) {
	got := inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		bank := s.Bank("bank", 2)
		before := bank.Entries()
		x := graph.Const(s.Graph, [][]float32{{1, 0}, {1, 0}, {0, 1}, {0, 1}})
		bank.Follow(x, 0)
		moved := graph.Sub(bank.Entries(), before)
		return graph.Concatenate([]*graph.Node{graph.Reshape(bank.Own(), -1), graph.ReduceSum(graph.Abs(moved), 1)}, 0)
	})
	golden.Near(t, "own entries at momentum 0", got[:8], golden.List(1, 0, 1, 0, 0, 1, 0, 1), 1e-6)
	for entry, moved := range got[8:] {
		if own := entry == 1 || entry == 3 || entry == 5 || entry == 7; own != (moved != 0) {
			t.Errorf("entry %d of the bank moved by %v; the batch has samples 1, 3, 5 and 7", entry, moved)
		}
	}
}

func TestQueueFillsUpBlockByBlock(t *testing.T) {
	for times, want := range map[int]float32{1: 0, 2: 1, 3: 1} {
		got := inStep(t, times, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
			queue := s.EmptyQueue("queue", 8, 3)
			queue.Enqueue(graph.Ones(s.Graph, shapes.Make(dtypes.Float32, 4, 3)))
			return graph.ConvertDType(queue.Full(), dtypes.Float32)
		})
		golden.Near(t, "full", got, golden.List(want), 1e-6)
	}
	err := nn.Catch(func() {
		inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node { return s.Queue("queue", 6, 3).Keys() })
	})
	if err == nil || !strings.Contains(err.Error(), "a queue of 6 keys is not a multiple of the batch size 4") {
		t.Errorf("a queue that batches don't fit gives %v", err)
	}
}

func TestCenterFollowsTheMeanOfABatch(t *testing.T) {
	got := inStep(t, 2, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		center := s.Center("center", 2)
		center.Follow(graph.Const(s.Graph, [][]float32{{1, 10}, {3, 30}}), 0.5)
		return center.Value()
	})
	golden.Near(t, "center", got, golden.List(1.5, 15), 1e-6)
}

func TestNegativesAreCountedAndChosen(t *testing.T) {
	got := inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		z0, z1 := s.Bank("a", 3).Own(), s.Bank("b", 3).Own()
		z0, z1 = nn.L2Normalize(z0), nn.L2Normalize(z1)
		pairs := []framework.Pair{{Anchor: z0, Positive: z1}, {Anchor: z1, Positive: z0}}
		temperature := s.Constant(0.3)
		rest := framework.RestOfBatch(pairs)
		if rest.PerAnchor() != 6 {
			t.Errorf("4 samples have %d negatives, want 6", rest.PerAnchor())
		}
		far := graph.MulScalar(graph.Ones(s.Graph, shapes.Make(dtypes.Float32, 2, 3)), -1e6)
		if more := rest.With(far).PerAnchor(); more != 8 {
			t.Errorf("with 2 more keys there are %d negatives, want 8", more)
		}
		chosen := &framework.Negatives{
			Keys: []*graph.Node{z1}, Chosen: graph.Const(s.Graph, [][]int32{{0, 1}, {2, 3}, {1, 1}, {0, 2}}),
		}
		one := framework.InfoNCE(pairs[:1], chosen, temperature)
		rows := graph.Gather(z1, graph.ExpandAxes(chosen.Chosen, -1))
		same := framework.InfoNCE(pairs[:1], &framework.Negatives{Keys: []*graph.Node{rows}}, temperature)
		return graph.Stack([]*graph.Node{one, same}, 0)
	})
	golden.Near(t, "InfoNCE over chosen rows and over those rows", got[:1], golden.List(got[1:2]...), 1e-6)
}

func TestOtherLabelsExcludesTheSameLabel(t *testing.T) {
	got := inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		z := s.Bank("a", 3).Own()
		negatives := framework.OtherLabels(
			[]framework.Pair{{Anchor: z, Positive: z}}, graph.Const(s.Graph, []int32{0, 1, 0, 2}),
		)
		return graph.ConvertDType(negatives.Exclude, dtypes.Float32)
	})
	golden.Near(t, "excluded", got, golden.List(
		1, 0, 1, 0, 1, 0, 1, 0,
		0, 1, 0, 0, 0, 1, 0, 0,
		1, 0, 1, 0, 1, 0, 1, 0,
		0, 0, 0, 1, 0, 0, 0, 1,
	), 1e-6)
}

func TestUnknownScalarsAndKeptNodesNameTheKnown(t *testing.T) {
	for _, test := range []struct {
		want string
		use  func(s *framework.Step)
	}{
		{`the step has no scalar "tau"; the schedules are []`, func(s *framework.Step) { s.Scalar("tau") }},
		{`no earlier hook has kept "z"; those kept are ["projections"]`, func(s *framework.Step) {
			s.Keep("projections", s.Views...)
			s.Kept("z")
		}},
	} {
		err := nn.Catch(func() {
			inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
				test.use(s)
				return s.Constant(0)
			})
		})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got the error %v, want %q", err, test.want)
		}
	}
}

func TestPiecesSayWhatTheyCannotDo(t *testing.T) {
	batch := func(s *framework.Step) *graph.Node { return graph.Zeros(s.Graph, shapes.Make(dtypes.Float32, 6, 3)) }
	for _, test := range []struct {
		want string
		use  func(s *framework.Step)
	}{
		{"a head of 0 layers, 0 wide inside and 2 at the end",
			func(s *framework.Step) { framework.Head{Out: 2}.Embed(s.Online(), batch(s)) }},
		{"a head of 2 layers, 0 wide inside and 0 at the end",
			func(s *framework.Step) { framework.Head{Layers: 2}.First(s.Online(), batch(s)) }},
		{"a batch can't be split into 0 parts", func(s *framework.Step) { framework.Split(batch(s), 0) }},
		{"a batch of 6 samples can't be split into 4 equal parts", func(s *framework.Step) { framework.Split(batch(s), 4) }},
		{"a batch can't be split into 0 parts", func(s *framework.Step) { framework.Interleave(batch(s), 0) }},
		{"the momentum encoder has no parameters to move yet", func(s *framework.Step) {
			momentum := s.MomentumEncoder()
			framework.Head{Layers: 1, Out: 2}.Embed(s.Online().At("projector"), batch(s))
			momentum.Follow(s.Constant(0.9))
		}},
		{"the momentum encoder moved before its parameter /momentum/predictor", func(s *framework.Step) {
			framework.Head{Layers: 1, Out: 2}.Embed(s.Online().At("projector"), batch(s))
			momentum := s.MomentumEncoder()
			momentum.Follow(s.Constant(0.9))
			framework.Head{Layers: 1, Out: 2}.Embed(s.Online().At("predictor"), batch(s))
			framework.Head{Layers: 1, Out: 2}.Embed(momentum.Scope().At("predictor"), batch(s))
			trainer.Check(s)
		}},
		{"keys can't be added to negatives of which rows are chosen", func(s *framework.Step) {
			chosen := &framework.Negatives{
				Keys: []*graph.Node{batch(s)}, Chosen: graph.Const(s.Graph, [][]int32{{0}, {1}, {2}, {3}}),
			}
			chosen.With(batch(s))
		}},
	} {
		err := nn.Catch(func() {
			inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
				test.use(s)
				return s.Constant(0)
			})
		})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got the error %v, want %q", err, test.want)
		}
	}
	if err := framework.CheckQueue("method.queue", 10, 0); err == nil ||
		!strings.Contains(err.Error(), "a batch brings 0 keys to the queue") {
		t.Errorf("a queue for batches of 0 keys: got the error %v", err)
	}
}

func TestParametersAreMarkedByTheirScope(t *testing.T) {
	const own optim.Part = "own"
	inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		x := s.Bank("x", 3).Own()
		head := framework.Head{Layers: 2, Out: 3}
		head.Embed(s.Online().At("projector"), x)
		head.Embed(s.Predictor(), x)
		s.Prototypes(5, 3)
		s.Mark(s.Predictor().At("linear1"), own) // the nearest mark counts
		for path, want := range map[string]optim.Part{
			"/online/projector/linear0/weight": "", "/online/prototypes/weight": framework.PrototypesPart,
			"/predictor/linear0/weight": framework.PredictorPart, "/predictor/norm0/bias": framework.PredictorPart,
			"/predictor/linear1/weight": own,
		} {
			if got := s.PartOf(s.Online().Store().GetVariable(path)); got != want {
				t.Errorf("%s is marked as part %q, want %q", path, got, want)
			}
		}
		return x
	})
}

func TestSchedulesOfMethods(t *testing.T) {
	length := framework.Length{Epochs: 4, StepsPerEpoch: 10}
	on := framework.SwitchOn(1.5, length)
	for step, want := range map[int]float64{0: 0, 14: 0, 15: 1, 39: 1} {
		if got := on.At(step); got != want {
			t.Errorf("switched on after 1.5 epochs of 10 steps: %v at step %d, want %v", got, step, want)
		}
	}
	for _, never := range []float64{1e300, math.Inf(1)} {
		if got := framework.SwitchOn(never, length).At(39); got != 0 {
			t.Errorf("switched on after %g epochs: %v at the last step, want 0", never, got)
		}
	}
	if got := framework.SwitchOn(0, length).At(0); got != 1 {
		t.Errorf("switched on at once: %v at step 0, want 1", got)
	}
	rising := framework.MomentumToOne(0.9, length)
	for step, want := range map[int]float64{0: 0.9, 20: 0.95, 40: 1} {
		if got := rising.At(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("momentum at step %d of 40: %v, want %v", step, got, want)
		}
	}
}

func TestHeadLayers(t *testing.T) {
	for _, test := range []struct {
		head framework.Head
		want []string
	}{
		{framework.Head{Layers: 1, Out: 2}, []string{"linear0/weight"}},
		{framework.Head{Layers: 2, Out: 2, HiddenBias: true, NoNorm: true},
			[]string{"linear0/bias", "linear0/weight", "linear1/weight"}},
		{framework.Head{Layers: 2, Out: 2, OutputBias: true}, []string{
			"linear0/weight", "linear1/bias", "linear1/weight",
			"norm0/bias", "norm0/running_mean", "norm0/running_var", "norm0/weight",
		}},
	} {
		var got []string
		inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
			scope := s.Online().At("projector")
			out := test.head.Embed(scope, s.Bank("x", 3).Own())
			for v := range scope.IterVariables() {
				got = append(got, strings.TrimPrefix(v.Path(), "/online/projector/"))
			}
			return out
		})
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v has the variables %q, want %q", test.head, got, test.want)
		}
	}
}

func TestTheFirstLayerOfAHeadIsItsOwn(t *testing.T) {
	head := framework.Head{Layers: 3, Hidden: 5, Out: 2}
	var made int
	out := inStep(t, 1, flat{}, []int{2}, func(s *framework.Step) *graph.Node {
		scope, x := s.Online().At("projector"), s.Bank("x", 3).Own()
		head.Embed(scope, x)
		before := slices.Collect(scope.IterVariables())
		first := head.First(scope, x)
		made = len(slices.Collect(scope.IterVariables())) - len(before)
		return first
	})
	if made != 0 {
		t.Errorf("the first layer alone makes %d variables beside those of the head", made)
	}
	if len(out) != 4*5 || slices.Min(out) < 0 {
		t.Errorf("the first layer gives %v, want 4 rows of 5, rectified", out)
	}
}
