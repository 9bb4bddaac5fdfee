package vicreg

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"invariance": {
			Doc: "weight of the views' distance, λ",
			Source: "Bardes et al. 2022, §4.2: 25, for LARS, which the scale of the loss leaves alone; for SGD the three " +
				"are scaled to 1, 1 and 0.04",
		},
		"variance": {
			Doc:    "weight of the features' standard deviation below 1, μ",
			Source: "Bardes et al. 2022, §4.2: 25",
		},
		"covariance": {
			Doc:    "weight of the features' covariance, ν",
			Source: "Bardes et al. 2022, §4.2: 1",
		},
		"variances": {
			Doc:    "whether the variance terms of both views are averaged, or added as the covariance terms are",
			Source: "official code, main_vicreg.py: mean; solo-learn and the paper's eq. 6: sum",
		},
		"head_layers": {
			Doc:    "layers of the expander",
			Source: "Bardes et al. 2022, §4.2: 3",
		},
		"hidden_dim": {
			Doc:    "width of the expander's hidden layers",
			Source: "Bardes et al. 2022, §4.2: 8192; CIFAR-10: 2048, solo-learn",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Bardes et al. 2022, §4.2: 8192; CIFAR-10: 2048, solo-learn",
		},
	}
}
