package layouts

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

var torchvisionNames = strings.NewReplacer(
	"encoder.layers.encoder_layer_", "blocks.", "encoder.ln.", "norm.", "encoder.pos_embedding", "pos_embed",
	"class_token", "cls_token", "conv_proj.", "patch_embed.proj.",
	"ln_1", "norm1", "ln_2", "norm2", "self_attention.in_proj_", "attn.qkv.", "self_attention.out_proj", "attn.proj",
	"mlp.0.", "mlp.fc1.", "mlp.3.", "mlp.fc2.", "mlp.linear_1.", "mlp.fc1.", "mlp.linear_2.", "mlp.fc2.")

// timmNames are those of timm, of DINOv2 (w12 is packed) and of DINOv3.
var timmNames = strings.NewReplacer(
	"reg_token", "register_tokens", "storage_tokens", "register_tokens", "gamma_1", "ls1.gamma", "gamma_2", "ls2.gamma",
	"mlp.w12.", "mlp.fc1.", "mlp.w1.", "mlp.fc1_g.", "mlp.w2.", "mlp.fc1_x.", "mlp.w3.", "mlp.fc2.")

var hfNames = strings.NewReplacer(
	"embeddings.cls_token", "cls_token", "embeddings.position_embeddings", "pos_embed",
	"embeddings.register_tokens", "register_tokens",
	"embeddings.patch_embeddings.projection.", "patch_embed.proj.", "encoder.layer.", "blocks.",
	"attention.output.dense", "attn.proj", "intermediate.dense", "mlp.fc1", "output.dense", "mlp.fc2",
	"mlp.weights_in", "mlp.fc1", "mlp.weights_out", "mlp.fc2",
	"layernorm_before", "norm1", "layernorm_after", "norm2", "layernorm.", "norm.",
	"layer_scale1.lambda1", "ls1.gamma", "layer_scale2.lambda1", "ls2.gamma")

var hfDINOv3Names = strings.NewReplacer(
	"embeddings.cls_token", "cls_token", "embeddings.register_tokens", "register_tokens",
	"embeddings.patch_embeddings.", "patch_embed.proj.", "layer.", "blocks.", "attention.o_proj", "attn.proj",
	"mlp.gate_proj", "mlp.fc1_g", "mlp.up_proj", "mlp.fc1_x", "mlp.down_proj", "mlp.fc2",
	"layer_scale1.lambda1", "ls1.gamma", "layer_scale2.lambda1", "ls2.gamma")

func timmViT(tensors map[string]*tensorfile.Tensor) map[string]Array {
	return plainViT(renamed(tensors, timmNames.Replace))
}

func hfViT(tensors map[string]*tensorfile.Tensor) map[string]Array {
	return plainViT(joined(renamed(tensors, hfNames.Replace), "attention.attention.query", "attention.attention.key",
		"attention.attention.value"))
}

func hfDINOv3(tensors map[string]*tensorfile.Tensor) map[string]Array {
	arrays := renamed(tensors, hfDINOv3Names.Replace)
	for _, name := range keys(arrays) {
		if block, part, is := strings.Cut(name, "attention.q_proj.bias"); is && part == "" {
			arrays[block+"attn.q_bias"] = arrays[name] // of queries and values alone
			delete(arrays, name)
			if value, has := arrays[block+"attention.v_proj.bias"]; has {
				arrays[block+"attn.v_bias"] = value
				delete(arrays, block+"attention.v_proj.bias")
			}
		}
	}
	return plainViT(joined(arrays, "attention.q_proj", "attention.k_proj", "attention.v_proj"))
}

