package byol

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"target_momentum": {
			Doc: "how much of the target network is kept at the first step, τ; it rises to 1 in half a cosine",
			Source: "Grill et al. 2020, §3.3: 0.996 for 1000 epochs; official code: 0.99 for 100 and 300; CIFAR-10: " +
				"0.99, solo-learn",
		},
		"hidden_dim": {
			Doc:    "width of the hidden layer of projector and predictor",
			Source: "Grill et al. 2020, §3.3: 4096; CIFAR-10: 1024, lightly's benchmark",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "Grill et al. 2020, §3.3: 256",
		},
		"target_moves": {
			Doc: "when the target network follows: after the optimizer's step, or before the step, " +
				"as in lightly's examples",
			Source: "google-deepmind/deepmind-research, byol/byol_experiment.py: after",
		},
		"head_bias": {
			Doc:    "which linear layer of a head has a bias: hidden, as in the official code, or output, as in lightly",
			Source: "google-deepmind/deepmind-research, byol/utils/networks.py",
		},
	}
}
