package layouts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// family is a way of naming the parts of a network.
type family struct {
	name string
	doc  string
	// anchors are names that every network of the family has; each stands for the
	// rest of the name after the network's prefix.
	anchors []string
	// arrays are the parameters by the names that kontrast has for them, with dots.
	arrays func(tensors map[string]*tensorfile.Tensor) map[string]Array
}

// families are in the order in which they are looked for: the more special first.
var families = []family{
	{
		name: "hf-clip", doc: "CLIP as Hugging Face's transformers save it (CLIPModel, CLIPVisionModel)",
		anchors: []string{
			"vision_model.embeddings.patch_embedding.weight", "vision_model.encoder.layers.0.self_attn.q_proj.weight",
		},
		arrays: hfCLIP,
	},
	{
		name: "clip", doc: "CLIP's image tower as OpenAI and OpenCLIP have it, a vision transformer",
		anchors: []string{"conv1.weight", "class_embedding", "transformer.resblocks.0.ln_1.weight"},
		arrays:  renaming(clipNames),
	},
	{
		name: "clip-resnet", doc: "CLIP's image tower as OpenAI and OpenCLIP have it, a ResNet",
		anchors: []string{"conv1.weight", "attnpool.q_proj.weight", "layer1.0.conv1.weight"},
		arrays:  plainNames,
	},
	{
		name: "resnet", doc: "torchvision's ResNets and all that keep their names, timm's among them",
		anchors: []string{"conv1.weight", "bn1.weight", "layer1.0.conv1.weight"},
		arrays:  plainNames,
	},
	{
		name: "timm-mobile", doc: "timm's MobileNets and EfficientNets",
		anchors: []string{"conv_stem.weight", "bn1.weight", "blocks.0.0.conv_dw.weight"},
		arrays:  plainNames,
	},
	{
		name: "torchvision-mobile", doc: "torchvision's MobileNetV2",
		anchors: []string{"features.0.0.weight", "features.1.conv.0.0.weight"},
		arrays:  torchvisionMobile,
	},
	{
		name: "torchvision-mobile", doc: "torchvision's MobileNetV3",
		anchors: []string{"features.0.0.weight", "features.1.block.0.0.weight"},
		arrays:  torchvisionMobile,
	},
	{
		name: "torchvision-mobile", doc: "torchvision's EfficientNets",
		anchors: []string{"features.0.0.weight", "features.1.0.block.0.0.weight"},
		arrays:  torchvisionMobile,
	},
	{
		name: "efficientnet-pytorch", doc: "EfficientNet-PyTorch and its Lite form",
		anchors: []string{"_conv_stem.weight", "_bn0.weight", "_blocks.0._depthwise_conv.weight"},
		arrays:  efficientNetPyTorch,
	},
	{
		name: "timm-convnext", doc: "timm's ConvNeXts",
		anchors: []string{"stem.0.weight", "stages.0.blocks.0.conv_dw.weight", "stages.0.blocks.0.mlp.fc1.weight"},
		arrays:  plainNames,
	},
	{
		name: "torchvision-convnext", doc: "torchvision's ConvNeXts",
		anchors: []string{"features.0.0.weight", "features.1.0.block.0.weight", "features.1.0.block.5.weight"},
		arrays:  torchvisionConvNeXt,
	},
	{
		name: "convnext", doc: "ConvNeXts of facebookresearch/ConvNeXt",
		anchors: []string{"downsample_layers.0.0.weight", "stages.0.0.dwconv.weight"},
		arrays:  convNeXt,
	},
	{
		name: "resnetv2", doc: "timm's ResNets of BiT",
		anchors: []string{"stem.conv.weight", "stages.0.blocks.0.norm1.weight", "stages.0.blocks.0.conv1.weight"},
		arrays:  plainNames,
	},
	{
		name: "timm-vit", doc: "vision transformers of timm, and of DINO, its second and third version, MAE and MoCo v3",
		anchors: []string{"patch_embed.proj.weight", "blocks.0.attn.qkv.weight"},
		arrays:  timmViT,
	},
	{
		name: "torchvision-vit", doc: "torchvision's vision transformers",
		anchors: []string{"conv_proj.weight", "encoder.layers.encoder_layer_0.ln_1.weight"},
		arrays:  renaming(torchvisionNames),
	},
	{
		name: "hf-vit", doc: "vision transformers of Hugging Face's transformers (ViTModel, Dinov2Model, also WithRegisters)",
		anchors: []string{
			"embeddings.patch_embeddings.projection.weight", "encoder.layer.0.attention.attention.query.weight",
		},
		arrays: hfViT,
	},
	{
		name: "hf-dinov3", doc: "DINOv3's vision transformers in Hugging Face's transformers (DINOv3ViTModel)",
		anchors: []string{"embeddings.patch_embeddings.weight", "layer.0.attention.q_proj.weight"},
		arrays:  hfDINOv3,
	},
	{
		name: "bit", doc: "BiT's ResNets in files of NumPy, as google-research/big_transfer has them",
		anchors: []string{"root_block.standardized_conv2d.kernel", "block1.unit01.a.standardized_conv2d.kernel"},
		arrays:  bit,
	},
	{
		name: "sequence", doc: "a torch.nn.Sequential of the parts of a ResNet, as lightly's examples have it",
		anchors: []string{"0.weight", "1.running_mean", "4.0.conv1.weight"},
		arrays:  sequence,
	},
	{
		name: "sequence", doc: "the same of a ResNet for small images",
		anchors: []string{"0.weight", "1.running_mean", "2.0.conv1.weight"},
		arrays:  sequence,
	},
}