// plainViT makes the parts of a vision transformer those that kontrast's has:
// one first layer of a gated MLP instead of two, biases of queries, keys and
// values also where some or all are none, positions with one of the class token,
// and layer scales, as DINOv2 has them, in the layers before them.
func plainViT(arrays map[string]Array) map[string]Array {
	for _, name := range keys(arrays) {
		block, end, _ := strings.Cut(name, ".mlp.fc1_x.")
		if gate, gated := arrays[block+".mlp.fc1_g."+end]; gated && end != "" {
			replace(arrays, block+".mlp.fc1."+end, stacked(gate, arrays[name]), name, block+".mlp.fc1_g."+end)
		} else if end != "" {
			replace(arrays, block+".mlp.fc1."+end, arrays[name], name)
		}
		if block, is := strings.CutSuffix(name, "qkv.weight"); is {
			biases(arrays, block)
		}
	}
	positions, has := arrays["pos_embed"]
	if _, class := arrays["cls_token"]; has && class && len(positions.Shape) > 1 {
		shape := positions.Shape[len(positions.Shape)-2:]
		if tokens := shape[0]; tokens > 1 && root(tokens) > 0 {
			positions.Shape = shape
			arrays["pos_embed"] = stacked(zeros(1, shape[1]), positions)
		}
	}
	return folded(arrays, map[string]string{"ls1.gamma": "attn.proj", "ls2.gamma": "mlp.fc2"})
}

// replace puts an array in the place of others.
func replace(arrays map[string]Array, name string, by Array, others ...string) {
	for _, other := range others {
		delete(arrays, other)
	}
	arrays[name] = by
}

// biases makes the one bias of queries, keys and values: of DINOv3's,
// whose keys have none, in two or with a mask, and zeros where there is none.
func biases(arrays map[string]Array, block string) {
	weight, bias, mask := arrays[block+"qkv.weight"], block+"qkv.bias", block+"qkv.bias_mask"
	query, has := arrays[block+"q_bias"]
	value, both := arrays[block+"v_bias"]
	own, given := arrays[bias]
	by, masked := arrays[mask]
	switch {
	case given && masked:
		replace(arrays, bias, own.where(by), mask)
	case given || len(weight.Shape) != 2:
	case has && both && len(query.Shape) == 1:
		replace(arrays, bias, stacked(query, zeros(query.Shape[0]), value), block+"q_bias", block+"v_bias")
	case !has && !both:
		arrays[bias] = zeros(weight.Shape[0])
	}
}

// folded takes the factors of layer scales, which are named by the end of their
// name, into the linear layers that they follow.
func folded(arrays map[string]Array, scales map[string]string) map[string]Array {
	for _, name := range keys(arrays) {
		for end, layer := range scales {
			block, is := strings.CutSuffix(name, end)
			if !is {
				continue
			}
			for _, part := range []string{".weight", ".bias"} {
				if a, has := arrays[block+layer+part]; has {
					arrays[block+layer+part] = a.scaled(arrays[name])
				}
			}
			delete(arrays, name)
		}
	}
	return arrays
}

// joined makes the one layer of queries, keys and values of three.
func joined(arrays map[string]Array, query, key, value string) map[string]Array {
	for _, name := range keys(arrays) {
		block, part, is := strings.Cut(name, query)
		if !is {
			continue
		}
		parts := []Array{arrays[name], arrays[block+key+part], arrays[block+value+part]}
		if parts[1].Read == nil || parts[2].Read == nil || len(parts[0].Shape) == 0 {
			continue
		}
		for _, from := range []string{query, key, value} {
			delete(arrays, block+from+part)
		}
		arrays[block+"attn.qkv"+part] = stacked(parts...)
	}
	return arrays
}

// usualHead is the width of an attention head where usualHeads has no other number of them.
const usualHead = 64

// usualHeads are the attention heads of published vision transformers by width:
// ViT-So400m, ViT-H, ViT-g and ViT-G of OpenCLIP, and DINOv3's largest.
var usualHeads = map[int]int{1152: 16, 1280: 16, 1408: 16, 1664: 16, 4096: 32}

// transformer reads what all vision transformers have.
func (n *Network) transformer(arrays map[string]Array) (width, patch, heads, size int, err error) {
	kernel, err := dims(arrays, "patch_embed.proj.weight", 4)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	width, patch = kernel[0], kernel[2]
	heads = n.layout().Heads[width]
	if heads == 0 && !rotary(arrays) {
		heads = usualHeads[width]
	}
	if heads == 0 {
		heads = max(width/usualHead, 1)
	}
	if positions, has := arrays["pos_embed"]; has && len(positions.Shape) > 0 {
		tokens := 1
		for _, d := range positions.Shape[:len(positions.Shape)-1] {
			tokens *= d
		}
		if _, class := arrays["cls_token"]; class {
			tokens--
		}
		size = patch * root(tokens)
	}
	return width, patch, heads, size, nil
}

