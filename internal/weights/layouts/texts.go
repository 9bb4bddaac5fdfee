package layouts

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Texts is the text tower of a CLIP: kontrast's backbone clip-text.
type Texts struct {
	Arrays map[string]Array // by the names that kontrast has for them, with dots
	// Width, Layers, ContextLength, Vocabulary and EmbedDim are told by the shapes.
	Width, Layers, ContextLength, Vocabulary, EmbedDim int
}

// textNames are those of OpenAI and OpenCLIP.
var textNames = strings.NewReplacer(
	"transformer.resblocks.", "blocks.", "ln_1", "norm1", "ln_2", "norm2", "ln_final", "norm",
	"attn.in_proj_", "attn.qkv.", "attn.out_proj", "attn.proj", "mlp.c_fc", "mlp.fc1", "mlp.c_proj", "mlp.fc2",
	"positional_embedding", "pos_embed", "text_projection", "proj")

// hfTextNames are those of Hugging Face.
var hfTextNames = strings.NewReplacer(
	"text_model.embeddings.position_embedding.weight", "pos_embed",
	"text_model.embeddings.token_embedding.", "token_embedding.", "text_model.encoder.layers.", "blocks.",
	"layer_norm1", "norm1", "layer_norm2", "norm2", "self_attn.out_proj", "attn.proj",
	"text_model.final_layer_norm.", "norm.", "text_projection.weight", "proj")

// Texts returns the text tower that belongs to an image tower of CLIP: one that
// lies beside it in the file. It is an error if there is none.
func (n *Network) Texts() (*Texts, error) {
	var arrays map[string]Array
	switch n.Names {
	case "hf-clip":
		arrays = joined(renamed(below(n.tensors, "text_"), hfTextNames.Replace), "self_attn.q_proj", "self_attn.k_proj",
			"self_attn.v_proj")
		if proj, has := arrays["proj"]; has && len(proj.Shape) == 2 {
			arrays["proj"] = proj.transposed()
		}
	case "clip", "clip-resnet":
		base := strings.TrimSuffix(n.prefix, "visual.")
		inner := map[string]*tensorfile.Tensor{}
		for name, t := range n.others {
			name, within := strings.CutPrefix(name, base)
			name = strings.TrimPrefix(name, "text.") // of OpenCLIP's towers of their own
			if within && isText(name) {
				inner[name] = t
			}
		}
		arrays = renamed(inner, textNames.Replace)
	}
	words, has := arrays["token_embedding.weight"]
	if !has {
		return nil, fmt.Errorf("%s has no text tower beside it", n.Title())
	}
	t := &Texts{Arrays: arrays, Layers: blocks(arrays, "blocks.")}
	for name, shape := range map[string][2]*int{
		"token_embedding.weight": {&t.Vocabulary, &t.Width}, "pos_embed": {&t.ContextLength, &t.Width},
		"proj": {&t.Width, &t.EmbedDim},
	} {
		of, err := dims(arrays, name, 2)
		if err != nil {
			return nil, fmt.Errorf("the text tower of %s: %w", n.Title(), err)
		}
		*shape[0], *shape[1] = of[0], of[1]
	}
	arrays["token_embedding.weight"] = words.transposed() // as torchlayout has the weights of any layer
	return t, nil
}

// isText says whether a name is of a text tower.
func isText(name string) bool {
	for _, start := range []string{
		"token_embedding.", "positional_embedding", "transformer.", "ln_final.", "text_projection",
	} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// below are the tensors whose names begin so.
func below(tensors map[string]*tensorfile.Tensor, start string) map[string]*tensorfile.Tensor {
	found := map[string]*tensorfile.Tensor{}
	for name, t := range tensors {
		if strings.HasPrefix(name, start) {
			found[name] = t
		}
	}
	return found
}
