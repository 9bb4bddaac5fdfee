package all4one

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature for the nearest neighbors",
			Source: "CIFAR: 0.2, solo-learn",
		},
		"centroid_temperature": {
			Doc:    "softmax temperature for the mixtures",
			Source: "solo-learn, solo/losses/nnclr.py: 0.1",
		},
		"neighbors": {
			Doc:    "nearest neighbors that are mixed",
			Source: "Estepa et al. 2023, §4, and solo-learn: 5",
		},
		"neighbor_weight": {
			Doc:    "weight of the neighbors' loss",
			Source: "solo-learn: 0.5",
		},
		"centroid_weight": {
			Doc:    "weight of the mixtures' loss",
			Source: "solo-learn: 0.5",
		},
		"feature_weight": {
			Doc:    "weight of the features' loss",
			Source: "solo-learn: 0.5 of ten times it",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at the first step; it rises to 1 in half a cosine",
			Source: "CIFAR: 0.99, solo-learn",
		},
		"queue": {
			Doc:    "projections in the queue; a multiple of the batch size",
			Source: "solo-learn: 98304; chosen here for small data sets: 4096",
		},
		"mixer_layers": {
			Doc:    "layers of the transformer that mixes neighbors, without solo-learn's dropout of 0.1",
			Source: "solo-learn: 3",
		},
		"mixer_heads": {
			Doc:    "its attention heads, which divide the width",
			Source: "solo-learn: 8",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layers",
			Source: "CIFAR: 2048, solo-learn",
		},
		"predictor_dim": {
			Doc:    "width of both predictors' hidden layers",
			Source: "CIFAR: 4096, solo-learn",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "CIFAR: 256, solo-learn",
		},
	}
}
