package backbones

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

var clipNames = strings.NewReplacer(
	"transformer.resblocks.", "blocks.", "ln_1", "norm1", "ln_2", "norm2", "ln_pre", "norm_pre", "ln_post", "norm",
	"ln_final", "norm",
	"attn.in_proj_", "attn.qkv.", "attn.out_proj", "attn.proj", "c_fc", "fc1", "c_proj", "fc2",
	"positional_embedding", "pos_embed", "class_embedding", "cls_token", "text_projection", "proj")

// clipCheck checks a tower; the stage names are ours with the reference's.
func clipCheck(
	ref *golden.Case, plain []string, stages map[string]string,
	embed func(*model.Scope, *graph.Node, observer) *graph.Node,
) torchref.Check {
	return torchref.Check{
		Case: ref, Plain: plain, Inside: []string{"ln_final"}, // of which we compute the end of the text alone
		Path: func(name string) string {
			switch name {
			case "logit_scale": // of the loss
				return ""
			case "conv1.weight":
				return "patch_embed/proj/weight"
			}
			return slashed(clipNames.Replace(name))
		},
		Build: func(scope *model.Scope, x *graph.Node, observe func(string, *graph.Node)) *graph.Node {
			return embed(scope, x, func(name string, node *graph.Node) {
				if theirs, found := stages[name]; found {
					name = theirs
				}
				observe(strings.Replace(name, "blocks.", "transformer.resblocks.", 1), node)
			})
		},
	}
}

func TestCLIPViTMatchesOpenAI(t *testing.T) {
	ref := golden.Load(t, "backbone_clip_vit").Case(t, "vit_r32_p8")
	s := sizes(t, ref, "patch", "width", "layers", "heads", "output_dim", "resolution")
	b, err := newCLIPViT(CLIPViTParams{Patch: s[0], Width: s[1], Layers: s[2], Heads: s[3], EmbedDim: s[4]}, s[5], 3)
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]string{"patch_embed": "conv1", "norm_pre": "ln_pre", "norm": "ln_post"}
	clipCheck(ref, []string{"positional_embedding", "proj"}, stages, b.(*viT).embed).Run(t, testbackend.New(t))
}

func TestCLIPTextMatchesOpenAI(t *testing.T) {
	ref := golden.Load(t, "backbone_clip_text").Case(t, "text_ctx16_w32_l2")
	s := sizes(t, ref, "width", "layers", "heads", "embed_dim", "context_length", "vocab")
	b, err := newCLIPText(CLIPTextParams{Width: s[0], Layers: s[1], Heads: s[2], EmbedDim: s[3]}, s[4], s[5])
	if err != nil {
		t.Fatal(err)
	}
	plain := []string{"positional_embedding", "text_projection", "token_embedding.weight"}
	clipCheck(ref, plain, nil, b.(*textTransformer).embed).Run(t, testbackend.New(t))
}

func TestCLIPResNetMatchesOpenAI(t *testing.T) {
	same := func(a, b torchref.Kink) bool { // to the digits of the file
		return a.ReLU == b.ReLU && a.Index == b.Index && abs(a.Value-b.Value) <= 0.01*abs(b.Value)
	}
	file, kinks := golden.Load(t, "backbone_clip_modified_resnet"), readKinks(t)
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			s := sizes(t, ref, "width", "output_dim", "resolution")
			b, err := newCLIPResNet(CLIPResNetParams{Width: s[0], Blocks: []int{1, 1, 1, 1}, EmbedDim: s[1]}, s[2], 3)
			if err != nil {
				t.Fatal(err)
			}
			check := torchref.Check{
				Case: ref, Path: slashed, Plain: []string{"attnpool.positional_embedding"}, Kinks: kinks[ref.Name],
				Build: build(b.(*clipResNet).embed),
			}
			check.Run(t, testbackend.New(t))

			// This network is so small that its kinks can be found again.
			found := check.Float64(t, testbackend.Portable(t))
			if *update {
				kinks[ref.Name] = found
				writeKinks(t, kinks)
			} else if !slices.EqualFunc(found, check.Kinks, same) {
				t.Errorf("kinks %v, want those of %s: %v", found, kinksFile, check.Kinks)
			}
		})
	}
}

func TestCLIPResNetRefusesViewsOfOtherSizes(t *testing.T) {
	b, err := newCLIPResNet(CLIPResNetParams{Width: 2, Blocks: []int{1, 1, 1, 1}, EmbedDim: 4}, 32, 3)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	defer store.Finalize()
	exec := model.MustNewExec(
		testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node { return b.Embed(root, x) },
	)
	defer exec.Finalize()
	_, err = exec.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 1, 16, 16, 3)))
	if want := "images of 16×16 pixels: the attention pooling takes those of 32×32 only"; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("views of 16 pixels give %v, want %q", err, want)
	}
}
