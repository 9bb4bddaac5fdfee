package clip

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// names maps the names inside OpenAI's towers to ours.
var names = strings.NewReplacer(
	"transformer.resblocks", "blocks", "conv1", "patch_embed/proj", "ln_pre", "norm_pre", "ln_post", "norm",
	"ln_final", "norm",
	"ln_1", "norm1", "ln_2", "norm2", "attn.in_proj_", "attn/qkv/", "attn.out_proj", "attn/proj", "c_fc", "fc1",
	"c_proj", "fc2",
	"positional_embedding", "pos_embed", "class_embedding", "cls_token", "text_projection", "proj", ".", "/")

// TestTrainingMatchesOpenAI repeats three steps of CLIP's model with the loss,
// the optimizer's groups and the clamp of open_clip.
func TestTrainingMatchesOpenAI(t *testing.T) {
	c := golden.Load(t, "method_clip").Case(t, "clip_tiny")
	param := func(key string) int { return golden.Decode[int](t, c.Params, key) }
	p := Factory.Defaults().(*Params)
	p.EmbedDim = param("embed_dim")
	p.Text = Text{
		Width: param("text_width"), Layers: param("text_layers"), Heads: param("text_heads"), ContextLength: param("context"),
	}
	images, err := imageTower(backbones.CLIPViTParams{
		Patch: param("patch"), Width: param("vision_width"), Layers: param("vision_layers"), Heads: param("vision_heads"),
		EmbedDim: p.EmbedDim,
	}, param("image_resolution"))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := backbones.NewCLIPText(backbones.CLIPTextParams{
		Width: p.Text.Width, Layers: p.Text.Layers, Heads: p.Text.Heads, EmbedDim: p.EmbedDim,
	}, p.Text.ContextLength, param("vocab"))
	if err != nil {
		t.Fatal(err)
	}
	training := methodgolden.Training{
		Family: "method_clip", Case: "clip_tiny", Backbone: images, Views: []int{0},
		// A vocabulary of 50 ids is one that no tokenizer has: the text tower is given.
		Method: &method{&towers{params: p.Towers, text: texts}, *p},
		Rename: map[string]string{},
		Plain: []string{
			"positional_embedding", "text_projection", "token_embedding.weight", "visual.positional_embedding", "visual.proj",
		},
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, Decoupled: true},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.001), train.BaseLearningRate: optim.Constant(0.001),
			train.Momentum: optim.Constant(0), train.WeightDecay: optim.Constant(0.2),
		},
	}
	for _, parameter := range c.Filled(t, "parameters") {
		name, isImage := strings.CutPrefix(parameter.Name, "visual.")
		switch {
		case name == "logit_scale":
			training.Rename[parameter.Name] = "online/" + logitScale
		case isImage:
			training.Rename[parameter.Name] = "online/backbone/" + names.Replace(name)
		default:
			training.Rename[parameter.Name] = "online/text/" + names.Replace(name)
		}
	}
	training.Run(t)
}

// imageTower returns the backbone clip-vit for images of that size.
func imageTower(p backbones.CLIPViTParams, size int) (framework.Backbone, error) {
	for _, factory := range backbones.Builtin() {
		if factory.Name == "clip-vit" {
			return factory.New(&p, size, 3)
		}
	}
	panic("there is no clip-vit")
}
