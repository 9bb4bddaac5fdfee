package wmse

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"whitening_size": {
			Doc: "samples that are whitened together; the batch size must be a multiple, and the width of the " +
				"embeddings smaller",
			Source: "Ermolov et al. 2021, §3: twice the width; CIFAR-10: 128, solo-learn",
		},
		"epsilon": {
			Doc:    "shrinkage of the covariance toward the identity",
			Source: "official code: 0",
		},
		"hold_positive": {
			Doc:    "no gradient through the second view",
			Source: "official code: false; solo-learn: true",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layer",
			Source: "Ermolov et al. 2021, §4: 1024",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Ermolov et al. 2021, §4: 64 for CIFAR-10, 128 for ImageNet-100",
		},
	}
}