// rotary tells DINOv3's networks, which have registers and no table of positions.
func rotary(arrays map[string]Array) bool {
	_, registers := arrays["register_tokens"]
	_, class := arrays["cls_token"]
	_, positions := arrays["pos_embed"]
	return registers && class && !positions
}

func (n *Network) viT(arrays map[string]Array) (*Backbone, error) {
	if err := n.unknownPart(arrays); err != nil {
		return nil, err
	}
	width, patch, heads, size, err := n.transformer(arrays)
	if err != nil {
		return nil, err
	}
	first, err := dims(arrays, "blocks.0.mlp.fc1.weight", 2)
	if err != nil {
		return nil, err
	}
	second, err := dims(arrays, "blocks.0.mlp.fc2.weight", 2)
	if err != nil {
		return nil, err
	}
	layers, hidden := blocks(arrays, "blocks."), second[1]
	b := &Backbone{Name: "vit", Size: size, Params: map[string]any{
		"patch_size": patch, "width": width, "layers": layers, "heads": heads,
		"mlp_ratio": float64(hidden) / float64(width), "positions": "learned-1d",
	}}
	if first[0] == 2*hidden {
		b.Params["mlp"] = "swiglu"
	}
	if registers, has := arrays["register_tokens"]; has {
		b.Params["registers"] = registers.Len() / width
	}
	if _, has := arrays["cls_token"]; !has {
		b.Params["pooling"] = "mean-without-token"
	}
	if _, has := arrays["pos_embed"]; !has {
		b.Params["positions"] = "none"
	}
	if rotary(arrays) {
		b.Params["positions"], b.Params["epsilon"], b.Size = "rotary-2d", 1e-5, 14*patch
	}
	for name, of := range map[string][3]int{"vit-ti": {192, 12, 3}, "vit-s": {384, 12, 6}, "vit-b": {768, 12, 12},
		"vit-l": {1024, 24, 16}, "vit-h": {1280, 32, 16}, "vit-g": {1536, 40, 24}} {
		if of == [3]int{width, layers, heads} {
			b.Name = name
		}
	}
	return b, nil
}

// unknownParts are those of vision transformers that kontrast's don't have.
var unknownParts = []struct{ name, what string }{
	{"relative_position_bias", "relative position biases"}, {"q_norm", "normalized queries"},
	{"dist_token", "a distillation token"}, {"rope.freqs", "rotary positions that were learned"},
	{"attn.proj_l", "talking heads"},
}

// unknownPart is an error if the network has parts that kontrast's don't have.
func (n *Network) unknownPart(arrays map[string]Array) error {
	for _, name := range keys(arrays) {
		for _, part := range unknownParts {
			if strings.Contains(name, part.name) {
				return fmt.Errorf("%s: vision transformers with %s are none of kontrast's backbones", name, part.what)
			}
		}
	}
	_, positions := arrays["pos_embed"]
	for name := range n.tensors {
		biases, scales := strings.HasSuffix(name, "attn.q_bias"), strings.HasSuffix(name, "gamma_1")
		if !rotary(arrays) && (biases || scales && !positions) {
			return fmt.Errorf("%s: vision transformers like EVA-02, with rotary positions other than DINOv3's, are none of "+
				"kontrast's backbones", name)
		}
	}
	return nil
}

func (n *Network) clipViT(arrays map[string]Array) (*Backbone, error) {
	width, patch, heads, size, err := n.transformer(arrays)
	if err != nil {
		return nil, err
	}
	proj, err := dims(arrays, "proj", 2)
	if err != nil {
		return nil, err
	}
	return &Backbone{Name: "clip-vit", Size: size, Params: map[string]any{
		"patch_size": patch, "width": width, "layers": blocks(arrays, "blocks."), "heads": heads, "embed_dim": proj[1],
	}}, nil
}
