package tico

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"beta": {
			Doc:    "how much of the covariance is kept at each step",
			Source: "Zhu et al. 2022, algorithm 1: 0.9",
		},
		"rho": {
			Doc:    "weight of the covariance contrast",
			Source: "lightly, TiCoLoss and ImageNet benchmark: 8",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at the first step; it rises to 1 in half a cosine",
			Source: "lightly's ImageNet benchmark: 0.99",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layer",
			Source: "lightly's ImageNet benchmark: 4096; here as BYOL for CIFAR-10",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "lightly's ImageNet benchmark: 256",
		},
	}
}
