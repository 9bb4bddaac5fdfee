package instdisc

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "Wu et al. 2018, §3.4: 0.07; CIFAR-10: 0.1, official code",
		},
		"negatives": {
			Doc: "entries of the bank that each sample is told from by noise-contrastive estimation; 0 for a softmax " +
				"over the whole bank",
			Source: "Wu et al. 2018, §4.2: 4096; CIFAR-10: 0, official code",
		},
		"bank_momentum": {
			Doc:    "how much of a bank entry is kept when its sample is seen",
			Source: "official code: 0.5",
		},
		"proximal": {
			Doc:    "weight of the squared distance of embeddings from their bank entries; 0 for none",
			Source: "Wu et al. 2018, §3.3: 10 to 50; the official code has none",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Wu et al. 2018, §3.4: 128",
		},
	}
}
