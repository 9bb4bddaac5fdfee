package finetune

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Config.
func (Config) Docs() config.Docs {
	return config.Docs{
		"fractions": {
			Doc: "shares of the labels of each class to learn from, an evaluation each; empty for no such " +
				"evaluation",
			Source: "Chen et al. 2020, arXiv:2006.10029, §3: 0.01, 0.1 and 1",
		},
		"from": {
			Doc: "what the linear classifier stands on: the backbone, or, for methods that keep it, the first " +
				"layer of the projection head above it",
			Source: "Chen et al. 2020, arXiv:2006.10029, §2: the head's first layer",
		},
		"epochs": {
			Doc:    "passes over the labeled samples",
			Source: "google-research/simclr, README: 60 for a hundredth of ImageNet's labels; 30 chosen here",
		},
		"batch_size": {
			Doc:    "samples a step; all of them if there are fewer",
			Source: "chosen here, for few labels",
		},
		"learning_rate": {
			Doc:    "learning rate at a batch of 256, scaled by the batch size; it falls on a half cosine",
			Source: "chosen here",
		},
		"seed": {
			Doc: "seed of the choice of labels; not the seed of the run, so that all runs learn from the same " +
				"samples",
		},
	}
}
