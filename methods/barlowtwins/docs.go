package barlowtwins

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"lambda": {
			Doc:    "weight of the off-diagonal correlations",
			Source: "Zbontar et al. 2021, §2.2: 0.005; official code: 0.0051",
		},
		"scale": {
			Doc:    "factor on the loss",
			Source: "official code, first version: 0.024; final: 1; CIFAR-10: 0.1, solo-learn",
		},
		"head_layers": {
			Doc:    "layers of the projector",
			Source: "Zbontar et al. 2021, §2.2: 3; CIFAR-10: 2, lightly's benchmark",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layers",
			Source: "Zbontar et al. 2021, §2.2: 8192; CIFAR-10: 2048, lightly's benchmark",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Zbontar et al. 2021, §2.2: 8192; CIFAR-10: 2048, lightly's benchmark",
		},
		"bias_lr_scale": {
			Doc:    "factor on the learning rate of biases and batch norms",
			Source: "Zbontar et al. 2021, §2.2: 0.0048/0.2; lightly's benchmark: 1",
		},
	}
}
