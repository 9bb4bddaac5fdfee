package layouts

import (
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Layouts are all that are known, the more special first.
var Layouts = []Layout{
	{
		Name: "moco", Doc: "facebookresearch/moco: state_dict with encoder_q and encoder_k; encoder_q is taken, as its " +
			"lincls does",
		is: func(w wrapped) (string, string, bool) {
			role, ok := map[string]string{"encoder_q.": online, "encoder_k.": momentum}[w.prefix]
			if w.within("fc.2.") {
				return role, "mocov2", ok
			}
			return role, "mocov1", ok
		},
		Preferred: online,
	},
	{
		Name: "moco-v3", Doc: "facebookresearch/moco-v3: state_dict with base_encoder and momentum_encoder; base_encoder " +
			"is taken",
		is:        among(map[string]string{"base_encoder.": online, "momentum_encoder.": momentum}, "mocov3"),
		Preferred: online, Heads: map[int]int{384: 12},
	},
	{
		Name: "dino", Doc: "facebookresearch/dino: a checkpoint of student and teacher; the teacher's backbone is taken",
		is: func(w wrapped) (string, string, bool) {
			last := w.group[strings.LastIndex(w.group, "/")+1:]
			ok := (last == teacher || last == student) && (w.prefix == "backbone." || w.prefix == "")
			return last, "dino", ok
		},
		Preferred: teacher,
	},
	{
		Name: "lightly", Doc: "modules of lightly's examples: backbone, with backbone_momentum or student and teacher",
		is: func(w wrapped) (string, string, bool) {
			role, ok := map[string]string{
				"backbone_momentum.": momentum, "student_backbone.": student, "teacher_backbone.": teacher,
			}[w.prefix]
			if w.prefix == "backbone." && (w.net.Names == "sequence" || w.beside("projection_head.") ||
				w.beside("prediction_head.")) {
				return online, "", true
			}
			return role, "", ok
		},
		Preferred: online,
	},
	{
		Name: "solo-learn", Doc: "vturrisi/solo-learn: state_dict with backbone (encoder before 1.0.3) and momentum_backbone",
		is: func(w wrapped) (string, string, bool) {
			lightning := w.file.Info["pytorch-lightning_version"] != "" || w.beside("classifier.")
			switch w.prefix {
			case "momentum_backbone.", "momentum_encoder.":
				return momentum, "", true
			case "backbone.", "encoder.":
				return online, "", lightning
			}
			return "", "", false
		},
		Preferred: online,
	},
	{
		Name: "barlowtwins", Doc: "facebookresearch/barlowtwins: a checkpoint whose model has backbone, projector and bn",
		is: func(w wrapped) (string, string, bool) {
			return "", "barlowtwins", w.prefix == "backbone." && w.beside("projector.") && w.beside("bn.")
		},
	},
	{
		Name: "vicreg", Doc: "facebookresearch/vicreg: a checkpoint whose model has backbone and projector",
		is: func(w wrapped) (string, string, bool) {
			return "", "vicreg", w.prefix == "backbone." && w.beside("projector.")
		},
	},
	{
		Name: "simsiam", Doc: "facebookresearch/simsiam: state_dict with encoder and predictor",
		is: func(w wrapped) (string, string, bool) {
			return "", "simsiam", w.prefix == "encoder." && w.beside("predictor.")
		},
	},
	{
		Name: "swav", Doc: "facebookresearch/swav: a network with projection_head and prototypes",
		is: func(w wrapped) (string, string, bool) {
			return "", "swav", w.prefix == "" && (w.within("prototypes") || w.within("projection_head."))
		},
	},
	{
		Name: "instdisc", Doc: "zhirongw/lemniscate.pytorch: state_dict beside the memory bank lemniscate",
		is: func(w wrapped) (string, string, bool) {
			return "", "instdisc", w.prefix == "" && w.file.Info["lemniscate"] != ""
		},
	},
	{
		Name: "byol", Doc: "BYOL as converted to PyTorch: online_network or online_encoder, and target; the online one is " +
			"taken",
		is: among(map[string]string{
			"online_network.": online, "online_network.encoder.": online, "online_encoder.": online,
			"online_encoder.net.": online,
			"target_network.":     momentum, "target_network.encoder.": momentum, "target_encoder.": momentum,
			"target_encoder.net.": momentum,
		}, "byol"),
		Preferred: online,
	},
	{
		Name: "simclr",
		Doc:  "SimCLR as converted to PyTorch: encoder or backbone beside a projector, or resnet beside a head",
		is: func(w wrapped) (string, string, bool) {
			head := w.beside("projector.") || w.beside("projection_head.") || w.beside("head.") || w.within("fc.0.") &&
				w.within("fc.2.")
			named := w.prefix == "encoder." || w.prefix == "backbone." || w.prefix == "convnet." || w.prefix == "f."
			return "", "simclr", named && head || strings.HasSuffix(w.group, "resnet") && w.file.Groups["head"] != nil
		},
	},
	{
		Name: "vissl", Doc: "facebookresearch/vissl: classy_state_dict, whose trunk has _feature_blocks",
		is: func(w wrapped) (string, string, bool) {
			return "", "", strings.HasSuffix(w.prefix, "_feature_blocks.") || strings.Contains(w.group, "classy_state_dict")
		},
	},
	{
		Name: "openai-clip", Doc: "openai/CLIP: a TorchScript archive, or its state_dict; the image tower is taken",
		is: func(w wrapped) (string, string, bool) {
			own := w.file.Format == tensorfile.TorchScript || w.beside("input_resolution") || w.beside("context_length")
			return "", "clip", w.prefix == "visual." && own
		},
	},
	{
		Name: "openclip", Doc: "mlfoundations/open_clip: a network with visual and transformer; the image tower is taken",
		is: func(w wrapped) (string, string, bool) {
			return "", "clip", w.prefix == "visual." || w.prefix == "visual.trunk."
		},
	},
	{
		Name: "hf-clip", Doc: "Hugging Face's CLIP; the image tower is taken",
		is: func(w wrapped) (string, string, bool) { return "", "clip", w.net.Names == "hf-clip" },
	},
	{
		Name: "hf-vit", Doc: "Hugging Face's ViT and DINOv2, also with registers",
		is: func(w wrapped) (string, string, bool) { return "", "", w.net.Names == "hf-vit" },
	},
	{
		Name: "hf-dinov3", Doc: "Hugging Face's DINOv3, vision transformers",
		is: func(w wrapped) (string, string, bool) { return "", "dinov3", w.net.Names == "hf-dinov3" },
	},
	{
		Name: "dinov2", Doc: "facebookresearch/dinov2: published backbones, also with registers and the largest (SwiGLU)",
		is: func(w wrapped) (string, string, bool) {
			own := w.within("mask_token") && w.within("pos_embed") && w.within("blocks.0.ls1.gamma")
			return "", "dinov2", w.net.Names == "timm-vit" && w.prefix == "" && own
		},
	},
	{
		Name: "dinov3", Doc: "facebookresearch/dinov3: published vision transformers",
		is: func(w wrapped) (string, string, bool) {
			return "", "dinov3", w.net.Names == "timm-vit" && w.prefix == "" && w.within("storage_tokens")
		},
	},
	{
		Name: "torchvision-vit", Doc: "state_dict of torchvision's vision transformers",
		is: only("torchvision-vit"),
	},
	{
		Name: "timm-vit", Doc: "state_dict of timm's vision transformers, DINOv2's and DINOv3's among them, of DINO's and MAE's " +
			"published backbones, and of kontrast export",
		is: only("timm-vit"),
	},
	{
		Name: "resnet", Doc: "state_dict of torchvision's and timm's ResNets, of published backbones that keep the names, " +
			"and of kontrast export",
		is: only("resnet"),
	},
	{
		Name: "torchvision-mobile", Doc: "state_dict of torchvision's MobileNets and EfficientNets",
		is: only("torchvision-mobile"),
	},
	{
		Name: "timm-mobile", Doc: "state_dict of timm's MobileNets and EfficientNets, and of kontrast export; those whose " +
			"names begin with tf_ need --set backbone.padding=same --set backbone.epsilon=0.001",
		is: only("timm-mobile"),
	},
	{
		Name: "efficientnet-pytorch", Doc: "state_dict of lukemelas/EfficientNet-PyTorch and of efficientnet_lite_pytorch",
		is: only("efficientnet-pytorch"),
	},
	{
		Name: "torchvision-convnext", Doc: "state_dict of torchvision's ConvNeXts",
		is: only("torchvision-convnext"),
	},
	{
		Name: "timm-convnext", Doc: "state_dict of timm's ConvNeXts, and of kontrast export",
		is: only("timm-convnext"),
	},
	{
		Name: "convnext", Doc: "facebookresearch/ConvNeXt: a network of downsample_layers and stages",
		is: only("convnext"),
	},
	{
		Name: "resnetv2", Doc: "state_dict of timm's ResNets of BiT, and of kontrast export",
		is: only("resnetv2"),
	},
	{
		Name: "bit", Doc: "google-research/big_transfer: .npz of BiT's ResNets",
		is: func(w wrapped) (string, string, bool) { return "", "bit", w.net.Names == "bit" },
	},
	{
		Name: "other", Doc: "any other file in which a network with names of torchvision, timm, transformers or CLIP lies " +
			"below some prefix",
		is: func(wrapped) (string, string, bool) { return "", "", true },
	},
}
