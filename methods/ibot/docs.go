package ibot

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"student_temperature": {
			Doc:    "softmax temperature of the student",
			Source: "official code: 0.1",
		},
		"teacher_temperature": {
			Doc:    "softmax temperature of the teacher for crops, after its warm-up",
			Source: "official README for ViT-S: 0.07; official default: 0.04",
		},
		"patch_teacher_temperature": {
			Doc:    "softmax temperature of the teacher for patches, after its warm-up",
			Source: "official default: 0.07",
		},
		"warmup_teacher_temperature": {
			Doc:    "both temperatures of the teacher at first",
			Source: "official default: 0.04",
		},
		"warmup_teacher_epochs": {
			Doc:    "epochs over which the teacher's temperatures change",
			Source: "official default: 30",
		},
		"teacher_momentum": {
			Doc:    "how much of the teacher is kept at the first step; it rises to 1 in half a cosine",
			Source: "official default: 0.996; chosen here for CIFAR-10: 0.99",
		},
		"center_momentum": {
			Doc:    "how much of both centers is kept at each step",
			Source: "official code: 0.9",
		},
		"patch_weight": {
			Doc:    "weight of the patches' loss beside that of the crops, λ2",
			Source: "official default: 1",
		},
		"masked_images": {
			Doc:    "share of the crops of which patches are masked",
			Source: "official README, pred_ratio 0 0.3: 0.5",
		},
		"masked_min": {
			Doc:    "least share of a crop's patches that is masked, in blocks",
			Source: "official README, 0.3 ± 0.2: 0.1",
		},
		"masked_max": {
			Doc:    "largest share of a crop's patches that is masked",
			Source: "official README, 0.3 ± 0.2: 0.5",
		},
		"head_layers": {
			Doc:    "layers of the head before its last, normalized one, which crops and patches share",
			Source: "official code: 3",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layers",
			Source: "official code: 2048",
		},
		"bottleneck_dim": {
			Doc:    "width of the unit vectors that go into the last layer",
			Source: "official code: 256",
		},
		"output_dim": {
			Doc:    "number of outputs",
			Source: "official default: 8192",
		},
		"train_scale": {
			Doc:    "train the scales of the last layer's weight norm instead of leaving them at 1",
			Source: "official README for ViT-S: norm_last_layer false",
		},
		"freeze_last_layer_epochs": {
			Doc:    "epochs for which the last layer stands still",
			Source: "official default: 1",
		},
	}
}
