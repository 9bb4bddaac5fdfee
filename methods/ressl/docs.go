package ressl

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"student_temperature": {
			Doc:    "softmax temperature of the strong view's relations",
			Source: "official code, ressl.py: 0.1",
		},
		"teacher_temperature": {
			Doc:    "softmax temperature of the weak view's relations, the sharper ones",
			Source: "official code, ressl.py: 0.04",
		},
		"encoder_momentum": {
			Doc:    "how much of the momentum encoder is kept at each step",
			Source: "official code: 0.999; CIFAR-10: 0.99, solo-learn",
		},
		"queue": {
			Doc:    "keys in the queue; a multiple of the batch size",
			Source: "official code, network/ressl.py: 131072; CIFAR-10: 65536, solo-learn; the default is chosen here",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layer",
			Source: "official code: 4096",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "official code: 512; CIFAR-10: 256, solo-learn",
		},
		"batch_norm_splits": {
			Doc: "parts of the batch with batch statistics of their own, which stand for the devices of shuffling " +
				"BN; 1 for none. The batch size must be a multiple",
			Source: "official code: 8 devices with 32 samples each; CIFAR-10: 1, solo-learn",
		},
	}
}
