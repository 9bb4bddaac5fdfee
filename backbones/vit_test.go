package backbones

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// torchvisionNames maps torchvision's names of a vision transformer to ours, or back.
var (
	torchvisionNames = strings.NewReplacer(
		"encoder.layers.encoder_layer_", "blocks.", "encoder.ln", "norm", "encoder.pos_embedding", "pos_embed",
		"class_token", "cls_token", "conv_proj", "patch_embed.proj",
		"ln_1", "norm1", "ln_2", "norm2", "self_attention.in_proj_", "attn.qkv.", "self_attention.out_proj", "attn.proj",
		"mlp.0", "mlp.fc1", "mlp.3", "mlp.fc2")
	torchvisionStages = strings.NewReplacer(
		"blocks.", "encoder.layers.encoder_layer_", "patch_embed", "conv_proj", "tokens", "encoder.dropout")
)

// shapeOf decodes the sizes that the reference cases of vision transformers state.
func sizes(t *testing.T, ref *golden.Case, names ...string) []int {
	var out []int
	for _, name := range names {
		out = append(out, golden.Decode[int](t, ref.Params, name))
	}
	return out
}

func referenceViT(t *testing.T, ref *golden.Case, pooling string) *viT {
	s := sizes(t, ref, "image_size", "patch", "layers", "heads", "hidden", "mlp")
	return &viT{
		patch: s[1], width: s[4], native: s[0] / s[1], pooling: pooling, positions: learnedPositions,
		encoder: transformer{
			s[2], nn.BlockConfig{Heads: s[3], Hidden: s[5], Epsilon: 1e-6, Activation: nn.GELU, Init: timmInit.block},
		},
		init: timmInit,
	}
}

func TestViTMatchesTorchvision(t *testing.T) {
	file := golden.Load(t, "backbone_vit_torchvision")
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			pooling := "token"
			if strings.HasPrefix(ref.Name, "meanpool") {
				pooling = "mean"
			}
			v := referenceViT(t, ref, pooling)
			torchref.Check{
				Case:   ref,
				Path:   func(name string) string { return slashed(torchvisionNames.Replace(name)) },
				Inside: []string{"encoder.ln"}, // of which we compute the class token alone
				Build: func(scope *model.Scope, x *graph.Node, observe func(string, *graph.Node)) *graph.Node {
					return v.embed(scope, x, func(name string, node *graph.Node) { observe(torchvisionStages.Replace(name), node) })
				},
			}.Run(t, testbackend.New(t))
		})
	}
}

func TestViTMatchesDINOAtEverySize(t *testing.T) {
	file := golden.Load(t, "backbone_vit_dino")
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			v := referenceViT(t, ref, "token")
			torchref.Check{Case: ref, Path: slashed, Build: build(v.embed)}.Run(t, testbackend.New(t))
		})
	}
}

func TestInterpolatedPositionsMatchDINO(t *testing.T) {
	file := golden.Load(t, "backbone_vit_dino")
	for i := range file.Cases {
		ref := &file.Cases[i]
		s := sizes(t, ref, "image_size", "patch", "hidden")
		native, width, want := s[0]/s[1], s[2], ref.Output(t, "pos")
		side := golden.Decode[golden.Filled](t, ref.Inputs, "x").Shape[2] / s[1]
		store := model.NewStore()
		for _, f := range ref.Filled(t, "parameters") {
			if f.Name == "pos_embed" {
				value := f.Tensor(golden.Decode[uint64](t, ref.Params, "fill_seed"))
				if _, err := store.CreateVariable("/pos_embed",
					tensors.FromFlatDataAndDimensions(value.Float32(), 1+native*native, width)); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := model.MustCallOnce(testbackend.New(t), store, func(root *model.Scope, tokens *graph.Node) *graph.Node {
			return addPositions(root, learnedPositions, tokens, side, side, native, nn.Zeros)
		}, tensors.FromFlatDataAndDimensions(make([]float32, (1+side*side)*width), 1, 1+side*side, width))
		golden.Near(t, ref.Name, tensors.MustCopyFlatData[float32](got), want, 1e-5)
	}
}

func TestSincosPositionsMatchMoCoV3(t *testing.T) {
	file := golden.Load(t, "pos_embed_sincos_2d")
	for _, name := range []string{"mocov3_3x3_d8", "mocov3_2x4_d12"} {
		ref := file.Case(t, name)
		s := sizes(t, ref, "grid_h", "grid_w", "dim")
		got := make([]float32, s[2]) // the class token's row is 0
		for _, row := range nn.SinCos2D(s[0], s[1], s[2]) {
			got = append(got, row...)
		}
		golden.Near(t, name, got, ref.Output(t, "pos"), 1e-6)
	}

	// MAE, and lightly after it, has columns where MoCo v3 has rows.
	ref := file.Case(t, "lightly_3x3_d8")
	s := sizes(t, ref, "grid_h", "grid_w", "dim")
	rows, got := nn.SinCos2D(s[0], s[1], s[2]), make([]float32, s[2])
	for i := range rows {
		got = append(got, rows[i%s[1]*s[0]+i/s[1]]...)
	}
	golden.Near(t, "lightly_3x3_d8", got, ref.Output(t, "pos"), 1e-6)
}

func TestGatedAndRotaryTransformersMatchTimm(t *testing.T) {
	file := golden.Load(t, "backbone_vit_timm")
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			s := sizes(t, ref, "image_size", "patch", "layers", "heads", "hidden", "mlp", "registers")
			v := made(t, "vit", s[0], func(p *ViTParams) {
				p.Patch, p.Layers, p.Heads, p.Width, p.Registers = s[1], s[2], s[3], s[4], s[6]
				p.MLP, p.MLPRatio, p.LayerScale = "swiglu", float64(s[5])/float64(s[4]), 1
				p.Positions = golden.Decode[string](t, ref.Params, "positions")
				p.Epsilon = golden.Decode[float64](t, ref.Params, "epsilon")
			})
			torchref.Check{Case: ref, Path: slashed, Build: build(v.embed)}.Run(t, testbackend.New(t))
		})
	}
}
