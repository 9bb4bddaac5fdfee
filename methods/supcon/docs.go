package supcon

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc: "softmax temperature. At 0.1 a loss over batches of a hundred small images may stay at what guessing " +
				"gives for long",
			Source: "Khosla et al. 2020, §4.4, and official code for CIFAR-10: 0.1; Chen et al. 2020, Appendix B.9, for " +
				"CIFAR-10: 0.5",
		},
		"base_temperature": {
			Doc:    "the loss is scaled by temperature over this",
			Source: "official code, losses.py: 0.07",
		},
		"average": {
			Doc: "where an anchor's positives are averaged: outside the logarithm, L_out, or inside, L_in, as " +
				"solo-learn does but for a constant",
			Source: "Khosla et al. 2020, eq. 2 and 3, §3.2.1: outside is better",
		},
		"hidden_dim": {
			Doc:    "width of the projection head's hidden layer; 0 takes the backbone's feature width",
			Source: "Khosla et al. 2020, §3.1: 2048, the feature width",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "Khosla et al. 2020, §3.1: 128",
		},
	}
}
