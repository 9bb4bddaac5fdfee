package moco

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of InfoNCE",
			Source: "v1: He et al. 2020, §3.3: 0.07; v2: Chen et al. 2020, §3: 0.2; CIFAR-10: 0.1, the authors' notebook",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at each step",
			Source: "He et al. 2020, §3.2: 0.999; CIFAR-10: 0.99, the authors' notebook",
		},
		"queue": {
			Doc:    "keys in the queue; a multiple of the batch size",
			Source: "He et al. 2020, §3.3: 65536; CIFAR-10: 4096, the authors' notebook",
		},
		"cut_queue": {
			Doc: "allow a queue that is no multiple of the batch size: of a batch that reaches past its end the rest is " +
				"dropped, and the next one starts at the front",
			Source: "official code: refused; lightly's memory bank: so",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "He et al. 2020, §3.3",
		},
		"batch_norm_splits": {
			Doc: "parts of the batch with batch statistics of their own, which stand for the devices of shuffling BN; " +
				"1 for none. The batch size must be a multiple",
			Source: "He et al. 2020, §3.3; CIFAR-10: 8, the authors' notebook",
		},
	}
}

// Docs documents the keys of ParamsV3.
func (ParamsV3) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of InfoNCE",
			Source: "facebookresearch/moco-v3, README: 1.0 for ResNet-50, 0.2 for ViT; CIFAR-10: 0.2, solo-learn",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at the first step; it rises to 1 in half a cosine",
			Source: "Chen et al. 2021, §5: 0.99",
		},
		"hidden_dim": {
			Doc:    "width of the hidden layers of projector and predictor",
			Source: "Chen et al. 2021, §5: 4096",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Chen et al. 2021, §5: 256",
		},
		"projector_layers": {
			Doc:    "layers of the projector: 2 for a ResNet, 3 for a ViT",
			Source: "Chen et al. 2021, §5; official code, moco/builder.py",
		},
		"predictor_norm": {
			Doc:    "batch norm after the predictor's last layer: for a ViT",
			Source: "official code, moco/builder.py",
		},
	}
}
