package nn

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// layerCase is one case of layers.json: how its tensors are laid out here and what is built.
type layerCase struct {
	name       string
	training   bool
	variables  map[string]variable // path -> where it comes from
	images     bool                // x and y are NCHW
	build      func(scope *model.Scope, x *graph.Node) *graph.Node
	after      map[string]string // path -> name of the output that holds its value afterwards
	outsTokens bool
}

// variable is a reference tensor with the permutation to our layout.
type variable struct {
	input string
	axes  []int
}

var (
	hwio = []int{2, 3, 1, 0}
	nhwc = []int{0, 2, 3, 1}
	inO  = []int{1, 0}
)

func convCase(name string, size int, cfg ConvConfig, out int) layerCase {
	c := layerCase{name: name, images: true, variables: map[string]variable{"weight": {"weight", hwio}}}
	if !cfg.NoBias {
		c.variables["bias"] = variable{"bias", nil}
	}
	c.build = func(s *model.Scope, x *graph.Node) *graph.Node { return Conv(s, x, out, size, cfg) }
	return c
}

func pure(name string, images bool, f func(x *graph.Node) *graph.Node) layerCase {
	return layerCase{name: name, images: images, build: func(_ *model.Scope, x *graph.Node) *graph.Node { return f(x) }}
}

func attentionCase(name string, causal bool) layerCase {
	return layerCase{
		name: name,
		variables: map[string]variable{
			"qkv/weight": {"in_proj_weight", inO}, "qkv/bias": {"in_proj_bias", nil},
			"proj/weight": {"out_proj_weight", inO}, "proj/bias": {"out_proj_bias", nil},
		},
		build: func(s *model.Scope, x *graph.Node) *graph.Node {
			return SelfAttention(s, x, AttentionConfig{Heads: 2, Causal: causal})
		},
	}
}

var layerCases = []layerCase{
	convCase("conv2d_k3_s1_p1_bias", 3, ConvConfig{Padding: 1}, 4),
	convCase("conv2d_k3_s2_p1", 3, ConvConfig{Stride: 2, Padding: 1, NoBias: true}, 4),
	convCase("conv2d_k1_s2_p0", 1, ConvConfig{Stride: 2, NoBias: true}, 3),
	convCase("conv2d_k7_s2_p3", 7, ConvConfig{Stride: 2, Padding: 3, NoBias: true}, 2),
	convCase("conv2d_k3_s3_p0_bias", 3, ConvConfig{Stride: 3}, 3),
	convCase("conv2d_k3_s1_p2", 3, ConvConfig{Padding: 2, NoBias: true}, 4),
	{
		name:      "linear",
		variables: map[string]variable{"weight": {"weight", inO}, "bias": {"bias", nil}},
		build:     func(s *model.Scope, x *graph.Node) *graph.Node { return Linear(s, x, 3, LinearConfig{}) },
	},
	batchNormCase("batchnorm2d_train", true, true),
	batchNormCase("batchnorm2d_eval", false, true),
	batchNormCase("batchnorm1d_train", true, false),
	layerNormCase("layernorm_eps1e-05", 1e-5),
	layerNormCase("layernorm_eps1e-06", 1e-6),
	pure("maxpool_k3_s2_p1", true, func(x *graph.Node) *graph.Node { return MaxPool(x, 3, 2, 1) }),
	pure("avgpool_k2", true, func(x *graph.Node) *graph.Node { return AvgPool(x, 2) }),
	{
		name: "global_avgpool", images: true, outsTokens: true,
		build: func(_ *model.Scope, x *graph.Node) *graph.Node { return GlobalAvgPool(x) },
	},
	pure("relu", true, ReLU),
	pure("gelu_erf", true, GELU),
	pure("quickgelu", true, QuickGELU),
	pure("l2_normalize", false, L2Normalize),
	attentionCase("mha_h2", false),
	attentionCase("mha_h2_causal", true),
	{
		name:      "weight_norm_linear",
		variables: map[string]variable{"weight_v": {"weight_v", inO}, "weight_g": {"weight_g", nil}},
		build: func(s *model.Scope, x *graph.Node) *graph.Node {
			return WeightNormLinear(s, x, 6, false, nil)
		},
	},
}

func batchNormCase(name string, training, images bool) layerCase {
	c := layerCase{
		name: name, training: training, images: images,
		variables: map[string]variable{"weight": {"weight", nil}, "bias": {"bias", nil}},
		build:     func(s *model.Scope, x *graph.Node) *graph.Node { return BatchNorm(s, x, BatchNormConfig{}) },
	}
	if images {
		c.variables["running_mean"] = variable{"running_mean", nil}
		c.variables["running_var"] = variable{"running_var", nil}
		c.after = map[string]string{"running_mean": "running_mean_after", "running_var": "running_var_after"}
	}
	return c
}