// counter is a tensor that only PyTorch's batch normalization keeps.
func counter(name string) bool { return strings.HasSuffix(name, "num_batches_tracked") }

// plainNames are names that kontrast has too.
func plainNames(tensors map[string]*tensorfile.Tensor) map[string]Array {
	return renamed(tensors, func(name string) string { return name })
}

func renamed(tensors map[string]*tensorfile.Tensor, rename func(string) string) map[string]Array {
	out := map[string]Array{}
	for name, t := range tensors {
		if !counter(name) {
			out[rename(name)] = arrayOf(name, t)
		}
	}
	return out
}

// renaming renames the parameters by the table.
func renaming(names *strings.Replacer) func(map[string]*tensorfile.Tensor) map[string]Array {
	return func(tensors map[string]*tensorfile.Tensor) map[string]Array { return renamed(tensors, names.Replace) }
}

var sequencePart = regexp.MustCompile(`^(\d+)\.`)

// sequence names the parts of a ResNet by their place: the convolution, the
// normalization, and the stages, which are those with blocks in them.
func sequence(tensors map[string]*tensorfile.Tensor) map[string]Array {
	stages := map[string]string{}
	for _, place := range []string{"2", "3", "4", "5", "6", "7"} {
		if _, has := tensors[place+".0.conv1.weight"]; has {
			stages[place] = "layer" + string(rune('1'+len(stages)))
		}
	}
	return renamed(tensors, func(name string) string {
		place := sequencePart.FindStringSubmatch(name)
		if place == nil {
			return name
		}
		rest := name[len(place[0]):]
		switch stage := stages[place[1]]; {
		case place[1] == "0":
			return "conv1." + rest
		case place[1] == "1":
			return "bn1." + rest
		case stage != "":
			return stage + "." + rest
		}
		return name
	})
}

func keys(arrays map[string]Array) []string {
	var names []string
	for name := range arrays {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var clipNames = strings.NewReplacer(
	"transformer.resblocks.", "blocks.", "ln_1", "norm1", "ln_2", "norm2", "ln_pre", "norm_pre", "ln_post", "norm",
	"attn.in_proj_", "attn.qkv.", "attn.out_proj", "attn.proj", "mlp.c_fc", "mlp.fc1", "mlp.c_proj", "mlp.fc2",
	"positional_embedding", "pos_embed", "class_embedding", "cls_token", "conv1.", "patch_embed.proj.")

var hfCLIPNames = strings.NewReplacer(
	"vision_model.embeddings.class_embedding", "cls_token",
	"vision_model.embeddings.position_embedding.weight", "pos_embed",
	"vision_model.embeddings.patch_embedding.", "patch_embed.proj.", "vision_model.encoder.layers.", "blocks.",
	"layer_norm1", "norm1", "layer_norm2", "norm2", "self_attn.out_proj", "attn.proj",
	"vision_model.pre_layrnorm.", "norm_pre.", "vision_model.post_layernorm.", "norm.", "visual_projection.weight", "proj")

func hfCLIP(tensors map[string]*tensorfile.Tensor) map[string]Array {
	arrays := joined(renamed(tensors, hfCLIPNames.Replace), "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
	if proj, has := arrays["proj"]; has && len(proj.Shape) == 2 {
		arrays["proj"] = proj.transposed()
	}
	return arrays
}
