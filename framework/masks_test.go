package framework_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// sampler draws masks of n images of side·side patches, again and again.
type sampler struct {
	exec   *model.Exec
	images *tensors.Tensor
}

func newSampler(t *testing.T, n, side int, draw func(s *framework.Step, images *graph.Node) []*graph.Node) *sampler {
	t.Helper()
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, images, state *graph.Node) []*graph.Node {
		nn.SetRandomState(root, state)
		return draw(trainer.NewStep(trainer.Inputs{Root: root, Backbone: grid{}, Views: []*graph.Node{images}}), images)
	})
	t.Cleanup(exec.Finalize)
	return &sampler{exec, tensors.FromFlatDataAndDimensions(make([]float32, n*16*side*side), n, 4*side, 4*side, 1)}
}

func (s *sampler) draw(t *testing.T, seed int64) []*tensors.Tensor {
	t.Helper()
	state, err := graph.RNGStateFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return s.exec.MustCall(s.images, state)
}

// compare holds masks to what the official code drew: the number of patches, and how often each is one of them.
// Groups of them have something in common, such as the size of their blocks.
func compare(t *testing.T, ref *golden.Case, masks [][]bool, groups int) {
	t.Helper()
	theirs := float64(golden.Decode[int](t, ref.Params, "draws"))
	counts, share := make([]float64, len(masks)), make([]float64, len(masks[0]))
	mean := 0.0
	for i, mask := range masks {
		for patch, in := range mask {
			if in {
				counts[i]++
				share[patch] += 1 / float64(len(masks))
			}
		}
		mean += counts[i] / float64(len(masks))
	}
	spread := math.Sqrt(1/float64(groups) + 1/theirs)
	std := ref.Output(t, "count_std").Data[0]
	if want := ref.Output(t, "count_mean").Data[0]; math.Abs(mean-want) > 5*std*spread {
		t.Errorf("%.3f patches on average, want %.3f ± %.3f", mean, want, std*spread)
	}
	slices.Sort(counts)
	for i, quantile := range []float64{0.05, 0.25, 0.5, 0.75, 0.95} {
		got, want := counts[int(quantile*float64(len(counts)-1))], ref.Output(t, "count_quantiles").Data[i]
		if math.Abs(got-want) > 1 {
			t.Errorf("quantile %v of the number of patches is %v, want %v", quantile, got, want)
		}
	}
	for patch, want := range ref.Output(t, "share").Data {
		if error := math.Sqrt(want*(1-want))*spread + 1e-3; math.Abs(share[patch]-want) > 6*error {
			t.Errorf("patch %d is one of them in %.3f of the images, want %.3f ± %.3f", patch, share[patch], want, error)
		}
	}
}

func TestBlockMasksAreDrawnAsBEiTs(t *testing.T) {
	for _, ref := range golden.Load(t, "patch_masks").Cases {
		if !strings.HasPrefix(ref.Name, "beit") {
			continue
		}
		t.Run(ref.Name, func(t *testing.T) {
			number := func(name string) float64 { return golden.Decode[float64](t, ref.Params, name) }
			const n = 256
			side := int(number("grid"))
			s := newSampler(t, n, side, func(s *framework.Step, images *graph.Node) []*graph.Node {
				count := graph.BroadcastToDims(s.Constant(number("count")), n)
				blocks := framework.Blocks{Least: number("least"), Most: number("most"), Aspect: number("aspect")}
				return []*graph.Node{s.BlockMask(images, count, blocks)}
			})
			var masks [][]bool
			for seed := range int64(12) {
				masks = append(masks, s.draw(t, seed)[0].Value().([][]bool)...)
			}
			for _, mask := range masks {
				if masked := sum(mask); float64(masked) > number("count") {
					t.Fatalf("%d patches are masked, want at most %v", masked, number("count"))
				}
			}
			compare(t, &ref, masks, len(masks))
		})
	}
}

func TestMultiBlocksAreDrawnAsIJEPAs(t *testing.T) {
	file := golden.Load(t, "patch_masks")
	for _, side := range []int{14, 8} {
		context, targets := file.Case(t, fmt.Sprint("ijepa_context_", side)), file.Case(t, fmt.Sprint("ijepa_targets_", side))
		t.Run(context.Name, func(t *testing.T) {
			const n, batches = 8, 800
			patches := func(p framework.Patches) []*graph.Node { return []*graph.Node{p.Numbers, p.Shown} }
			s := newSampler(t, n, side, func(s *framework.Step, images *graph.Node) []*graph.Node {
				context, targets := s.MultiBlock(images, framework.MultiBlock{
					Targets: 4, TargetMin: 0.15, TargetMax: 0.2, AspectMin: 0.75, AspectMax: 1.5, ContextMin: 0.85, ContextMax: 1,
					Least: golden.Decode[int](t, context.Params, "min_keep"),
				})
				outputs := patches(context)
				for _, target := range targets {
					outputs = append(outputs, patches(target)...)
				}
				return outputs
			})
			var contexts, blocks [][]bool
			for seed := range int64(batches) {
				out := s.draw(t, seed)
				contexts = append(contexts, masksOf(t, out[0], out[1], side)...)
				for i := 2; i < len(out); i += 2 {
					blocks = append(blocks, masksOf(t, out[i], out[i+1], side)...)
				}
			}
			compare(t, context, contexts, batches)
			compare(t, targets, blocks, batches)
		})
	}
}

// masksOf are the patches that are shown, each of which may be so once.
func masksOf(t *testing.T, numbers, shown *tensors.Tensor, side int) [][]bool {
	t.Helper()
	listed, shows := numbers.Value().([][]int32), shown.Value().([][]bool)
	masks := make([][]bool, len(listed))
	for image := range listed {
		masks[image] = make([]bool, side*side)
		for i, patch := range listed[image] {
			if !shows[image][i] {
				continue
			}
			if masks[image][patch] {
				t.Fatalf("patch %d is there twice in %v, of which %v are shown", patch, listed[image], shows[image])
			}
			masks[image][patch] = true
		}
	}
	return masks
}

func sum(mask []bool) (n int) {
	for _, in := range mask {
		if in {
			n++
		}
	}
	return n
}

func TestMaskOfNumbers(t *testing.T) {
	got, err := graph.CallOnce(testbackend.New(t), func(numbers *graph.Node) *graph.Node {
		return framework.MaskOf(numbers, 4)
	},
		[][]int32{{3, 1}, {0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]bool{{false, true, false, true},
		{true, false, false, false}}; fmt.Sprint(got.Value()) != fmt.Sprint(want) {
		t.Errorf("the mask is %v, want %v", got.Value(), want)
	}
}
