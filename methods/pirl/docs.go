package pirl

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc: "softmax temperature. The loss is InfoNCE, as in HobbitLong/PyContrast, where the paper has " +
				"noise-contrastive estimation",
			Source: "Misra and van der Maaten 2020: 0.07",
		},
		"negatives": {
			Doc:    "entries drawn from the memory bank for each sample, for image and jigsaw the same",
			Source: "Misra and van der Maaten 2020: 32000; chosen here for small data sets: 1024",
		},
		"bank_momentum": {
			Doc:    "how much of an entry is kept when its sample is in a batch",
			Source: "Misra and van der Maaten 2020, and HobbitLong/PyContrast, --nce_m: 0.5",
		},
		"jigsaw_weight": {
			Doc:    "weight of the jigsaw's loss, λ; that of the image's is what is left of 1",
			Source: "Misra and van der Maaten 2020: 0.5",
		},
		"output_dim": {
			Doc:    "width of the embeddings, and of each piece's before they are joined",
			Source: "Misra and van der Maaten 2020: 128",
		},
	}
}
