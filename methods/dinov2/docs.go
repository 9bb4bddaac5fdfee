package dinov2

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"student_temperature": {
			Doc:    "softmax temperature of the student",
			Source: "official code, loss/dino_clstoken_loss.py: 0.1",
		},
		"teacher_temperature": {
			Doc:    "softmax temperature of the teacher after its warm-up",
			Source: "official code, ssl_default_config.yaml: 0.07",
		},
		"warmup_teacher_temperature": {
			Doc:    "softmax temperature of the teacher at first",
			Source: "official code, ssl_default_config.yaml: 0.04",
		},
		"warmup_teacher_epochs": {
			Doc:    "epochs over which the teacher's temperature changes",
			Source: "official code, ssl_default_config.yaml: 30",
		},
		"sinkhorn_iterations": {
			Doc:    "iterations of Sinkhorn on the teacher's outputs",
			Source: "Oquab et al. 2024, §4: 3",
		},
		"teacher_momentum": {
			Doc:    "how much of the teacher is kept at the first step; it rises to 1 in half a cosine",
			Source: "official code: 0.992, for ViT-L/14 0.994; chosen here for CIFAR-10: 0.99",
		},
		"patch_weight": {
			Doc:    "weight of the patches' loss beside that of the crops",
			Source: "official code, ssl_default_config.yaml: 1",
		},
		"koleo_weight": {
			Doc:    "weight of the regularizer KoLeo, for each large crop",
			Source: "official code, ssl_default_config.yaml: 0.1",
		},
		"masked_images": {
			Doc:    "share of the large crops of which patches are masked",
			Source: "official code, ssl_default_config.yaml: 0.5",
		},
		"masked_min": {
			Doc:    "least share of a crop's patches that is masked, in blocks",
			Source: "official code, ssl_default_config.yaml: 0.1",
		},
		"masked_max": {
			Doc:    "largest share of a crop's patches that is masked",
			Source: "official code, ssl_default_config.yaml: 0.5",
		},
		"separate_heads": {
			Doc:    "patches have a head of their own",
			Source: "Oquab et al. 2024, §4; official code: false by default, true for ViT-L/14",
		},
		"head_layers": {
			Doc:    "layers of the head before its last, normalized one",
			Source: "official code, ssl_default_config.yaml: 3",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layers",
			Source: "official code, ssl_default_config.yaml: 2048",
		},
		"bottleneck_dim": {
			Doc:    "width of the unit vectors that go into the last layer",
			Source: "official code: 256; for ViT-L/14 384 for crops",
		},
		"output_dim": {
			Doc:    "number of outputs",
			Source: "official code: 65536; for ViT-L/14 131072",
		},
		"freeze_last_layer_epochs": {
			Doc:    "epochs for which the last layer stands still",
			Source: "official code, ssl_default_config.yaml: 1",
		},
	}
}
