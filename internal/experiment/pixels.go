package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
)

// pixels stands in the place of a backbone: its features are the normalized
// pixels, the means of blocks where there are more than wanted.
type pixels struct {
	block int // height and width of what a mean is taken of
	side  int // of the image that is left
}

// newPixels leaves at most most×most pixels of images of a size.
func newPixels(most, size int) pixels {
	block := (size + most - 1) / most
	return pixels{block: block, side: size / block}
}

// FeatureDim is the number of values.
func (p pixels) FeatureDim() int { return p.side * p.side * 3 }

// Embed takes images [N, H, W, 3]; rows and columns that fill no block are left out.
func (p pixels) Embed(_ *model.Scope, images *graph.Node) *graph.Node {
	n, wide := images.Shape().Dimensions[0], p.side*p.block
	x := graph.Slice(images, graph.AxisRange(), graph.AxisRange(0, wide), graph.AxisRange(0, wide))
	x = graph.Reshape(x, n, p.side, p.block, p.side, p.block, 3)
	return graph.Reshape(graph.ReduceMean(x, 2, 4), n, p.FeatureDim())
}

// principal embeds images as the principal components of their pixels, of which
// fit makes the variables.
type principal struct {
	pixels
	settings PixelsPCAParams
	found    int // components; 0 before fit
}

// FeatureDim is the number of components.
func (p *principal) FeatureDim() int { return p.found }

// Embed takes images [N, H, W, 3].
func (p *principal) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	x, from := p.pixels.Embed(scope, images), p.pixels.FeatureDim()
	mean := scope.VariableWithShape("mean", shapes.Make(dtypes.Float32, from)).NodeValue(x)
	axes := scope.VariableWithShape("axes", shapes.Make(dtypes.Float32, from, p.found)).NodeValue(x)
	return graph.DotProduct(graph.Sub(x, graph.BroadcastToShape(graph.Reshape(mean, 1, from), x.Shape())), axes)
}

// fittedOn is the number of training images that principal components are those of, at most.
const fittedOn = 10000

// fit finds the components of the training split, of images evenly spaced in it.
func (p *principal) fit(ctx context.Context, s *session) (err error) {
	raw, err := embed.New(s.Backend, s.store, p.pixels.Embed)
	if err != nil {
		return err
	}
	defer raw.Close()
	bare := &session{Runner: s.Runner, plan: s.plan, images: s.images, features: raw}
	set, samples := data.OnePerImage(s.images.training)
	n := min(set.Len(), fittedOn)
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = i * set.Len() / n
	}
	images, err := bare.embedBy(ctx, s.images, data.Train, picked{s.images.training, originals(samples, chosen)})
	if err != nil {
		return err
	}
	mean, axes, err := components(images.Features, p.settings.Components, p.settings.Whiten)
	if err != nil {
		return fmt.Errorf("principal components of the pixels: %w", err)
	}
	p.found = len(axes) / len(mean)
	if p.found < p.settings.Components {
		s.Runner.warn(s.Log, fmt.Sprintf("the pixels of %d training images have %d principal components, fewer than the %d "+
			"that are asked for: all of them are taken", images.Len(), p.found, p.settings.Components))
	}
	for name, value := range map[string]*tensors.Tensor{
		"mean": tensors.FromFlatDataAndDimensions(mean, len(mean)),
		"axes": tensors.FromFlatDataAndDimensions(axes, len(mean), p.found),
	} {
		variable, err := s.store.CreateVariable(backbonePath+name, value)
		if err != nil {
			return err
		}
		variable.SetTrainable(false)
	}
	return nil
}

// components returns the mean of the rows and at most that many directions of
// the largest variance around it, [width, components], each turned so that its
// largest weight is positive; divided by the standard deviation along it to whiten.
// Directions without variance are left out.
func components(x eval.Features, most int, whiten bool) (mean, axes []float32, err error) {
	n, d := x.Len(), x.Dim
	if n < 2 {
		return nil, nil, fmt.Errorf("there is %d image, and 2 are needed", n)
	}
	centered := mat.NewDense(n, d, nil)
	mean = make([]float32, d)
	for j := range d {
		sum := 0.0
		for i := range n {
			sum += float64(x.Data[i*d+j])
		}
		for i := range n {
			centered.Set(i, j, float64(x.Data[i*d+j])-sum/float64(n))
		}
		mean[j] = float32(sum / float64(n))
	}
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(n-1), centered.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, nil, fmt.Errorf("the decomposition did not converge")
	}
	variances := eigen.Values(nil) // the smallest first
	var directions mat.Dense
	eigen.VectorsTo(&directions)
	const negligible = 1e-10 // of the largest variance
	found := 0
	for found < min(most, n-1, d) && variances[d-1-found] > negligible*variances[d-1] {
		found++
	}
	if found == 0 {
		return nil, nil, fmt.Errorf("all %d images are the same", n)
	}
	axes = make([]float32, d*found)
	for c := range found {
		direction := mat.Col(nil, d-1-c, &directions)
		largest := 0.0
		for _, w := range direction {
			if math.Abs(w) > math.Abs(largest) {
				largest = w
			}
		}
		scale := math.Copysign(1, largest)
		if whiten {
			scale /= math.Sqrt(variances[d-1-c])
		}
		for j, w := range direction {
			axes[j*found+c] = float32(scale * w)
		}
	}
	return mean, axes, nil
}
