package dino

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"student_temperature": {
			Doc:    "softmax temperature of the student",
			Source: "Caron et al. 2021, §3.2: 0.1",
		},
		"teacher_temperature": {
			Doc:    "softmax temperature of the teacher after its warm-up",
			Source: "Caron et al. 2021, §3.2: 0.07; official default: 0.04",
		},
		"warmup_teacher_temperature": {
			Doc:    "softmax temperature of the teacher at first",
			Source: "Caron et al. 2021, §3.2: 0.04",
		},
		"warmup_teacher_epochs": {
			Doc:    "epochs over which the teacher's temperature changes",
			Source: "Caron et al. 2021, §3.2: 30",
		},
		"teacher_momentum": {
			Doc: "how much of the teacher is kept at the first step; it rises to 1 in half a cosine",
			Source: "Caron et al. 2021, §3.2: 0.996; official code: 0.9995 for batches of 256; CIFAR-10: 0.99, lightly's " +
				"benchmark",
		},
		"center_momentum": {
			Doc:    "how much of the center is kept at each step",
			Source: "Caron et al. 2021, §5.3: 0.9",
		},
		"head_layers": {
			Doc:    "layers of the head before its last, normalized one",
			Source: "Caron et al. 2021, §3.2: 3; CIFAR-10: 2, lightly's benchmark",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layers",
			Source: "Caron et al. 2021, §3.2: 2048",
		},
		"bottleneck_dim": {
			Doc:    "width of the unit vectors that go into the last layer",
			Source: "official code: 256",
		},
		"output_dim": {
			Doc:    "number of outputs",
			Source: "Caron et al. 2021, §3.2: 65536; CIFAR-10: 2048, lightly's benchmark",
		},
		"batch_norm": {
			Doc:    "batch norm in the head",
			Source: "Caron et al. 2021, Appendix C; CIFAR-10 with a ResNet: lightly's benchmark",
		},
		"train_scale": {
			Doc:    "train the scales of the last layer's weight norm instead of leaving them at 1",
			Source: "official code, norm_last_layer",
		},
		"freeze_last_layer_epochs": {
			Doc:    "epochs for which the last layer stands still",
			Source: "official code: 1",
		},
		"weight_decay_start": {
			Doc: "weight decay at the first step, on a half cosine to weight_decay_end; if both are 0 it is what the " +
				"training's settings say",
			Source: "Caron et al. 2021, §3.2: 0.04",
		},
		"weight_decay_end": {
			Doc:    "see weight_decay_start",
			Source: "Caron et al. 2021, §3.2: 0.4",
		},
	}
}
