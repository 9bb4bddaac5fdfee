package backbones

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// lookedViT looks at images of 12×12 pixels in 3×3 patches.
func lookedViT(t *testing.T, change func(*ViTParams)) Transparent {
	t.Helper()
	p := ViTParams{Patch: 4, Width: 8, Layers: 3, Heads: 2, MLPRatio: 2, Pooling: "token",
		Positions: learnedPositions, Init: "timm"}
	change(&p)
	v, err := newViT(p, 12, 3)
	if err != nil {
		t.Fatal(err)
	}
	return v.(Transparent)
}

func attentionOf(t *testing.T, v Transparent, block int, pixel func(i int) float32) ([]float32, error) {
	t.Helper()
	images := make([]float32, 2*12*12*3)
	for i := range images {
		images[i] = pixel(i)
	}
	var out *tensors.Tensor
	err := nn.Catch(func() {
		out = model.MustCallOnce(testbackend.New(t), model.NewStore(), func(root *model.Scope, x *graph.Node) *graph.Node {
			return v.ClassAttention(root.At("vit"), x, block)
		}, tensors.FromFlatDataAndDimensions(images, 2, 12, 12, 3))
	})
	if err != nil {
		return nil, err
	}
	if dims := out.Shape().Dimensions; len(dims) != 4 || dims[0] != 2 || dims[1] != 2 || dims[2] != 3 || dims[3] != 3 {
		t.Fatalf("attention of shape %v", dims)
	}
	return tensors.MustCopyFlatData[float32](out), nil
}

func TestClassAttentionIsAShare(t *testing.T) {
	wavy := func(i int) float32 { return float32(math.Sin(float64(i))) }
	v := lookedViT(t, func(*ViTParams) {})
	last, err := attentionOf(t, v, 0, wavy)
	if err != nil {
		t.Fatal(err)
	}
	for head := range 4 {
		sum := float32(0)
		for _, w := range last[head*9 : (head+1)*9] {
			sum += w
		}
		if !(sum > 0.5 && sum < 1) { // the rest goes to the class token itself
			t.Errorf("head %d of image %d attends %g to the patches", head%2, head/2, sum)
		}
	}
	same, err := attentionOf(t, v, 3, wavy)
	if err != nil || same[5] != last[5] {
		t.Errorf("block 3 of 3 is not the last: %v", err)
	}
	// Without positions the patches of an image of one color are alike.
	none := lookedViT(t, func(p *ViTParams) { p.Positions = noPositions })
	flat, err := attentionOf(t, none, 1, func(int) float32 { return 0.5 })
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range flat[:9] {
		if math.Abs(float64(w-flat[0])) > 1e-6 {
			t.Errorf("patch %d gets %g, the first %g", i, w, flat[0])
		}
	}
	// Registers, which lie between the class token and the patches, are no part of the map.
	registered := lookedViT(t, func(p *ViTParams) { p.Positions, p.Registers = noPositions, 2 })
	flat, err = attentionOf(t, registered, 0, func(int) float32 { return 0.5 })
	if err != nil {
		t.Fatal(err)
	}
	sum := float32(0)
	for i, w := range flat[:9] {
		if sum += w; math.Abs(float64(w-flat[0])) > 1e-6 {
			t.Errorf("with registers patch %d gets %g, the first %g", i, w, flat[0])
		}
	}
	if sum > 0.95 { // of twelve tokens alike at first, nine are patches
		t.Errorf("with registers the patches get %g of the class token's attention", sum)
	}
	for want, refused := range map[string]func() error{
		"block 4 of a network with 3: expected 1 to 3": func() error { _, err := attentionOf(t, v, 4, wavy); return err },
		"no class token": func() error {
			_, err := attentionOf(t, lookedViT(t, func(p *ViTParams) { p.Pooling = "mean-without-token" }), 0, wavy)
			return err
		},
	} {
		if err := refused(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func similaritiesOf(t *testing.T, v Transparent) ([]float32, error) {
	t.Helper()
	var out []float32
	err := nn.Catch(func() {
		result := model.MustCallOnce(testbackend.New(t), model.NewStore(),
			func(root *model.Scope, x *graph.Node) *graph.Node {
				return v.PositionSimilarities(root.At("vit"), x.Graph())
			}, tensors.FromFlatDataAndDimensions([]float32{0}, 1))
		out = tensors.MustCopyFlatData[float32](result)
	})
	return out, err
}

func TestPositionSimilarities(t *testing.T) {
	table := nn.SinCos2D(3, 3, 8)
	for _, kind := range []string{learnedPositions, learnedPositions2D, relativePositions, sincosPositions} {
		for _, pooling := range []string{"token", "mean-without-token"} {
			got, err := similaritiesOf(t, lookedViT(t, func(p *ViTParams) { p.Positions, p.Pooling = kind, pooling }))
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			for p := range 9 {
				for q := range 9 {
					one := float64(got[9*p+q])
					if p == q && math.Abs(one-1) > 1e-5 || math.Abs(one) > 1+1e-5 {
						t.Errorf("%s: similarity of %d and %d is %g", kind, p, q, one)
					}
					if kind == relativePositions && p > 0 && q > 0 && one != float64(got[9*(p-1)+q-1]) {
						t.Errorf("%s: similarity of %d and %d is not that of their distance", kind, p, q)
					}
					if kind == sincosPositions && math.Abs(one-cosine(table[p], table[q])) > 1e-5 {
						t.Errorf("%s: similarity of %d and %d is %g, want %g", kind, p, q, one, cosine(table[p], table[q]))
					}
				}
			}
		}
	}
	if _, err := similaritiesOf(t, lookedViT(t, func(p *ViTParams) { p.Positions = noPositions })); err == nil ||
		!strings.Contains(err.Error(), "no position embeddings") {
		t.Errorf("without positions: %v", err)
	}
}

func cosine(a, b []float32) float64 {
	dot, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		dot, aa, bb = dot+float64(a[i]*b[i]), aa+float64(a[i]*a[i]), bb+float64(b[i]*b[i])
	}
	return dot / math.Sqrt(aa*bb)
}