func layerNormCase(name string, epsilon float64) layerCase {
	return layerCase{
		name:      name,
		variables: map[string]variable{"weight": {"weight", nil}, "bias": {"bias", nil}},
		build: func(s *model.Scope, x *graph.Node) *graph.Node {
			return LayerNorm(s, x, LayerNormConfig{Epsilon: epsilon})
		},
	}
}

func TestLayersMatchPyTorch(t *testing.T) {
	file := golden.Load(t, "layers")
	for _, c := range layerCases {
		t.Run(c.name, func(t *testing.T) { c.run(t, file.Case(t, c.name), testbackend.New(t)) })
		t.Run(c.name+"/portable", func(t *testing.T) { c.run(t, file.Case(t, c.name), testbackend.Portable(t)) })
	}
}

func (c layerCase) run(t *testing.T, ref *golden.Case, backend compute.Backend) {
	var inAxes, outAxes []int
	if c.images {
		inAxes, outAxes = nhwc, nhwc
	}
	if c.outsTokens {
		outAxes = nil
	}
	store := model.NewStore()
	var paths []string
	for path, from := range c.variables {
		value := permuted(ref.Input(t, from.input), from.axes)
		if path == "weight_g" {
			value.Shape = value.Shape[:1]
		}
		if _, err := store.CreateVariable("/layer/"+path, toTensor(value)); err != nil {
			t.Fatal(err)
		}
		if _, hasGrad := ref.Grads[from.input]; hasGrad {
			paths = append(paths, path)
		}
	}
	exec := model.MustNewExec(backend, store, func(root *model.Scope, x, upstream *graph.Node) []*graph.Node {
		store.SetTraining(x.Graph(), c.training)
		y := c.build(root.At("layer"), x)
		by := []*graph.Node{x}
		for _, path := range paths {
			by = append(by, store.GetVariable("/layer/"+path).NodeValue(x.Graph()))
		}
		loss := graph.ReduceAllSum(graph.Mul(y, upstream))
		return append([]*graph.Node{y, loss}, graph.Gradient(loss, by...)...)
	})
	got := exec.MustCall(
		toTensor(permuted(ref.Input(t, "x"), inAxes)), toTensor(permuted(ref.Input(t, "upstream"), outAxes)),
	)
	golden.Near(t, "y", flat(got[0]), permuted(ref.Output(t, "y"), outAxes), 1e-5)
	golden.Near(t, "loss", flat(got[1]), ref.Output(t, "loss"), 1e-4) // of terms that cancel
	golden.Near(t, "gradient of x", flat(got[2]), permuted(ref.Grad(t, "x"), inAxes), 1e-5)
	for i, path := range paths {
		from := c.variables[path]
		golden.Near(t, "gradient of "+path, flat(got[3+i]), permuted(ref.Grad(t, from.input), from.axes), 1e-5)
	}
	for path, output := range c.after {
		golden.Near(t, path+" afterwards", flat(store.GetVariable("/layer/"+path).MustValue()), ref.Output(t, output), 1e-5)
	}
}

func TestEmbeddingMatchesPyTorch(t *testing.T) {
	ref := golden.Load(t, "layers").Case(t, "embedding")
	tokens := golden.Decode[[]int32](t, ref.Params, "tokens")
	store := model.NewStore()
	if _, err := store.CreateVariable("/weight", toTensor(ref.Input(t, "weight"))); err != nil {
		t.Fatal(err)
	}
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, ids, upstream *graph.Node) []*graph.Node {
		y := Embedding(root, ids, 7, 3, Zeros)
		loss := graph.ReduceAllSum(graph.Mul(y, upstream))
		return []*graph.Node{y, loss, graph.Gradient(loss, store.GetVariable("/weight").NodeValue(ids.Graph()))[0]}
	})
	got := exec.MustCall(tensors.FromFlatDataAndDimensions(tokens, 2, 4), toTensor(ref.Input(t, "upstream")))
	golden.Near(t, "y", flat(got[0]), ref.Output(t, "y"), 1e-5)
	golden.Near(t, "loss", flat(got[1]), ref.Output(t, "loss"), 1e-4) // of terms that cancel
	golden.Near(t, "gradient of weight", flat(got[2]), ref.Grad(t, "weight"), 1e-5)
}

func permuted(x golden.Tensor, axes []int) golden.Tensor {
	if axes == nil {
		return x
	}
	return x.Permute(axes...)
}

func toTensor(x golden.Tensor) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Float32(), x.Shape...)
}

func flat(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }
