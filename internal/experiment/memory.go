package experiment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

const (
	// littlePixels is a number of pixels a step, of all views, that any machine has the memory for.
	littlePixels = 1 << 20
	// activationFactor is how much memory a training step takes for each byte
	// that convolutions and matrix products give: measured between 2.0 (vit)
	// and 2.6 (resnet8) in the growth of the process with the batch.
	activationFactor = 2
	// stateFactor is how often weights are there: themselves, gradients, and two moments of AdamW.
	stateFactor = 4
	// batchesAhead is how many batches of views there are at a time.
	batchesAhead = 3
)

// footprint is what a training takes of memory, in bytes.
type footprint struct{ activations, views, weights int64 }

func (f footprint) sum() int64 { return f.activations + f.views + f.weights }

// footprint estimates the memory of the plan's training from below, by the
// graph of its backbone for one image.
func (s *session) footprint() (footprint, error) {
	pixels := s.images.pixels()
	batch := int64(s.plan.Spec.Train.BatchSize)
	if batch*pixels < littlePixels {
		return footprint{}, nil
	}
	activations, weights, err := s.forImage()
	if err != nil {
		return footprint{}, err
	}
	perPixel := float64(activations) / float64(s.images.size*s.images.size)
	return footprint{
		activations: int64(activationFactor * perPixel * float64(batch*pixels)),
		views:       batchesAhead * batch * pixels * 3 * 4,
		weights:     stateFactor * weights,
	}, nil
}

// pixels are those of all views of a sample.
func (im *images) pixels() (sum int64) {
	for _, size := range im.made.Sizes() {
		sum += int64(size) * int64(size)
	}
	return sum
}

// forImage returns the bytes of what the backbone computes of one image and of its weights.
func (s *session) forImage() (activations, weights int64, err error) {
	scratch := model.NewStore()
	defer scratch.Finalize()
	err = nn.Catch(func() {
		g := graph.NewGraph(s.Backend, "footprint")
		defer g.Finalize()
		size := s.images.size
		images := graph.Parameter(g, "images", shapes.Make(dtypes.Float32, 1, size, size, 3))
		scratch.SetTraining(g, true)
		s.backbone.Embed(trainer.OnlineScope(scratch.RootScope()).At("backbone"), images)
		for _, node := range g.Nodes() {
			switch node.Type() {
			case graph.NodeTypeConvGeneral, graph.NodeTypeDotGeneral:
				activations += node.Shape().ByteSize()
			case graph.NodeTypeParameter:
				weights += node.Shape().ByteSize()
			}
		}
	})
	return activations, weights, err
}

// checkMemory refuses a training that the machine has not the memory for,
// before it begins.
func (s *session) checkMemory() error {
	if s.Memory <= 0 || len(s.images.made.Views) == 0 {
		return nil
	}
	need, err := s.footprint()
	if err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	if need.sum() <= s.Memory {
		return nil
	}
	batch := s.plan.Spec.Train.BatchSize
	advice := "choose a smaller backbone"
	if fits := fittingBatch(batch, need, s.Memory); fits > 1 {
		advice = fmt.Sprintf("a batch of %d would fit: train.batch_size", fits)
	}
	if s.images.size > 32 {
		advice += fmt.Sprintf("; or give smaller views, such as half of it: views.size=%d", s.images.size/2)
	}
	return config.Fault{Hint: advice, Message: fmt.Sprintf("training takes about %s of memory, and there are %s of it: "+
		"%s for what %s computes of %d samples with %s, %s for views made ahead, %s for weights and their optimizer",
		gigabytes(need.sum()), gigabytes(s.Memory), gigabytes(need.activations), s.plan.Backbone.Name, batch,
		viewsOf(s.images.made.Sizes()), gigabytes(need.views), gigabytes(need.weights))}
}

// viewsOf counts views by their side length, as in "2 views of 224×224 and 6 of 96×96".
func viewsOf(sizes []int) string {
	var parts []string
	for rest := sizes; len(rest) > 0; {
		others := slices.DeleteFunc(slices.Clone(rest), func(size int) bool { return size == rest[0] })
		what := ""
		if n := len(rest) - len(others); len(parts) == 0 && n == 1 {
			what = " view"
		} else if len(parts) == 0 {
			what = " views"
		}
		parts = append(parts, fmt.Sprintf("%d%s of %d×%d", len(rest)-len(others), what, rest[0], rest[0]))
		rest = others
	}
	return strings.Join(parts, " and ")
}

// fittingBatch is the largest power of two that is a batch size for which the memory suffices; 0 for none.
func fittingBatch(batch int, need footprint, memory int64) int {
	each := float64(need.activations+need.views) / float64(batch)
	fits := 0
	for n := 1; n < batch && each*float64(n)+float64(need.weights) <= float64(memory); n *= 2 {
		fits = n
	}
	return fits
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
