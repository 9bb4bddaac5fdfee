package cmc

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "Tian et al. 2020, official code, README: 0.07 for ImageNet, 0.1 for STL-10",
		},
		"negatives": {
			Doc:    "entries drawn from the memory banks for each sample, the same samples for both parts of the colors",
			Source: "official code: 16384 by default, 4096 in its README; chosen here for small data sets: 1024",
		},
		"bank_momentum": {
			Doc:    "how much of an entry is kept when its sample is in a batch",
			Source: "official code, --nce_m: 0.5",
		},
		"softmax": {
			Doc: "whether the loss is InfoNCE, or else noise-contrastive estimation, whose normalizing constants are measured " +
				"on the first batch",
			Source: "official code: both, noise-contrastive estimation by default; chosen here: InfoNCE, which small batches " +
				"and few steps leave alone",
		},
		"output_dim": {
			Doc:    "width of the embeddings of each part",
			Source: "official code, --feat_dim: 128",
		},
	}
}
