package nnbyol

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"target_momentum": {
			Doc:    "how much of the target network is kept at the first step; it rises to 1 in half a cosine",
			Source: "CIFAR-10: 0.99, solo-learn",
		},
		"queue": {
			Doc:    "targets in the support set; a multiple of the batch size",
			Source: "solo-learn: 65536; chosen here for small data sets: 4096, as for NNCLR",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layer",
			Source: "CIFAR-10: 4096, solo-learn",
		},
		"predictor_dim": {
			Doc:    "width of the predictor's hidden layer",
			Source: "CIFAR-10: 4096, solo-learn",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "CIFAR-10: 256, solo-learn",
		},
	}
}
