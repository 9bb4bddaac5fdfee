package mochi

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "Kalantidis et al. 2020, §5: 0.2, as MoCo v2",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at each step",
			Source: "MoCo v2: 0.999; CIFAR-10: 0.99, the MoCo authors' notebook",
		},
		"queue": {
			Doc:    "keys in the queue; a multiple of the batch size",
			Source: "MoCo v2: 65536; Kalantidis et al. 2020, ImageNet-100: 16384; CIFAR-10: 4096",
		},
		"hardest": {
			Doc:    "keys of the queue, those with the largest similarity to the query, that are mixed, N",
			Source: "Kalantidis et al. 2020: 1024 of 65536; chosen here for 4096: 256",
		},
		"mixed": {
			Doc:    "mixtures of two of these, s; the share of either is drawn evenly from (0, 1)",
			Source: "Kalantidis et al. 2020, §4.1: 1024; chosen here: 256",
		},
		"mixed_with_query": {
			Doc:    "mixtures of one of these with the query, s'; the query's share is drawn evenly from (0, 0.5)",
			Source: "Kalantidis et al. 2020, §4.2: 128; chosen here: 32",
		},
		"warmup_epochs": {
			Doc:    "epochs in which nothing is mixed yet",
			Source: "10 in giakoumoglou/synco, which repeats MoCHi; chosen here for short trainings: 1",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "MoCo v2: 128",
		},
		"batch_norm_splits": {
			Doc: "parts of the batch with batch statistics of their own, which stand for the devices of shuffling " +
				"BN; 1 for none. The batch size must be a multiple",
			Source: "MoCo v2: 8 devices",
		},
	}
}
