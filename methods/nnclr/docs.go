package nnclr

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of InfoNCE",
			Source: "Dwibedi et al. 2021, §4.1: 0.1; CIFAR-10: 0.2, solo-learn",
		},
		"queue": {
			Doc:    "embeddings in the support set; a multiple of the batch size",
			Source: "Dwibedi et al. 2021, §4.1: 98304; CIFAR-10: 4096, lightly's benchmark",
		},
		"projector_layers": {
			Doc:    "layers of the projector",
			Source: "Dwibedi et al. 2021, §4.1: 3; CIFAR-10: 2, lightly's benchmark",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layers",
			Source: "Dwibedi et al. 2021, §4.1: 2048",
		},
		"predictor_dim": {
			Doc:    "width of the predictor's hidden layer",
			Source: "Dwibedi et al. 2021, §4.1: 4096",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Dwibedi et al. 2021, §4.1: 256",
		},
	}
}
